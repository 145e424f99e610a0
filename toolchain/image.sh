# image.sh, sourced by tasks.sh: `./run image`, inside the tree that image/lock describes. docs/spec/image.md says what comes of it.
#
# What can reach the image: this tree, image/kernel.config, CMakeLists.txt, CMakePresets.json, cmake/, src/, apps/, this file
# and kernel.sh, and the options and files that are named. No clock, no folder's name, no user and no environment may.
parts=() against='' key='' fresh='' tcb='' record='' verify='' public='' alone=''
while [ $# != 0 ]; do
  case $1 in
    --fresh | --fresh-kernel | --fresh-programs) fresh=$1 ;;
    --tcb) tcb=1 ;;
    --kernel) alone=1 ;;
    --record) record=--record ;;
    --model|--configuration|--command-line|--against|--key|--verify|--public-key)
      [ $# -ge 2 ] || { say "$1 needs a value; ./run help"; exit 2; }
      case $1 in
        --model|--configuration) parts+=("$1" "$(cd "$here" && readlink -f "$2")") ;;
        --command-line) parts+=("$1" "$2") ;;
        --against) against=$(cd "$here" && readlink -f "$2") ;;
        --key) key=$(cd "$here" && readlink -f "$2") ;;
        --verify) verify=$(cd "$here" && readlink -f "$2") ;;
        --public-key) public=$(cd "$here" && readlink -f "$2") ;;
      esac
      shift ;;
    *) say "there is no option $1; ./run help lists them"; exit 2 ;;
  esac
  shift
done
umask 022
mkdir -p build
exec 6> build/image.out.lock
flock -n 6 || { say "another ./run image is under way here; waiting for it"; flock 6; }
out=build/image/out
papers=$tools/image_papers.py

if [ -n "$verify" ]; then
  [ -n "$public" ] || { say "whose signature? --public-key FILE"; exit 2; }
  exec python3 "$papers" verify "$verify" "$public" "$out/image.eif"
fi

# The kernel, kept under the hash of all that it is made of: the tree it is built in, with the source, and its configuration.
kernel=$store/kernel-$(cat image/lock image/kernel.config "$tools/kernel.sh" | sha256sum | cut -c1-16)
case $fresh in --fresh | --fresh-kernel)
  kernel=$checkout/build/image.kernel
  rm -rf "$kernel" ;;
esac
case $fresh in --fresh | --fresh-programs)
  rm -rf build/image
  export CCACHE_DISABLE=1 ;;
esac
made "$kernel" "the kernel" "5 to 15 minutes" sh "$tools/kernel.sh" image/kernel.config /usr/src/linux-source-*.tar.xz
if [ -n "$alone" ]; then echo "$kernel/bzImage"; exit; fi

build image glovebox-enclave glovebox
rm -rf "$out"
mkdir -p "$out"
strip --strip-all -o "$out/init" build/image/bin/glovebox-enclave
if readelf -lW "$out/init" | grep -q INTERP; then say "glovebox-enclave is not static"; exit 1; fi
if names=$(grep -aoE '(src|apps)/[a-z_-]+/[a-z0-9_]+\.(cpp|h)' "$out/init"); then # __FILE__, which depends on how a file was named
  say "the program holds the names of source files, so it depends on how it was compiled:" $names
  exit 1
fi
ours=$checkout/build/image/bin/glovebox
"$ours" image build --kernel "$kernel/bzImage" --init "$out/init" "${parts[@]}" -o "$out/image.eif" > "$out/measurements.txt"
"$ours" --json image describe "$out/image.eif" > "$out/describe.json"
"$ours" image measure "$out/image.eif" -o "$out/reference-values.toml" > /dev/null
cp "$kernel/config" "$out/kernel.config"

python3 "$papers" sbom "$out" build/image > "$out/sbom.spdx.json"
python3 "$papers" provenance "$out" > "$out/provenance.json"
if [ -n "$key" ]; then python3 "$papers" sign "$out/provenance.json" "$key" > "$out/provenance.dsse.json"; fi

if [ -n "$tcb" ]; then
  exec python3 "$tools/image_tcb.py" "$out" build/image/bin/glovebox-enclave.map image/tcb.json $record
fi

if [ -n "$against" ]; then
  if ! cmp -s "$against" "$out/image.eif"; then
    say "$against is another image:"
    "$ours" image diff "$against" "$out/image.eif" || :
    exit 4
  fi
  say "$against is this image, byte for byte"
fi
cat "$out/measurements.txt"
(cd "$out" && sha256sum image.eif reference-values.toml sbom.spdx.json provenance.json)
