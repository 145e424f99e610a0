#!/usr/bin/env python3
"""What a host does to an envelope's header, its stanzas and the keys in them."""
import sys

import cbor
from stage import *


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


def test_attacks_on_the_header():
    with Stage() as stage:
        play_all(stage, attacks_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
