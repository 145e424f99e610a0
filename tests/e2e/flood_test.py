#!/usr/bin/env python3
"""More than the service can do, and clients that do nothing: past its limit it says `busy` at once and to all alike, and clients
that mean it finish while 200 slow ones hold connections."""
import socket, sys, threading

from bed import *
from load_test import load, small_vcf
from relay import Relay


def captured_upload(bed, file):
    """One whole POST as a client sends it: head and sealed body."""
    front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port))
    bed.run("glovebox-load", "--server", f"http://127.0.0.1:{front.port}", "--policy", bed.policy, "--file", file, check=0)
    sent = bytes(front.seen[0])
    front.close()
    return sent[sent.index(b"POST /v1/score"):]


def call(port, data, seconds=30):
    """Sends bytes as they are and gives back the status line's number; None for a connection that ended without one."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as s:
        with contextlib.suppress(OSError):
            s.sendall(data)
        got = b""
        with contextlib.suppress(OSError):
            while piece := s.recv(65536):
                got += piece
    return int(got.split()[1]) if got.startswith(b"HTTP/1.1 ") else None


class SlowOnes:
    """Connections that do as little as they can: each has bytes, sent first and then one by one."""

    def __init__(self, port):
        self.port, self.sockets, self.done = port, [], threading.Event()
        self.thread = threading.Thread(target=self._drip, daemon=True)

    def add(self, number, at_once, drip=b"", shut=False):
        for _ in range(number):
            s = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            s.sendall(at_once)
            if shut:
                s.shutdown(socket.SHUT_WR)
            s.setblocking(False)
            self.sockets.append([s, drip, 0])

    def _drip(self):
        while not self.done.wait(0.2):
            for one in self.sockets:
                with contextlib.suppress(OSError):
                    if one[2] < len(one[1]):
                        one[0].send(one[1][one[2]:one[2] + 1])
                        one[2] += 1

    def open(self):
        """How many the host still holds."""
        n = 0
        for s, _, _ in self.sockets:
            try:
                n += s.recv(1, socket.MSG_PEEK) != b""
            except BlockingIOError:
                n += 1
            except OSError:
                pass
        return n

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.done.set()
        self.thread.join()
        for s, _, _ in self.sockets:
            s.close()


def add_200(slow, upload):
    head, body = upload.split(b"\r\n\r\n", 1)
    head += b"\r\n\r\n"
    slow.add(40, b"")  # half-open: a connection and nothing else
    slow.add(40, b"", drip=b"GET /v1/evidence?nonce=" + b"ab" * 32 + b" HTTP/1.1\r\nX: " + b"x" * 5_000)  # slow loris
    slow.add(40, head, drip=body)  # one byte at a time
    slow.add(40, head + body[:len(body) // 2])  # half an upload
    slow.add(20, head + body[:len(body) // 2], shut=True)  # half an upload, and an end
    slow.add(20, b"GET /v1/evidence?nonce=" + b"cd" * 32 + b" HTTP/1.1\r\nHost: x\r\n\r\n")  # asks and never reads


def test_honest_clients_finish_while_200_slow_ones_hold_connections():
    with Bed() as bed:
        vcf = small_vcf(bed.folder)
        upload = captured_upload(bed, vcf)
        with SlowOnes(bed.host_port) as slow:
            add_200(slow, upload)
            time.sleep(1)
            said = load(bed, 8, 40, "--file", vcf, "--retries", 0)
            held = slow.open()
            print(f"    40 answered in {said['elapsed']:.1f} s, p99 {said['p99']:.3f} s, while {held} slow ones were held")
            assert said["errors"] == {} and said["ok"] == 40, said
            assert held >= 150, "the slow ones were not there"
        wait_for(lambda: "glovebox_host_connections 1\n" in bed.metrics(bed.host_port), 60, "the host lets go of the slow ones")


def test_honest_clients_finish_where_slow_ones_are_more_than_the_host_takes():
    with Bed() as bed:
        vcf = small_vcf(bed.folder)
        upload = captured_upload(bed, vcf)
        stop(bed.host)
        bed.start_host("host", "enclave", None, "--connections-max", "100")
        with SlowOnes(bed.host_port) as slow:
            with contextlib.suppress(OSError):  # those that are turned away at once
                add_200(slow, upload)
            time.sleep(1.2)
            said = load(bed, 8, 40, "--file", vcf)
            assert said["errors"] == {} and said["ok"] == 40, said


def test_a_stalled_upload_gives_its_place_to_those_who_wait():
    """As many stalled uploads as there are places, each beyond what the host holds back: nobody else would ever have a turn."""
    with Bed(configuration=configuration(requests_max=2)) as bed:
        vcf = small_vcf(bed.folder)
        head = b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n"
        body = captured_upload(bed, vcf).split(b"\r\n\r\n", 1)[1]
        with SlowOnes(bed.host_port) as slow:
            slow.add(4, head + body + bytes(400_000), drip=bytes(10_000))
            time.sleep(1)
            said = load(bed, 4, 12, "--file", vcf, "--retries", 0)
            print(f"    12 answered in {said['elapsed']:.1f} s, the slowest in {said['max']:.1f} s")
            assert said["errors"] == {} and said["ok"] == 12, said


def test_past_its_limit_the_service_is_busy_at_once_and_to_all_alike():
    with Bed(configuration=configuration(requests_max=2)) as bed:
        vcf = small_vcf(bed.folder)
        upload = captured_upload(bed, vcf)
        stop(bed.host)
        bed.start_host("host", "enclave", None, "--waiting-max", "0")
        with SlowOnes(bed.host_port) as slow:  # two that hold the places for as long as nobody waits
            slow.add(2, b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n" + upload.split(b"\r\n\r\n", 1)[1] + bytes(400_000))
            time.sleep(1)
            for _ in range(5):
                start = time.monotonic()
                assert call(bed.host_port, upload) == 503
                assert time.monotonic() - start < 5
            assert 'calls_total{route="score",status="busy"} 5' in bed.metrics(bed.host_port)

        # 24 clients, four of which can be served or wait at a time: all others are told so, come back, and none is left behind
        stop(bed.host)
        bed.start_host("host", "enclave", None, "--waiting-max", "2")
        said = load(bed, 24, 1_000_000, "--file", vcf, "--retries", 1_000, "--seconds", 12)
        counts = said["by_client"]
        fairness = sum(counts) ** 2 / (len(counts) * sum(c * c for c in counts))  # Jain's index: 1 is all alike, 1/24 is one for all
        print(f"    {said['ok']} answered, {said['retried']} told busy; of each client {min(counts)} to {max(counts)}, Jain's index {fairness:.2f}")
        assert said["errors"] == {}, said
        assert said["retried"] > 0, "there was no crowd"
        assert min(counts) > 0 and fairness > 0.5, counts


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
