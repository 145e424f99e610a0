#!/usr/bin/env python3
"""table.py BUILD CACHE [--quick] [--rounds N] [--resume] [--newest] [--publish] [ROW...]: ours and its peers, by turns, in one run.

Prints one table. A full run, and a quick one, also writes bench/results/DATE-MACHINE as JSON, Markdown and a picture; --publish puts
the picture and the table into docs/. ROW is a row's name, or how one begins: `scan`, `index-query`; `--list` lists them. A group of
rows that fails, or takes too long, is a line that says so; a run that was cut off goes on with --resume. `load` instead runs the load
tests in their long form, `micro [PROGRAM...]` the programs of Google Benchmark.
"""
import argparse, dataclasses, datetime, hashlib, json, os, pathlib, re, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.dont_write_bytecode = True
from harness import machine, picture, report  # noqa: E402
from harness.context import Context, Row, timed  # noqa: E402
from harness.contest import Unavailable  # noqa: E402
from harness.store import Store, say  # noqa: E402
from rows import forest, genome, path, service  # noqa: E402

SOURCE = pathlib.Path(__file__).resolve().parents[1]
RESULTS = SOURCE / "bench/results"

# name of the group, the rows in it, what measures them
GROUPS = [
    ("scan", "scan-query scan-records scan-lines scan-inflate scan-threads", genome.scans),
    ("panel", "panel-self panel-plink2", genome.panels),
    ("index", "index-query index-none", genome.indexed),
    ("cohort", "cohort", genome.cohort),
    ("path", "path-whole path-checked path-slice path-memory", path.path),
    ("small", "small-rows small-newest small-ifelse small-planes", forest.small_batch),
    ("single", "single-xgboost single-newest single-onnx single-ifelse", forest.small_single),
    ("large", "large-rows large-newest large-ifelse", forest.large_batch),
    ("tabular", "tabular tabular-newest tabular-ifelse", forest.tabular),
    ("seal", "seal open", service.sealing),
    ("appraise", "verify appraise appraise-real", service.appraisal),
    ("requests", "requests requests-cryptography requests-delay requests-one", service.requests),
]


def commit():
    done = subprocess.run(["git", "-C", SOURCE, "describe", "--always", "--dirty", "--abbrev=12"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def wanted(names, asked):
    return not asked or any(name.startswith(prefix) for name in names.split() for prefix in asked)


def programs_of(build):
    """What the figures are of, for --resume: the programs themselves."""
    digest = hashlib.sha256()
    for file in sorted([*(build / "bench").glob("*_side"), *(build / "bench").glob("*_bench"), *(build / "bin").glob("glovebox*")]):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def publish(result, rows):
    """The picture, and the table between two marks of docs/performance.md."""
    (SOURCE / "docs/performance.svg").write_text(picture.svg(rows, title(result)))
    page = SOURCE / "docs/performance.md"
    m = result["machine"]
    text = (f"Measured {result['date']} at {result['commit']}, {result['rounds']} rounds, load {m['load']:.1f} before and {result['load_after']:.1f} "
            f"after. {report.sentence(m)}.\n\n![times faster than each peer](performance.svg)\n\n{report.markdown_table(rows)}")
    page.write_text(re.sub(r"(<!-- latest -->\n).*?(\n<!-- /latest -->)", lambda found: found[1] + text + found[2], page.read_text(), flags=re.S))
    say("docs/performance.md and docs/performance.svg are of this run")


def title(result):
    m = result["machine"]
    return f"glovebox, {result['date']}, {m['processor']}, {m['cores']} cores"


def write(result, rows, folder, name):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(report.as_json(result, rows))
    (folder / f"{name}.md").write_text(report.as_markdown(result, rows))
    (folder / f"{name}.svg").write_text(picture.svg(rows, title(result)))
    say(f"written: {os.path.relpath(folder / name)}.json, .md and .svg")


def measure(group, names, function, context, asked):
    """One group's rows; whatever happens in it is its own."""
    first = len(context.rows)
    try:
        with timed(group):
            function(context)
    except Unavailable as reason:
        missing(context, first, names, "skipped", str(reason))
    except Exception as error:  # noqa: BLE001: a group that breaks must not take the others with it
        missing(context, first, names, "failed", f"{type(error).__name__}: {str(error)[:200]}")
    context.rows[first:] = [row for row in context.rows[first:] if not asked or any(row.id.startswith(prefix) for prefix in asked)]
    return context.rows[first:]


def missing(context, first, names, status, why):
    there = {row.id for row in context.rows[first:]}
    for name in names.split():
        if name not in there:
            context.line(name, name, status=status, why=why)


def micro(build, names):
    """The small parts, for whoever works on one; what needs an input that only a row has says so and goes on."""
    found = [p for p in sorted((build / "bench").glob("*_bench")) if not names or p.name.removesuffix("_bench") in names]
    for program in found:
        subprocess.run([program, "--benchmark_min_time=0.2s"])
    return 0 if found else 2


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description="ours and its peers, by turns, in one run; `load` and `pace` instead: see ./run help")
    parser.add_argument("build", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("cache", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="smaller inputs and fewer rounds: under 5 minutes")
    parser.add_argument("--rounds", type=int, help="how often each side is run (default 7, quick 3)")
    parser.add_argument("--resume", action="store_true", help="keep what the last run of the same programs has measured")
    parser.add_argument("--newest", action="store_true", help="fetch the newest XGBoost from PyPI first, as one more peer")
    parser.add_argument("--publish", action="store_true", help="show the result in docs/performance.md")
    parser.add_argument("--list", action="store_true", help="the rows' names")
    parser.add_argument("row", nargs="*", help="only rows whose names begin so")
    options = parser.parse_args()
    if options.row == ["load"]:
        return service.long_load(options.build.resolve())
    if options.row[:1] == ["micro"]:
        return micro(options.build.resolve(), options.row[1:])
    if options.list:
        print("\n".join(names for _, names, _ in GROUPS))
        return 0
    chosen = [group for group in GROUPS if wanted(group[1], options.row)]
    if not chosen:
        say(f"no row is called {' or '.join(options.row)}: --list lists them")
        return 2

    build, start = options.build.resolve(), time.monotonic()
    mode = "quick" if options.quick else "full"
    rounds = options.rounds or (3 if options.quick else 7)
    state_file = build.parent / "bench" / f"state-{mode}.json"
    state_file.parent.mkdir(parents=True, exist_ok=True)
    key = f"{programs_of(build)} {rounds}"
    state = json.loads(state_file.read_text()) if options.resume and state_file.exists() else {}
    if state.get("key") != key:
        state = {"key": key, "groups": {}}
    result = {"date": datetime.date.today().isoformat(), "commit": commit(), "mode": mode, "rounds": rounds, "machine": machine.describe()}
    with tempfile.TemporaryDirectory(prefix="glovebox-bench-") as work:
        context = Context(Store(options.cache), build, options.quick, rounds, pathlib.Path(work))
        for name, names, function in chosen:
            if name in state["groups"]:
                say(f"{name}: kept from the last run")
                context.rows += [Row(**row) for row in state["groups"][name]]
                continue
            rows = measure(name, names, function, context, options.row)
            if not options.row and all(row.status != "failed" for row in rows):
                state["groups"][name] = [dataclasses.asdict(row) for row in rows]
                state_file.write_text(json.dumps(state))
    result |= {"seconds": time.monotonic() - start, "load_after": os.getloadavg()[0]}
    print(report.table(context.rows))
    load = f"load {result['machine']['load']:.1f} before, {result['load_after']:.1f} after"
    print(f"\nmedians of {rounds}; ratios of medians, spread: quartiles of the ratios round by round; by cpu: got, by processor time; {load}; {result['seconds']:.0f} s in all")
    if result["machine"]["load"] > 0.7:
        print("other work was running when this began: ratios are steadier than times, and both are less so than on a quiet machine")
    if options.row:
        write(result, context.rows, build.parent / "bench", "some-rows")
    else:
        write(result, context.rows, RESULTS, f"{result['date']}-{machine.slug(result['machine'])}" + ("-quick" if options.quick else ""))
    if options.publish:
        publish(result, context.rows)
    return 1 if any(row.status == "failed" for row in context.rows) else 0


if __name__ == "__main__":
    sys.exit(main())
