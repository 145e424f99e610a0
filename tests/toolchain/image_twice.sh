#!/bin/sh
# image_twice.sh: is the image the same for everyone? Two bare machines, a Debian 12 and a Debian 13, of essential packages and
# apt alone; in each a clone, in another folder, used by another user, the second one with a clock that is years ahead
# (libfaketime). Both build the image from nothing (./run image --fresh: the kernel too, no compiler's cache). The images must be
# equal, byte for byte; where they are not, `glovebox image diff` says where, and this fails.
#
# Run it by `./run test --image`, as root; it needs mmdebstrap, and takes an hour and more on two cores. GLOVEBOX_TWICE names sides, of
# "bookworm trixie faked"; GLOVEBOX_TWICE_AGAINST an image that each side's must be equal to. GLOVEBOX_TWICE_FRESH
# is another option than --fresh: --fresh-kernel or --fresh-programs, where the other comes from this machine's caches, or nothing,
# where both do (it is shorter, and shows less).
set -eu
checkout=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
sides=${GLOVEBOX_TWICE:-bookworm faked}
against=${GLOVEBOX_TWICE_AGAINST:-}
fresh=${GLOVEBOX_TWICE_FRESH---fresh}
say() { printf 'glovebox: %s\n' "$*" >&2; }
[ "$(id -u)" = 0 ] || { say "only root can make a bare machine: run it as root"; exit 69; }
command -v mmdebstrap > /dev/null || { say "mmdebstrap is missing: apt-get install mmdebstrap"; exit 69; }
mirror=${GLOVEBOX_MIRROR:-http://deb.debian.org}

cache=${XDG_CACHE_HOME:-$HOME/.cache}/glovebox
mkdir -p "$cache"
work=$(mktemp -d "$cache/twice.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

machine='
mount --rbind "$1" "$1"; mount --make-rprivate "$1"; cd "$1"
mount -t proc proc proc; mount --rbind /dev dev; mount -t tmpfs tmpfs dev/shm; mount --rbind /sys sys; mkdir -p .old
pivot_root . .old
lib=/.old/usr/lib/x86_64-linux-gnu   # the bare machine has no umount
"$lib/ld-linux-x86-64.so.2" --library-path "$lib" /.old/usr/bin/umount -l /.old
home=$2 user=$3; shift 3
exec setpriv --pdeathsig KILL --reuid "$user" --regid "$user" --clear-groups env -i HOME="$home" TERM=dumb PATH=/usr/local/bin:/usr/bin:/bin sh /steps.sh "$@"
'
cat > "$work/steps.sh" <<'S'
# In the clone, as its owner: the tree, then the image in it, under a shifted clock where one is asked for.
set -eu
cd "$1"
tree=$(./run image --tree)
shift
cache=$(readlink -f "$HOME/.cache/glovebox")
exec nice toolchain/enter.sh "$tree" "$cache" "$PWD" env "$@"
S

# side NAME SUITE HOME FOLDER USER VARIABLE...: builds the image there; it lies at $work/NAME.eif.
side() {
  name=$1 suite=$2 home=$3 folder=$4 user=$5
  shift 5
  bare=$work/$name
  say "making a bare $suite for $name"
  env -i PATH="$PATH" mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' "$suite" "$bare" "$mirror/debian"
  [ "$user" = 0 ] || { echo "person:x:$user:$user::$home:/bin/sh" >> "$bare/etc/passwd"; echo "person:x:$user:" >> "$bare/etc/group"; }
  mkdir -p "$bare$home/.cache/glovebox/apt/archives"
  git -c safe.directory="*" -c advice.detachedHead=false clone --quiet --no-hardlinks "$checkout" "$bare$folder"
  cut -d' ' -f1 "$checkout/image/lock" | grep -v '#' | while read -r package; do # what lies here already need not be downloaded
    cp "$cache/apt/archives/${package}_"*.deb "$bare$home/.cache/glovebox/apt/archives/" 2> /dev/null || :
  done
  (cd "$work" && apt-get -qq download libfaketime && dpkg-deb -x libfaketime_*.deb "$bare$home/faketime")
  case $fresh in '' | --fresh-kernel) cp -r "$cache/ccache" "$bare$home/.cache/glovebox/" ;; esac
  case $fresh in '' | --fresh-programs) cp -r "$cache/image" "$bare$home/.cache/glovebox/" ;; esac
  chown -R "$user:$user" "$bare$home" "$bare$folder"
  cp /etc/resolv.conf /etc/hosts "$bare/etc/"
  cp "$work/steps.sh" "$bare/"
  start=$(date +%s)
  unshare --mount --propagation private --pid --fork --kill-child=KILL -- sh -euc "$machine" sh "$bare" "$home" "$user" \
    "$folder" "$@" bash toolchain/tasks.sh image $fresh
  cp "$bare$folder/build/image/out/image.eif" "$work/$name.eif"
  say "$name ($suite, $folder, user $user): $(sha256sum < "$work/$name.eif" | cut -c1-64), $(($(date +%s) - start)) s"
  rm -rf "$bare"
}

first=$against
for one in $sides; do
  case $one in
    bookworm) side bookworm bookworm /root /root/glovebox 0 ;;
    trixie) side trixie trixie /home/person /home/person/a/rather/longer/path 1234 ;;
    faked)
      faketime=/home/person/faketime/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1
      side faked trixie /home/person /home/person/a/rather/longer/path 1234 LD_PRELOAD="$faketime" FAKETIME=+1500d DONT_FAKE_MONOTONIC=1 ;;
    *) say "there is no side $one"; exit 2 ;;
  esac
  if [ -n "$first" ] && ! cmp -s "$first" "$work/$one.eif"; then
    say "the images differ:"
    "$checkout/run" glovebox image diff "$first" "$work/$one.eif" || :
    exit 1
  fi
  if [ -z "$first" ]; then first=$work/$one.eif; fi
done
echo "the image is the same for everyone: $(sha256sum < "$first" | cut -c1-64) ($sides${against:+, and $against})"
