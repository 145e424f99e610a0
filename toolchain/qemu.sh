#!/bin/sh
# qemu.sh SOURCES OUT [JOBS]: builds QEMU's nitro-enclave machine of Debian's source archives in folder SOURCES, as OUT/qemu-nitro,
# in folder OUT (made anew). Debian's own binaries are built without libcbor, and so without this machine. It is a test's
# tool: an emulator that nobody here wrote boots our image and says what it measured.
#
# One board, one processor, and what this board has: a tenth of what QEMU can be.
set -eu
sources=$(readlink -f "$1") jobs=${3:-1}
say() { printf 'glovebox: %s\n' "$*" >&2; }
rm -rf "$2"
mkdir -p "$2"
cd "$2"
step() { "$@" < /dev/null > log 2>&1 || { tail -n 30 log >&2; say "QEMU's build failed: $*"; exit 1; }; }
mkdir tree
tar -xf "$sources"/qemu_*.orig.tar.* -C tree --strip-components 1 --no-same-owner
tar -xf "$sources"/qemu_*.debian.tar.* -C tree --no-same-owner
cd tree
for patch in disable-pycotap skip-unpack-edk2-blobs; do # what Debian's archive leaves out is not asked for
  step patch -p1 -i "debian/patches/$patch.patch"
done
echo CONFIG_NITRO_ENCLAVE=y > configs/devices/x86_64-softmmu/glovebox.mak
mkdir ../build
cd ../build
step ../tree/configure --target-list=x86_64-softmmu --with-devices-x86_64=glovebox --without-default-devices --without-default-features \
  --enable-system --enable-tcg --enable-gnutls --enable-libcbor --enable-vhost-user --enable-fdt=system --disable-docs --disable-tools \
  --disable-install-blobs --disable-werror --disable-debug-info --disable-download
step ninja -j "$jobs" qemu-system-x86_64
strip -o ../qemu-nitro qemu-system-x86_64
cd ..
rm -rf tree build
./qemu-nitro -machine help | grep -q '^nitro-enclave' || { say "this QEMU has no nitro-enclave machine"; exit 1; }
