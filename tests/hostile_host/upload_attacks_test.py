#!/usr/bin/env python3
"""What a host does to an upload on its way: order, number and cut of its frames and chunks, and frames that lie."""
import sys, time

from stage import *


# -- the upload on its way ---------------------------------------------------------------------------------------------------
class TwoFramesSwapped(Host):
    """two data frames change places"""
    meets = {"chunk_unauthentic"}

    def frames(self, call):
        out = super().frames(call)
        out[2], out[3] = out[3], out[2]
        return out


class FirstFrameLast(Host):
    """the header comes after the body: nothing could be answered under seal"""
    meets, uses = {"enclave_failed"}, 0

    def frames(self, call):
        out = super().frames(call)
        return [out[0], *out[2:-1], out[1], out[-1]]


class Envelope(Host):
    __doc__ = None  # changes the order or number of the sealed chunks
    meets = {"chunk_unauthentic"}

    def envelope(self, call):
        return call.header + b"".join(self.chunks(call, call.chunks))


class TwoChunksSwapped(Envelope):
    """two whole sealed chunks change places"""
    def chunks(self, call, c):
        return [c[0], c[2], c[1], *c[3:]]


class ChunkTwice(Envelope):
    """one chunk comes twice, and the last not at all: the length is right"""
    def chunks(self, call, c):
        return [c[0], c[0], *c[1:-1]]


class ChunkMore(Envelope):
    """a chunk comes twice: one more than the size class has"""
    def chunks(self, call, c):
        return [c[0], *c]


class ChunkLost(Envelope):
    """a chunk in the middle is left out"""
    meets = {"chunk_unauthentic"}

    def chunks(self, call, c):
        return [c[0], *c[2:]]


class LastChunkLost(Envelope):
    """the upload is cut between two chunks and ended in order"""
    meets = {"envelope_truncated"}

    def chunks(self, call, c):
        return c[:-1]


class CutInsideAChunk(Envelope):
    """the upload is cut inside a chunk and ended in order"""
    meets = {"envelope_truncated"}

    def chunks(self, call, c):
        return [*c[:-1], c[-1][:1000]]


class NoChunks(Envelope):
    """the header alone"""
    meets = {"envelope_truncated"}

    def chunks(self, call, c):
        return []


class OneByteMore(Envelope):
    """a byte after the last chunk"""
    def chunks(self, call, c):
        return [*c, b"x"]


class ManyBytesMore(Envelope):
    """ten megabytes after the last chunk"""
    def chunks(self, call, c):
        return [*c, bytes(10 << 20)]


class TwoOfTheSamePerson(Host):
    __doc__ = None
    people = ("a", "a2")
    meets = {"chunk_unauthentic"}
    uses, sends = 2, 2


class ChunksOfTwoMixed(TwoOfTheSamePerson):
    """every second chunk is that of another request of the same person with the same file"""
    def envelope(self, call):
        other = next(c for c in self.together(call) if c is not call)
        return call.header + b"".join(o if i % 2 else m for i, (m, o) in enumerate(zip(call.chunks, other.chunks)))


class FramesOfTwoMixed(ChunksOfTwoMixed):
    """every second frame is another person's"""
    people = ("a", "b")

    def frames(self, call):
        mine = Host.frames(self, call)
        theirs = Host.frames(self, next(c for c in self.together(call) if c is not call))
        return mine[:2] + [t if i % 2 else m for i, (m, t) in enumerate(zip(mine[2:], theirs[2:]))]

    def envelope(self, call):
        return call.envelope


class BodiesOfTwoSwapped(ChunksOfTwoMixed):
    """another person's whole body behind one's own header"""
    people = ("a", "b")

    def envelope(self, call):
        other = next(c for c in self.together(call) if c is not call)
        return call.header + b"".join(other.chunks)


class EnvelopesOfTwoSwapped(Host):
    """one person's request with another's envelope"""
    people, sends = ("a", "b"), 2
    meets, uses = {"enclave_failed"}, 0

    def envelope(self, call):
        return next(c for c in self.together(call) if c is not call).envelope


class TwoOnOneConnection(Host):
    """two people's calls one after the other on one connection to the enclave: only the first is heard"""
    people, sends, uses = ("a", "b"), 2, 1
    meets, every = {"ok", "answer_unauthentic"}, {"ok", "answer_unauthentic"}

    def score(self, call):
        first, second = self.together(call)
        if call is first:
            self.said = self.enclave(self.frames(first) + self.frames(second))
        wait_until(lambda: hasattr(self, "said"))
        return self.said


class AnswersOfTwoSwapped(Host):
    """each gets the other's answer"""
    people, sends, uses = ("a", "b"), 2, 2
    meets = {"answer_unauthentic"}

    def score(self, call):
        self.said = getattr(self, "said", {})
        self.said[call.asked[8]] = super().score(call)
        wait_until(lambda: len(self.said) == 2)
        return next(v for k, v in self.said.items() if k != call.asked[8])


class OneByteAtATime(Host):
    """each byte is written alone, in every direction: slow, and right"""
    def write(self, s, data):
        for i in range(len(data)):
            s.send(data[i:i + 1])


class EmptyFrames(Host):
    """a thousand empty data frames between the others: nothing, and right"""
    def frames(self, call):
        out = super().frames(call)
        return [out[0], *[(DATA, b"")] * 1000, out[1], *[(DATA, b"")] * 1000, *out[2:]]


# -- frames that lie ---------------------------------------------------------------------------------------------------------
class Frames(Host):
    __doc__ = None
    meets, uses = {"enclave_failed"}, 0
    put = {}  # place: what stands there instead

    def frames(self, call):
        out = super().frames(call)
        for place, what in self.put.items():
            out[place] = what(out[place]) if callable(what) else what
        return out


class FrameOfFourGigabytes(Frames):
    """a frame's size is all ones"""
    meets = {"too_large"}
    put = {1: lambda f: frame(DATA, f[1], 0xffffffff)}


class FrameLongerThanItSays(Frames):
    """a frame says less than it has: what follows, which is noise, is read as a frame's head"""
    uses, meets = 1, {"enclave_failed", "too_large"}
    put = {1: lambda f: frame(DATA, f[1], len(f[1]) - 5)}


class FrameShorterThanItSays(Frames):
    """a frame says more than it has, and swallows the next one's head: the header is whole, and noise is read as a frame's head"""
    uses, meets = 1, {"enclave_failed", "too_large"}
    put = {1: lambda f: frame(DATA, f[1][:-5], len(f[1]))}


class RequestTooLong(Frames):
    """the signed request says 16,385 bytes"""
    put = {0: frame(SCORE, bytes(16385))}


class RequestCut(Frames):
    """the signed request lacks its last byte"""
    put = {0: lambda f: (SCORE, f[1][:-1])}


class RequestLonger(Frames):
    """a byte behind the signed request"""
    put = {0: lambda f: (SCORE, f[1] + b"x")}


class RequestFlipped(Frames):
    """one bit of the signed request"""
    put = {0: lambda f: (SCORE, f[1][:90] + bytes([f[1][90] ^ 1]) + f[1][91:])}


class RequestTwice(Frames):
    """a second request where the data should be"""
    put = {1: lambda f: frame(SCORE, f[1][:1000]) + frame(*f)}


class RepliesToTheEnclave(Frames):
    """frames that only an enclave may send, and types that there are not"""
    put = {1: lambda f: frame(STATUS, b"\0") + frame(*f)}


class NoEnd(Frames):
    """the connection is closed where the end frame should be: no answer, though a key was released"""
    uses = 1

    def enclave(self, frames, name="enclave", wait=60):
        if frames[0][0] != SCORE:
            return super().enclave(frames, name, wait)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.folder / f"{name}.sock"))
            for one in frames[:-1]:
                s.sendall(frame(*one))
            wait_until(lambda: len(self.released) == 2)
            time.sleep(0.2)
        return "failed", b""


class DataFirst(Frames):
    """an upload without a request"""
    def frames(self, call):
        return super().frames(call)[1:]


def test_attacks_on_the_upload():
    with Stage() as stage:
        play_all(stage, attacks_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
