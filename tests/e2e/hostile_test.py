#!/usr/bin/env python3
"""One request cannot reach another: a parser that was taken over reads and writes memory at will inside its request's child.
It finds neither what another request sends nor the keys that PID 1 holds, and the next request works."""
import os, pathlib, re, signal, subprocess, sys, time

from bed import *
from search import *
from secrecy_test import Tapped, marked_vcf, score_in_background

HEAD = ("##fileformat=VCFv4.2\n##contig=<ID=22>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n"
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP\n")
CONTROL = b"CONTROL-7f3a91c2"  # stands in the attacker's own data: the scan must find it


def attack_file(bed, what):
    """A file that asks for an attack by another thread is large enough for a child of several."""
    path = bed.folder / "attack.vcf"
    rows = 40_000 if what.startswith("beside:") else 0
    path.write_text(f"{HEAD}22\t50300200\t{CONTROL.decode()}\tA\tG\t50\tPASS\t.\tGT\t0|1\n"
                    f"22\t50300300\tGLOVEBOX-TEST-ATTACK={what}\tA\tG\t50\tPASS\t.\tGT\t0|1\n"
                    + "".join(f"22\t{50300400 + i}\t.\tA\tG\t50\tPASS\t.\tGT\t0|1\n" for i in range(rows)))
    return path


def attack(bed, what, url=None):
    return bed.score(attack_file(bed, what), "--build", "GRCh37", "--absent", "missing", "--retries", "0", url=url, bundle=False, timeout=120)


class HostileBed(Bed):
    """A bed whose enclave is the test build with a hostile parser, and short of patience."""

    def __init__(self):
        needs((BUILD / "bin/glovebox-enclave-hostile").exists(), "needs the test build with a hostile parser")
        super().__init__()
        self.configuration = self.folder / "configuration.cbor"
        done = subprocess.run([program("glovebox-enclave-hostile"), "--print-configuration", "--set", "request_seconds=20", "--set", "child_threads=2"],
                              capture_output=True, check=True)
        self.configuration.write_bytes(done.stdout)

    def start_enclave(self, name="enclave", models=None, binary="glovebox-enclave-hostile", binary_path=None):
        return super().start_enclave(name, models, binary, binary_path)

    def write_policy(self, name="policy.toml", broker=True, binary_path=None):
        return super().write_policy(name, broker, binary_path or program("glovebox-enclave-hostile"))


def test_a_scan_of_all_memory_finds_no_other_request_and_no_receipt_key():
    with HostileBed() as bed:
        bed.run("glovebox", "keygen", "-o", "me.key", check=0)
        victim = marked_vcf(bed.folder, 1)
        tapped = Tapped(bed, hold_at=victim.stat().st_size // 2)
        client = score_in_background(bed, tapped.url, victim)
        assert tapped.front.held.wait(60), client.poll()
        time.sleep(0.5)  # what was let through has reached the victim's child
        secret = re.search(rb"MARK[0-9a-f]{24}", victim.read_bytes())[0][:16]
        # The receipt key's public half lies beside its private half in PID 1; the evidence says what it is.
        receipt = re.search(rb"greceipt\x08\x58\x20(.{32})", bytes(tapped.front.seen[1]), re.DOTALL)[1][:16]
        if os.geteuid() == 0:
            memory = [[find_in_memory(pid, Needles(secret=wanted)) for pid in children_of(bed.enclave.pid)] for wanted in (secret, receipt)]
            assert all(any(found) for found in memory), f"neither is where it should be: the test cannot be trusted: {memory}"
        masked = ",".join(bytes(b ^ 0xa5 for b in wanted).hex() for wanted in (secret, receipt, CONTROL))
        done = attack(bed, "scan:" + masked, url=f"http://127.0.0.1:{tapped.front.far[1]}")
        found = re.search(r"found: (\d+), (\d+), (\d+)", done.json["found"])
        assert found, done
        others, keys, own = map(int, found.groups())
        assert own > 0, "the scan does not find its own data: it cannot be trusted"
        assert others == 0 and keys == 0, f"another request's data {others} times, a receipt key {keys} times"
        tapped.front.released.set()
        out, err = client.communicate(timeout=120)
        assert client.returncode == 0, (out, err)


def test_a_child_that_breaks_everything_breaks_its_own_request():
    with HostileBed() as bed:
        for what in ("crash", "write", "pipe", "syscall", "memory", "spin", "busy", "beside:crash", "beside:syscall", "beside:memory"):
            done = attack(bed, what)
            assert done.json["code"] == "enclave_failed", (what, done)
            bed.score_person("HG00096", check=0)  # the next request works


def test_an_enclave_without_its_template_ends():
    with Bed() as bed:
        names = {pid: pathlib.Path(f"/proc/{pid}/comm").read_text().strip() for pid in children_of(bed.enclave.pid)}
        template = [pid for pid, name in names.items() if name.startswith("glovebox-templa")]
        assert len(template) == 1, names
        os.kill(template[0], signal.SIGKILL)
        wait_for(lambda: bed.enclave.poll() is not None, 10, "the enclave ends when it can no longer keep requests apart")
        assert bed.enclave.returncode != 0


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
