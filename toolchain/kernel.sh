#!/bin/sh
# kernel.sh CONFIG SOURCE OUT [JOBS]: builds the enclave's kernel from Debian's source archive, in folder OUT (made anew): OUT/bzImage and
# OUT/config. The same bytes wherever, whenever and as whomever: user, host, time and number are fixed, and nothing is signed.
# Every line of CONFIG must come out in the kernel's configuration as it stands; one that does not is named.
set -eu
config=$(readlink -f "$1") source=$2 jobs=${4:-1}
say() { printf 'glovebox: %s\n' "$*" >&2; }
[ -r "$source" ] || { say "there is no kernel source $source"; exit 69; }
rm -rf "$3"
mkdir -p "$3"
cd "$3"
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0 KBUILD_BUILD_TIMESTAMP='1970-01-01 00:00:00 UTC' KBUILD_BUILD_USER=glovebox \
  KBUILD_BUILD_HOST=image KBUILD_BUILD_VERSION=1
unset MAKEFLAGS KCFLAGS KAFLAGS
tar -xJf "$source" --no-same-owner
mkdir out
step() { "$@" < /dev/null > log 2>&1 || { tail -n 30 log >&2; say "the kernel's build failed: $*"; exit 1; }; }
step make -C linux-source-* O="$PWD/out" KCONFIG_ALLCONFIG="$config" allnoconfig
while read -r line; do
  case $line in
    CONFIG_*) grep -qxF -- "$line" out/.config || { say "the kernel's configuration has no $line"; exit 1; } ;;
    '# CONFIG_'*' is not set')
      option=${line#\# }
      ! grep -q "^${option%% *}=" out/.config || { say "the kernel's configuration has ${option%% *}, which is to be off"; exit 1; } ;;
  esac
done < "$config"
step make -C linux-source-* O="$PWD/out" -j "$jobs" bzImage
cp out/arch/x86/boot/bzImage bzImage
cp out/.config config
rm -rf linux-source-* out log
