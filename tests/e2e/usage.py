"""What a service's processes use: memory, descriptors, threads, child processes; at a moment, or watched over a while."""
import contextlib, os, pathlib, threading

from search import children_of


def memory_kib(pid):
    """Proportional memory where it may be read (shared pages are counted once over all who share them), else resident."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def of(pid):
    """(KiB, descriptors, threads, processes) of a process and all below it. One that ends while it is read counts as gone."""
    memory = descriptors = threads = processes = 0
    for p in children_of(pid):
        try:
            here = len(os.listdir(f"/proc/{p}/fd")), len(os.listdir(f"/proc/{p}/task"))
        except PermissionError:  # not dumpable, and we are not root
            here = 0, len(os.listdir(f"/proc/{p}/task"))
        except OSError:
            continue
        memory += memory_kib(p)
        descriptors += here[0]
        threads += here[1]
        processes += 1
    return memory, descriptors, threads, processes


NAMES = ("KiB", "descriptors", "threads", "processes")


def service(bed):
    """The enclave is what devnsm started: devnsm itself plays the hypervisor."""
    enclave = [p for p in children_of(bed.enclave.pid) if p != bed.enclave.pid]
    return {"host": bed.host.pid, "enclave": min(enclave), "broker": bed.broker.pid}


class Watch:
    """The highest figures between enter and exit."""

    def __init__(self, pids, every=0.1):
        self.pids, self.every = pids, every
        self.highest = {name: (0, 0, 0, 0) for name in pids}
        self.done = threading.Event()

    def _look(self):
        while not self.done.wait(self.every):
            for name, pid in self.pids.items():
                self.highest[name] = tuple(map(max, self.highest[name], of(pid)))

    def __enter__(self):
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.done.set()
        self.thread.join()
