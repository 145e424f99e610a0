#!/usr/bin/env python3
"""coverage.py CHECKOUT [TARGET...]: how many lines of its parser's own files each fuzz target's seeds reach.

fuzz/covers.txt says which files are a target's. Each target of build/coverage replays fuzz/corpus/NAME; files where fewer
than LEAST of 100 lines run are listed with the lines that never did. Exits with 1 if a target is below that in all.
"""
import json
import os
import pathlib
import subprocess
import sys

LEAST = 85.0

checkout = pathlib.Path(sys.argv[1])
build = checkout / "build/coverage"
covers = {}
for line in (checkout / "fuzz/covers.txt").read_text().splitlines():
    name, _, files = line.partition("#")[0].partition(":")
    if files:
        covers.setdefault(name.strip(), []).extend(files.split())
names = sorted(p.name.removesuffix("_fuzz.cpp") for p in (checkout / "fuzz").glob("*_fuzz.cpp"))
asked = {name.removesuffix("_fuzz") for name in sys.argv[2:]}
for what, wrong in (("has no line in fuzz/covers.txt", asked - set(covers)), ("is no fuzz target", set(covers) - set(names)),
                    ("is no file", {f for files in covers.values() for f in files if not (checkout / f).is_file()})):
    if wrong:
        sys.exit(f"glovebox: {', '.join(sorted(wrong))} {what}")
wanted = [name.removesuffix("_fuzz") for name in sys.argv[2:]] or sorted(covers)
if set(wanted) - set(names):
    sys.exit(f"glovebox: there is no fuzz target {', '.join(sorted(set(wanted) - set(names)))}; there are {', '.join(names)}")


def measure(name):
    """File to (lines, lines that run, numbers of those that do not)."""
    program, raw, data = build / f"fuzz/{name}_fuzz", build / f"{name}.profraw", build / f"{name}.profdata"
    log = build / f"{name}.log"
    with open(log, "wb") as out:
        code = subprocess.run([program, name, checkout / "fuzz/corpus" / name, build / f"{name}.json"],
                              env=os.environ | {"LLVM_PROFILE_FILE": str(raw)}, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode
    if code != 0:
        sys.exit(f"glovebox: {name}_fuzz fails on its seeds; {log} says which")
    subprocess.run(["llvm-profdata-19", "merge", "-sparse", raw, "-o", data], check=True)
    lcov = subprocess.run(["llvm-cov-19", "export", "-format=lcov", program, f"-instr-profile={data}"], check=True, capture_output=True, text=True)
    found, lines = {}, {}
    for line in lcov.stdout.splitlines():
        key, _, value = line.partition(":")
        if key == "SF":
            lines = {}
            for file in covers[name]:
                if value == file or value.endswith("/" + file):
                    lines = found.setdefault(file, {})
        elif key == "DA":
            number, count = map(int, value.split(",")[:2])
            lines[number] = max(lines.get(number, 0), count)
    return {file: (len(at), sum(n > 0 for n in at.values()), sorted(k for k, n in at.items() if n == 0)) for file, at in found.items()}


def spans(numbers):
    out = []
    for n in numbers:
        if out and out[-1][1] == n - 1:
            out[-1][1] = n
        else:
            out.append([n, n])
    return " ".join(f"{a}" if a == b else f"{a}-{b}" for a, b in out)


if set(names) - set(covers):
    print(f"glovebox: fuzz/covers.txt does not say what is covered by {', '.join(sorted(set(names) - set(covers)))}", file=sys.stderr)
low, weak = [], []
print(f"{'target':16}{'lines':>7}{'run':>7}{'%':>7}  files")
for name in wanted:
    files = measure(name)
    total, run = (sum(v[i] for v in files.values()) for i in (0, 1))
    share = 100 * run / max(total, 1)
    print(f"{name:16}{total:>7}{run:>7}{share:>7.1f}  {' '.join(f.removeprefix('src/') for f in covers[name])}", flush=True)
    if share < LEAST:
        low.append(name)
    weak += [f"{name}: {f}: {r} of {t}; never: {spans(missing)}" for f, (t, r, missing) in files.items() if r < t * LEAST / 100]
print("".join(f"\n{line}" for line in weak))
if low:
    sys.exit(f"glovebox: below {LEAST:.0f} %: {', '.join(low)}")
