#!/usr/bin/env python3
"""Google's go-tdx-guest beside us, over every case of TDX: the suite's and the real quotes. Where it says something else
than we do, DIFFERENCES says why, and docs/decisions/0059 with it; a difference that is gone is a failure, too.

Optional: it needs Go and the module in Go's cache (`go mod download` in go_tdx_guest/), and is skipped without them."""
import json, pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bed import *
from peers import SUITE, ask, compared, peer
from quotes import OURS_ALONE, THERE, question, real_set

# What the peer lets pass and we do not, or the other way round, by the beginning of a case's name.
CHAIN_OF_THREE = "it reads quotes that bring a chain of three in PEM (certification type 5) alone"
VERSION_4 = "it reads version 4 alone"
UP_TO_DATE = "it takes UpToDate alone; for us the policy lists what passes"
NO_SUCH_RULE = "it has no rule for this"
NOT_YET = "it looks at when a document or list ends, not at when it begins"
DIFFERENCES = {
    "tdx/dcap-qvl-tdx_quote_outdated": VERSION_4,
    "tdx/go-tdx-guest-quote_v5_sample.dat": VERSION_4,
    "tdx/lunal-tdx_quote_4.dat": "a guest in debug mode: it has no rule for that",
    "tdx/with collateral at 2025-06-19": NOT_YET,
    "tdx-accepted-among-many": CHAIN_OF_THREE,
    "tdx-accepted-encrypted-ppid": CHAIN_OF_THREE,
    "tdx-accepted-leaf-alone": CHAIN_OF_THREE,
    "tdx-accepted-no-root": CHAIN_OF_THREE,
    "tdx-accepted-ppid": CHAIN_OF_THREE,
    "tdx-accepted-relaunch-advised": VERSION_4,
    "tdx-accepted-service-td": VERSION_4,
    "tdx-accepted-tdx-1.5": VERSION_4,
    "tdx-accepted-version-5": VERSION_4,
    "tdx-accepted-hardening": UP_TO_DATE,
    "tdx-accepted-module-out-of-date": UP_TO_DATE,
    "tdx-accepted-out-of-date": UP_TO_DATE,
    "tdx-bare-debug": NO_SUCH_RULE,
    "tdx-debug": NO_SUCH_RULE,
    "tdx-no-septve": NO_SUCH_RULE,
    "tdx-chip-other-fmspc": NO_SUCH_RULE,
    "tdx-chip-other-platform": NO_SUCH_RULE,
    "tdx-documents-old-number": NO_SUCH_RULE,
    "tdx-tcb-date": NO_SUCH_RULE,
    "tdx-crl-not-yet": NOT_YET,
    "tdx-documents-not-yet": NOT_YET,
    "tdx-certificate-leaf-is-ca": "it holds names and signatures of a leaf, not its use",
    "tdx-certificate-leaf-key-usage": "the same",
    "tdx-documents-signer-is-ca": "the same",
    "tdx-malformed-long-auth-data": "our bound is 1,024 bytes",
    "tdx-malformed-trailing": "it lets anything stand behind a quote; for us zeros alone",
}


def real_questions():
    """Quotes of other people's machines: signatures and chains alone, and one with the documents of its time."""
    known = {name.removeprefix("intel/"): k for name, k in json.loads((THERE.parent / "EXPECTED.json").read_text()).items() if name.startswith("intel/")}
    for name, k in known.items():
        if k.get("tee_type") != "0x81":
            continue
        quote = (THERE / name).read_bytes()
        question = {"name": f"tdx/{name}", "quote": quote.hex(), "at": "2026-06-01T00:00:00Z", "intel": True}
        refused = k["td_debug"] or name == "lunal-tdx_quote_5.dat"  # a service guest
        yield question, "refused" if refused else "accepted"
        for at, what in ((48 + 136, "another measurement"), (8, "another header")):
            flipped = bytearray(quote)
            flipped[at] ^= 1
            yield {**question, "name": f"tdx/{name} with {what}", "quote": flipped.hex()}, "refused"
        yield {**question, "name": f"tdx/{name} too late", "at": "2034-01-01T00:00:00Z"}, "refused"
    whole = {**real_set("dcap-qvl-tdx_quote", "dcap-qvl-tdx_quote_collateral.json"), "intel": True}
    for at, expected in (("2025-06-25T00:00:00Z", "accepted"), ("2025-06-19T10:00:00Z", "refused"), ("2025-07-20T00:00:00Z", "refused")):
        yield {**whole, "name": f"tdx/with collateral at {at}", "at": at}, expected
    for key in ("tcb", "identity"):
        changed = whole[key].replace("UpToDate", "OutOfDate" if key == "tcb" else "UpToDaTe", 1)
        yield {**whole, "name": f"tdx/with another {key}", "at": "2025-06-25T00:00:00Z", key: changed}, "refused"


def test_the_suite():
    with tempfile.TemporaryDirectory() as at:
        wanted, questions, ours = {}, [], 0
        for manifest in sorted(SUITE.glob("tdx-*/manifest.json")):
            case, asked = question(manifest.parent, "tdx")
            if asked is None or case["expected"] in OURS_ALONE:
                assert case["expected"] != "accepted", case
                ours += 1
                continue
            wanted[asked["name"]] = "accepted" if case["expected"] == "accepted" else "refused"
            questions.append(asked)
        wrong, used = compared(wanted, ask(peer(at, "go_tdx_guest"), questions), DIFFERENCES)
        print(f"{len(questions)} cases asked, {ours} are of a form that is ours alone")
        unused = [p for p in DIFFERENCES if p not in used and not p.startswith("tdx/")]
        assert not wrong and not unused, "\n".join(wrong + [f"no difference any more: {p}" for p in unused])


def test_real_quotes():
    needs((SHARED / "vectors").exists(), "needs the real evidence, which is not here")
    with tempfile.TemporaryDirectory() as at:
        pairs = list(real_questions())
        wrong, used = compared({q["name"]: expected for q, expected in pairs}, ask(peer(at, "go_tdx_guest"), [q for q, _ in pairs]), DIFFERENCES)
        unused = [p for p in DIFFERENCES if p.startswith("tdx/") and p not in used]
        print(f"{len(pairs)} questions about real quotes")
        assert not wrong and not unused, "\n".join(wrong + [f"no difference any more: {p}" for p in unused])


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
