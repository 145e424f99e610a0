#!/usr/bin/env python3
"""Many clients at once, through real host, enclave and broker: no request fails, nothing grows. The short form runs with every
test run; GLOVEBOX_EXHAUSTIVE=1 runs 64 clients and 2,000 requests."""
import random, subprocess, sys

import usage
from bed import *

EXHAUSTIVE = bool(os.environ.get("GLOVEBOX_EXHAUSTIVE"))


def small_vcf(folder):
    """One person, 400 records: the smallest size class."""
    rng = random.Random(3)
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=22>", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
             "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSMALL"]
    position = 16_050_000
    for _ in range(400):
        position += rng.randint(1, 80_000)
        lines.append(f"22\t{position}\t.\tA\tG\t50\tPASS\t.\tGT\t{rng.randint(0, 1)}|{rng.randint(0, 1)}")
    path = folder / "small.vcf"
    path.write_text("\n".join(lines) + "\n")
    return path


def load(bed, clients, requests, *more, url=None, timeout=900):
    """What glovebox-load says of it."""
    done = bed.run("glovebox-load", "--server", url or bed.url, "--policy", bed.policy, "--clients", clients, "--requests", requests, *more,
                   timeout=timeout, check=0)
    return done.json


def at_rest(bed):
    """The service's figures once everything that ends by itself has ended."""
    pids = usage.service(bed)
    last = None

    def settled():
        nonlocal last
        now = {name: usage.of(pid) for name, pid in pids.items()}
        same = last is not None and all(now[n][1:] == last[n][1:] for n in now)
        last = now
        time.sleep(0.5)
        # the one connection is this question
        return now if same and "glovebox_host_connections 1\n" in bed.metrics(bed.host_port) else None
    return wait_for(settled, 30, "the service comes to rest")


def show(title, figures):
    for name, values in figures.items():
        print(f"    {title:28} {name:8} " + "  ".join(f"{v:7} {n}" for v, n in zip(values, usage.NAMES)))


def test_many_clients_at_once_none_fails_and_nothing_grows():
    clients, first, more = (64, 500, 1_500) if EXHAUSTIVE else (16, 60, 140)
    with Bed() as bed:
        vcf = small_vcf(bed.folder)
        said = [load(bed, clients, first, "--file", vcf)]
        before = at_rest(bed)
        with usage.Watch(usage.service(bed)) as watch:
            said.append(load(bed, clients, more, "--file", vcf))
        after = at_rest(bed)
        show(f"at rest after {first}", before)
        show("highest while it ran", watch.highest)
        show(f"at rest after {first + more}", after)
        for s in said:
            print(f"    {s['ok']} answered in {s['elapsed']:.1f} s, p50 {s['p50']:.3f} s, p99 {s['p99']:.3f} s, {s['retried']} tried again")
            assert s["errors"] == {}, s
        assert sum(s["ok"] for s in said) == first + more
        for name in before:
            assert after[name][1:] == before[name][1:], f"{name}: {before[name]} to {after[name]}"
            assert after[name][0] < before[name][0] + 8_192, f"{name} has grown: {before[name]} to {after[name]} KiB"


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
