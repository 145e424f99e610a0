#!/usr/bin/env python3
"""What a host shows in the place of evidence: everything ends before anything is sent."""
import os, sys, time

import cbor
from stage import *


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


def other_inputs(stage):
    """Another model and another configuration for an enclave of the right program."""
    other = stage.folder / "other-models"
    other.mkdir()
    manifest = stage.made / "manifest.toml"
    manifest.write_text(manifest.read_text().replace('version = "1"', 'version = "2"'))
    stage.run("glovebox", "model", "pack", "--manifest", manifest, "--features", stage.made / "features.tsv",
              SOURCE / "tests/vectors/model/stump.json", "-o", other / "two.glovebox", check=0)
    (stage.folder / "other-configuration").write_bytes(configuration(sessions_max=9))


def test_attacks_on_evidence():
    with Stage() as stage:
        other_inputs(stage)
        play_all(stage, attacks_of(sys.modules[__name__]))


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
