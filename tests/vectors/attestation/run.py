#!/usr/bin/env python3
"""Runs a verifier over the cases of this folder: run.py [--only PREFIX] [--words] -- COMMAND... (see README.md)."""
import argparse, json, pathlib, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
UNSUPPORTED = 8


def judge(command, folder, case):
    """What the verifier says: (word, exit status); the word is None where it gave no verdict."""
    args = [*command, folder / case["evidence"], "--policy", folder / case["policy"], "--at", case["at"]]
    if "collateral" in case:
        args += ["--collateral", folder / case["collateral"]]
    for name in ("nonce", "purpose"):
        if name in case:
            args += [f"--{name}", case[name]]
    done = subprocess.run([str(a) for a in args], capture_output=True, timeout=60)
    try:
        return json.loads(done.stdout)["code"], done.returncode
    except (ValueError, KeyError, TypeError):
        return None, done.returncode


def run(command, only="", words=True):
    """Returns (passed, unsupported, failures); a failure is a line of text."""
    passed, unsupported, failures = 0, 0, []
    for manifest in sorted(HERE.glob(f"{only}*/manifest.json")):
        case = json.loads(manifest.read_text())
        word, status = judge(command, manifest.parent, case)
        if status == UNSUPPORTED:
            unsupported += 1
            continue
        wanted = "ok" if case["expected"] == "accepted" else case["expected"]
        right = word == wanted if words else word is not None and (word == "ok") == (wanted == "ok")
        if right and (status == 0) == (wanted == "ok"):
            passed += 1
        else:
            failures.append(f"{manifest.parent.name}: {word} (exit {status}), expected {wanted}: {case['why']}")
    return passed, unsupported, failures


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--only", default="", help="cases whose names begin so")
    options.add_argument("--words", action="store_true", help="the word must be the manifest's")
    options.add_argument("command", nargs="+", help="the verifier, after --")
    chosen = options.parse_args()
    good, skipped, bad = run(chosen.command, chosen.only, chosen.words)
    print(*bad, sep="\n", end="\n" if bad else "")
    print(f"{good} passed, {len(bad)} failed, {skipped} unsupported")
    sys.exit(1 if bad else 0)
