#!/usr/bin/env python3
"""boot.py BUILD [BOOTS]: how long from a machine's start until its enclave's first document, and until a person's first result?

The image (kernel, program, one model in a measured ramdisk) is booted BOOTS times (5) by QEMU's nitro-enclave machine, under software
emulation; client, host and broker run beside it on the same cores. Printed are every boot and the medians. On a machine that is busy
with others the clock says more of them than of us: QEMU's processor time stands beside it.
"""
import os, pathlib, statistics, sys, time

BUILD = pathlib.Path(sys.argv[1]).resolve()
os.environ["GLOVEBOX_BUILD"] = str(BUILD)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/e2e"))
from machine import BootedBed, Machine, Skip  # noqa: E402

BOOTS = int(sys.argv[2]) if len(sys.argv) > 2 else 5
COLUMNS = ("first document, s", "first result, s", "processor, s", "resident, MiB")


def boot(bed):
    bed.machine.stop()
    bed.machine = Machine(bed, bed.image, "enclave").serves()
    bed.run("glovebox", "info", "--server", bed.url, "--policy", bed.policy, check=0)
    document = time.monotonic() - bed.machine.started
    bed.score_person("HG00096", check=0)
    result = time.monotonic() - bed.machine.started
    return document, result, bed.machine.processor_seconds(), bed.machine.resident_kib() / 1024


def main():
    with BootedBed() as bed:
        print(f"image {bed.image.stat().st_size / 1e6:.2f} MB; load {os.getloadavg()[0]:.1f}")
        print("boot", *COLUMNS, sep="  ")
        rows = []
        for number in range(1, BOOTS + 1):
            rows.append(boot(bed))
            line(number, rows[-1])
        line("median", [statistics.median(column) for column in zip(*rows)])


def line(name, row):
    print(f"{name!s:<6}" + "".join(f"{value:>{len(title)}.1f}  " for value, title in zip(row, COLUMNS)), flush=True)


try:
    main()
except Skip as e:
    sys.exit(f"boot: skipped: {e}")
