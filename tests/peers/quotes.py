"""Cases of TDX and SGX in the words of any other verifier of quotes: Intel's service's, and those of its libraries."""
import base64, hashlib, json, tomllib

from bed import SHARED
from peers import bare_document, decoded, encoded, head

THERE = SHARED / "vectors/intel"

# Where our form is at fault (a policy, a message, a platform's name), nothing can be asked of anybody else.
OURS_ALONE = ("policy_invalid", "policy_empty", "platform_unknown", "mixed_roots")


def config_id(evidence):
    models = sorted(bytes.fromhex(m["digest"]) for m in evidence.get("models", []))
    body = head(4, 3) + encoded("glovebox host data v1") + encoded(bytes.fromhex(evidence["configuration"]))
    return hashlib.sha384(body + head(4, len(models)) + b"".join(map(encoded, models))).hexdigest()


def collateral(data, tee, out):
    """A bundle in the words of Intel's service: of several documents or signers, as of one address, the first."""
    bundle, end = decoded(data)
    if end != len(data):
        raise ValueError("more behind it")
    parts = [[item[0] for item in part[0]] for part in bundle[1:]]
    out["certificates"] = [der.hex() for der in parts[0]]
    for der in parts[0]:
        if b"Intel SGX TCB Signing" in der:
            out.setdefault("signer", der.hex())
    out["lists"] = [der.hex() for der in parts[1]]
    for text in parts[2] if len(parts) > 2 else []:
        kind = "tcb" if text.startswith(b'{"tcbInfo"') else "identity"
        of_tdx = b'"id":"TDX"' in text or b'"id":"TD_QE"' in text
        if of_tdx == (tee == "tdx"):
            out.setdefault(kind, text.decode())


def question(folder, tee):
    """What a case asks; None where our form of message, bundle or policy is what is at fault."""
    case = json.loads((folder / "manifest.json").read_text())
    out = {"name": folder.name, "at": case["at"]}
    data = (folder / case["evidence"]).read_bytes()
    try:
        policy = tomllib.loads((folder / case["policy"]).read_text())["evidence"]
        rules = policy[tee]
        data = bare_document(data, case, out)
        if data is None:
            return case, None
        out["quote"] = data.hex()
        if case.get("collateral"):
            collateral((folder / case["collateral"]).read_bytes(), tee, out)
        out["root"] = base64.b64decode(policy["roots"][0]["certificate"]).hex()
        out["revocation"] = "revocation" not in rules.get("unchecked", [])
        out["documents"] = "tcb" not in rules.get("unchecked", [])
        out["statuses"] = rules.get("statuses", [])
        if tee == "tdx":
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


def real_set(quote, file):
    """A real quote with the documents of its time, in the form of file that several verifiers share."""
    said = json.loads((THERE / file).read_text())
    signer, root = pem(said["tcb_info_issuer_chain"])
    document = lambda member, key: f'{{"{member}":{said[key]},"signature":"{said[key + "_signature"]}"}}'  # noqa: E731
    return {"quote": (THERE / quote).read_bytes().hex(), "signer": signer, "root": root, "documents": True, "revocation": True,
            "tcb": document("tcbInfo", "tcb_info"), "identity": document("enclaveIdentity", "qe_identity"),
            "lists": [said["root_ca_crl"], said["pck_crl"]]}
