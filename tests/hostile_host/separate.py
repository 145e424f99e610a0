"""Whether two groups of times can be told apart. The groups are drawn at random, request by request: whatever else the machine
does then falls on both alike, and how often a difference of some size comes by chance is known, on a busy machine too."""
import math

ALARM = 1e-6  # how often all the comparisons of one test together may say "separated" of what is the same


def mann_whitney(a, b):
    """(chance that one of a exceeds one of b, two-sided p by the normal approximation, ties sharing their rank)."""
    ordered = sorted((v, i) for i, v in enumerate([*a, *b]))
    ranks, at = [0.0] * len(ordered), 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        for _, i in ordered[at:end]:
            ranks[i] = (at + 1 + end) / 2
        at = end
    n = len(a) * len(b)
    u = sum(ranks[: len(a)]) - len(a) * (len(a) + 1) / 2
    z = (u - n / 2) / math.sqrt(n * (len(a) + len(b) + 1) / 12)
    return u / n, math.erfc(abs(z) / math.sqrt(2))


def kolmogorov_smirnov(a, b):
    """(largest distance of the two distributions, p by its bound 2 exp(-2 d^2 n))."""
    distance, at = 0.0, [0, 0]
    groups = [sorted(a), sorted(b)]
    for value in sorted({*a, *b}):
        for g in (0, 1):
            while at[g] < len(groups[g]) and groups[g][at[g]] <= value:
                at[g] += 1
        distance = max(distance, abs(at[0] / len(a) - at[1] / len(b)))
    return distance, min(1.0, 2 * math.exp(-2 * distance ** 2 * len(a) * len(b) / (len(a) + len(b))))


def separations(rows, groups, alarm=ALARM):
    """Of rows of times, one row a request, and groups {what: [bool for each request]}: every (what, which time, chance, p) by which
    somebody could tell the group. The alarm is shared out among all comparisons."""
    found = []
    share = alarm / (2 * len(groups) * len(rows[0]))
    for what, member in groups.items():
        assert 0.25 < sum(member) / len(member) < 0.75, f"{what}: nearly all are alike"
        for place in range(len(rows[0])):
            a = [row[place] for row, m in zip(rows, member) if m]
            b = [row[place] for row, m in zip(rows, member) if not m]
            chance, p = mann_whitney(a, b)
            _, q = kolmogorov_smirnov(a, b)
            if min(p, q) < share:
                found.append((what, place, chance, min(p, q)))
    return found
