#!/bin/sh
# install.sh IMAGE HOST-PROGRAM [ROOT]: puts image, host program, units and settings in place on a parent instance (or, for a
# look, under the folder ROOT). Settings that are there stay. Run it as root, from this folder; then fill in /etc/glovebox/glovebox.env and
#   systemctl enable --now nitro-enclaves-allocator glovebox-enclave glovebox-host
set -eu
[ $# -ge 2 ] || { echo "usage: install.sh IMAGE HOST-PROGRAM [ROOT]" >&2; exit 2; }
image=$(readlink -f "$1") program=$(readlink -f "$2") root=${3:-}
cd "$(dirname "$(readlink -f "$0")")"
install -d "$root/usr/local/bin" "$root/usr/local/libexec/glovebox" "$root/usr/local/share/glovebox" "$root/etc/glovebox" \
  "$root/etc/systemd/system" "$root/etc/nitro_enclaves" "$root/usr/local/share/doc/glovebox"
install -m 0644 "$image" "$root/usr/local/share/glovebox/image.eif"
install -m 0755 "$program" "$root/usr/local/bin/glovebox-host"
install -m 0755 glovebox-enclave "$root/usr/local/libexec/glovebox/glovebox-enclave"
install -m 0644 glovebox-enclave.service glovebox-host.service "$root/etc/systemd/system/"
install -m 0644 ../../docs/deploy-nitro.md "$root/usr/local/share/doc/glovebox/"
for file in glovebox.env:glovebox allocator.yaml:nitro_enclaves; do
  to=$root/etc/${file#*:}/${file%:*}
  if [ -e "$to" ] && ! cmp -s "${file%:*}" "$to"; then
    install -m 0644 "${file%:*}" "$to.new"
    echo "install.sh: $to is kept; ours is beside it, as $to.new"
  else
    install -m 0644 "${file%:*}" "$to"
  fi
done
if [ -z "$root" ]; then
  id glovebox > /dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin --groups ne glovebox
  systemctl daemon-reload
fi
echo "install.sh: the image is $(sha256sum "$root/usr/local/share/glovebox/image.eif" | cut -c1-64)"
