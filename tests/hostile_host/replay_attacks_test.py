#!/usr/bin/env python3
"""Uploads, answers and sessions once more: replays, clones of an enclave, attempts that are dropped."""
import os, sys, threading

from stage import *

SESSIONS = 8  # that the enclave keeps waiting


class UploadTwice(Host):
    """the upload goes in twice; the second has no session any more"""
    def score(self, call):
        first = super().score(call)
        assert super().score(call) == ("failed", b""), "an upload was taken twice"
        return first


class SecondAnswerGiven(Host):
    """the first answer is kept back and the upload's second try is what the client hears of"""
    meets = {"enclave_failed"}

    def score(self, call):
        super().score(call)
        return super().score(call)


class UploadTwiceAtOnce(Host):
    """ten copies of one upload at once: one is answered"""
    def score(self, call):
        said = [None] * 10

        def one(i):
            said[i] = Host.score(self, call)
        threads = [threading.Thread(target=one, args=(i,)) for i in range(10)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        good = [s for s in said if s[0] == "ok"]
        assert len(good) <= 1 and all(s[0] in ("failed", "busy") for s in said if s not in good), [s[0] for s in said]
        return good[0] if good else ("failed", b"")

    meets = {"ok"}


class ReplayedWhenAllIsOver(Host):
    """the upload again when its client has left: to the enclave, and to a clone of it"""
    def after(self, *done):
        for name in ("enclave", self.stage.clone()):
            assert self.enclave(self.frames(self.uploads()[0]), name) == ("failed", b""), name


class CloneGetsTheUpload(Host):
    """sealed to one enclave, given to its clone"""
    meets, uses = {"enclave_failed"}, 0

    def score(self, call):
        return self.enclave(self.frames(call), self.stage.clone())


class ClonesEvidence(Host):
    """the clone's evidence, then the first one's door"""
    meets, uses = {"enclave_failed"}, 0

    def evidence(self, call):
        return self.enclave([(EVIDENCE, call.nonce)], self.stage.clone())


class BothClonesGetIt(Host):
    """both get the same input: one answers"""
    def score(self, call):
        other = self.enclave(self.frames(call), self.stage.clone())
        assert other == ("failed", b""), other[0]
        return super().score(call)


class BothClonesOneEvidence(Host):
    """both are asked with the client's nonce; evidence of one, upload to both, the answer of the other"""
    meets = {"enclave_failed"}

    def evidence(self, call):
        self.enclave([(EVIDENCE, call.nonce)], self.stage.clone())
        return super().evidence(call)

    def score(self, call):
        super().score(call)
        return self.enclave(self.frames(call), self.stage.clone())


class RetryGoesToTheClone(Host):
    """the first answer is dropped and the retry led to a clone: both scored, one use"""
    options = {"--retries": "1"}
    sends = 2

    def evidence(self, call):
        return self.enclave([(EVIDENCE, call.nonce)], self.stage.clone() if self.uploads() else "enclave")

    def score(self, call):
        if len(self.uploads()) == 1:
            Host.score(self, call)
            raise OSError("dropped")
        return self.enclave(self.frames(call), self.stage.clone())


class RetryGetsTheFirstAnswer(Host):
    """the answer to the first attempt is given to the second"""
    options = {"--retries": "1"}
    meets, sends = {"answer_unauthentic"}, 2

    def score(self, call):
        said = super().score(call)
        if len(self.uploads()) == 1:
            self.first = said
            raise OSError("dropped")
        return self.first


class BusyTwice(Host):
    """`busy` although there was an answer, as often as a client tries again: three enclaves' keys, one use"""
    options, sends = {"--retries": "2"}, 3

    def score(self, call):
        said = super().score(call)
        return said if len(self.uploads()) == 3 else ("busy", b"")


class SessionsDropped(Host):
    """evidence is asked for until the client's session is forgotten: a refusal, and nothing counted"""
    meets, uses = {"enclave_failed"}, 0

    def score(self, call):
        for _ in range(SESSIONS):
            assert self.enclave([(EVIDENCE, os.urandom(32))])[0] == "ok"
        return super().score(call)


def test_replays_and_clones():
    with Stage(configuration=configuration(sessions_max=SESSIONS, requests_max=12)) as stage:
        play_all(stage, attacks_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
