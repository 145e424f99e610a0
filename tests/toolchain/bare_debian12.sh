#!/bin/sh
# bare_debian12.sh: from a bare Debian 12 to a score. It makes a root with nothing but Debian 12's essential packages and
# apt, puts a fresh clone in, makes it the root of namespaces of its own, and there runs `./run demo` and `./run test`, first
# as root, then as an ordinary user with a home and a cache of its own. Run it by `./run test --bare`, as root; it needs
# mmdebstrap on this machine. GLOVEBOX_BARE_STEPS names other steps, separated by commas: "build base_test,glovebox --version".
# GLOVEBOX_BARE_CCACHE names a compiler's cache to begin with: it saves time and changes nothing else.
#
# pivot_root and not chroot: in a chroot, an ordinary user may not make the namespaces that ./run needs.
set -eu
checkout=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
steps=${GLOVEBOX_BARE_STEPS:-demo,test}
say() { printf 'glovebox: %s\n' "$*" >&2; }
[ "$(id -u)" = 0 ] || { say "only root can make a bare machine: run it as root"; exit 69; }
command -v mmdebstrap > /dev/null || { say "mmdebstrap is missing: apt-get install mmdebstrap"; exit 69; }

cache=${XDG_CACHE_HOME:-$HOME/.cache}/glovebox
mkdir -p "$cache"
bare=$(mktemp -d "$cache/bare.XXXXXX") # some GB: not /tmp, which may be memory
trap 'rm -rf "$bare"' EXIT
trap 'exit 130' INT TERM
say "making a bare Debian 12 in $bare"
env -i PATH="$PATH" mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
  bookworm "$bare" "${GLOVEBOX_MIRROR:-http://deb.debian.org}/debian"
say "it holds $(grep -c '^Status: install ok' "$bare/var/lib/dpkg/status") packages, $(du -sm "$bare" | cut -f1) MB"
echo 'person:x:1000:1000::/home/person:/bin/sh' >> "$bare/etc/passwd"
echo 'person:x:1000:' >> "$bare/etc/group"
for home in /root /home/person; do
  mkdir -p "$bare$home"
  "$checkout/run" shell git -c safe.directory='*' clone --quiet --no-hardlinks "$checkout" "$bare$home/glovebox"
  if [ -n "${GLOVEBOX_BARE_CCACHE:-}" ]; then
    mkdir -p "$bare$home/.cache/glovebox"
    cp -r "$GLOVEBOX_BARE_CCACHE" "$bare$home/.cache/glovebox/ccache"
  fi
done
chown -R 1000:1000 "$bare/home/person"
cp /etc/resolv.conf /etc/hosts "$bare/etc/"

cat > "$bare/steps.sh" <<'S'
# As whoever is asked for: each step in the clone, with nothing in the environment; the first that fails ends it.
cd "$HOME/glovebox"
IFS=,
for step in $1; do
  start=$(date +%s)
  (unset IFS; ./run $step < /dev/null) || { code=$?; echo "bare Debian 12: FAILED as $(id -un): ./run $step (exit code $code)"; exit 1; }
  echo "bare Debian 12: passed as $(id -un): ./run $step, $(($(date +%s) - start)) s"
done
S
machine='
mount --rbind "$1" "$1"; mount --make-rprivate "$1"; cd "$1"
mount -t proc proc proc; mount --rbind /dev dev; mount --rbind /sys sys; mkdir -p .old
pivot_root . .old
lib=/.old/usr/lib/x86_64-linux-gnu   # the bare machine has no umount
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" /.old/usr/bin/umount -l /.old
as() { home=$1; shift; "$@" env -i HOME=$home TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin sh /steps.sh "$steps"; }
steps=$2
as /root env && as /home/person setpriv --reuid 1000 --regid 1000 --clear-groups
'
code=0
unshare --mount --propagation private --pid --fork --kill-child=KILL -- sh -euc "$machine" sh "$bare" "$steps" || code=$?
[ $code = 0 ] && echo "bare Debian 12: all steps passed, as root and as an ordinary user"
exit $code
