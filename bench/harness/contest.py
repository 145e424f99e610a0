"""Sides of a contest and the contest: every side is run once a round, by turns, so that what else the machine does meets all alike."""
import json, os, pathlib, resource, signal, subprocess, tempfile, time


class Unavailable(Exception):
    """A peer, a program or data that is not here; its text says why."""


def last_core():
    return max(os.sched_getaffinity(0))


def pinned(command, pin):
    return ["taskset", "-c", str(last_core()), *command] if pin else list(command)


def used_by_children():
    """Processor time of all that has ended: other work on the machine counts less in it than in elapsed time."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Process:
    """A whole process, or a pipeline of several, timed from start to end. Its answer is the JSON in its last line. With `part` the
    figure is the answer's of that name, in seconds, instead."""

    def __init__(self, *commands, pin=True, limit=120, part=None):
        self.commands = [[str(word) for word in command] for command in commands]
        self.pin, self.limit, self.part = pin, limit, part
        self.answer = None
        self.processor = []  # seconds of each run, where it has a core of its own

    def once(self):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            before = used_by_children()
            start = time.perf_counter()
            running, source = [], subprocess.DEVNULL
            for i, command in enumerate(self.commands):
                last = i + 1 == len(self.commands)
                p = subprocess.Popen(pinned(command, self.pin), stdin=source, stdout=out if last else subprocess.PIPE, stderr=err,
                                     start_new_session=True)
                if source not in (subprocess.DEVNULL, None):
                    source.close()
                source = p.stdout
                running.append(p)
            try:
                for p in reversed(running):
                    p.wait(max(1, self.limit - (time.perf_counter() - start)))
            except subprocess.TimeoutExpired:
                raise Unavailable(f"{self.commands[-1][0]} took longer than {self.limit} s") from None
            finally:
                for p in running:
                    if p.poll() is None:
                        os.killpg(p.pid, signal.SIGKILL)
                        p.wait()
            seconds = time.perf_counter() - start
            if self.pin and not self.part:
                self.processor.append(used_by_children() - before)
            for p, command in zip(running, self.commands):
                if p.returncode != 0:
                    err.seek(0)
                    said = err.read().decode(errors="replace").strip().splitlines()
                    raise Unavailable(f"{pathlib.Path(command[0]).name} ended with {p.returncode}: {said[-1] if said else ''}")
            self.answer = self._answer(out)
            return self.answer[self.part] if self.part else seconds

    @staticmethod
    def _answer(out):
        size = out.seek(0, os.SEEK_END)
        out.seek(max(0, size - (1 << 16)))
        text = out.read().decode(errors="replace").strip()
        for candidate in (text, text.rsplit("\n", 1)[-1]):
            try:
                found = json.loads(candidate)
            except ValueError:
                continue
            if isinstance(found, dict):
                return found
        return {}

    def close(self):
        pass


class Resident:
    """A program that stays loaded (bench/peers/resident.h); a figure is the time of one unit of its work."""

    def __init__(self, *command, pin=True, seconds=0.3):
        self.seconds, self.times = seconds, None
        self.err = tempfile.TemporaryFile()  # noqa: SIM115: as long as the process
        self.p = subprocess.Popen(pinned([str(word) for word in command], pin), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.err,
                                  text=True)
        if self.p.stdout.readline().strip() != "ready":
            self.p.wait(10)
            self.err.seek(0)
            said = self.err.read().decode(errors="replace").strip().splitlines() or [f"exit code {self.p.returncode}"]
            raise Unavailable(f"{pathlib.Path(str(command[0])).name} did not start: {said[-1]}")

    def _ask(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        said = self.p.stdout.readline()
        if not said:
            raise Unavailable(f"{self.p.args} ended with {self.p.wait()}")
        return said.strip()

    def once(self):
        if self.times is None:  # so many that one figure takes about `seconds`
            times = 1
            while (took := float(self._ask(f"run {times}"))) < self.seconds / 10 and times < 1 << 24:
                times *= 4
            self.times = max(1, round(times * self.seconds / took))
            if self.times <= times:
                return took / times
        return float(self._ask(f"run {self.times}")) / self.times

    def answers(self, path):
        self._ask(f"answers {path}")
        return pathlib.Path(path).read_bytes()

    def close(self):
        self.err.close()
        self.p.stdin.close()
        try:
            self.p.wait(5)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()


class Function:
    """Anything that returns its own figure, in seconds."""

    def __init__(self, function):
        self.once, self.answer = function, None

    def close(self):
        pass


def contest(sides, rounds, limit, progress=lambda text: None):
    """{name: [seconds]} and {name: why it was left out}. It ends early, after a whole round, when `limit` seconds have passed."""
    times, left_out, start = {name: [] for name in sides}, {}, time.monotonic()
    for k in range(rounds):
        for name, side in sides.items():
            if name in left_out:
                continue
            progress(f"round {k + 1} of {rounds}, {name}")
            try:
                times[name].append(side.once())
            except (Unavailable, OSError, subprocess.SubprocessError) as reason:
                left_out[name] = str(reason)
        used = time.monotonic() - start
        if used + used / (k + 1) > limit:
            break
    return times, left_out
