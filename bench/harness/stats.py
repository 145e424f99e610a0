"""Statistics of a contest: two lists of times, taken by turns, so that the k-th of each were taken under the same conditions."""
import dataclasses, math, statistics


def quantile(values, q):
    """Linear between the two nearest ranks (type 7 of Hyndman and Fan, the default of R and numpy)."""
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


@dataclasses.dataclass
class Comparison:
    """`ratio` is of the medians; `low` and `high` are the quartiles of the ratios round by round."""
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float
    rounds: int


def compare(ours, theirs, ours_over_theirs=False):
    """How many times faster ours is; with `ours_over_theirs` how many times theirs its time is. Unpaired ends are left out."""
    rounds = min(len(ours), len(theirs))
    if rounds == 0:
        raise ValueError("nothing was measured")
    over, under = (ours, theirs) if ours_over_theirs else (theirs, ours)
    over, under = over[:rounds], under[:rounds]
    paired = [a / b for a, b in zip(over, under)]
    return Comparison(statistics.median(ours[:rounds]), statistics.median(theirs[:rounds]), statistics.median(over) / statistics.median(under),
                      quantile(paired, 0.25), quantile(paired, 0.75), rounds)


def holds(sense, asked, got):
    """Whether a figure is as good as asked: `faster` and `share` at least, `at most` at most; with nothing asked it always is."""
    if asked is None:
        return True
    return got <= asked if sense == "at most" else got >= asked
