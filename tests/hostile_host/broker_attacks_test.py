#!/usr/bin/env python3
"""What a host does between an enclave and its broker, and in the broker's place."""
import os, sys, time

import cbor
from stage import *


class Broker(Host):
    __doc__ = None  # changes what the broker says
    meets, uses = {"release_unauthentic"}, 0

    def broker(self, path, body):
        status, said = super().broker(path, body)
        return self.change(path, status, said)

    def change(self, path, status, said):
        return getattr(self, path.split("/")[-1], lambda *same: same)(status, said)


class ChallengeOfTheHost(Broker):
    """a challenge that nobody signed"""
    def broker(self, path, body):
        if path == "/v1/challenge":
            payload = cbor.encode(["glovebox challenge v1", os.urandom(32), int(time.time()) + 60])
            return 200, cbor.encode([b"\xa1\x01\x27", {}, payload, os.urandom(64)])
        return super().broker(path, body)


class ChallengeWithTheClientsNonce(Broker):
    """the client's nonce as a challenge, to have evidence made for it"""
    def challenge(self, status, said):
        parts = cbor.decode(said)
        payload = cbor.decode(parts[2])
        payload[1] = self.calls[0].nonce
        parts[2] = cbor.encode(payload)
        return status, cbor.encode(parts)


class ChallengeForTwo(Broker):
    """one challenge of the broker's for two requests: the second is refused by the broker"""
    people, sends, uses = ("a", "b"), 2, 1
    meets, every = {"ok", "challenge_unknown"}, {"ok", "challenge_unknown"}

    def broker(self, path, body):
        with self.lock:
            if path == "/v1/challenge":
                self.one = getattr(self, "one", None) or super().broker(path, body)
                return self.one
        return Host.broker(self, path, body)


class OldChallenge(Broker):
    """an earlier request's challenge, once more"""
    people, in_turn, sends, uses = ("a", "b"), True, 2, 1
    meets, every = {"ok", "challenge_unknown"}, {"ok", "challenge_unknown"}

    def challenge(self, status, said):
        self.first = getattr(self, "first", said)
        return status, self.first


class OldRelease(Broker):
    """an earlier request's release, once more"""
    people, in_turn, sends, uses = ("a", "a2"), True, 2, 2
    meets, every = {"ok", "release_unauthentic"}, {"ok", "release_unauthentic"}

    def release(self, status, said):
        self.first = getattr(self, "first", said)
        return status, self.first


class ReleasesOfTwoSwapped(Broker):
    """each gets the share of the other"""
    people, sends, uses = ("a", "b"), 2, 2

    def broker(self, path, body):
        said = Host.broker(self, path, body)
        if path != "/v1/release":
            return said
        self.said = getattr(self, "said", {})
        self.said[body] = said
        wait_until(lambda: len(self.said) == 2)
        return next(v for k, v in self.said.items() if k != body)


class ReleaseFlipped(Broker):
    """one bit of the release"""
    uses = 1

    def release(self, status, said):
        return status, said[:-1] + bytes([said[-1] ^ 1])


class ReleaseCut(Broker):
    """the release lacks its last byte"""
    uses = 1

    def release(self, status, said):
        return status, said[:-1]


class ChallengeForRelease(Broker):
    """the signed challenge in the release's place"""
    uses = 1

    def challenge(self, status, said):
        self.signed = said
        return status, said

    def release(self, status, said):
        return status, self.signed


class RefusalOfTheHost(Broker):
    """the broker releases and the host says that it refused: no key, and the answer says whose words these may be"""
    uses, meets = 1, {"uses_exhausted"}

    def release(self, status, said):
        return 403, cbor.encode(["glovebox refusal v1", "uses_exhausted", "10 uses", "at most 10"])

    def after(self, done):
        assert "not signed" in done.json["hint"], done


class SuccessWithARefusal(Broker):
    """a refusal under the status of a success"""
    uses = 1

    def release(self, status, said):
        return 200, cbor.encode(["glovebox refusal v1", "uses_exhausted", "10 uses", "at most 10"])


class APageForARelease(Broker):
    """an error page"""
    uses, meets = 1, {"protocol_error"}

    def release(self, status, said):
        return 500, b"<html>\x1b[31m"


class MuchForARelease(Broker):
    """a megabyte where a release should be"""
    uses, meets = 1, {"too_large"}

    def release(self, status, said):
        return 200, bytes(1 << 20)


class NoWayOut(Broker):
    """the broker cannot be reached, says the host"""
    meets = {"unreachable"}

    def lets_out(self, name):
        return False


class ReleaseDropped(Broker):
    """the release is dropped on its way, each time: three enclaves' keys, one use"""
    meets, uses, sends = {"connection_lost"}, 1, 3
    options = {"--retries": "2"}

    def broker_reply(self, status, body):
        return super().broker_reply(status, body) if b"challenge" in body else b""


class ReleaseDroppedOnce(ReleaseDropped):
    """the release is dropped on its way, once: the retry scores, and the use is the same one"""
    meets, sends = {"ok"}, 2

    def broker_reply(self, status, body):
        return Host.broker_reply(self, status, body) if b"challenge" in body or len(self.released) > 2 else b""


class CallsRepeated(Host):
    """the release call is made more times, at once, when all is over, and of a broker that was started anew: the same bytes, one use"""
    def broker(self, path, body):
        said = super().broker(path, body)
        if path == "/v1/release":
            self.call, self.said = body, said
            assert all(self.ask_broker("POST", path, body) == said for _ in range(5))
        return said

    def after(self, *done):
        assert all(self.ask_broker("POST", "/v1/release", self.call) == self.said for _ in range(5))
        stop(self.stage.broker)
        self.stage.start_broker()
        assert self.ask_broker("POST", "/v1/release", self.call) == self.said


class ChallengeOfABrokerThatIsGone(Broker):
    """the broker is started anew between challenge and release: it knows no challenge of before"""
    meets = {"challenge_unknown"}

    def challenge(self, status, said):
        stop(self.stage.broker)
        self.stage.start_broker()
        return status, said


class CallWithAFreshChallenge(Host):
    """the release call again, with a fresh challenge in it: its evidence is for the old one"""
    def after(self, *done):
        parts = cbor.decode(next(b for p, b in self.released if p == "/v1/release"))
        parts[1] = self.ask_broker("POST", "/v1/challenge")[1]
        status, said = self.ask_broker("POST", "/v1/release", cbor.encode(parts))
        assert (status, cbor.decode(said)[1]) == (403, "nonce_mismatch"), said


CALL = ["label", "challenge", "request", "core", "wrapped_key", "evidence"]
PARTS = {"challenge": {"nonce_mismatch"}, "request": {"request_mismatch", "requester_not_allowed"}, "core": {"wrapped_key_invalid"},
         "wrapped_key": {"wrapped_key_invalid", "policy_mismatch"}, "evidence": {"nonce_mismatch"}}


class PartsOfTwoCallsSwapped(Host):
    __doc__ = None  # one part of two people's release calls changes places: the broker refuses both, and counts neither
    people, sends, uses = ("a", "b"), 2, 0
    part = None
    meets = set().union(*PARTS.values(), {"binding_mismatch", "policy_mismatch"})

    def broker(self, path, body):
        if path != "/v1/release":
            return super().broker(path, body)
        self.bodies = getattr(self, "bodies", []) + [body]
        wait_until(lambda: len(self.bodies) == 2)
        parts, others = cbor.decode(body), cbor.decode(next(b for b in self.bodies if b != body))
        at = CALL.index(self.part)
        parts[at] = others[at]
        status, said = self.ask_broker("POST", path, cbor.encode(parts))
        assert status == 403 and cbor.decode(said)[1] in PARTS[self.part], (self.part, said)
        return status, said


def swapped(part, people):
    return type(f"{part.capitalize()}Of{'TwoPeople' if people == ('a', 'b') else 'TwoRequests'}", (PartsOfTwoCallsSwapped,),
                {"part": part, "people": people, "__doc__": f"the {part} of two release calls changes places", "__module__": __name__})


SWAPPED = [swapped(part, people) for part in PARTS for people in (("a", "b"), ("a", "a2"))]


def test_attacks_on_the_release():
    with Stage() as stage:
        play_all(stage, [*attacks_of(sys.modules[__name__]), *SWAPPED])


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
