#!/usr/bin/env python3
"""What a hostile host does to an upload, an answer, evidence and keys, and what its clients meet: a named rejection, a deadline,
or the right result; never a second use at the broker, never a byte of the genome. README.md shows how to add one."""
import os, sys, threading, time

import cbor
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
    """a frame says more than it has, and swallows the next one's head: the header is whole, the body is not"""
    uses, meets = 1, {"enclave_failed"}
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


# -- replays and clones ------------------------------------------------------------------------------------------------------
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
        for _ in range(self.stage.sessions_max):
            assert self.enclave([(EVIDENCE, os.urandom(32))])[0] == "ok"
        return super().score(call)


# -- evidence ----------------------------------------------------------------------------------------------------------------
class Evidence(Host):
    __doc__ = None
    uses, sends, sent = 0, 0, "nothing"

    def evidence(self, call):
        word, message = super().evidence(call)
        return word, self.change(message)


class EvidenceForAnotherNonce(Evidence):
    """fresh evidence of the right enclave for the host's own nonce"""
    meets = {"nonce_mismatch"}

    def evidence(self, call):
        return self.enclave([(EVIDENCE, os.urandom(32))])


class EvidenceWithItsNonceWrittenOver(EvidenceForAnotherNonce):
    """the same, with the client's nonce in the message: the document says otherwise"""
    def evidence(self, call):
        word, message = super().evidence(call)
        parts = cbor.decode(message)
        parts[3] = call.nonce
        return word, cbor.encode(parts)


class EvidenceKeptTooLong(Evidence):
    """right evidence, served when it is older than the policy allows"""
    meets = {"evidence_stale"}

    def policy(self, text):
        return re.sub(r"freshness_seconds = \d+", "freshness_seconds = 1", text)

    def change(self, message):
        time.sleep(2.1)
        return message


class KeyOfTheHost(Evidence):
    """the key to seal to is the host's own"""
    meets = {"binding_mismatch"}

    def change(self, message):
        parts = cbor.decode(message)
        key = next(k for k in parts[4][1:] if k[0] == "hpke")
        key[2] = key[2][:-32] + (9).to_bytes(32, "little")  # another X25519 point at the end of X-Wing's key
        return cbor.encode(parts)


class ReceiptKeyOfTheHost(Evidence):
    """the key that signs receipts is the host's own"""
    meets = {"binding_mismatch"}

    def change(self, message):
        parts = cbor.decode(message)
        key = next(k for k in parts[4][1:] if k[0] == "receipt")
        key[2] = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        return cbor.encode(parts)


class ModelsAnotherOrder(Evidence):
    """the context names another model than the registers"""
    meets = {"binding_mismatch"}

    def change(self, message):
        parts = cbor.decode(message)
        parts[5][1][0] = bytes(32)
        return cbor.encode(parts)


class KeysOfAnotherSession(Evidence):
    """two sessions of one enclave: the document of one, the keys of the other"""
    meets = {"binding_mismatch"}

    def evidence(self, call):
        one, other = (cbor.decode(self.enclave([(EVIDENCE, call.nonce)])[1]) for _ in range(2))
        one[4] = other[4]
        return "ok", cbor.encode(one)


class ReleaseEvidenceForAClient(Evidence):
    """the document that the enclave made for the broker is shown to a client"""
    people, in_turn, sends, uses = ("a", "b"), True, 1, 1
    meets, every = {"ok", "nonce_mismatch"}, {"ok"}

    def change(self, message):
        if not self.released:
            return message
        parts = cbor.decode(message)
        parts[1] = cbor.decode(cbor.decode(self.released[-1][1])[5])[1]
        return cbor.encode(parts)


class OtherModels(Evidence):
    """an enclave of the right program with another model"""
    meets = {"model_unknown"}
    where = dict(models="other-models")

    def evidence(self, call):
        with self.lock:
            name = self.stage.clone(type(self).__name__, **{k: self.stage.folder / v for k, v in self.where.items()})
        return self.enclave([(EVIDENCE, call.nonce)], name)


class OtherConfiguration(OtherModels):
    """an enclave of the right program with another configuration"""
    meets = {"configuration_unknown"}
    where = dict(configuration="other-configuration")


class OtherPlatform(OtherModels):
    """the right program and input under a hypervisor of the host's own"""
    meets = {"root_unknown"}
    where = dict(state="other-nsm")


# -- the header and its wrapped key ------------------------------------------------------------------------------------------
class Header(Host):
    __doc__ = None
    meets = {"header_unauthentic"}

    def envelope(self, call):
        return call.with_header(lambda parts: self.change(parts, parts[2][0]))


class WrappedKeysOfTwoPeople(Header):
    """one person's wrapped key in another's header"""
    people, sends, uses = ("a", "b"), 2, 0
    meets = {"policy_mismatch"}

    def envelope(self, call):
        other = next(c for c in self.together(call) if c is not call)
        return call.with_header(lambda parts: parts[2][0].__setitem__(5, other.stanza[5]))


class WrappedKeysOfTwoRequests(WrappedKeysOfTwoPeople):
    """the same with two requests under one policy: the key opens for one envelope alone"""
    people = ("a", "a2")
    meets = {"wrapped_key_invalid"}


class StanzasOfTwoPeople(Header):
    """one person's whole stanza in another's header: session and key are another's"""
    people, sends, uses = ("a", "b"), 2, 0
    meets = {"policy_mismatch", "wrapped_key_invalid", "answer_unauthentic"}

    def envelope(self, call):
        other = next(c for c in self.together(call) if c is not call)
        return call.with_header(lambda parts: parts[2].__setitem__(0, other.stanza))


class MacChanged(Header):
    """one bit of the header's MAC"""
    def change(self, parts, stanza):
        parts[3] = parts[3][:-1] + bytes([parts[3][-1] ^ 1])


class StanzaTwice(Header):
    """the stanza stands there twice"""
    def change(self, parts, stanza):
        parts[2].append(stanza)


class StanzaOfTheHost(Header):
    """a stanza of the host's own beside the person's"""
    def change(self, parts, stanza):
        parts[2].append(["hpke", bytes(8), 0x20, bytes(32), bytes(48)])


class LiveMadeBroker(Header):
    """the stanza of two shares is made one that the broker's share alone would open: the enclave
    makes another session for it, and its answer is not the client's enclave's"""
    meets = {"answer_unauthentic"}

    def change(self, parts, stanza):
        parts[2][0] = ["broker", stanza[5]]


class SealedShareChanged(Header):
    """one bit of the share that is sealed to the enclave"""
    meets = {"decryption_failed"}
    uses = 0

    def change(self, parts, stanza):
        stanza[4] = stanza[4][:-1] + bytes([stanza[4][-1] ^ 1])


class WrappedKeyChanged(Header):
    """one bit of the wrapped key"""
    meets, uses = {"wrapped_key_invalid"}, 0

    def change(self, parts, stanza):
        stanza[5] = stanza[5][:-1] + bytes([stanza[5][-1] ^ 1])


class NoStanza(Header):
    """no stanza for this enclave"""
    meets, uses = {"enclave_failed"}, 0

    def change(self, parts, stanza):
        parts[2][0] = ["later", 7]


class CoreChanged(Header):
    """the core says a larger size class"""
    meets, uses = {"enclave_failed"}, 0

    def change(self, parts, stanza):
        core = cbor.decode(parts[1])
        core[4] += 1
        parts[1] = cbor.encode(core)


class PolicyLeftOut(CoreChanged):
    """the core names no policy"""
    def change(self, parts, stanza):
        core = cbor.decode(parts[1])
        core[5] = None
        parts[1] = cbor.encode(core)


class HeaderSizeLies(Host):
    """the header says that it is 300,000 bytes long"""
    meets, uses = {"enclave_failed"}, 0

    def envelope(self, call):
        return call.envelope[:9] + (300_000).to_bytes(4, "big") + call.envelope[13:]


# -- between enclave and broker ----------------------------------------------------------------------------------------------
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


class KeysOfAnotherBroker(Evidence):
    """key statements with a bit changed in each"""
    meets = {"broker_unknown"}

    def evidence(self, call):
        return Host.evidence(self, call)

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


def test_attacks():
    with Stage(configuration=configuration(sessions_max=8, requests_max=12)) as stage:
        stage.sessions_max = 8
        other = stage.folder / "other-models"
        other.mkdir()
        shutil.copy(stage.model, other / "one.glovebox")
        manifest = (stage.made / "manifest.toml").read_text().replace('version = "1"', 'version = "2"')
        (stage.made / "manifest.toml").write_text(manifest)
        stage.run("glovebox", "model", "pack", "--manifest", stage.made / "manifest.toml", "--features", stage.made / "features.tsv",
                  SOURCE / "tests/vectors/model/stump.json", "-o", other / "two.glovebox", check=0)
        (other / "one.glovebox").unlink()
        (stage.folder / "other-configuration").write_bytes(configuration(sessions_max=9, requests_max=12))
        chosen = os.environ.get("GLOVEBOX_ATTACK", "")
        play_all(stage, [a for a in [*attacks_of(sys.modules[__name__]), *SWAPPED] if chosen in a.__name__ and a not in (EnclaveWaits, BrokerWaits)])


# -- past a deadline of the enclave's ----------------------------------------------------------------------------------------
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


def test_past_the_enclaves_deadline():
    with Stage(configuration=configuration(request_seconds=3)) as stage:
        play_all(stage, [EnclaveWaits, BrokerWaits])


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
