#!/usr/bin/env python3
"""Google's go-tdx-guest beside us, over every case of TDX: the suite's and the real quotes. Where it says something else
than we do, DIFFERENCES says why, and docs/decisions/0059 with it; a difference that is gone is a failure, too.

Optional: it needs Go and the module in Go's cache (`go mod download` in go_tdx_guest/), and is skipped without them."""
import base64, hashlib, json, pathlib, sys, tempfile, tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bed import *
from peers import SUITE, ask, binding, compared, decoded, encoded, head, peer

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

# Where our form is at fault (a policy, a message, a platform's name), nothing can be asked of it.
OURS_ALONE = ("policy_invalid", "policy_empty", "platform_unknown", "mixed_roots")


def config_id(evidence):
    models = sorted(bytes.fromhex(m["digest"]) for m in evidence.get("models", []))
    body = head(4, 3) + encoded("glovebox host data v1") + encoded(bytes.fromhex(evidence["configuration"]))
    return hashlib.sha384(body + head(4, len(models)) + b"".join(map(encoded, models))).hexdigest()


def collateral(data, out):
    """A bundle in the words of Intel's service: of several documents or signers, as of one address, the first."""
    bundle, end = decoded(data)
    if end != len(data):
        raise ValueError("more behind it")
    parts = [[item[0] for item in part[0]] for part in bundle[1:]]
    for der in parts[0]:
        if b"Intel SGX TCB Signing" in der:
            out.setdefault("signer", der.hex())
    out["lists"] = [der.hex() for der in parts[1]]
    for text in parts[2] if len(parts) > 2 else []:
        kind = "tcb" if text.startswith(b'{"tcbInfo"') else "identity"
        if b'"id":"TDX"' in text or b'"id":"TD_QE"' in text:
            out.setdefault(kind, text.decode())


def question(folder):
    """What a case asks, in the peer's words; None where our form of message, bundle or policy is what is at fault."""
    case = json.loads((folder / "manifest.json").read_text())
    out = {"name": folder.name, "at": case["at"]}
    data = (folder / case["evidence"]).read_bytes()
    try:
        policy = tomllib.loads((folder / case["policy"]).read_text())["evidence"]
        rules = policy["tdx"]
        if data[:1] == b"\x86":
            items, end = decoded(data)
            if end != len(data):
                return case, None
            out["report_data"] = binding(data, items).hex()
            if case.get("nonce") and items[3][0].hex() != case["nonce"] or case.get("purpose", items[2][0].decode()) != items[2][0].decode():
                return case, None  # the message's own promise, which no quote can show
            data = items[1][0][1][0]
        else:
            if data[:1] in (b"\x83", b"\x82"):  # a conceptual message
                data = decoded(data)[0][1][0]
            if case.get("nonce"):
                out["report_data"] = case["nonce"].ljust(128, "0")
        out["quote"] = data.hex()
        if case.get("collateral"):
            collateral((folder / case["collateral"]).read_bytes(), out)
        out["root"] = base64.b64decode(policy["roots"][0]["certificate"]).hex()
        out["revocation"] = "revocation" not in rules.get("unchecked", [])
        out["documents"] = "tcb" not in rules.get("unchecked", [])
        measurements = [m for m in policy["measurements"] if "mr_td" in m]
        body = data[48:48 + 584]
        out["mr_td"] = measurements[0]["mr_td"]
        out["rtmrs"] = [[m.get(f"rtmr{i}", body[328 + 48 * i:376 + 48 * i].hex()) for i in range(4)] for m in measurements if m["mr_td"] == out["mr_td"]]
        if policy["profile"] == "glovebox":
            out["config_id"] = config_id(policy)
    except (KeyError, ValueError, IndexError, TypeError, AttributeError):
        return case, None
    return case, out


def pem(text):
    blocks = [b.split("-----END CERTIFICATE-----")[0] for b in text.split("-----BEGIN CERTIFICATE-----")[1:]]
    return [base64.b64decode(b).hex() for b in blocks]


def real_questions():
    """Quotes of other people's machines: signatures and chains alone, and one with the documents of its time."""
    there = SHARED / "vectors/intel"
    known = {name.removeprefix("intel/"): k for name, k in json.loads((there.parent / "EXPECTED.json").read_text()).items() if name.startswith("intel/")}
    for name, k in known.items():
        if k.get("tee_type") != "0x81":
            continue
        quote = (there / name).read_bytes()
        question = {"name": f"tdx/{name}", "quote": quote.hex(), "at": "2026-06-01T00:00:00Z", "intel": True}
        refused = k["td_debug"] or name == "lunal-tdx_quote_5.dat"  # a service guest
        yield question, "refused" if refused else "accepted"
        for at, what in ((48 + 136, "another measurement"), (8, "another header")):
            flipped = bytearray(quote)
            flipped[at] ^= 1
            yield {**question, "name": f"tdx/{name} with {what}", "quote": flipped.hex()}, "refused"
        yield {**question, "name": f"tdx/{name} too late", "at": "2034-01-01T00:00:00Z"}, "refused"
    collateral = json.loads((there / "dcap-qvl-tdx_quote_collateral.json").read_text())
    signer, root = pem(collateral["tcb_info_issuer_chain"])
    document = lambda member, key: f'{{"{member}":{collateral[key]},"signature":"{collateral[key + "_signature"]}"}}'  # noqa: E731
    whole = {"quote": (there / "dcap-qvl-tdx_quote").read_bytes().hex(), "intel": True, "signer": signer, "root": root, "documents": True,
             "revocation": True, "tcb": document("tcbInfo", "tcb_info"), "identity": document("enclaveIdentity", "qe_identity"),
             "lists": [collateral["root_ca_crl"], collateral["pck_crl"]]}
    for at, expected in (("2025-06-25T00:00:00Z", "accepted"), ("2025-06-19T10:00:00Z", "refused"), ("2025-07-20T00:00:00Z", "refused")):
        yield {**whole, "name": f"tdx/with collateral at {at}", "at": at}, expected
    for key in ("tcb", "identity"):
        changed = whole[key].replace("UpToDate", "OutOfDate" if key == "tcb" else "UpToDaTe", 1)
        yield {**whole, "name": f"tdx/with another {key}", "at": "2025-06-25T00:00:00Z", key: changed}, "refused"


def test_the_suite():
    with tempfile.TemporaryDirectory() as at:
        wanted, questions, ours = {}, [], 0
        for manifest in sorted(SUITE.glob("tdx-*/manifest.json")):
            case, asked = question(manifest.parent)
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
