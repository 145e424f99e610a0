#!/bin/bash
# nitro_test.sh CHECKOUT PROGRAMS: the scripts for a parent instance, with a stand-in for nitro-cli: only the image that was meant is
# started, never in debug mode; the script stays while the enclave lives and ends with an error when it is gone. Units and options
# are held to the programs that are there.
set -euo pipefail
checkout=$1 programs=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "failed: $*"; exit 1; }
nitro=$checkout/deploy/nitro

for script in install.sh glovebox-enclave; do
  dash -n "$nitro/$script" || fail "$script is not POSIX shell"
  [ -x "$nitro/$script" ] || fail "$script cannot be executed"
done

# Installed under a folder; settings that are there stay.
echo image > "$work/image.eif"
printf '#!/bin/sh\n' > "$work/host"
(cd "$work" && "$nitro/install.sh" image.eif host "$work/root") > "$work/said"
grep -q "$(sha256sum < "$work/image.eif" | cut -c1-64)" "$work/said" || fail "install.sh does not say the image's SHA-256"
settings=$work/root/etc/glovebox/glovebox.env
echo 'GLOVEBOX_CID=17' > "$settings"
(cd "$work" && "$nitro/install.sh" image.eif host "$work/root") > /dev/null
[ "$(cat "$settings")" = GLOVEBOX_CID=17 ] && [ -e "$settings.new" ] || fail "settings were overwritten"
for unit in "$work"/root/etc/systemd/system/*.service; do # every file that a unit names is installed
  for path in $(sed -n 's/^ExecSt[a-zA-Z]*=\(\/[^ ]*\).*/\1/p' "$unit"); do
    [ -x "$work/root$path" ] || fail "$(basename "$unit") starts $path, which is not installed"
  done
done
if command -v systemd-analyze > /dev/null && [ -d /usr/lib/systemd/system ]; then # with this machine's own units beside ours
  mkdir -p "$work/root/usr/lib/systemd"
  cp -r /usr/lib/systemd/system "$work/root/usr/lib/systemd/"
  printf '[Service]\nType=oneshot\nExecStart=/usr/local/bin/glovebox-host\n' > "$work/root/etc/systemd/system/nitro-enclaves-allocator.service"
  systemd-analyze verify --man=no --root="$work/root" "$work"/root/etc/systemd/system/glovebox-{host,enclave}.service 2> "$work/said" || :
  ! grep -F glovebox- "$work/said" || fail "systemd refuses a unit"
fi

# The host's unit, with the settings as they are shipped, is a command line that the host takes: what this machine may lack is vsock.
if [ -x "$programs/glovebox-host" ]; then
  set -a; . "$nitro/glovebox.env"; set +a
  GLOVEBOX_LISTEN=127.0.0.1:0
  line=$(sed -n 's/^ExecStart=[^ ]* //p' "$nitro/glovebox-host.service")
  eval "set -- $line"
  code=0
  timeout 2 "$programs/glovebox-host" "$@" > "$work/host.out" 2>&1 || code=$?
  [ $code != 2 ] || { cat "$work/host.out"; fail "the host does not take its unit's options"; }
fi

# A stand-in: an enclave is a file.
mkdir "$work/bin"
cat > "$work/bin/nitro-cli" <<N
#!/bin/sh
echo "\$*" >> $work/calls
case \$1 in
  run-enclave) : > $work/alive ;;
  describe-enclaves) [ ! -e $work/alive ] || echo '[ { "EnclaveName": "glovebox", "State": "RUNNING" } ]' ;;
  terminate-enclave) rm -f $work/alive ;;
esac
N
chmod +x "$work/bin/nitro-cli"
export PATH=$work/bin:$PATH GLOVEBOX_IMAGE=$work/image.eif GLOVEBOX_MEMORY_MIB=512 GLOVEBOX_CPUS=2 GLOVEBOX_CID=16 GLOVEBOX_WATCH_SECONDS=0.1
start() { "$nitro/glovebox-enclave" run > "$work/out" 2>&1; }
: > "$work/calls"
! GLOVEBOX_IMAGE_SHA256='' start || fail "an image without its SHA-256 was started"
! GLOVEBOX_IMAGE_SHA256=$(printf '%064d' 0) start || fail "another image was started"
grep -q "has SHA-256 $(sha256sum < "$work/image.eif" | cut -c1-64)" "$work/out" || fail "it does not say what it found"
! grep -q run-enclave "$work/calls" || fail "an enclave was started"

GLOVEBOX_IMAGE_SHA256=$(sha256sum < "$work/image.eif" | cut -c1-64)
export GLOVEBOX_IMAGE_SHA256
start & child=$!
for _ in $(seq 200); do [ -e "$work/alive" ] && break; sleep 0.05; done
[ -e "$work/alive" ] || fail "it was not started"
grep -q -- "--enclave-cid 16 --memory 512 --cpu-count 2" "$work/calls" || { cat "$work/calls"; fail "other options"; }
! grep -q debug "$work/calls" || fail "debug mode"
kill -0 $child || fail "it does not stay"
rm "$work/alive"
! wait $child || fail "it ends well though the enclave is gone"
start & child=$!
for _ in $(seq 200); do [ -e "$work/alive" ] && break; sleep 0.05; done
"$nitro/glovebox-enclave" stop
[ ! -e "$work/alive" ] || fail "stop does not stop it"
wait $child || :
echo "deploy/nitro: as expected"
