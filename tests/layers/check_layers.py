#!/usr/bin/env python3
"""Refuses every #include that src/layers.txt does not allow, and every use of OpenSSL outside src/crypto."""
import json, pathlib, re, sys

root, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
allowed = {}
for line in (root / "src/layers.txt").read_text().splitlines():
    words = line.split("#")[0].split()
    if words:
        allowed[words[0]] = set(words[1:]) | {words[0]}

problems = []
for name, may in allowed.items():
    for other in may:
        if other not in allowed:
            problems.append(f"layers.txt: {name} names {other}, which is no layer")
        elif other != name and list(allowed).index(other) > list(allowed).index(name):
            problems.append(f"layers.txt: {name} may not include {other}: it stands above it")
folders = [p for p in (root / "src").iterdir() if p.is_dir()]
for folder in folders:
    if folder.name not in allowed:
        problems.append(f"src/{folder.name} is not in layers.txt")
        continue
    # A test, or what tests share, may also include what its folder's test_libraries.cmake links: a fake of the layer's other side.
    extra = folder / "test_libraries.cmake"
    for_tests = set(re.findall(r"\bglovebox_([a-z]+)", extra.read_text())) if extra.exists() else set()
    for path in sorted(folder.glob("*.[ch]*")):
        may = allowed[folder.name] | (for_tests if path.name.endswith(("_test.cpp", "_testing.h")) else set())
        for number, text in enumerate(path.read_text().splitlines(), 1):
            m = re.match(r'\s*#\s*include\s*["<]([a-z0-9_]+)/([^">]+)[">]', text)
            if not m:
                continue
            target = m.group(1)
            if target in allowed and target not in may:
                problems.append(f"{path.relative_to(root)}:{number}: {folder.name} may not include {target} (see src/layers.txt)")
            if target == "openssl" and folder.name not in ("crypto", "tls"):
                problems.append(f"{path.relative_to(root)}:{number}: only crypto and tls may include openssl")
for line in problems:
    print(line, file=sys.stderr)
case = {"name": "layers", "classname": "layers", "status": "RUN", "result": "COMPLETED"}
if problems:
    case["failures"] = [{"failure": "\n".join(problems)}]
out.write_text(json.dumps({"tests": 1, "failures": bool(problems) + 0, "testsuites": [{"name": "layers", "testsuite": [case]}]}))
sys.exit(1 if problems else 0)
