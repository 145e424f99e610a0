#!/usr/bin/env python3
"""The documents name files, tests, tasks and rejections: each of them must exist. Text that nothing checks goes stale."""
import json, pathlib, re, sys

root, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
pages = [*root.glob("*.md"), *root.glob("docs/**/*.md")]
sources = [p for folder in ("src", "tests", "apps") for p in (root / folder).rglob("*") if p.suffix in (".cpp", ".py")]
text_of = {p: p.read_text() for p in sources}

googletest = set()
for text in text_of.values():
    for suite, name in re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)", text, re.M):
        googletest |= {f"{suite}.{name}", f"{suite}.*"}
python = {name for p, text in text_of.items() if p.suffix == ".py" for name in re.findall(r"^def (test_\w+)", text, re.M)}
attacks = {name for p, text in text_of.items() if p.name.endswith("_attacks_test.py") for name in re.findall(r"^class (\w+)", text, re.M)}
attacks |= {"NAME", "SWAPPED"}
rejections = set(re.findall(r"^\s*X\((\w+),", (root / "src/base/reject.h").read_text(), re.M))
tasks = set(re.findall(r"^  ([a-z-]+)", (root / "run").read_text().split("<<'H'")[1].split("\nH\n")[0], re.M))
tasks |= {p.parent.name for p in root.glob("apps/*/main.cpp")}

problems = []
for page in sorted(pages):
    for number, line in enumerate(page.read_text().splitlines(), 1):
        def wrong(what):
            problems.append(f"{page.relative_to(root)}:{number}: {what}")
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", line):
            if "://" not in target and not (page.parent / target).exists():
                wrong(f"leads nowhere: {target}")
        for suite, name in re.findall(r"`([A-Z]\w+)\.(\*|[A-Z]\w+)`", line):
            if f"{suite}.{name}" not in googletest:
                wrong(f"no such test: {suite}.{name}")
        for name in re.findall(r"`(test_\w+)`", line):
            if name not in python:
                wrong(f"no such test: {name}")
        for name in re.findall(r"`attacks\.(\w+)`", line):
            if name not in attacks:
                wrong(f"no such attack: {name}")
        for path in re.findall(r"`((?:src|tests|docs|demo|bench|fuzz|apps|toolchain|cmake)/[\w./-]+)`", line):
            if not (root / path).exists() and not re.search(r"[A-Z]{2}", path):
                wrong(f"no such file: {path}")
        for path in re.findall(r"`((?:base|crypto|client|envelope|enclave|genome|protocol|model|broker|verifier)/\w+\.(?:h|cpp))`", line):
            if not (root / "src" / path).exists():
                wrong(f"no such file: src/{path}")
        for task in re.findall(r"\./run ([a-z][a-z-]*)", line):
            if task not in tasks:
                wrong(f"no such task: ./run {task}")
        if page.parent.name == "spec":  # in brackets after a rule: (`word`) or (`one`, `other`)
            for inside in re.findall(r"\((`\w+`(?:, `\w+`)*)\)", line):
                for word in re.findall(r"`([a-z]+_[a-z_]+)`", inside):
                    if word not in rejections:
                        wrong(f"no such rejection: {word}")

for line in problems:
    print(line, file=sys.stderr)
case = {"name": "docs", "classname": "docs", "status": "RUN", "result": "COMPLETED"}
if problems:
    case["failures"] = [{"failure": "\n".join(problems)}]
out.write_text(json.dumps({"tests": 1, "failures": int(bool(problems)), "testsuites": [{"name": "docs", "testsuite": [case]}]}))
sys.exit(1 if problems else 0)
