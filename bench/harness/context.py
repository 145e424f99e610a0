"""What every group of rows gets: how much to measure, where things are, and how to say what was found."""
import contextlib, dataclasses, re, sys, time, zipfile

from harness import stats
from harness.contest import Unavailable, contest
from harness.store import say


@dataclasses.dataclass
class Row:
    """One line of the table. `sense` says how `got` is meant: `faster` (so many times), `at most` (so many times the other's time),
    `share` (so much of the other's rate), `below` (a bound in its own unit) or nothing."""
    id: str
    what: str
    peer: str = ""
    here: str = ""
    there: str = ""
    sense: str = ""
    asked: float | None = None
    got: float | None = None
    low: float | None = None
    high: float | None = None
    rounds: int = 0
    processor: float | None = None  # as `got`, by processor time, where both sides are processes on one core
    status: str = "measured"  # or `skipped`, `failed`
    why: str = ""
    figures: dict = dataclasses.field(default_factory=dict)

    @property
    def holds(self):
        if self.status != "measured" or self.asked is None or self.got is None:
            return None
        if self.sense == "below":
            return self.got < self.asked
        return stats.holds(self.sense, self.asked, self.got)


def human(seconds):
    for scale, unit in ((1, "s"), (1e3, "ms"), (1e6, "us"), (1e9, "ns")):
        if seconds * scale >= 1:
            return f"{seconds * scale:.3g} {unit}" if seconds * scale < 1000 else f"{seconds * scale:,.0f} {unit}"
    return f"{seconds * 1e9:.2g} ns"


class Context:
    def __init__(self, store, build, quick, rounds, work):
        self.store, self.build, self.quick, self.rounds, self.work = store, build, quick, rounds, work
        self.rows = []

    def program(self, name):
        """One of ours, which CMake has built."""
        for folder in ("bench", "bin"):
            path = self.build / folder / name
            if path.exists():
                return path
        raise Unavailable(f"{name} is not built")

    def newest_wheel(self):
        """The newest XGBoost that `./run bench --newest` has fetched."""
        wheels = sorted((self.store.folder / "wheels").glob("xgboost*.whl"), key=lambda w: [int(n) for n in re.findall(r"\d+", w.name.split("-")[1])])
        if not wheels:
            raise Unavailable("not fetched: ./run bench --newest")
        return wheels[-1]

    def newest_version(self):
        return self.newest_wheel().name.split("-")[1]

    def newest_xgboost(self):
        """The folder of the wheel's library, and of what it brings along."""
        wheel = self.newest_wheel()

        def make(folder):
            with zipfile.ZipFile(wheel) as archive:
                for name in archive.namelist():
                    if re.search(r"\.so[.0-9]*$", name):
                        archive.extract(name, folder)
        folder = self.store.kept(f"newest_xgboost ({wheel.name})", [wheel], make)
        found = list(folder.glob("**/libxgboost.so"))
        if not found:
            raise Unavailable(f"{wheel.name} has no libxgboost.so")
        return found[0]

    def line(self, id, what, **more):
        self.rows.append(Row(id, what, **more))

    def contest(self, group, sides, limit):
        """Runs the sides by turns and closes them. Sides are made by functions, one of which may find that its peer is not here."""
        made, left_out = {}, {}
        for name, make in sides.items():
            try:
                made[name] = make()
            except (Unavailable, OSError) as reason:
                left_out[name] = str(reason)
        times, more = contest(made, self.rounds, limit, lambda text: self.progress(f"{group}: {text}"))
        return Held(self, made, times, left_out, more)

    @staticmethod
    def progress(text):
        if sys.stderr.isatty():
            print(f"\r\033[Kglovebox: bench: {text}", end="", file=sys.stderr, flush=True)


class Held:
    """A contest that was held: rows are made of its times."""

    def __init__(self, context, sides, times, not_here, broken):
        self.context, self.sides, self.times, self.not_here, self.broken = context, sides, times, not_here, broken
        self.left_out = {**not_here, **broken}
        self.disagreements = {}

    def agree(self, one, other, same, how="their answers differ"):
        """Notes sides whose answers differ: their rows are failures, whatever their times."""
        if one in self.left_out or other in self.left_out:
            return
        try:
            ok = same(self.sides[one], self.sides[other])
        except (KeyError, TypeError, Unavailable) as error:
            ok, how = False, f"no answers to compare: {error!r}"
        if not ok:
            self.disagreements[frozenset((one, other))] = how

    def row(self, id, what, peer, ours, theirs, sense, asked, per=1):
        """`per`: how many units one figure is of; the table shows the time of one."""
        why = self.left_out.get(ours) or self.left_out.get(theirs)
        if why:
            self.context.line(id, what, peer=peer, sense=sense, asked=asked, status="failed" if ours in self.broken or theirs in self.broken else "skipped", why=why)
            return
        found = stats.compare(self.times[ours], self.times[theirs], sense == "at most")
        used = [getattr(self.sides[name], "processor", []) for name in (ours, theirs)]
        by_processor = stats.compare(*used, sense == "at most").ratio if all(used) else None
        differ = self.disagreements.get(frozenset((ours, theirs)))
        self.context.line(id, what, peer=peer, here=human(found.ours / per), there=human(found.theirs / per), sense=sense, asked=asked,
                          got=found.ratio, low=found.low, high=found.high, rounds=found.rounds,
                          processor=by_processor, status="failed" if differ else "measured",
                          why=differ or "", figures={"ours": self.times[ours], "theirs": self.times[theirs], "per": per})

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for side in self.sides.values():
            with contextlib.suppress(OSError):
                side.close()


@contextlib.contextmanager
def timed(what):
    start = time.monotonic()
    yield
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    say(f"{what}: {time.monotonic() - start:.0f} s")
