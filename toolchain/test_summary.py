#!/usr/bin/env python3
"""test_summary.py [--failed WHAT] NAME=RESULTS...: what a test run came to.

RESULTS is a folder with one result file (googletest's JSON form) per ctest entry; RESULTS.list says which entries there
were (ctest --show-only=json-v1) and RESULTS.xml how each program ended (ctest --output-junit), or RESULTS.added.xml for
those that were run again (./run test --add). Prints each failed case, each skipped case with its reason, and as the last
line "N passed, N failed, N skipped". An entry that left no result, or that ended badly after its cases passed, is a
failure of its own.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET


def cases(result):
    for suite in result.get("testsuites", []):
        yield from suite.get("testsuite", [])


def reason_of(case):
    """googletest writes FILE:LINE, then the message."""
    message = case.get("skipped", [{}])[0].get("message", "")
    lines = [line.strip() for line in message.splitlines() if line.strip() and line.strip() != "Skipped"]
    if lines and re.search(r":\d+$", lines[0]):
        lines = lines[1:]
    return " ".join(lines) or "no reason given"


def main():
    passed, failed, skipped = 0, [], []
    arguments = sys.argv[1:]
    while arguments:
        argument = arguments.pop(0)
        if argument == "--failed":
            failed.append(arguments.pop(0))
            continue
        preset, folder = argument.split("=", 1)
        folder = pathlib.Path(folder)
        ended = {}
        try:
            reports = [pathlib.Path(f"{folder}.xml"), pathlib.Path(f"{folder}.added.xml")]
            for case in (c for r in reports if r == reports[0] or r.exists() for c in ET.parse(r).getroot().iter("testcase")):
                failure = case.find("failure")
                ended[case.get("name")] = None if failure is None else failure.get("message", "failed")
        except (OSError, ET.ParseError) as e:
            failed.append(f"{preset}: ctest wrote no report ({e})")
        entries = [t["name"] for t in json.loads(pathlib.Path(f"{folder}.list").read_text())["tests"]]
        if not entries:
            failed.append(f"{preset}: there is no test")
        for entry in entries:
            label = f"{preset} {entry}"
            try:
                result = list(cases(json.loads((folder / f"{entry}.json").read_text())))
            except (OSError, ValueError):
                failed.append(f"{label}: it left no result ({ended.get(entry) or 'not run'})")
                continue
            before = len(failed)
            for case in result:
                name = f"{label}: {case.get('classname', '')}.{case['name']}"
                if case.get("failures"):
                    failed.append(name)
                elif case.get("result") == "SKIPPED":
                    skipped.append((name, reason_of(case)))
                elif case.get("status") == "RUN":
                    passed += 1
            if ended.get(entry, "not run") and len(failed) == before:
                failed.append(f"{label}: it ended badly after its cases ({ended.get(entry, 'not run')})")
    if skipped:
        print("\nskipped:")
        for name, reason in skipped:
            print(f"  {name}: {reason}")
    if failed:
        print("\nfailed:")
        for name in failed:
            print(f"  {name}")
    print(f"\n{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
