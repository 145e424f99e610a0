#!/usr/bin/env python3
"""Clocks that jump an hour, either way, under the real programs: the client's, the broker's, and that of the platform's security
module, between requests and in the middle of one. Each ends in a named refusal or a good answer, and once the clock is right again
the same processes serve again."""
import struct, subprocess, sys

from bed import *
from fault_test import uses_of
from load_test import small_vcf
from relay import Relay

HOUR = 3_600


class ShiftedBed(Bed):
    """Broker, security module and client each on a clock of its own, which a test sets."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        needs((BUILD / "bin/glovebox-test-clock.so").exists(), "needs glovebox-test-clock.so, which is not built")
        for who in ("broker", "devnsm", "client"):
            self.set_clock(who, 0)

    def set_clock(self, who, seconds):
        path = self.folder / f"clock-{who}"
        if not path.exists():
            path.write_bytes(bytes(8))
        with open(path, "r+b") as f:  # in place: it is mapped
            f.write(struct.pack("<q", seconds))

    def environment(self, who):
        return {**os.environ, "LD_PRELOAD": str(BUILD / "bin/glovebox-test-clock.so"), "GLOVEBOX_TEST_CLOCK": str(self.folder / f"clock-{who}")}

    def start(self, name, *args, log):
        who = name.removeprefix("glovebox-")
        if who not in ("broker", "devnsm"):
            return super().start(name, *args, log=log)
        output = open(self.folder / f"{log}.log", "ab")
        p = subprocess.Popen([program(name + "-shared"), *map(str, args)], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                             cwd=self.folder, start_new_session=True, env=self.environment(who))
        self.processes.append(p)
        return p

    def client(self, file, url=None):
        return subprocess.Popen([program("glovebox-load-shared"), "--server", url or self.url, "--policy", str(self.policy), "--file", str(file),
                                 "--retries", "0"], stdout=subprocess.PIPE, cwd=self.folder, env=self.environment("client"))


def outcome(client):
    said = json.loads(client.communicate(timeout=120)[0])
    return ("ok", "") if said["ok"] else (next(iter(said["errors"])), said["first_error"])


# An hour off is more than evidence may be old (300 s), a challenge may wait (60 s) or a request may live (600 s): so between
# requests each is refused by name. The client's clock does not reach an enclave but in the request's `not_after`.
REFUSED = {"evidence_stale", "request_expired", "challenge_unknown", "certificate_expired", "release_unauthentic", "broker_unknown"}


def test_a_clock_is_an_hour_off():
    with ShiftedBed() as bed:
        vcf = small_vcf(bed.folder)
        assert outcome(bed.client(vcf)) == ("ok", "")
        for who in ("client", "broker", "devnsm"):
            for shift in (HOUR, -HOUR):
                before = uses_of(bed)
                bed.set_clock(who, shift)
                code, why = outcome(bed.client(vcf))
                bed.set_clock(who, 0)
                print(f"    {who} {shift:+} s: {code}")
                assert code in REFUSED, (who, shift, code, why)
                assert uses_of(bed) - before <= (1 if who != "broker" else 0), (who, shift)
                assert outcome(bed.client(vcf)) == ("ok", ""), (who, shift)


def test_a_clock_jumps_in_the_middle_of_an_upload():
    with ShiftedBed() as bed:
        vcf = small_vcf(bed.folder)
        for who in ("client", "broker", "devnsm"):
            for shift in (HOUR, -HOUR):
                before = uses_of(bed)
                front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port), hold_at=30_000)
                client = bed.client(vcf, url=f"http://127.0.0.1:{front.port}")
                assert front.held.wait(60)
                bed.set_clock(who, shift)
                front.released.set()
                code, why = outcome(client)
                bed.set_clock(who, 0)
                front.close()
                print(f"    {who} {shift:+} s: {code}")
                assert code == "ok" or code in REFUSED, (who, shift, code, why)
                assert uses_of(bed) - before <= 1
                assert outcome(bed.client(vcf)) == ("ok", ""), (who, shift)


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
