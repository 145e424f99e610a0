#!/usr/bin/env python3
"""Intel's own Quote Verification Library beside us, over every case of TDX and SGX: the suite's and the real quotes. Where it
says something else than we do, DIFFERENCES says why, and docs/decisions/0066 with it; a difference that is gone is a failure.

Optional: GLOVEBOX_QVL names a folder with the library and its header (docs/decisions/0066 says how it is built), and it is
skipped without."""
import os, pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bed import *
from peers import HERE, SUITE, ask, compared
from quotes import OURS_ALONE, THERE, pem, question, real_set

# What a quote says of its guest or enclave, and what a policy asks beyond Intel's documents, it leaves to its caller: where
# that alone is at fault, it must accept.
OF_ITS_CALLER = ("binding_mismatch", "nonce_mismatch", "debug_enclave", "guest_policy_not_allowed", "measurement_unknown",
                 "configuration_unknown", "chip_unknown", "advisory_not_allowed")
NO_USE = "it holds names and signatures of certificates, not their use or critical extensions"
NOT_YET = "it looks at when certificates and documents end, not at when they begin"
NEEDS_ALL = "it has no way to leave lists or documents"
NO_SUCH_RULE = "it has no rule for this: its caller's"
OF_BOTH = {
    "certificate-authority-key-usage": NO_USE,
    "certificate-authority-no-ca": NO_USE,
    "certificate-critical-extension": NO_USE,
    "certificate-leaf-is-ca": NO_USE,
    "certificate-leaf-key-usage": NO_USE,
    "documents-signer-is-ca": NO_USE,
    "not-yet-authority-by-a-second": NOT_YET,
    "not-yet-leaf-by-a-second": NOT_YET,
    "documents-not-yet": NOT_YET,
    "bare-unchecked": NEEDS_ALL,
    "crl-unchecked": NEEDS_ALL,
    "documents-old-number": NO_SUCH_RULE,
    "tcb-date": NO_SUCH_RULE,
    "documents-spaced-tcb-info": "it writes a document anew without spaces before it looks at the signature; for us what is signed is bytes",
    "certificate-behind-pem": "it reads over text behind a chain",
    "certificate-extension-trailing": "it reads over a byte behind the platform's extension",
    "malformed-long-auth-data": "our bound is 1,024 bytes",
    "malformed-trailing": "it lets anything stand behind a quote; for us zeros alone",
    "signature-binding-beyond-hash": "it looks at the 32 bytes of the hash, not at the 32 behind it, which Intel's are zero",
}
DIFFERENCES = {f"{tee}-{name}": why for tee in ("sgx", "tdx") for name, why in OF_BOTH.items()}

# Where both refuse, what its status must say, so that they refuse for the same reason. Of other words it has several.
SAME_CAUSE = {
    "algorithm_unsupported": "QUOTE_FORMAT", "truncated": "QUOTE_FORMAT", "root_unknown": "UNTRUSTED", "certificate_revoked": "REVOKED",
    "certificate_expired": "EXPIRED", "collateral_expired": "EXPIRED", "quoting_enclave_unknown": "QE_IDENTITY_MISMATCH",
    "module_unknown": "TDX_MODULE_MISMATCH", "tcb_outdated": "STATUS_TCB_", "tcb_status_not_allowed": "STATUS_TCB_",
}


def asked_of_it(questions):
    folder = os.environ.get("GLOVEBOX_QVL")
    needs(folder, "needs Intel's library: GLOVEBOX_QVL names no folder")
    return ask([sys.executable, HERE / "qvl/peer.py", folder], questions)


def real_questions():
    """Sets of other people's machines, with the documents of their time, and Intel's samples under roots of their own."""
    tdx = real_set("dcap-qvl-tdx_quote", "dcap-qvl-tdx_quote_collateral.json")
    sgx = real_set("dcap-qvl-sgx_quote", "dcap-qvl-sgx_quote_collateral.json")
    old = real_set("dcap-qvl-tdx_quote_outdated", "dcap-qvl-tdx_quote_outdated_collateral.json")
    hardened = ["ConfigurationAndSWHardeningNeeded"]
    summer = "2025-06-25T00:00:00Z"
    for name, whole, statuses in (("tdx", tdx, ["UpToDate"]), ("sgx", sgx, hardened)):
        whole = {**whole, "at": summer, "statuses": statuses}
        yield {**whole, "name": f"real/{name}"}, "accepted"
        for at in ("2025-06-19T10:00:00Z", "2025-07-20T00:00:00Z"):
            yield {**whole, "name": f"real/{name} at {at}", "at": at}, "refused"
        for at, what in ((48 + 136, "body"), (8, "header")):
            flipped = bytearray.fromhex(whole["quote"])
            flipped[at] ^= 1
            yield {**whole, "name": f"real/{name} with another {what}", "quote": flipped.hex()}, "refused"
        for key in ("tcb", "identity"):
            changed = whole[key].replace('"tcbDate":"20', '"tcbDate":"21', 1)
            assert changed != whole[key]
            yield {**whole, "name": f"real/{name} with another {key}", key: changed}, "refused"
        for i in range(2):
            yield {**whole, "name": f"real/{name} without list {i}", "lists": whole["lists"][:i] + whole["lists"][i + 1:]}, "refused"
    yield {**sgx, "name": "real/sgx where UpToDate alone passes", "at": summer, "statuses": ["UpToDate"]}, "refused"
    yield {**sgx, "name": "real/sgx with documents of tdx", "at": summer, "statuses": hardened, "tcb": tdx["tcb"], "identity": tdx["identity"]}, "refused"
    yield {**old, "name": "real/outdated", "at": "2026-03-01T00:00:00Z", "statuses": ["UpToDate"]}, "refused"
    yield {**old, "name": "real/outdated too late", "at": "2026-03-21T00:00:00Z", "statuses": ["UpToDate", "OutOfDate"]}, "refused"
    newest = {**old, "quote": (THERE / "go-tdx-guest-quote_v5_sample.dat").read_bytes().hex(), "tcb": (THERE / "go-tdx-guest-sample_tcbinfo_response_v5").read_text()}
    yield {**newest, "name": "real/version 5", "at": "2026-02-25T00:00:00Z", "statuses": ["UpToDate"]}, "accepted"
    for name, at, expected in (("sgx", "2025-01-01T00:00:00Z", "accepted"), ("tdx", "2026-06-01T00:00:00Z", "refused")):
        folder = THERE / f"qvl-sample-{name}"
        certificates = pem((folder / "pckCert.pem").read_text() + (folder / "pckSignChain.pem").read_text())
        signer = next(c for c in pem((folder / "tcbSignChain.pem").read_text()) if b"TCB Signing" in bytes.fromhex(c))
        yield {"name": f"real/sample of {name}", "at": at, "statuses": ["UpToDate"], "quote": (folder / "quote.dat").read_bytes().hex(),
               "root": pem((folder / "trustedRootCaCert.pem").read_text())[0], "certificates": certificates, "signer": signer,
               "tcb": (folder / "tcbInfo.json").read_text(), "identity": (folder / "qeIdentity.json").read_text(),
               "lists": [(folder / f"{one}CaCrl.der").read_bytes().hex() for one in ("root", "intermediate")]}, expected


def settled(wanted, questions, differences, causes):
    said = asked_of_it(questions)
    wrong, used = compared(wanted, said, differences)
    wrong += [f"{name}: it says {said[name]['why']}" for name, cause in causes.items() if cause not in said[name].get("why", cause)]
    agreed = sum(said[name]["verdict"] == expected for name, expected in wanted.items())
    print(f"{agreed} of {len(questions)} agree")
    unused = [p for p in differences if p not in used]
    assert not wrong and not unused, "\n".join(wrong + [f"no difference any more: {p}" for p in unused])


def test_the_suite():
    wanted, causes, questions, ours = {}, {}, [], 0
    for tee in ("sgx", "tdx"):
        for manifest in sorted(SUITE.glob(f"{tee}-*/manifest.json")):
            case, asked = question(manifest.parent, tee)
            if asked is None or case["expected"] in OURS_ALONE:
                assert case["expected"] != "accepted", case
                ours += 1
                continue
            wanted[asked["name"]] = "accepted" if case["expected"] in ("accepted", *OF_ITS_CALLER) else "refused"
            causes[asked["name"]] = SAME_CAUSE.get(case["expected"], "")
            questions.append(asked)
    print(f"{len(questions)} cases asked, {ours} are of a form that is ours alone")
    settled(wanted, questions, DIFFERENCES, causes)


def test_real_quotes():
    needs((SHARED / "vectors").exists(), "needs the real evidence, which is not here")
    pairs = list(real_questions())
    settled({q["name"]: expected for q, expected in pairs}, [q for q, _ in pairs], {}, {})


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
