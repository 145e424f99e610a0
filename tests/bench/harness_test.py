#!/usr/bin/env python3
"""The harness of `./run bench`: medians, quartiles and ratios; who is left out and why; what a row says; that a picture is SVG."""
import pathlib, sys, tempfile, unittest
import xml.etree.ElementTree as xml

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
from harness import contest, picture, report, stats  # noqa: E402
from harness.context import Context, Row, human  # noqa: E402
from harness.contest import Function, Process, Unavailable  # noqa: E402
from harness.store import Store  # noqa: E402


def series(*values):
    left = list(values)
    return lambda: Function(lambda: left.pop(0))


class Told:
    """A side with times and an answer of its own."""

    def __init__(self, seconds, answer):
        self.seconds, self.answer = seconds, answer

    def once(self):
        return self.seconds

    def close(self):
        pass


class Statistics(unittest.TestCase):
    def test_quantiles_lie_between_ranks(self):
        self.assertEqual(stats.quantile([4, 1, 3, 2], 0.25), 1.75)
        self.assertEqual(stats.quantile([4, 1, 3, 2], 0.5), 2.5)
        self.assertEqual(stats.quantile([7], 0.75), 7)
        self.assertEqual(stats.quantile([1, 2, 3], 1), 3)

    def test_the_ratio_is_of_medians_and_the_spread_of_pairs(self):
        found = stats.compare([1, 2, 4], [10, 30, 20])
        self.assertEqual((found.ours, found.theirs, found.ratio, found.rounds), (2, 20, 10, 3))
        self.assertEqual((found.low, found.high), (7.5, 12.5))  # of 10, 15 and 5

    def test_at_most_turns_the_ratio_over(self):
        found = stats.compare([2, 2], [4, 4], ours_over_theirs=True)
        self.assertEqual((found.ratio, found.low, found.high), (0.5, 0.5, 0.5))

    def test_a_round_without_its_pair_does_not_count(self):
        self.assertEqual(stats.compare([1, 1, 100], [2, 2]).ratio, 2)
        with self.assertRaises(ValueError):
            stats.compare([], [1])

    def test_what_holds(self):
        self.assertTrue(stats.holds("faster", 9, 9))
        self.assertFalse(stats.holds("faster", 9, 8.99))
        self.assertTrue(stats.holds("at most", 1.2, 1.2))
        self.assertFalse(stats.holds("at most", 1.2, 1.21))
        self.assertTrue(stats.holds("faster", None, 0.1))
        self.assertTrue(Row("a", "a", sense="below", asked=64, got=63.9).holds)
        self.assertFalse(Row("a", "a", sense="below", asked=64, got=64).holds)
        self.assertIsNone(Row("a", "a", sense="faster", asked=9, got=10, status="failed").holds)


class Contests(unittest.TestCase):
    def context(self, folder):
        return Context(Store(folder), pathlib.Path(folder), True, 3, pathlib.Path(folder))

    def test_sides_take_turns(self):
        order = []
        sides = {name: Function(lambda name=name: order.append(name) or 1.0) for name in "ab"}
        times, left_out = contest.contest(sides, 3, 60)
        self.assertEqual("".join(order), "ababab")
        self.assertEqual((times, left_out), ({"a": [1.0] * 3, "b": [1.0] * 3}, {}))

    def test_a_missing_peer_is_skipped_a_broken_one_failed_and_neither_stops_the_rest(self):
        def missing():
            raise Unavailable("peer is not installed")

        def breaks():
            raise Unavailable("peer ended with 1")
        with tempfile.TemporaryDirectory() as folder:
            context = self.context(folder)
            with context.contest("g", {"ours": series(1, 1, 1), "peer": series(9, 9, 9), "missing": missing, "broken": lambda: Function(breaks)},
                                 60) as held:
                for id, peer in (("x", "peer"), ("y", "missing"), ("z", "broken")):
                    held.row(id, id, peer, "ours", peer, "faster", 9)
        x, y, z = context.rows
        self.assertEqual((x.got, x.holds, x.status), (9, True, "measured"))
        self.assertEqual((y.status, y.why, y.holds), ("skipped", "peer is not installed", None))
        self.assertEqual((z.status, z.why, z.holds), ("failed", "peer ended with 1", None))

    def test_other_answers_are_a_failure_whatever_the_times(self):
        with tempfile.TemporaryDirectory() as folder:
            context = self.context(folder)
            same = lambda a, b: a.answer["hits"] == b.answer["hits"]  # noqa: E731
            with context.contest("g", {"ours": lambda: Told(1, {"hits": 6}), "right": lambda: Told(20, {"hits": 6}),
                                       "wrong": lambda: Told(20, {"hits": 7}), "silent": lambda: Told(20, {})}, 60) as held:
                for peer in ("right", "wrong", "silent"):
                    held.agree("ours", peer, same)
                    held.row(peer, peer, peer, "ours", peer, "faster", 9)
        self.assertEqual([row.status for row in context.rows], ["measured", "failed", "failed"])

    def test_a_contest_ends_after_a_whole_round_when_its_time_is_up(self):
        import time
        times, _ = contest.contest({name: Function(lambda: time.sleep(0.05) or 1.0) for name in "ab"}, 1000, 0.4)
        self.assertEqual(len(times["a"]), len(times["b"]))
        self.assertLess(len(times["a"]), 1000)
        self.assertGreaterEqual(len(times["a"]), 1)

    def test_processes_are_timed_piped_and_read(self):
        side = Process(["sh", "-c", "echo line; echo '{\"hits\": 3}'"], ["cat"], pin=False)
        self.assertGreater(side.once(), 0)
        self.assertEqual(side.answer, {"hits": 3})
        self.assertEqual(side.processor, [])  # not on a core of its own
        alone = Process(["sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"])
        self.assertGreater(alone.once(), 0)
        self.assertGreater(alone.processor[0], 0)
        with self.assertRaisesRegex(Unavailable, "sh ended with 4: why"):
            Process(["sh", "-c", "echo why >&2; exit 4"], pin=False).once()
        with self.assertRaisesRegex(Unavailable, "longer than 0.2 s"):
            Process(["sleep", "20"], pin=False, limit=0.2).once()


class Reports(unittest.TestCase):
    rows = [Row("a", "one", peer="p | q", here="1 s", there="9 s", sense="faster", asked=9, got=9.5, low=9, high=10, rounds=5),
            Row("b", "one", peer="r", here="1 s", there="1 s", sense="at most", asked=1.2, got=1.5, low=1, high=2, rounds=5),
            Row("c", "two", status="skipped", why="not here"), Row("d", "three", here="3 MiB", sense="below", asked=64, got=3)]

    def test_the_table_marks_what_is_not_as_asked(self):
        text = report.table(self.rows).splitlines()
        self.assertEqual(len(text), 2 + len(self.rows))
        self.assertTrue(text[2].endswith("as asked") and text[3].endswith("ABOVE") and text[4].endswith("skipped: not here"))
        for line in report.markdown_table(self.rows).splitlines():
            self.assertEqual(line.replace("\\|", "").count("|"), 10, line)

    def test_a_picture_is_xml_and_shows_what_was_asked(self):
        root = xml.fromstring(picture.svg(self.rows, "a < b"))
        self.assertTrue(root.tag.endswith("svg"))
        self.assertEqual(sum(e.tag.endswith("rect") for e in root.iter()), 1 + 2)

    def test_numbers_are_short(self):
        self.assertEqual([human(s) for s in (7.214, 0.0123, 2.4e-6, 3e-9)], ["7.21 s", "12.3 ms", "2.4 us", "3 ns"])


class Keeping(unittest.TestCase):
    def test_what_is_made_is_kept_until_its_ingredients_change_and_half_made_is_not(self):
        with tempfile.TemporaryDirectory() as folder:
            store, made = Store(folder), []

            def make(new):
                made.append(1)
                (new / "x").write_text("x")
            first = store.kept("thing (a)", ["1"], make)
            self.assertEqual(store.kept("thing (a)", ["1"], make), first)
            self.assertNotEqual(store.kept("thing (a)", ["2"], make), first)
            self.assertEqual(len(made), 2)

            def fails(new):
                (new / "half").write_text("")
                raise Unavailable("no")
            for _ in range(2):
                with self.assertRaises(Unavailable):
                    store.kept("other", [], fails)
            self.assertEqual(sorted(p.name.split("-")[0] for p in pathlib.Path(folder).iterdir()), ["thing", "thing"])


if __name__ == "__main__":
    unittest.main(verbosity=0)
