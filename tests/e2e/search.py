"""Finds whether any 16 bytes in a row of some secret stand in a haystack, wherever they stand."""
import os, pathlib, re

import numpy as np


def words_at_every_offset(data):
    a = np.frombuffer(bytes(data), dtype=np.uint8)
    if len(a) < 8:
        return np.zeros(0, dtype=np.uint64)
    return np.lib.stride_tricks.as_strided(a, shape=(len(a) - 7, 8), strides=(1, 1)).copy().view(np.uint64).reshape(-1)


MIX = np.uint64(0x9E3779B97F4A7C15)


def windows(data):
    """A hash of each 16 bytes in a row."""
    words = words_at_every_offset(data)
    return words[:-8] * MIX ^ words[8:] if len(words) > 8 else np.zeros(0, dtype=np.uint64)


class Needles:
    """The secrets of one test. Runs of one repeated byte are left out: every process has those."""

    def __init__(self, **secrets):
        self.secrets = {k: bytes(v) for k, v in secrets.items() if len(v) >= 16}
        self.short = {k: bytes(v) for k, v in secrets.items() if 0 < len(v) < 16}
        words = np.concatenate([words_at_every_offset(v) for v in self.secrets.values()] or [np.zeros(0, dtype=np.uint64)])
        self.words = np.unique(words)
        low = self.words & np.uint64(0xff)
        plain = np.zeros(len(self.words), dtype=bool)
        if len(self.words):
            plain = self.words == low * np.uint64(0x0101010101010101)
        self.words = self.words[~plain]
        self.windows = np.unique(np.concatenate([windows(v) for v in self.secrets.values()] or [np.zeros(0, dtype=np.uint64)]))

    def find(self, haystack, ignore=()):
        """Returns the name of a secret of which 16 bytes in a row are in the haystack, with those bytes; or None."""
        haystack = bytes(haystack)
        for name, text in self.short.items():
            if text in haystack:
                return name, text
        size = len(haystack) // 8 * 8
        if size < 16 or len(self.words) == 0:
            return None
        # 16 bytes in a row at any place cover at least one whole aligned word: look those up first, then their surroundings
        aligned = np.frombuffer(haystack[:size], dtype=np.uint64)
        places = np.nonzero(np.isin(aligned, self.words))[0] * 8
        for part in np.array_split(places, max(1, len(places) // 4096)):
            starts = np.unique((part[:, None] - np.arange(9)[None, :]).ravel())
            starts = starts[(starts >= 0) & (starts <= len(haystack) - 16)]
            if len(starts) == 0:
                continue
            around = np.frombuffer(haystack, dtype=np.uint8)[starts[:, None] + np.arange(16)[None, :]].copy().view(np.uint64)
            for start in starts[np.isin(around[:, 0] * MIX ^ around[:, 1], self.windows)]:
                piece = haystack[start:start + 16]
                if len(set(piece)) <= 2 or piece in ignore:
                    continue
                for name, secret in self.secrets.items():
                    if piece in secret:
                        return name, piece
        return None


def memory_of(pid):
    """Yields the readable memory of a process, region by region. Needs root, or the same user and a dumpable process."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            m = re.match(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \S+\s*(.*)", line)
            low, high, perms, name = int(m[1], 16), int(m[2], 16), m[3], m[4]
            if "r" not in perms or name in ("[vvar]", "[vsyscall]", "[vvar_vclock]"):
                continue
            if "w" not in perms and name:  # the program file itself: it was there before the data, and has words of the format in it
                continue
            try:
                mem.seek(low)
                left = high - low
                while left > 0:
                    piece = mem.read(min(left, 1 << 24))
                    if not piece:
                        break
                    left -= len(piece)
                    yield name, piece
            except (OSError, ValueError, OverflowError):
                continue


def find_in_memory(pid, needles, ignore=()):
    for name, piece in memory_of(pid):
        found = needles.find(piece, ignore)
        if found:
            return name, found
    return None


def children_of(pid):
    """The process and all its descendants."""
    pids, todo = [], [pid]
    while todo:
        p = todo.pop()
        pids.append(p)
        try:
            for task in os.listdir(f"/proc/{p}/task"):
                todo += [int(c) for c in pathlib.Path(f"/proc/{p}/task/{task}/children").read_text().split()]
        except OSError:
            pass
    return sorted(set(pids))
