#!/usr/bin/env python3
"""fuzz.py CHECKOUT SECONDS [TARGET...]: runs every fuzz target of build/fuzz for so long, one per processor at a time.

What a target finds goes to build/fuzz/corpus/NAME, never into the tree; a crashing input to build/fuzz/crashes. Ends with
a table; exits with 1 if any target crashed, hung for 10 s or took more than 2 GiB.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

checkout, seconds = pathlib.Path(sys.argv[1]), int(sys.argv[2])
wanted = [name.removesuffix("_fuzz") for name in sys.argv[3:]]
build = checkout / "build/fuzz"


def run(name):
    source = checkout / f"fuzz/{name}_fuzz.cpp"
    longest = re.search(r"^// max_len: (\d+)$", source.read_text(), re.M).group(1)
    seeds, found, crashes = checkout / "fuzz/corpus" / name, build / "corpus" / name, build / "crashes"
    for folder in (found, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    before = len(list(found.iterdir()))
    command = [str(build / f"fuzz/{name}_fuzz"), str(found)] + ([str(seeds)] if seeds.is_dir() else []) + [
        f"-max_total_time={seconds}", f"-max_len={longest}", "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
        f"-artifact_prefix={crashes}/{name}-"]
    dictionary = checkout / f"fuzz/{name}.dict"
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    log = build / f"{name}.log"
    with open(log, "wb") as out:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT).returncode
    text = log.read_text(errors="replace")
    executions = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    coverage = re.findall(r"\bcov: (\d+)", text)
    return {"name": name, "code": code, "log": log, "new": len(list(found.iterdir())) - before,
            "executions": int(executions.group(1)) if executions else 0, "coverage": int(coverage[-1]) if coverage else 0,
            "artifact": re.findall(r"Test unit written to (\S+)", text)}


names = sorted(p.name.removesuffix("_fuzz.cpp") for p in (checkout / "fuzz").glob("*_fuzz.cpp"))
unknown = sorted(set(wanted) - set(names))
if unknown or not names:
    sys.exit(f"glovebox: there is no fuzz target {', '.join(unknown)}; there are {', '.join(names) or 'none'}")
names = wanted or names
workers = os.cpu_count() or 1
rounds = -(-len(names) // workers)
print(f"glovebox: {len(names)} fuzz targets, {seconds} s each, {workers} at a time: about {rounds * seconds} s", file=sys.stderr)
start, results = time.monotonic(), []
with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    waiting = {pool.submit(run, name) for name in names}
    while waiting:
        done, waiting = concurrent.futures.wait(waiting, timeout=30, return_when=concurrent.futures.FIRST_COMPLETED)
        results += [future.result() for future in done]
        print(f"glovebox: {len(results)} of {len(names)} targets done, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

print(f"{'target':24}{'executions':>12}{'coverage':>10}{'new inputs':>12}  result")
for r in sorted(results, key=lambda r: r["name"]):
    print(f"{r['name']:24}{r['executions']:>12}{r['coverage']:>10}{r['new']:>12}  {'clean' if r['code'] == 0 else 'FAILED'}")
bad = [r for r in results if r["code"] != 0]
for r in bad:
    tail = "\n".join(r["log"].read_text(errors="replace").splitlines()[-40:])
    print(f"\n{r['name']}: exit code {r['code']}; {r['log']} ends with\n{tail}")
    for path in r["artifact"]:
        print(f"again: ./run shell build/fuzz/fuzz/{r['name']}_fuzz {path}")
sys.exit(1 if bad else 0)
