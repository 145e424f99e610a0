#!/usr/bin/env python3
"""image_tcb.py OUT MAP PREVIOUS [--record]: what runs inside the trust boundary, and what changed since PREVIOUS (JSON).

Bytes of the image's parts; lines of our code and bytes in the program for each layer; bytes of each library that is linked
in; the kernel's options. --record writes PREVIOUS anew: a release does, so that the next version is held against it.
"""
import collections
import json
import pathlib
import re
import sys

import link_map

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent


def lines_of(folder):
    """Lines that are neither blank nor a comment alone, tests left out: by hand, so that no tool decides."""
    count = 0
    for path in sorted(folder.glob("*.h")) + sorted(folder.glob("*.cpp")):
        if not path.stem.endswith("_test") and not path.stem.endswith("_testing"):
            count += sum(1 for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("//"))
    return count


def layers():
    """The layers of glovebox-enclave, with all that they may include."""
    may = {}
    for line in (CHECKOUT / "src/layers.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            may[words[0]] = words[1:]
    first = (CHECKOUT / "apps/glovebox-enclave/main.cpp").read_text().splitlines()[0]
    todo, seen = first.removeprefix("// layers:").split(), set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += may[name]
    return [name for name in may if name in seen]


def measure(out, map_file):
    described = json.loads((out / "describe.json").read_text())
    size = collections.Counter()
    libraries, code = collections.Counter(), collections.Counter()
    for file, member, n in link_map.contributions(map_file):
        ours = re.search(r"libglovebox_(\w+)\.a$", file)
        if ours:
            code[ours[1]] += n
        elif file.endswith(".a"):
            libraries[re.sub(r"^lib|\.a$", "", pathlib.Path(file).name)] += n
        elif "glovebox-enclave.dir" in file:
            code["(program)"] += n
        else:
            libraries["relocations, start files"] += n
    for section in described["sections"]:
        size[section["type"]] += section["size"]
    lines = {name: lines_of(CHECKOUT / "src" / name) for name in layers()}
    lines["(program)"] = lines_of(CHECKOUT / "apps/glovebox-enclave") + lines_of(CHECKOUT / "apps/common")
    options = (out / "kernel.config").read_text()
    version = re.search(r"^# Linux/\S+ (\S+) Kernel Configuration$", options, re.MULTILINE)
    return {
        "bytes": {"image": (out / "image.eif").stat().st_size, "program": (out / "init").stat().st_size, **size},
        "lines": {name: n for name, n in lines.items() if n},
        "code": dict(code),
        "libraries": dict(libraries),
        "kernel": version[1] if version else "unknown",
        "options": sorted(re.findall(r"^CONFIG_(\w+=\S.*)$", options, re.MULTILINE)),
    }


def change(old, new):
    return "" if old is None else "new" if not old else "" if old == new else f"{new - old:+,}"


def table(title, now, before, of=lambda name: ""):
    print(f"\n{title}")
    for name in now:
        print(f"  {name:<24}{now[name]:>14,}  {change(None if before is None else before.get(name, 0), now[name]):>12}  {of(name)}".rstrip())
    for name in sorted(set(before or ()) - set(now)):
        print(f"  {name:<24}{'gone':>14}  {-before[name]:>+12,}")


def main():
    out, map_file, previous = (pathlib.Path(arg) for arg in sys.argv[1:4])
    now = measure(out, map_file)
    before = json.loads(previous.read_text()) if previous.exists() else None
    if "--record" in sys.argv[4:]:
        previous.write_text(json.dumps({**now, "options": " ".join(now["options"])}, indent=1, sort_keys=True) + "\n")
        print(f"written: {previous}")
        return
    part = (lambda key: None) if before is None else before.get
    print("What runs inside the trust boundary, beside the hardware." + ("" if before else " (no previous version to compare with)"))
    table("bytes", now["bytes"], part("bytes"))
    table("lines of our code, by layer (tests, blank lines and comments left out; in the program, bytes)", now["lines"], part("lines"),
          lambda name: f"{now['code'].get(name, 0):>10,} bytes")
    print(f"  {'all':<24}{sum(now['lines'].values()):>14,}  {change(sum(before['lines'].values()) if before else None, sum(now['lines'].values())):>12}")
    big = dict(sorted(now["libraries"].items(), key=lambda item: -item[1]))
    table("libraries, bytes of each in the program", big, part("libraries"))
    was = set(before["options"].split(" ")) if before else set(now["options"])
    print(f"\nkernel {now['kernel']}" + (f", was {before['kernel']}" if before and before["kernel"] != now["kernel"] else "")
          + f": {len(now['options'])} options are set")
    for option in sorted(set(now["options"]) - was):
        print(f"  + CONFIG_{option}")
    for option in sorted(was - set(now["options"])):
        print(f"  - CONFIG_{option}")


if __name__ == "__main__":
    main()
