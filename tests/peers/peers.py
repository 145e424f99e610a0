"""What the tests of peers share: our message's form, a program that is asked one line a case, and differences."""
import hashlib, json, os, pathlib, shutil, subprocess, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from bed import SOURCE, needs

HERE = pathlib.Path(__file__).resolve().parent
SUITE = SOURCE / "tests/vectors/attestation"


def decoded(data, at=0):
    """One item of definite CBOR: (value, end). Arrays keep where their items stand, as (value, begin, end)."""
    major, small = data[at] >> 5, data[at] & 31
    at += 1
    if small < 24:
        n = small
    elif small < 28:
        size = 1 << (small - 24)
        n, at = int.from_bytes(data[at:at + size], "big"), at + size
    else:
        raise ValueError("indefinite")
    if major == 0:
        return n, at
    if major in (2, 3):
        if at + n > len(data):
            raise ValueError("cut")
        return data[at:at + n], at + n
    if major == 4:
        items = []
        for _ in range(n):
            begin = at
            value, at = decoded(data, at)
            items.append((value, begin, at))
        return items, at
    if major == 7:
        return None, at
    raise ValueError(f"major {major}")


def head(major, n):
    for limit, code in ((24, None), (1 << 8, 24), (1 << 16, 25), (1 << 32, 26)):
        if n < limit:
            return bytes([major << 5 | n]) if code is None else bytes([major << 5 | code]) + n.to_bytes(1 << (code - 24), "big")


def encoded(value):
    return head(3, len(value)) + value.encode() if isinstance(value, str) else head(2, len(value)) + value


def binding(message, items):
    """docs/spec/evidence.md: what the report data of evidence for this message must be."""
    raw = lambda i: message[items[i][1]:items[i][2]]  # noqa: E731
    label = "glovebox binding v1"
    return hashlib.sha512(head(4, 5) + encoded(label) + raw(2) + raw(3) + encoded(hashlib.sha256(raw(4)).digest()) + raw(5)).digest()


def bare_document(data, case, out):
    """The document in a case's evidence, as it is, in a message of ours or in a conceptual one; what its report data must be goes to out.
    None where it is the message's own promise that is at fault, which no document can show."""
    if data[:1] == b"\x86":
        items, end = decoded(data)
        if end != len(data):
            return None
        out["report_data"] = binding(data, items).hex()
        if case.get("nonce") and items[3][0].hex() != case["nonce"] or case.get("purpose", items[2][0].decode()) != items[2][0].decode():
            return None
        return items[1][0][1][0]
    if case.get("nonce"):
        out["report_data"] = case["nonce"].ljust(128, "0")
    return decoded(data)[0][1][0] if data[:1] in (b"\x83", b"\x82") else data


def peer(folder, module):
    """Builds tests/peers/MODULE with what Go has in its cache; nothing is fetched."""
    go = shutil.which("go") or (pathlib.Path("/usr/local/go/bin/go").exists() and "/usr/local/go/bin/go")
    needs(go, "needs Go, which is not here")
    source, built = pathlib.Path(folder) / "source", pathlib.Path(folder) / "peer"
    shutil.copytree(HERE / module, source)
    environment = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
    done = subprocess.run([go, "build", "-o", built, "."], cwd=source, env=environment, capture_output=True, timeout=600)
    needs(done.returncode == 0, f"needs the module of {module} in Go's cache: " + done.stderr.decode()[:200].replace("\n", " "))
    return built


def ask(command, questions):
    done = subprocess.run(command, input="".join(json.dumps(q) + "\n" for q in questions).encode(), capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    answers = (line for line in done.stdout.decode().splitlines() if line.startswith("{"))  # a library's log is between them
    return {said["name"]: said for said in map(json.loads, answers)}


def compared(wanted, said, differences):
    wrong, used = [], set()
    for name, expected in wanted.items():
        agrees = said[name]["verdict"] == expected
        prefix = next((p for p in differences if name.startswith(p)), None)
        if not agrees and prefix is None:
            wrong.append(f"{name}: we say {expected}, it says {said[name]['verdict']}: {said[name].get('why', '')[:160]}")
        if not agrees and prefix is not None:
            used.add(prefix)
    return wrong, used
