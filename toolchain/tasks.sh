#!/bin/bash
# tasks.sh TASK ARGUMENT...: the tasks of ./run, inside the Debian 13 root, in the caller's folder.
set -euo pipefail
{ # read whole before it runs: this file may change meanwhile
here=$PWD
checkout=$(dirname "$(dirname "$(readlink -f "$0")")")
tools=$checkout/toolchain
say() { printf 'glovebox: %s\n' "$*" >&2; }
cd "$checkout"
[ -w . ] || { say "$checkout cannot be written by $(id -un): clone it to a place of your own"; exit 69; }
jobs=$(nproc)
memory=$(awk '/^MemAvailable/ { print int($2 / 1500000) + 1 }' /proc/meminfo) # a compiler under a sanitizer takes 1.5 GB
jobs=$((memory < jobs ? memory : jobs))

# build PRESET TARGET... configures when needed and builds, with progress on stderr and silence when nothing is to do. One at
# a time in one folder; a folder that was copied from elsewhere, or whose configuring was cut off, is made anew.
build() {
  local preset=$1 folder=build/$1 code=0
  shift
  mkdir -p build
  exec 8> "$folder.lock"
  flock -n 8 || { say "another build is under way in $folder; waiting for it"; flock 8; }
  if ! grep -qsx "CMAKE_HOME_DIRECTORY:INTERNAL=$checkout" "$folder/CMakeCache.txt" || ! [ -e "$folder/build.ninja" ]; then
    say "configuring $folder"
    rm -rf "$folder"
    cmake --preset "$preset" > "$folder.log" 2>&1 < /dev/null 8>&- || { cat "$folder.log" >&2; return 1; }
  fi
  cmake --build "$folder" -j "$jobs" ${1:+--target "$@"} < /dev/null 2>&1 8>&- |
    mawk -W interactive -f "$tools/progress.awk" -v tty="$([ -t 2 ] && echo 1)" >&2 8>&- || code=$?
  exec 8>&-
  return $code
}

# made FOLDER WHAT HOW_LONG SCRIPT...: the folder, made by `SCRIPT... FOLDER JOBS` if it is not there, once for all checkouts.
made() {
  local folder=$1 what=$2 long=$3 start
  shift 3
  ! [ -d "$folder" ] || return 0
  mkdir -p "$store"
  exec 7> "$store/lock"
  flock -n 7 || { say "another ./run is building what the image needs; waiting for it"; flock 7; }
  if ! [ -d "$folder" ]; then
    say "building $what, once ($long)"
    start=$SECONDS
    "$@" "$folder.new" "$jobs" 7>&-
    mv "$folder.new" "$folder"
    say "built $what, $((SECONDS - start)) s"
  fi
  exec 7>&-
}
store=$(dirname "$CCACHE_DIR")/image # kernels and emulators, each under the hash of all that it is made of

case $1 in
  program)
    name=$2
    shift 2
    [ -e "apps/$name/main.cpp" ] || { say "$name is not written yet (apps/$name)"; exit 69; }
    build release "$name"
    program=$checkout/build/release/bin/$name
    cd "$here" && exec "$program" "$@" ;;
  demo)
    shift
    [ -e demo/run.sh ] || { say "the demo is not written yet (demo/run.sh)"; exit 69; }
    build release glovebox glovebox-host glovebox-enclave glovebox-broker glovebox-devnsm
    cd "$here" && exec sh "$checkout/demo/run.sh" "$@" ;;
  build) shift; build release "$@" ;;
  test) shift; . "$tools/test.sh" ;;
  fuzz)
    shift
    build fuzz fuzzers
    exec python3 "$tools/fuzz.py" "$checkout" "$@" ;;
  coverage)
    shift
    build coverage fuzzers
    exec python3 "$tools/coverage.py" "$checkout" "$@" ;;
  bench)
    shift
    case ${1:-} in pace | boot)
      program=bench/$1.py
      shift
      build release
      exec python3 "$program" build/release "$@" ;;
    esac
    [ -s bench/CMakeLists.txt ] || { say "there is nothing to measure yet (bench/)"; exit 69; }
    case " $* " in *" --list "* | *" --help "*) ;; *) build release benches ;; esac
    exec python3 bench/table.py build/release "$(dirname "$CCACHE_DIR")/bench" "$@" ;;
  fmt)
    shift
    files=$(find src apps tests fuzz bench -name '*.h' -o -name '*.cpp')
    if [ "${1:-}" = --check ]; then exec clang-format-19 --dry-run -Werror $files; fi
    clang-format-19 -i $files ;;
  tidy)
    shift
    [ $# != 0 ] || set -- $(git diff --name-only HEAD -- 'src/*.cpp' 'apps/*.cpp'; git ls-files -o --exclude-standard -- 'src/*.cpp' 'apps/*.cpp')
    [ $# != 0 ] || { say "no file differs from the last commit; ./run tidy FILE... names some"; exit 0; }
    build release
    printf '%s\n' "$@" | xargs -P "$jobs" -n 1 clang-tidy-19 --quiet -p build/release ;;
  shell)
    shift
    cd "$here"
    [ $# = 0 ] || exec "$@"
    say "inside Debian 13; the checkout is $checkout"
    PS1='glovebox:\w\$ ' exec bash --norc ;;
  image) shift; . "$tools/image.sh" ;;
  qemu) made "$store/qemu-$({ ls /usr/src; cat "$tools/qemu.sh"; } | sha256sum | cut -c1-16)" QEMU "5 minutes" "$tools/qemu.sh" /usr/src ;;
  e2e)
    shift
    build release
    GLOVEBOX_EXHAUSTIVE=1 GLOVEBOX_IMAGE=$checkout/build/image/out/image.eif GLOVEBOX_BUILD=$checkout/build/release \
      exec python3 tests/e2e/boot_test.py build/release/test-results/e2e_boot_test.json "$@" ;;
  dist) shift; . "$tools/dist.sh" ;;
esac
exit
}
