#!/bin/bash
# locked_test.sh CHECKOUT: that an image is built of exactly the packages that image/lock names: one in another version, with
# other bytes or missing is refused by name, wherever it comes from. Without network: the downloader is a stand-in.
set -euo pipefail
checkout=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
fail() { echo "failed: $*"; exit 1; }
locked() { "$checkout/toolchain/locked.sh" "$@" > out 2> err; }
refused() { # WORDS: what the refusal must say
  for word in "$@"; do grep -qF -- "$word" err || { cat err; fail "the refusal does not say '$word'"; }; done
}
sha() { printf %s "$1" | sha256sum | cut -c1-64; }

mkdir mirror folder archives
cat > lock <<L
# a comment
# taken 20260102T030405Z
gcc-14 14.2.0-19 $(sha compiler) debian/pool/main/g/gcc-14/gcc-14_14.2.0-19_amd64.deb
libc6 1:2.41-12+deb13u1 $(sha library) debian-security/pool/updates/main/g/glibc/libc6_2.41-12%2bdeb13u1_amd64.deb
L
# A downloader: URI FILE HASH, from the folder mirror/, by what follows the host.
cat > helper <<'H'
#!/bin/sh
shift 2
while [ $# -gt 0 ]; do
  echo "$1" >> asked
  from=mirror/$(echo "$1" | cut -d/ -f4-)
  [ ! -e "$from" ] || cp "$from" "$2"
  shift 3
done
H
chmod +x helper
export GLOVEBOX_APT_HELPER=$work/helper GLOVEBOX_MIRROR=http://mirror GLOVEBOX_SNAPSHOT=http://snapshot

# From a folder: as apt names files, and as the archive does.
printf compiler > folder/gcc-14_14.2.0-19_amd64.deb
printf library > 'folder/libc6_1%3a2.41-12+deb13u1_amd64.deb'
locked lock archives folder || { cat err; fail "a folder with the very packages is refused"; }
[ "$(cat out)" = "$(sha compiler)  gcc-14_14.2.0-19_amd64.deb
$(sha library)  libc6_1%3a2.41-12+deb13u1_amd64.deb" ] || { cat out; fail "another list"; }
[ ! -e asked ] || fail "with a folder, the network was asked"
rm archives/*

mv folder/gcc-14_14.2.0-19_amd64.deb folder/gcc-14_14.2.0-20_amd64.deb
! locked lock archives folder || fail "another version in the folder is taken"
refused "gcc-14 is locked at version 14.2.0-19" "gcc-14_14.2.0-20_amd64.deb"
rm folder/gcc-14_*
! locked lock archives folder || fail "a missing package is not missed"
refused gcc-14 "14.2.0-19, is not in"
printf other > folder/gcc-14_14.2.0-19_amd64.deb
! locked lock archives folder || fail "other bytes under the right name are taken"
refused "gcc-14 14.2.0-19 is locked with SHA-256 $(sha compiler)" "$(sha other)"
rm archives/*

# From the mirror, and what the mirror has no more from the archive of snapshots, of the day of the lock.
mkdir -p mirror/debian/pool/main/g/gcc-14 mirror/archive/debian-security/20260102T030405Z/pool/updates/main/g/glibc
printf compiler > mirror/debian/pool/main/g/gcc-14/gcc-14_14.2.0-19_amd64.deb
printf library > mirror/archive/debian-security/20260102T030405Z/pool/updates/main/g/glibc/libc6_2.41-12%2bdeb13u1_amd64.deb
locked lock archives || { cat err; fail "mirror and snapshot are not enough"; }
grep -q '^http://snapshot/archive/debian-security/20260102T030405Z/' asked || fail "the archive of snapshots was not asked"
rm asked
locked lock archives || fail "what lies there is not taken"
[ ! -e asked ] || fail "what lies there was asked for again"

# The lock in another version than the mirror: refused by name; and so are other bytes from a mirror that lies.
rm archives/*.deb
sed 's/14\.2\.0-19/14.2.0-99/g' lock > later
! locked later archives || fail "a version that cannot be had is not missed"
refused "gcc-14 is locked at version 14.2.0-99" "cannot be had"
rm -f archives/*.deb
printf lie > mirror/debian/pool/main/g/gcc-14/gcc-14_14.2.0-19_amd64.deb
! locked lock archives || fail "a mirror's other bytes are taken"
refused "gcc-14 is locked at version 14.2.0-19, SHA-256 $(sha compiler)"
[ ! -e archives/gcc-14_14.2.0-19_amd64.deb ] || fail "other bytes were kept"
printf other > archives/gcc-14_14.2.0-19_amd64.deb
! locked lock archives || fail "other bytes in the cache are taken"
refused "$(sha other)" "remove it"

# The lock itself: four words a line, at least one line; and the project's own has what it says.
echo 'gcc-14 14.2.0-19' > short
! locked short archives || fail "a short line is let pass"
echo '# nothing' > empty
! locked empty archives || fail "an empty lock is let pass"
awk '!/^#/ && (NF != 4 || length($3) != 64 || $3 ~ /[^0-9a-f]/ || $4 !~ /^debian(-security)?\/pool\/.*\.deb$/) { print; bad = 1 } END { exit bad }' \
  "$checkout/image/lock" || fail "image/lock has a line that is none"
for package in gcc-14 g++-14 binutils libc6-dev libssl-dev linux-source-6.12 ninja-build; do
  grep -q "^$package " "$checkout/image/lock" || fail "image/lock does not name $package"
done
echo "locked: as expected"
