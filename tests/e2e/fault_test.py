#!/usr/bin/env python3
"""Host, enclave, request's child and broker, each killed with SIGKILL at random moments of an upload: a clear error within the
deadline, a retry succeeds, the broker counts one use for each request id however often it came, no plaintext is on disk.
GLOVEBOX_EXHAUSTIVE=1: 50 moments for each instead of 4; GLOVEBOX_SEED=N: these moments again."""
import random, sqlite3, subprocess, sys, threading

import usage
from bed import *
from relay import Relay
from search import Needles, children_of
from secrecy_test import marked_vcf

MOMENTS = 50 if os.environ.get("GLOVEBOX_EXHAUSTIVE") else 4
DEADLINE = 40
# What a client may say of a service that died under it: it went away, it did not answer in time, it could not do it.
CLEAR = {"connection_lost", "unreachable", "enclave_failed", "deadline", "busy"}


def uses_of(bed):
    """How many uses the broker counts, over all keys, straight from its database."""
    base = sqlite3.connect(f"file:{bed.folder}/broker/broker.sqlite?mode=ro", uri=True)
    try:
        uses, ids = base.execute('select count(*), count(distinct request_id) from "use"').fetchone()
        assert uses == ids, "one request id was counted more than once"
        return uses
    finally:
        base.close()


def start_score(bed, url, file, *more, seconds=DEADLINE):
    command = [program("glovebox"), "score", str(file), "--server", url, "--policy", str(bed.policy), "--bundle", str(bed.model), "--whole", "--json",
               "--build", "GRCh37", "--absent", "missing", "--timeout", str(seconds), *map(str, more)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=bed.folder)


def ended(client, seconds=3 * DEADLINE):
    out, err = client.communicate(timeout=seconds)
    return json.loads(out)["code"], json.loads(out), err.decode(errors="replace")


def enclave_pid(bed):
    return min(p for p in children_of(bed.enclave.pid) if p != bed.enclave.pid)


def child_pid(bed):
    """The request's child: what the template, the enclave's one child, has forked."""
    below = [p for p in children_of(enclave_pid(bed)) if p != enclave_pid(bed)]
    return max(below) if len(below) > 1 else None


def restart_host(bed):
    stop(bed.host)
    bed.host = bed.start("glovebox-host", "--listen", f"127.0.0.1:{bed.host_port}", "--enclave", f"unix:{bed.folder}/enclave.sock", "--proxy",
                         f"unix:{bed.folder}/enclave.proxy", "--broker", f"http://127.0.0.1:{bed.broker_port}", log="host")
    wait_for(lambda: answers(bed.host_port), 10, "the host is back")


def kill(bed, victim):
    """SIGKILL, and what an operator's supervisor does next. False if there was nothing to kill."""
    if victim == "host":
        os.kill(bed.host.pid, signal.SIGKILL)
        restart_host(bed)
    elif victim == "enclave":
        os.kill(enclave_pid(bed), signal.SIGKILL)
        wait_for(lambda: bed.enclave.poll() is not None, 10, "the hypervisor sees its enclave end")
        bed.start_enclave()
    elif victim == "broker":
        os.kill(bed.broker.pid, signal.SIGKILL)
        bed.broker.wait(10)
        bed.start_broker()
    else:
        pid = child_pid(bed)
        if pid is None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return True


def hit(bed, rng, victim, vcf, *more):
    """One upload during which the victim is killed: at some byte of it, or some time after its last."""
    size = vcf.stat().st_size
    first = 200_000 if victim == "child" else 1_000  # what comes before, the host holds back
    at = rng.randrange(first, size) if rng.random() < 0.8 else None
    front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port), hold_at=at)
    start = time.monotonic()
    client = start_score(bed, f"http://127.0.0.1:{front.port}", vcf, *more)
    if at is not None:
        assert front.held.wait(60), client.communicate()
        if victim == "child":
            wait_for(lambda: child_pid(bed), 10, "the child is there")
        else:
            time.sleep(rng.random() * 0.05)
        struck = kill(bed, victim)
        front.hold_at = None
        front.released.set()
    else:
        wait_for(lambda: sum(c[0] for c in front.calls) > size or client.poll() is not None, 60, "all is sent")
        time.sleep(rng.random() * 0.1)
        struck = kill(bed, victim)
    code, said, err = ended(client)
    took = time.monotonic() - start
    front.close()
    assert took < DEADLINE + 20, f"{took:.0f} s"
    return struck, code, said, (at, code, err)


def killed_at_random_moments(victim):
    seed = int(os.environ.get("GLOVEBOX_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"    {victim}: seed {seed}")
    rng = random.Random(f"{seed} {victim}")
    codes = {}
    with Bed(maximum_uses=1) as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        for moment in range(MOMENTS):
            before = uses_of(bed)
            patient = moment % 2 == 0 and victim != "child"  # the client tries again by itself; else it says what happened
            struck, code, said, show = hit(bed, rng, victim, vcf, *([] if patient else ["--retries", 0]))
            codes[code] = codes.get(code, 0) + 1
            used = uses_of(bed) - before
            if patient:
                assert code == "ok" and used == 1, show
            else:
                assert code == "ok" or code in CLEAR, show
                assert code == "ok" or said["found"] or said["hint"], show
                assert used == 1 if code == "ok" else used in (0, 1), show
                if victim == "child" and struck and show[0] is not None:
                    assert code == "enclave_failed", show
                code, _, err = ended(start_score(bed, bed.url, vcf))
                assert code == "ok", f"after {show}: {code} {err}"
                # one use for this one, and one at most for the other: the broker may count that after its client has ended
                assert uses_of(bed) - before - 1 in ((1,) if show[1] == "ok" else (0, 1)), show
        needles = Needles(text=vcf.read_bytes())
        for path in bed.folder.rglob("*"):
            if path.is_file() and path != vcf:
                assert needles.find(path.read_bytes()) is None, f"plaintext on disk: {path}"
    print(f"    {victim}: {MOMENTS} moments ended in {codes}")


def test_the_host_is_killed_at_random_moments():
    killed_at_random_moments("host")


def test_the_enclave_is_killed_at_random_moments():
    killed_at_random_moments("enclave")


def test_the_request_s_child_is_killed_at_random_moments():
    killed_at_random_moments("child")


def test_the_broker_is_killed_at_random_moments():
    killed_at_random_moments("broker")


def recovers(bed, vcf):
    """The same processes serve again."""
    code, said, err = ended(start_score(bed, bed.url, vcf))
    assert code == "ok", (said, err)


def refused(bed, vcf, allowed, *more, seconds=10):
    start = time.monotonic()
    code, said, err = ended(start_score(bed, bed.url, vcf, "--retries", 0, *more, seconds=seconds))
    assert code in allowed, (code, said, err)
    assert time.monotonic() - start < 20 + 2 * seconds, "the deadline is not kept"
    return code


def test_a_stopped_peer_is_a_deadline_and_no_more():
    with Bed() as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        for name, pid in usage.service(bed).items():
            os.kill(pid, signal.SIGSTOP)
            try:
                code = refused(bed, vcf, {"deadline"}, seconds=3)
            finally:
                os.kill(pid, signal.SIGCONT)
            start = time.monotonic()
            recovers(bed, vcf)
            print(f"    {name} stopped: {code}; serves again after {time.monotonic() - start:.1f} s")
        # the child, in the middle of its work
        front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port), hold_at=500_000)
        client = start_score(bed, f"http://127.0.0.1:{front.port}", vcf, "--retries", 0, seconds=4)
        assert front.held.wait(60)
        child = wait_for(lambda: child_pid(bed), 10, "the child is there")
        os.kill(child, signal.SIGSTOP)
        front.released.set()
        code, said, err = ended(client)
        assert code == "deadline", (code, said, err)
        start = time.monotonic()
        recovers(bed, vcf)  # beside it
        print(f"    child stopped: deadline; another request beside it took {time.monotonic() - start:.1f} s")
        os.kill(child, signal.SIGCONT)
        wait_for(lambda: child_pid(bed) is None, 30, "the child of a client that left is gone")


def test_a_client_that_stops_loses_its_place_and_says_so():
    with Bed() as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        stop(bed.host)
        bed.start_host("host", "enclave", None, "--idle", "2")
        front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port), hold_at=500_000)
        client = start_score(bed, f"http://127.0.0.1:{front.port}", vcf, "--retries", 0)
        assert front.held.wait(60)
        wait_for(lambda: 'route="score",status="deadline"} 1' in bed.metrics(bed.host_port), 30, "the host's patience ends")
        front.released.set()
        code, said, err = ended(client)
        assert code in ("deadline", "connection_lost"), (code, said, err)
        recovers(bed, vcf)


def test_descriptors_run_out_and_come_back():
    import resource
    with Bed() as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        recovers(bed, vcf)
        pids = usage.service(bed)
        pids["template"] = sorted(p for p in children_of(pids["enclave"]) if p != pids["enclave"])[0]  # a request's child may be about to go
        for name, pid in pids.items():
            used = set(map(int, os.listdir(f"/proc/{pid}/fd")))
            free = [n for n in range(max(used) + 5) if n not in used]  # a limit of free[n] leaves n to spare
            before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
            said = []
            for spare in range(3 if name != "template" else 1):
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (free[spare], before[1]))
                try:
                    said.append(refused(bed, vcf, CLEAR | {"out_of_resources", "ok", "platform_failed"}, seconds=2))
                finally:
                    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
                recovers(bed, vcf)
            print(f"    {name} with 0, 1, 2 descriptors to spare: {', '.join(said)}")
            assert said[0] != "ok", name


@contextlib.contextmanager
def small_disk(folder, megabytes):
    """A file system of so many megabytes at the folder: where this may mount one."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "none", str(folder)], capture_output=True, text=True)
    needs(done.returncode == 0, f"needs the right to mount a small disk: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


class BedOnSmallDisk(Bed):
    def init_broker(self):
        self.disk = contextlib.ExitStack()
        self.disk.enter_context(small_disk(self.folder / "broker", 2))
        self.reference_values()
        # what `init` writes stands in a folder of its own: it makes its folder itself
        self.run("glovebox-broker", "init", "--folder", self.folder / "broker/b", "--development-root", self.folder / "nsm/root.crt", check=0)

    def start_broker(self):
        self.broker_port = getattr(self, "broker_port", None) or free_port()
        self.broker = self.start("glovebox-broker", "serve", "--folder", self.folder / "broker/b", "--listen", f"127.0.0.1:{self.broker_port}",
                                 log="broker")
        wait_for(lambda: answers(self.broker_port), 10, "the broker listens")

    def close(self):
        for p in reversed(self.processes):
            stop(p)
        if hasattr(self, "disk"):
            self.disk.close()
        super().close()


def test_the_broker_s_disk_is_full_and_has_room_again():
    with BedOnSmallDisk(maximum_uses=1) as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        recovers(bed, vcf)
        filler = bed.folder / "broker/filler"
        with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as f:
            while True:
                f.write(bytes(4096))
        codes = [refused(bed, vcf, {"out_of_resources"}) for _ in range(3)]
        print(f"    with a full disk: {', '.join(codes)}")
        filler.unlink()
        recovers(bed, vcf)
        base = sqlite3.connect(f"file:{bed.folder}/broker/b/broker.sqlite?mode=ro", uri=True)
        assert base.execute('select count(*) from "use"').fetchone()[0] == 2, "a use that was not written was counted, or one was lost"
        assert base.execute("pragma integrity_check").fetchone()[0] == "ok"
        base.close()


def test_the_broker_s_database_cannot_grow_and_can_again():
    """The same by a limit on the size of files, where no disk can be mounted."""
    import resource
    with Bed() as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        recovers(bed, vcf)
        before = resource.prlimit(bed.broker.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(bed.broker.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
        for _ in range(3):
            refused(bed, vcf, {"out_of_resources"})
        resource.prlimit(bed.broker.pid, resource.RLIMIT_FSIZE, before)
        recovers(bed, vcf)


def test_a_full_disk_under_the_host_s_record_harms_no_request():
    with Bed() as bed:
        vcf = marked_vcf(bed.folder, megabytes=1)
        stop(bed.host)
        bed.start_host("host", "enclave", "/dev/full")
        recovers(bed, vcf)
        assert "the record lacks bytes that passed: No space left on device" in bed.log("host")


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
