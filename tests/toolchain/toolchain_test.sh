#!/bin/bash
# toolchain_test.sh CHECKOUT: that the summary of a test run sees every way to fail, that the scripts parse, and that man page
# and completions come out of a program's help.
set -euo pipefail
checkout=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "failed: $*"; exit 1; }

for script in run toolchain/mkroot.sh toolchain/enter.sh toolchain/inside.sh toolchain/beside.sh toolchain/locked.sh toolchain/kernel.sh tests/toolchain/image_twice.sh \
  tests/toolchain/bare_debian12.sh; do
  dash -n "$checkout/$script" || fail "$script is not POSIX shell"
done
for script in .ci/run toolchain/tasks.sh toolchain/test.sh toolchain/dist.sh toolchain/image.sh; do bash -n "$checkout/$script"; done
[ -x "$checkout/run" ] || fail "run cannot be executed"

# The summary. Each case: the entries of ctest, how they ended, what they left; and what the last line must be.
case_of() { printf '{"name":"%s","classname":"C","status":"RUN","result":"%s"%s}' "$1" "$2" "${3:-}"; }
left() { printf '{"testsuites":[{"testsuite":[%s]}]}' "$2" > "$work/r/$1.json"; }
summary() { # LAST-LINE EXIT-CODE FAILED-ENTRY... over the entries in $work/r and $entries
  local expected=$1 code=$2 got=0 list='' xml='' entry
  shift 2
  for entry in $entries; do
    list+="${list:+,}{\"name\":\"$entry\"}"
    case " $* " in *" $entry "*) xml+="<testcase name=\"$entry\"><failure message=\"ended\"/></testcase>" ;; *) xml+="<testcase name=\"$entry\"/>" ;; esac
  done
  echo "{\"tests\":[$list]}" > "$work/r.list"
  echo "<testsuite>$xml</testsuite>" > "$work/r.xml"
  python3 "$checkout/toolchain/test_summary.py" "release=$work/r" > "$work/out" || got=$?
  [ "$(tail -n 1 "$work/out")" = "$expected" ] && [ "$got" = "$code" ] || { cat "$work/out"; fail "expected '$expected' and exit code $code, got $got"; }
  rm -rf "$work/r"; mkdir "$work/r"
}
mkdir "$work/r"
pass=$(case_of passes COMPLETED) bad=$(case_of fails COMPLETED ',"failures":[{"failure":"x"}]')
skip=$(case_of skips SKIPPED ',"skipped":[{"message":"a.cpp:7\nneeds a thing\n"}]')
off=${pass/RUN/NOTRUN}
entries='a b'; left a "$pass,$pass"; left b "$pass"; summary "3 passed, 0 failed, 0 skipped" 0
entries='a b'; left a "$pass,$bad"; left b "$skip,$off"; summary "1 passed, 1 failed, 1 skipped" 1 a
grep -q 'C.skips: needs a thing$' "$work/out" || fail "the reason of a skip is not shown"
entries='a b'; left a "$pass"; summary "1 passed, 1 failed, 0 skipped" 1 b     # crashed: it left nothing
entries='a'; left a "$pass"; summary "1 passed, 1 failed, 0 skipped" 1 a       # its cases passed, then it ended badly
entries='a'; echo '{"tests' > "$work/r/a.json"; summary "0 passed, 1 failed, 0 skipped" 1 # half a result
entries=''; summary "0 passed, 1 failed, 0 skipped" 1                          # no test at all
entries='a'; left a "$skip"; summary "0 passed, 0 failed, 1 skipped" 1         # nothing ran: that is no success

# Man page and completions of a made-up program.
cat > "$work/tool" <<'T'
#!/bin/sh
case "$*" in
  --help) printf 'a tool \nUsage: tool [OPTIONS] SUBCOMMAND\n\nOptions:\n  -h,--help                   Print this help\n\nSubcommands:\n  make                        make a thing\n' ;;
  'make --help') printf 'make a thing \nUsage: tool make [OPTIONS] input\n\nPositionals:\n  input TEXT REQUIRED         what from\n\nOptions:\n  -o,--output FILE            where to\n' ;;
esac
T
chmod +x "$work/tool"
python3 "$checkout/toolchain/cli_help.py" bash "$work/tool" > "$work/bash"
bash -n "$work/bash"
completed=$(bash -c '. "$1"; COMP_WORDS=(tool make --o); COMP_CWORD=2; _tool; echo "${COMPREPLY[@]}"' sh "$work/bash")
[ "$completed" = --output ] || fail "bash completes 'tool make --o' to '$completed'"
python3 "$checkout/toolchain/cli_help.py" fish "$work/tool" | grep -q -- "-s o -l output -r -d 'where to'" || fail "fish does not know --output"
python3 "$checkout/toolchain/cli_help.py" zsh "$work/tool" | grep -q "'make:make a thing'" || fail "zsh does not know make"
echo "toolchain: all as expected"
