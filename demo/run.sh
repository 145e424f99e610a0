#!/bin/sh
# The demo: broker, host and a development enclave on this machine; five real people scored; three attacks by the host, each
# really done. With --vcf it does the same with your own file.
#
#   demo/run.sh [--vcf FILE --build BUILD --absent POLICY [--sample NAME] [--model BUNDLE]] [--out FOLDER]
set -eu
here=$(cd "$(dirname "$0")/.." && pwd -P)
bin=${GLOVEBOX_BUILD:-$here/build/release}/bin
out=${GLOVEBOX_BUILD:-$here/build/release}/demo
vcf= build= absent= sample= model=
while [ $# -gt 0 ]; do
  case $1 in
    --vcf) vcf=$2 ;; --build) build=$2 ;; --absent) absent=$2 ;; --sample) sample=$2 ;; --model) model=$2 ;; --out) out=$2 ;;
    *) echo "demo: $1 is no option of the demo; see demo/run.sh" >&2; exit 2 ;;
  esac
  [ $# -ge 2 ] || { echo "demo: $1 needs a value" >&2; exit 2; }
  shift 2
done
people="HG00096 HG00097 HG00099 HG00100 HG00101"
chr22=${GLOVEBOX_DATA:-/nonexistent}/VariantAnnotation/extdata/chr22.vcf.gz

bold=; dim=; plain=
if [ -t 1 ]; then bold=$(printf '\033[1m'); dim=$(printf '\033[2m'); plain=$(printf '\033[0m'); fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
show() { printf '%s$ %s%s\n' "$dim" "$(printf '%s ' "$@" | sed "s|$bin/||g; s|$out/||g; s|$here/||g")" "$plain"; }
run() { show "$@"; "$@"; }
port() { python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])'; }
await() { # await WHAT TEST...: waits up to 15 s for the test to succeed
  what=$1; shift; n=0
  until "$@" 2>/dev/null; do
    n=$((n + 1)); [ $n -lt 300 ] || { echo "demo: $what did not start; see $out/*.log" >&2; tail -n 5 "$out"/*.log >&2; exit 1; }
    sleep 0.05
  done
}
open_port() { python3 -c 'import socket,sys; socket.create_connection(("127.0.0.1",int(sys.argv[1])),1).close()' "$1"; }
pids=
start() { log=$1; shift; show "$@"; setsid "$@" >>"$out/$log.log" 2>&1 </dev/null & pids="$pids $!"; }
stop_all() { for p in $pids; do kill -TERM "-$p" 2>/dev/null || kill -TERM "$p" 2>/dev/null || :; done; pids=; }
trap 'stop_all' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

rm -rf "$out"; mkdir -p "$out/models"
for program in glovebox glovebox-host glovebox-enclave glovebox-broker glovebox-devnsm; do
  [ -x "$bin/$program" ] || { echo "demo: $program is not built; ./run build makes it" >&2; exit 1; }
done

step "1  The model: an XGBoost forest over real sites of chromosome 22, on a simulated trait"
if [ -z "$model" ]; then
  [ -f "$chr22" ] || { echo "demo: chr22.vcf.gz is not there; ./run demo downloads it (Debian package r-bioc-variantannotation)" >&2; exit 1; }
  run python3 "$here/demo/train_genomic_risk.py" --vcf "$chr22" --out "$out/training"
  run "$bin/glovebox" model pack --manifest "$out/training/manifest.toml" --features "$out/training/features.tsv" "$out/training/model.ubj" -o "$out/models/genomic_risk_v1.glovebox"
  model=$out/models/genomic_risk_v1.glovebox
else
  cp -- "$model" "$out/models/"; model=$out/models/$(basename -- "$model")
  run "$bin/glovebox" model show "$model"
fi

step "2  The key broker, the enclave (under a test root: no hardware here) and the untrusted host"
show "$bin/glovebox-enclave" --print-configuration ">" "$out/configuration.cbor"
"$bin/glovebox-enclave" --print-configuration > "$out/configuration.cbor"
run "$bin/glovebox-devnsm" reference-values --state "$out/nsm" --version demo --configuration "$out/configuration.cbor" -o "$out/reference-values.toml" "$bin/glovebox-enclave"
run "$bin/glovebox-broker" init --folder "$out/broker" --development-root "$out/nsm/root.crt"
run "$bin/glovebox-broker" key list --folder "$out/broker"
broker_port=$(port); host_port=$(port)
start broker "$bin/glovebox-broker" serve --folder "$out/broker" --listen "127.0.0.1:$broker_port"
await "the broker" open_port "$broker_port"
enclave() { # enclave NAME MODELS PROGRAM: starts one under devnsm
  start "$1" "$bin/glovebox-devnsm" run --state "$out/nsm" -- "$3" --nsm-fd 3 --listen "unix:$out/$1.sock" --proxy "unix:$out/$1.proxy" --models "$2" --configuration "$out/configuration.cbor"
  await "$1" [ -S "$out/$1.sock" ]
}
host() { # host PORT ENCLAVE [MORE]: starts one before an enclave
  host_at=$1; host_for=$2; shift 2
  start "host-$host_for" "$bin/glovebox-host" --listen "127.0.0.1:$host_at" --enclave "unix:$out/$host_for.sock" --proxy "unix:$out/$host_for.proxy" --broker "http://127.0.0.1:$broker_port" "$@"
  await "the host" open_port "$host_at"
}
enclave enclave "$out/models" "$bin/glovebox-enclave"
host "$host_port" enclave --record "$out/what-the-host-saw.bin"

step "3  What the person accepts, written down once"
run "$bin/glovebox" policy new --from "$out/reference-values.toml" --model "$model" --broker "http://127.0.0.1:$broker_port" -o "$out/policy.toml"
run "$bin/glovebox" policy check "$out/policy.toml"

step "4  The main job: verify the enclave, seal the genome to it, send, check the answer"
if [ -n "$vcf" ]; then
  set -- "$vcf"
  [ -z "$sample" ] || set -- "$@" --sample "$sample"
  [ -z "$build" ] || set -- "$@" --build "$build"
  [ -z "$absent" ] || set -- "$@" --absent "$absent"
else
  vcf=$chr22
  set -- "$chr22" --all --build GRCh37 --input-kind wgs-vcf --absent missing
  echo "five real people of the 1000 Genomes Project: $people"
fi
run "$bin/glovebox" score "$@" --server "http://127.0.0.1:$host_port" --policy "$out/policy.toml" --bundle "$model" -o "$out/scores.tsv" --html "$out/report.html"
[ "$#" -lt 3 ] || cat "$out/scores.tsv"

step "5  What the host saw"
python3 - "$out/what-the-host-saw.bin" "$vcf" <<'P'
import gzip, sys, zlib
saw = open(sys.argv[1], "rb").read()
opener = gzip.open if open(sys.argv[2], "rb").read(2) == b"\x1f\x8b" else open
lines = set(opener(sys.argv[2], "rb").read().splitlines())
found = sum(1 for line in saw.split(b"\n") if len(line) > 20 and line in lines)
sealed = saw[len(saw) // 4 : len(saw) // 4 * 3]
print(f"  {len(saw):,} bytes went through it, kept in {sys.argv[1].rsplit('/', 1)[1]}")
print(f"  VCF lines among them: {found}")
ratio = len(zlib.compress(sealed, 9)) / max(1, len(sealed))
print(f"  the sealed part compresses to {100 * ratio:.1f} % of its size" + (": not at all" if ratio > 0.99 else ""))
sys.exit(1 if found else 0)
P

step "6  Attack 1: the host starts the enclave with another model"
mkdir -p "$out/other-models"
if [ -d "$out/training" ]; then
  run python3 "$here/demo/train_genomic_risk.py" --vcf "$chr22" --out "$out/other-training" --seed 8
  run "$bin/glovebox" model pack --manifest "$out/other-training/manifest.toml" --features "$out/other-training/features.tsv" "$out/other-training/model.ubj" -o "$out/other-models/genomic_risk_v1.glovebox" >/dev/null
else
  cp -- "$model" "$out/other-models/"; cp -- "$model" "$out/other-models/twice-$(basename -- "$model")"
fi
enclave other-model "$out/other-models" "$bin/glovebox-enclave"
attack_port=$(port); host "$attack_port" other-model
refused() { # refused EXIT WORD COMMAND...: the command must fail in exactly this way
  want=$1; word=$2; shift 2; show "$@"; code=0; "$@" >"$out/refused.txt" 2>&1 || code=$?
  sed 's/^/  /' "$out/refused.txt"
  [ "$code" = "$want" ] && grep -q "$word" "$out/refused.txt" || { echo "demo: that should have been refused as $word with exit $want, not $code" >&2; exit 1; }
  printf '  %s-> refused: %s (exit %s)%s\n' "$bold" "$word" "$code" "$plain"
}
if [ -d "$out/training" ]; then set -- "$chr22" --sample HG00096 --build GRCh37 --input-kind wgs-vcf --absent missing; fi
refused 4 model_unknown "$bin/glovebox" score "$@" --server "http://127.0.0.1:$attack_port" --policy "$out/policy.toml" --bundle "$model" --retries 0

step "7  Attack 2: the host stores an upload and flips one bit of it"
attack_port=$(port)
start tamper python3 "$here/demo/tamper.py" "$attack_port" "$host_port" "$out/stored-upload.bin"
await "the tampering host" open_port "$attack_port"
refused 3 chunk_unauthentic "$bin/glovebox" score "$@" --server "http://127.0.0.1:$attack_port" --policy "$out/policy.toml" --bundle "$model" --retries 0

step "8  Attack 3: the host starts an enclave program with one byte changed"
show "one byte of $bin/glovebox-enclave changed, in the text of its --help"
python3 - "$bin/glovebox-enclave" "$out/changed-enclave" <<'P'
import os, sys
program = bytearray(open(sys.argv[1], "rb").read())
at = program.index(b"opens sealed requests")
program[at] ^= 0x20
open(sys.argv[2], "wb").write(program)
os.chmod(sys.argv[2], 0o755)
P
enclave changed "$out/models" "$out/changed-enclave"
attack_port=$(port); host "$attack_port" changed
refused 4 measurement_unknown "$bin/glovebox" score "$@" --server "http://127.0.0.1:$attack_port" --policy "$out/policy.toml" --bundle "$model" --retries 0

step "Done"
echo "  scores   $out/scores.tsv"
echo "  report   $out/report.html"
echo "  traffic  $out/what-the-host-saw.bin"
echo "  What is real: the people, their genotypes, the sites (GRCh37). What is simulated: the trait and the training. No medical device."
echo "  The enclave was a DEVELOPMENT ENCLAVE: no hardware protection."
