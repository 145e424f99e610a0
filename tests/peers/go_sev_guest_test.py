#!/usr/bin/env python3
"""Google's go-sev-guest beside us, over every case of SEV-SNP: the suite's and the real reports. Where it says something
else than we do, DIFFERENCES says why, and docs/decisions/0057 with it; a difference that is gone is a failure, too.

Optional: it needs Go and the module in Go's cache (`go mod download` in go_sev_guest/), and is skipped without them."""
import base64, hashlib, json, pathlib, sys, tempfile, tomllib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bed import *
from peers import SUITE, ask, bare_document, compared, decoded, encoded, head, peer
REPORT_SIZE, TABLE_ENTRY = 1184, 24
GUIDS = {"63da758de6644564adc5f4b93be8accd": "vcek", "a8074bc2a25a483eaae639c045a0b8a1": "vlek",
         "4ab7b379bbac4fe4a02f05aef327c782": "ask", "c0b406a4a803495297433fb6014cd0ae": "ark"}

# What the peer lets pass and we do not, or the other way round, by the beginning of a case's name.
OF_NAMES = "under AMD's roots it has rules for names, products and key sizes; under a test root they cannot hold, and are not asked"
DIFFERENCES = {
    "sev-snp/ms-turin_attestation_report.bin": "it does not know Turin's extension for the FMC's version (1.3.6.1.4.1.3704.1.3.9)",
    "sev-snp-accepted-turin": "the same",
    "sev-snp/lunal-live-report-v5-genoa.bin": "it takes model 0xA0 of family 0x19 for no product; AMD's own chain calls this one Genoa",
    "sev-snp-certificate-authority-of-": OF_NAMES,
    "sev-snp-certificate-product": OF_NAMES,
    "sev-snp-certificate-rsa-2048": OF_NAMES,
    "sev-snp-malformed-processor-of-nobody": OF_NAMES,
    "sev-snp-crl-not-yet": "it does not look at when a list begins",
    "sev-snp-crl-of-genoa": "it holds a list against the root's key alone, and the test roots of all products share theirs",
    "sev-snp-crl-revoked-long-ago": "it takes one list",
    "sev-snp-malformed-mitigations-in-version-3": "it lets bytes that are reserved in version 3 be anything",
    "sev-snp-no-alias-check": "it cannot require a protection of the platform, only forbid what is not on its list",
    "sev-snp-signing-key-vlek": "it has no rule for the kind of key",
    "sev-snp-tcb-outdated-committed": "it holds reported and launch versions against the minimum, not committed ones",
}

# Where our form is at fault (a policy, a message, a certificate table, a platform's name), nothing can be asked of it.
OURS_ALONE = ("policy_invalid", "policy_empty", "platform_unknown", "mixed_roots")
OUR_FORMS = ("sev-snp-bare-truncated-table", "sev-snp-malformed-table-")


def table(data):
    out, at = {}, 0
    while any(data[at:at + TABLE_ENTRY]):
        guid, offset, size = data[at:at + 16].hex(), int.from_bytes(data[at + 16:at + 20], "little"), int.from_bytes(data[at + 20:at + 24], "little")
        for known, kind in GUIDS.items():
            if guid == known or bytes.fromhex(guid)[:4][::-1] + bytes.fromhex(guid)[4:6][::-1] + bytes.fromhex(guid)[6:8][::-1] + bytes.fromhex(guid)[8:] == bytes.fromhex(known):
                out.setdefault(kind, data[offset:offset + size].hex())
        at += TABLE_ENTRY
    return out


def host_data(evidence):
    models = sorted(bytes.fromhex(m["digest"]) for m in evidence.get("models", []))
    body = head(4, 3) + encoded("glovebox host data v1") + encoded(bytes.fromhex(evidence["configuration"]))
    return hashlib.sha256(body + head(4, len(models)) + b"".join(map(encoded, models))).hexdigest()


def question(folder):
    """What a case asks, in the peer's words; None where our form of message, bundle or policy is what is at fault."""
    case = json.loads((folder / "manifest.json").read_text())
    out = {"name": folder.name, "at": case["at"], "debug": False}
    data = (folder / case["evidence"]).read_bytes()
    try:
        policy = tomllib.loads((folder / case["policy"]).read_text())["evidence"]
        rules = policy["sev-snp"]
        data = bare_document(data, case, out)
        if data is None:
            return case, None
        out["report"] = data[:REPORT_SIZE].hex()
        certificates = table(data[REPORT_SIZE:]) if len(data) > REPORT_SIZE else {}
        authorities = [certificates["ask"]] if "ask" in certificates else []
        if case.get("collateral"):
            bundle, _ = decoded((folder / case["collateral"]).read_bytes())
            for c in (c[0] for c in bundle[1][0]):
                leaf = next((k for k in ("vcek", "vlek") if b"SEV-" + k.upper().encode() in c and b"SEV-VLEK-" not in c), None)
                if leaf:
                    certificates.setdefault(leaf, c.hex())
                else:
                    authorities.append(c.hex())
            out["crl"] = bundle[2][0][0][0].hex() if bundle[2][0] else ""
        out["ask"] = authorities
        out["vcek"], out["vlek"] = certificates.get("vcek", ""), certificates.get("vlek", "")
        root = policy["roots"][0]
        out["root"] = base64.b64decode(root["certificate"]).hex()
        out["revocation"] = "revocation" not in rules.get("unchecked", [])
        report = bytes.fromhex(out["report"])
        products = [m["product"] for m in rules.get("minimum_tcb", [])]
        if products:
            least = rules["minimum_tcb"][0]
            out["product"] = products[0]
            out["minimum"] = [least["bootloader"], least["tee"], least["snp"], least["microcode"]]
        measurements = [m["measurement"] for m in policy["measurements"] if "measurement" in m]
        out["measurement"] = report[0x90:0xC0].hex() if report[0x90:0xC0].hex() in measurements else measurements[0]
        if "chips" in rules:
            out["chip"] = report[0x1A0:0x1E0].hex() if report[0x1A0:0x1E0].hex() in rules["chips"] else rules["chips"][0]
        vmpl = int.from_bytes(report[0x30:0x34], "little")
        out["vmpl"] = vmpl if vmpl <= rules["maximum_vmpl"] else rules["maximum_vmpl"]
        out["no_smt"], out["single_socket"] = ("no-smt" in rules.get("require", [])), ("single-socket" in rules.get("require", []))
        if policy["profile"] == "glovebox":
            out["host_data"] = host_data(policy)
    except (KeyError, ValueError, IndexError, TypeError, AttributeError):
        return case, None
    return case, out


def der_of(path):
    data = path.read_bytes()
    blocks = [b.split(b"-----END CERTIFICATE-----")[0] for b in data.split(b"-----BEGIN CERTIFICATE-----")[1:]]
    return [base64.b64decode(b).hex() for b in blocks] or [data.hex()]


def real_questions():
    there = SHARED / "vectors"
    expected = json.loads((there / "EXPECTED.json").read_text())
    for name, known in expected.items():
        if not name.startswith("sev-snp/"):
            continue
        report = (there / name).read_bytes()
        leaf = der_of(there / "sev-snp" / known["endorsement_key"])[0]
        chain = [there / "sev-snp" / c for c in known["chain"]]
        if not all(c.exists() for c in chain):  # the same under another name
            chain = [there / "sev-snp" / f"lunal-genoa-{c}.der" for c in ("ask", "ark")]
        authority, root = (der_of(c)[0] for c in chain)
        kind = "vlek" if "VLEK" in known["ek_cn"] else "vcek"
        day = known["ek_validity"][0][:10]
        question = {"name": name, "report": report.hex(), kind: leaf, "ask": [authority], "root": root, "amd": True,
                    "at": f"{day[:8]}{min(int(day[8:]) + 2, 28):02}T12:00:00Z", "vmpl": int.from_bytes(report[0x30:0x34], "little")}
        if report[0] == 2:
            question["product"] = "Milan"
        yield question, "refused" if known["policy_bits"]["debug"] else "accepted"
        for other in ("lunal-test-vcek-invalid-legacy.der", "lunal-test-vcek-invalid-new.der"):
            if name == "sev-snp/lunal-test-report.bin":
                yield {**question, "name": f"{name} with {other}", "vcek": der_of(there / "sev-snp" / other)[0]}, "refused"
        flipped = bytearray(report)
        flipped[0x90] ^= 1
        yield {**question, "name": f"{name} with another measurement", "report": flipped.hex()}, "refused"


def test_the_suite():
    with tempfile.TemporaryDirectory() as at:
        wanted, questions, ours = {}, [], 0
        for manifest in sorted(SUITE.glob("sev-snp-*/manifest.json")):
            case, asked = question(manifest.parent)
            if asked is None or case["expected"] in OURS_ALONE or manifest.parent.name.startswith(OUR_FORMS):
                assert case["expected"] != "accepted", case
                ours += 1
                continue
            wanted[asked["name"]] = "accepted" if case["expected"] == "accepted" else "refused"
            questions.append(asked)
        wrong, used = compared(wanted, ask(peer(at, "go_sev_guest"), questions), DIFFERENCES)
        print(f"{len(questions)} cases asked, {ours} are of a form that is ours alone")
        unused = [p for p in DIFFERENCES if p not in used and not p.startswith("sev-snp/")]
        assert not wrong and not unused, "\n".join(wrong + [f"no difference any more: {p}" for p in unused])


def test_real_reports():
    needs((SHARED / "vectors").exists(), "needs the real evidence, which is not here")
    with tempfile.TemporaryDirectory() as at:
        pairs = list(real_questions())
        wrong, used = compared({q["name"]: expected for q, expected in pairs}, ask(peer(at, "go_sev_guest"), [q for q, _ in pairs]), DIFFERENCES)
        unused = [p for p in DIFFERENCES if p.startswith("sev-snp/") and p not in used]
        assert not wrong and not unused, "\n".join(wrong + [f"no difference any more: {p}" for p in unused])


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
