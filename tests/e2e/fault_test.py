#!/usr/bin/env python3
"""Host, enclave and broker each killed with SIGKILL in the middle of an upload: a clear error within the deadline, a retry under
the same request id succeeds and counts once, and no plaintext is on disk."""
import sqlite3, subprocess, sys, threading

from bed import *
from relay import Relay
from search import Needles
from secrecy_test import marked_vcf


def uses_of(bed):
    """How many uses the broker counts, over all keys, straight from its database."""
    base = sqlite3.connect(f"file:{bed.folder}/broker/broker.sqlite?mode=ro", uri=True)
    return base.execute('select count(*) from "use"').fetchone()[0]


def killed_and_retried(victim):
    with Bed(maximum_uses=1) as bed:
        vcf = marked_vcf(bed.folder, megabytes=2)
        size = vcf.stat().st_size
        front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port), hold_at=size // 2)
        url = f"http://127.0.0.1:{front.port}"
        command = [program("glovebox"), "score", str(vcf), "--server", url, "--policy", str(bed.policy), "--bundle", str(bed.model), "--json",
                   "--build", "GRCh37", "--absent", "missing", "--timeout", "60"]
        client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=bed.folder)
        assert front.held.wait(60), client.communicate()
        if victim == "host":
            old = bed.host_port
            stop(bed.host)
            bed.host = bed.start("glovebox-host", "--listen", f"127.0.0.1:{old}", "--enclave", f"unix:{bed.folder}/enclave.sock", "--proxy",
                                 f"unix:{bed.folder}/enclave.proxy", "--broker", f"http://127.0.0.1:{bed.broker_port}", log="host")
            wait_for(lambda: answers(old), 10, "the host is back")
        elif victim == "enclave":
            stop(bed.enclave)
            bed.start_enclave()
        else:
            stop(bed.broker)
            bed.start_broker()
        front.hold_at = None
        front.released.set()
        out, err = client.communicate(timeout=120)
        assert client.returncode == 0, (victim, out, err)
        assert json.loads(out)["code"] == "ok"
        assert uses_of(bed) == 1, "a retried request counts once"
        needles = Needles(text=vcf.read_bytes())
        for path in bed.folder.rglob("*"):
            if path.is_file() and path != vcf:
                assert needles.find(path.read_bytes()) is None, f"plaintext on disk: {path}"


def test_the_host_is_killed_in_the_middle():
    killed_and_retried("host")


def test_the_enclave_is_killed_in_the_middle():
    killed_and_retried("enclave")


def test_the_broker_is_killed_in_the_middle():
    killed_and_retried("broker")


def test_without_a_retry_the_error_is_clear_and_in_time():
    for victim in ("host", "enclave"):
        with Bed() as bed:
            vcf = marked_vcf(bed.folder, megabytes=1)
            front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port), hold_at=vcf.stat().st_size // 2)
            command = [program("glovebox"), "score", str(vcf), "--server", f"http://127.0.0.1:{front.port}", "--policy", str(bed.policy), "--bundle",
                       str(bed.model), "--json", "--build", "GRCh37", "--absent", "missing", "--timeout", "20", "--retries", "0"]
            client = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=bed.folder)
            assert front.held.wait(60)
            start = time.monotonic()
            stop(getattr(bed, victim))
            front.released.set()
            out, err = client.communicate(timeout=60)
            assert client.returncode in (6, 7), (victim, client.returncode, out, err)
            assert time.monotonic() - start < 25
            assert json.loads(out)["code"] in ("connection_lost", "unreachable", "enclave_failed", "deadline"), out


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
