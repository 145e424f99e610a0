#!/usr/bin/env python3
"""pace.py BUILD [REQUESTS] [MEGABYTES]: can a host tell two kinds of genome apart by time alone?

It plays the host, sends each enclave REQUESTS uploads of one size class, half of them of either kind in a random order, and takes the
time from the key's release to the answer. A Mann-Whitney test says how well that time separates the two: the chance that one of the
first kind takes longer than one of the second (0.50: it says nothing), and how likely a difference of that size is by chance. A control
(twice the same kind) must not separate, a planted leak (tests/enclave/hostile.h, `wait`) must: else nothing else in the table means
anything, and the exit code is 1.
"""
import os, pathlib, random, statistics, sys

BUILD = pathlib.Path(sys.argv[1]).resolve()
os.environ["GLOVEBOX_BUILD"] = str(BUILD)
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/hostile_host"))
from separate import mann_whitney  # noqa: E402
from stage import *  # noqa: E402, F403

REQUESTS = int(sys.argv[2]) if len(sys.argv) > 2 else 200
SIZE = int(float(sys.argv[3]) * (1 << 20)) if len(sys.argv) > 3 else 900_000  # of a file, below its size class
SEPARATES = 1e-4


def vcf(records, call, long="", first=None):
    """A file of SIZE bytes with `records` lines, filled up within the INFO of each; call(i) is a line's genotype."""
    lines = [f"1\t{100 + 100 * i}\t.\tA\tG\t.\tPASS\t{{}}\tGT\t{call(i)}\n" for i in range(records)]
    if first:
        lines[0] = first
    room = SIZE - len(HEAD) - sum(map(len, lines)) + 2 * records
    each, more = divmod(room, records)
    return HEAD + "".join(line.format("X=" + "x" * (each - 2 + (i < more))) for i, line in enumerate(lines))


RECORDS = SIZE // 100
GENOTYPES = ["0/0", "0/1", "1/1"]


def some(choices, seed=0):
    r = random.Random(seed)
    return lambda i: "0/0" if i < 2 else r.choice(choices)


def marked(what):
    return f"1\t100\tGLOVEBOX-TEST-ATTACK={what}\tA\tG\t.\tPASS\t{{}}\tGT\t0/0\n"


KINDS = {
    "control: the same": (vcf(RECORDS, some(GENOTYPES)), vcf(RECORDS, some(GENOTYPES, 1))),
    "variants: other genotypes at the same records": (vcf(RECORDS, some(["0/0"])), vcf(RECORDS, some(["0/1", "1/1"]))),
    "coverage: half of the calls missing": (vcf(RECORDS, some(GENOTYPES)), vcf(RECORDS, some([*GENOTYPES, "./.", "./.", "./."]))),
    "burden: half as many records, each longer": (vcf(RECORDS, some(GENOTYPES)), vcf(RECORDS // 2, some(GENOTYPES))),
    "error: a bad first line": (vcf(RECORDS, some(GENOTYPES)), vcf(RECORDS, some(GENOTYPES), first="1\tx\t.\tA\tG\t.\tPASS\t{}\tGT\t0/0\n")),
    "planted: ten counts a byte for some": (vcf(RECORDS, some(GENOTYPES), first=marked(f"wait:{SIZE // 100:06}")), vcf(RECORDS, some(GENOTYPES), first=marked("wait:000000"))),
}


def time_of(host):
    """From the key's release to the answer's first byte, in milliseconds."""
    released = max(t for v, t in zip(host.view, host.times) if v[:2] == ("from broker", "/v1/release"))
    return 1e3 * (next(t for v, t in zip(host.view, host.times) if t > released and v[:2] == ("from enclave", bytes([REPLY]))) - released)


class PacedStage(Stage):
    """With the enclave whose parser obeys its data: the planted leak needs it, and the rest runs the same code."""
    def start_enclave(self, name="enclave", models=None, binary="glovebox-enclave-hostile", binary_path=None):
        return super().start_enclave(name, models, binary, binary_path)

    def write_policy(self, name="policy.toml", broker=True, binary_path=None):
        return super().write_policy(name, broker, binary_path or program("glovebox-enclave-hostile"))


def main():
    separated = {}
    print(f"{REQUESTS} requests a line, files of {SIZE} bytes, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(f"{'what differs':50} {'medians, ms':>17} {'chance':>7} {'p':>9}")
    with PacedStage() as stage:
        host = Host(stage)
        host.policy_file = stage.policy
        for what, texts in KINDS.items():
            assert len({len(t) for t in texts}) == 1, what
            files = [stage.folder / f"kind-{i}.vcf" for i in (0, 1)]
            for file, text in zip(files, texts):
                file.write_text(text)
            order = [i % 2 for i in range(REQUESTS)]
            random.Random(what).shuffle(order)
            times = ([], [])
            for kind in [0, 1, *order]:
                stage.files["a"] = files[kind]
                host.view.clear(), host.times.clear()
                done = stage.finish(stage.client(host, "a", {"--build": "GRCh37"}, bundle=False))
                assert done.json["code"] == ("vcf_malformed" if "error" in what and kind else "ok"), done
                times[kind].append(time_of(host))
            chance, p = mann_whitney(times[0][1:], times[1][1:])
            separated[what.split(":")[0]] = p < SEPARATES
            print(f"{what:50} {statistics.median(times[0]):8.2f} {statistics.median(times[1]):8.2f} {chance:7.2f} {p:9.1e}  "
                  f"{'separated' if p < SEPARATES else 'not separated'}", flush=True)
        host.close()
    if separated["control"] or not separated["planted"]:
        print("\nthe control was separated, or the planted leak was not: these figures say nothing")
        return 1
    return 0


sys.exit(main())
