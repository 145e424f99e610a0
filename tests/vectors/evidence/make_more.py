#!/usr/bin/env python3
"""Writes more faults beside accepted.cbor, each one change away from it. What is wrong in the form, or in the chain, is told before the
signature is looked at: none of these needs the key. To be run again when make_evidence_vectors has made the others anew."""
import pathlib, sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "hostile_host"))
import cbor  # noqa: E402

ACCEPTED = (HERE / "accepted.cbor").read_bytes()
MESSAGE = cbor.decode(ACCEPTED)  # [label, [media type, document], purpose, nonce, keys, context]
COSE = cbor.decode(MESSAGE[1][1])  # [protected, unprotected, payload, signature]
CLAIMS = cbor.decode(COSE[2])


def message(**change):
    names = ["label", "cmw", "purpose", "nonce", "keys", "context"]
    return cbor.encode([change.get(n, v) for n, v in zip(names, MESSAGE)])


def document(data):
    return message(cmw=[MESSAGE[1][0], data])


def cose(**change):
    names = ["protected", "unprotected", "payload", "signature"]
    return document(cbor.encode([change.get(n, v) for n, v in zip(names, COSE)]))


def claims(**change):
    """With these claims, or without those that are `...`."""
    return cose(payload=cbor.encode({k: v for k, v in {**CLAIMS, **change}.items() if v is not ...}))


def payload(old, new):
    assert COSE[2].count(old) == 1, old
    return cose(payload=COSE[2].replace(old, new))


ROOT, INTERMEDIATE = CLAIMS["cabundle"][0], CLAIMS["cabundle"][-1]
KEYS = MESSAGE[4]
PCRS = CLAIMS["pcrs"]
VECTORS = {
    # COSE_Sign1
    "evidence_malformed-unprotected-header": cose(unprotected={4: b"key"}),
    "evidence_malformed-protected-header-of-two": cose(protected=bytes.fromhex("a2013822044131")),
    "evidence_malformed-payload-detached": cose(payload=None),
    "evidence_malformed-signature-of-95-bytes": cose(signature=COSE[3][:-1]),
    "evidence_malformed-signature-as-der": cose(signature=b"\x30\x64\x02\x30" + COSE[3][:48] + b"\x02\x30" + COSE[3][48:]),
    "evidence_malformed-three-parts": document(cbor.encode(COSE[:3])),
    "evidence_malformed-another-tag": document(b"\xd8\x62" + cbor.encode(COSE)),
    "evidence_malformed-tagged-twice": document(b"\xd2\xd2" + cbor.encode(COSE)),
    "evidence_malformed-array-without-end": document(b"\x9f" + cbor.encode(COSE)[1:] + b"\xff"),
    "evidence_signature_invalid-r-is-zero": cose(signature=bytes(48) + COSE[3][48:]),
    "evidence_signature_invalid-s-is-zero": cose(signature=COSE[3][:48] + bytes(48)),
    "evidence_signature_invalid-all-ones": cose(signature=b"\xff" * 96),
    "algorithm_unsupported-es512": cose(protected=bytes.fromhex("a1013823")),
    "algorithm_unsupported-eddsa": cose(protected=bytes.fromhex("a10127")),
    # the payload
    "evidence_malformed-payload-and-a-byte": cose(payload=COSE[2] + b"\0"),
    "evidence_malformed-claim-twice": payload(cbor.encode("digest") + cbor.encode("SHA384"),
                                              cbor.encode("digest") + cbor.encode("SHA384") + cbor.encode("digest") + cbor.encode("SHA384")).replace(b"\xa9", b"\xaa", 1),
    "evidence_malformed-claim-unknown": claims(colour="red"),
    "evidence_malformed-digest-of-another-kind": claims(digest="SHA256"),
    "evidence_malformed-digest-absent": claims(digest=...),
    "evidence_malformed-module-empty": claims(module_id=""),
    "evidence_malformed-module-of-bytes": claims(module_id=b"i-1"),
    "evidence_malformed-timestamp-absent": claims(timestamp=...),
    "evidence_malformed-timestamp-below-zero": claims(timestamp=-1),
    "evidence_malformed-timestamp-beyond-the-year-9999": claims(timestamp=253_402_300_800_000),
    "evidence_malformed-register-32": claims(pcrs={**PCRS, 32: bytes(48)}),
    "evidence_malformed-register-of-47-bytes": claims(pcrs={**PCRS, 0: PCRS[0][:-1]}),
    "evidence_malformed-register-of-32-bytes": claims(pcrs={**PCRS, 0: PCRS[0][:32]}),
    "evidence_malformed-register-named-by-text": claims(pcrs={**PCRS, "0": PCRS[0]}),
    "evidence_malformed-register-twice": payload(cbor.encode(1) + cbor.encode(PCRS[1]), cbor.encode(0) + cbor.encode(PCRS[1])),
    "evidence_malformed-no-registers": claims(pcrs={}),
    "evidence_malformed-nonce-as-text": claims(nonce="w" * 32),
    "evidence_malformed-nonce-of-513-bytes": claims(nonce=bytes(513)),
    "evidence_malformed-user-data-of-a-kilobyte": claims(user_data=bytes(1025)),
    "evidence_malformed-bundle-empty": claims(cabundle=[]),
    "evidence_malformed-certificate-empty": claims(certificate=b""),
    "evidence_malformed-certificate-of-1025-bytes": claims(certificate=CLAIMS["certificate"] + bytes(1025 - len(CLAIMS["certificate"]))),
    "platform_unknown-registers-of-a-nitrotpm": claims(nitrotpm_pcrs=PCRS),
    # the chain
    "certificate_invalid-bundle-in-reverse": claims(cabundle=CLAIMS["cabundle"][::-1]),
    "certificate_invalid-root-as-the-leaf": claims(certificate=ROOT),
    "certificate_invalid-leaf-that-is-an-authority": claims(certificate=INTERMEDIATE),
    "certificate_invalid-leaf-cut": claims(certificate=CLAIMS["certificate"][:-1]),
    "certificate_invalid-leaf-with-a-bit-changed": claims(certificate=CLAIMS["certificate"][:-1] + bytes([CLAIMS["certificate"][-1] ^ 1])),
    # the message around it
    "evidence_malformed-message-of-version-2": message(label="glovebox evidence v2"),
    "evidence_malformed-message-and-a-byte": ACCEPTED + b"\0",
    "evidence_malformed-message-of-seven": b"\x87" + ACCEPTED[1:] + b"\xf6",
    "evidence_malformed-message-not-deterministic": b"\x98\x06" + ACCEPTED[1:],
    "evidence_malformed-message-nothing": b"",
    "evidence_malformed-key-twice": message(keys=KEYS[:1] + [KEYS[1], KEYS[1], *KEYS[2:]]),
    "evidence_malformed-keys-out-of-order": message(keys=[KEYS[0], *KEYS[:0:-1]]),
    "evidence_malformed-keys-of-another-label": message(keys=["glovebox keys v2", *KEYS[1:]]),
    "evidence_malformed-key-empty": message(keys=[KEYS[0], [KEYS[1][0], KEYS[1][1], b""], *KEYS[2:]]),
    "evidence_malformed-nine-keys": message(keys=[KEYS[0], *([f"k{i}", 8, bytes(32)] for i in range(9))]),
    "evidence_malformed-models-of-31-bytes": message(context=[MESSAGE[5][0], [bytes(31)]]),
    "evidence_malformed-65-models": message(context=[MESSAGE[5][0], [i.to_bytes(32, "big") for i in range(65)]]),
    "evidence_malformed-models-out-of-order": message(context=[MESSAGE[5][0], MESSAGE[5][1][::-1]]),
    "evidence_malformed-purpose-of-nobody": message(purpose="anything"),
    "binding_mismatch-receipt-key-of-another": message(keys=[*KEYS[:-1], [*KEYS[-1][:2], bytes(range(32))]]),
    "evidence_malformed-no-receipt-key": message(keys=KEYS[:-1]),
    "binding_mismatch-context-of-another-configuration": message(context=[bytes(32), *MESSAGE[5][1:]]),
    "nonce_mismatch-in-the-message-alone": message(nonce=bytes(32)),
}

if __name__ == "__main__":
    for name, data in VECTORS.items():
        (HERE / f"{name}.cbor").write_bytes(data)
