#!/usr/bin/env python3
"""one_case.py NAME RESULT.json COMMAND...: runs a command as one test and writes its result in googletest's JSON form.
Exit code 0 is passed; 77 is skipped, the last line that it printed being the reason; anything else is failed."""
import json
import pathlib
import subprocess
import sys

name, out, command = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
last = ""
with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                      errors="replace") as process:
    for line in process.stdout:
        print(line, end="", flush=True)
        last = line.strip() or last
code = process.returncode
case = {"name": name, "classname": "script", "status": "RUN", "result": "COMPLETED"}
if code == 77:
    case |= {"result": "SKIPPED", "skipped": [{"message": last}]}
elif code != 0:
    case["failures"] = [{"failure": f"exit code {code}: {last}"}]
out.write_text(json.dumps({"tests": 1, "testsuites": [{"name": "script", "testsuite": [case]}]}))
sys.exit(0 if code in (0, 77) else 1)
