#!/usr/bin/env python3
"""What a host says to a client: answers that lie about their length, broker's keys, and silence; and silence behind."""
import os, sys, time

import cbor
from stage import *


# -- in front, to the client -------------------------------------------------------------------------------------------------
class Http(Host):
    __doc__ = None
    meets = {"connection_lost"}

    def http_reply(self, call, word, body):
        honest = super().http_reply(call, word, body)
        return self.lie(body) if call.path == "/v1/score" else honest

    @staticmethod
    def said(length, body, more=b""):
        return b"HTTP/1.1 200 OK\r\nContent-Length: %s\r\n%s\r\n" % (str(length).encode(), more) + body


class AnswerShorterThanItSays(Http):
    """the answer's length says one byte more"""
    def lie(self, body):
        return self.said(len(body) + 1, body)


class AnswerLongerThanItSays(Http):
    """the answer's length says one byte less"""
    meets = {"answer_unauthentic"}

    def lie(self, body):
        return self.said(len(body) - 1, body)


class AnswerOfHalf(AnswerLongerThanItSays):
    """half of the answer, said to be all of it"""
    def lie(self, body):
        return self.said(len(body) // 2, body[:len(body) // 2])


class AnswerTwice(AnswerLongerThanItSays):
    """the answer twice, as one"""
    def lie(self, body):
        return self.said(2 * len(body), body + body)


class AnswerOfTerabytes(Http):
    """the answer's length says a terabyte"""
    meets = {"too_large"}

    def lie(self, body):
        return self.said(1 << 40, body)


class TwoLengths(Http):
    """two lengths that differ"""
    meets = {"protocol_error"}

    def lie(self, body):
        return self.said(len(body), body, b"Content-Length: 5\r\n")


class LengthAndChunks(TwoLengths):
    """a length and chunks"""
    def lie(self, body):
        return self.said(len(body), b"5\r\nabcde\r\n0\r\n\r\n", b"Transfer-Encoding: chunked\r\n")


class ChunksWithoutEnd(Http):
    """chunks, and no last one"""
    def lie(self, body):
        return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n"


class InterimWithoutEnd(TwoLengths):
    """a thousand times 100 Continue"""
    def lie(self, body):
        return b"HTTP/1.1 100 Continue\r\n\r\n" * 1000 + self.said(len(body), body)


class AnswerToNobody(Http):
    """the connection is closed instead of an answer"""
    def lie(self, body):
        return b""


class AnswerBeforeTheUpload(Http):
    """an answer of the right size that the host made up"""
    meets, uses = {"answer_unauthentic"}, 0

    def score(self, call):
        return "ok", (0x647A).to_bytes(2, "big") + os.urandom(ANSWER_SIZE - 2)

    def lie(self, body):
        return self.said(len(body), body)


class WordInstead(Http):
    """each of the five words though there is an answer: a word is all it is"""
    meets = {"deadline"}

    def lie(self, body):
        return Host.http_reply(self, self.calls[-1], "deadline", b"")


class KeysOfAnotherBroker(Host):
    """key statements with a bit changed in each"""
    meets, uses, sends, sent = {"broker_unknown"}, 0, 0, "nothing"

    def keys(self, call):
        word, body = super().keys(call)
        parts = cbor.decode(body)
        parts[1] = [s[:-1] + bytes([s[-1] ^ 1]) for s in parts[1]]
        return word, cbor.encode(parts)


class NoKeys(KeysOfAnotherBroker):
    """no statement at all"""
    def keys(self, call):
        return "ok", cbor.encode(["glovebox broker keys v1", []])


# -- silence -----------------------------------------------------------------------------------------------------------------
class Silence(Host):
    __doc__ = None
    meets, options = {"deadline"}, {"--timeout": "3"}

    def hold(self):
        self.ending.wait(60)
        raise OSError("over")


class NoEvidence(Silence):
    """no evidence, ever"""
    uses, sends, sent = 0, 0, "nothing"

    def evidence(self, call):
        self.hold()


class NoAnswer(Silence):
    """the answer is kept back"""
    def http_reply(self, call, word, body):
        return super().http_reply(call, word, body) if call.path != "/v1/score" else self.hold()


class HalfAnAnswer(Silence):
    """half of the answer, and then nothing"""
    def write(self, s, data):
        if len(data) < ANSWER_SIZE or data[:4] != b"HTTP":
            return super().write(s, data)
        s.sendall(data[:len(data) // 2])
        self.hold()


class NoUpload(Silence):
    """the upload is kept from the enclave"""
    uses = 0

    def score(self, call):
        self.hold()



class EnclaveWaits(Silence):
    """half of an upload reaches the enclave, and then nothing"""
    options = {"--timeout": "30"}

    def frames(self, call):
        out = super().frames(call)
        return [*out[:3], b""] + out[3:]

    def write(self, s, data):
        if data == b"":
            time.sleep(5)
        super().write(s, data)


class BrokerWaits(Silence):
    """the broker's answer is kept from the enclave"""
    uses, options = 0, {"--timeout": "30"}

    def broker(self, path, body):
        self.hold()


def test_attacks_on_the_answer():
    with Stage() as stage:
        play_all(stage, [a for a in attacks_of(sys.modules[__name__]) if a not in (EnclaveWaits, BrokerWaits)])


def test_past_the_enclaves_deadline():
    with Stage(configuration=configuration(request_seconds=3)) as stage:
        play_all(stage, [EnclaveWaits, BrokerWaits])


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
