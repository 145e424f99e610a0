#!/usr/bin/env python3
"""A big VCF, plain and as BGZF, made while it is sent, streams through: the enclave's memory, all its processes together, stays
below 64 MiB above idle, and the host's does not grow with it; also where its child has several threads. GLOVEBOX_EXHAUSTIVE=1: 1 GB of text instead of 64 MB."""
import sys

import usage
from bed import *

MEGABYTES = 1024 if os.environ.get("GLOVEBOX_EXHAUSTIVE") else 64


def streams(*more, threads=1, **settings):
    """With `threads` of its child at work at once."""
    with Bed(configuration=configuration(child_threads=threads, **settings)) as bed:
        pids = usage.service(bed)
        idle = {name: usage.of(pid)[0] for name, pid in pids.items()}
        with usage.Watch(pids, every=0.02) as watch:
            said = bed.run("glovebox-load", "--server", bed.url, "--policy", bed.policy, "--make", MEGABYTES, *more, timeout=800, check=0).json
        grown = {name: watch.highest[name][0] - idle[name] for name in pids}
        print(f"    {MEGABYTES} MB of text in {said['p50']:.1f} s: above idle, enclave {grown['enclave'] / 1024:.1f} MiB in "
              f"{watch.highest['enclave'][3]} processes, host {grown['host'] / 1024:.1f} MiB, broker {grown['broker'] / 1024:.1f} MiB")
        assert said["ok"] == 1, said
        assert watch.highest["enclave"][3] >= 3, "the request's child was not seen"
        assert watch.highest["enclave"][2] >= 2 + threads, "the child's threads were not seen"
        assert grown["enclave"] < 64 * 1024, grown
        assert grown["host"] < 16 * 1024, grown


def test_a_plain_vcf_streams():
    streams()


def test_a_compressed_vcf_streams():
    streams("--bgzf", 1)


def test_a_compressed_vcf_streams_through_several_threads():
    streams("--bgzf", 1, threads=8)


def test_as_many_threads_as_the_least_memory_has_room_for():
    streams("--bgzf", 1, threads=3, child_memory_max=64 << 20)


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
