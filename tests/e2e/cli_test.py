#!/usr/bin/env python3
"""What a person meets who gives `glovebox` something wrong: every bad vector, hostile servers, wrong options, and files of
other kinds. Each must end with its one word, the exit code of that word's kind, what was found or expected, one JSON object
on standard output, and no file left behind."""
import contextlib, gzip, http.server, os, re, shutil, socket, stat, struct, subprocess, sys, tempfile, threading

from bed import *

VECTORS = SOURCE / "tests/vectors"
EXITS = ["done", "our_fault", "wrong_use", "input_refused", "evidence_refused", "release_refused", "answer_refused", "unreachable", "unsupported"]
EXIT_OF = {word: EXITS.index(kind) for word, kind in
           re.findall(r"X\((\w+), (\w+), \"", (SOURCE / "src/base/reject.h").read_text())}
CHILD = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="glovebox-cli-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def cli(*args, input=b"", cwd="/", env=None, timeout=60, name="glovebox"):
    done = subprocess.run([program(name), *map(str, args)], capture_output=True, input=input, cwd=cwd, env={**CHILD, **(env or {})}, timeout=timeout)
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def one_object(done):
    """Standard output as the one JSON object that it must be."""
    value, end = json.JSONDecoder().raw_decode(done.out)
    assert isinstance(value, dict) and not done.out[end:].strip(), done
    return value


def refused(word, *args, sent="nothing", **kwargs):
    """Runs a command that must end with `word`, for a script and for a person; returns the JSON object."""
    assert word in EXIT_OF, f"{word} is not in the vocabulary"
    done = cli("--json", *args, **kwargs)
    said = one_object(done)
    assert said["code"] == word and done.code == EXIT_OF[word], (word, args, done)
    assert list(said) == ["code", "found", "expected", "hint", "sent"] and said["sent"] == sent, done
    assert said["found"] or said["expected"], f"neither found nor expected is said: {args} {done}"
    assert not done.err, f"--json and something on standard error: {done}"
    text = cli(*args, **kwargs)
    assert text.code == done.code and f"error: {word}: " in text.err, (args, text)
    for label in ("found", "expected", "hint"):
        assert not said[label] or f"  {label:10}" in text.err, text
    return said


def expected_word(path):
    """NNN-WORD-why.kind or WORD-why.kind."""
    parts = re.split(r"[-.]", path.name)
    return parts[1] if parts[0].isdigit() else parts[0]


def vectors(area, *suffixes):
    found = sorted(p for p in (VECTORS / area).iterdir() if p.suffix in suffixes)
    assert found, area
    return found


# -- envelopes -------------------------------------------------------------------------------------------------------------
def secret_key(at):
    key = at / "key.secret"
    key.write_text((VECTORS / "envelope/key.txt").read_text())
    key.chmod(0o600)
    return key


def test_envelopes():
    bad = good = 0
    for path in vectors("envelope", ".gb"):
        with folder() as at:
            key, out = secret_key(at), at / "out" / "plain"
            out.parent.mkdir()
            word = expected_word(path)
            if word == "accept":
                done = cli("--json", "open", "-i", key, path, "-o", out)
                assert done.code == 0 and one_object(done)["code"] == "ok" and stat.S_IMODE(out.stat().st_mode) == 0o600, (path, done)
                good += 1
                continue
            refused(word, "open", "-i", key, path, "-o", out)
            assert not list(out.parent.iterdir()), f"{path.name} left {list(out.parent.iterdir())}"
            bad += 1
    assert bad >= 20 and good >= 3, (bad, good)


def test_every_shorter_envelope_is_refused_and_leaves_nothing():
    whole = (VECTORS / "envelope/000-accept-small.gb").read_bytes()
    with folder() as at:
        key, cut, out = secret_key(at), at / "cut.gb", at / "plain"
        for size in [*range(0, min(len(whole), 200), 40), len(whole) // 2, len(whole) - 17, len(whole) - 1]:
            cut.write_bytes(whole[:size])
            done = cli("--json", "open", "-i", key, cut, "-o", out)
            assert done.code == 3 and one_object(done)["code"] in ("envelope_truncated", "chunk_unauthentic"), (size, done)
            assert sorted(p.name for p in at.iterdir()) == ["cut.gb", "key.secret"], size


# -- evidence --------------------------------------------------------------------------------------------------------------
def test_evidence():
    at = VECTORS / "evidence"
    common = ["--policy", at / "policy.toml", "--at", (at / "time.txt").read_text().strip()]
    nonce = (at / "nonce.txt").read_text().strip()
    count = 0
    for path in vectors("evidence", ".cbor"):
        word = expected_word(path)
        args = ["attest", "verify", path, *common, "--nonce", nonce]
        if word == "accepted":
            result = one_object(cli("--json", *args))
            assert result["submods"]["enclave"]["ear.status"], result
            continue
        refused(word, *args)
        count += 1
    assert count >= 20, count
    good = at / "accepted.cbor"
    refused("nonce_mismatch", "attest", "verify", good, *common, "--nonce", "00" * 32)
    refused("usage", "attest", "verify", good, *common)
    refused("certificate_expired", "attest", "verify", good, "--policy", at / "policy.toml", "--nonce", nonce, "--at", "2036-01-01T00:00:00Z")


def test_evidence_kept_with_a_receipt():
    """A receipt is worth what the evidence beside it is worth."""
    at = VECTORS / "evidence"
    receipt = (VECTORS / "protocol/011-accept-receipt.receipt").read_bytes()
    with folder() as here:
        kept = here / "receipt.bin"
        args = ["receipt", "verify", kept, "--policy", at / "policy.toml", "--at", (at / "time.txt").read_text().strip()]
        for path in vectors("evidence", ".cbor"):
            word = expected_word(path)
            if word == "nonce_mismatch":  # nobody else knows which nonce the client chose
                continue
            kept.write_bytes(b"\x83" + cbor(0x60, b"glovebox kept receipt v1") + cbor(0x40, receipt) + cbor(0x40, path.read_bytes()))
            refused("receipt_invalid" if word == "accepted" else word, *args)  # the vector's receipt is of another enclave
        for path in vectors("protocol", ".receipt"):
            if expected_word(path) == "receipt_invalid":
                kept.write_bytes(b"\x83" + cbor(0x60, b"glovebox kept receipt v1") + cbor(0x40, path.read_bytes()) + cbor(0x40, (at / "accepted.cbor").read_bytes()))
                refused("receipt_invalid", *args)
        kept.write_bytes(receipt)  # a bare receipt, without what proves its key
        assert one_object(cli("--json", *args))["code"] in ("malformed", "type_unsupported", "version_unsupported")


def cbor(major, data):
    size = len(data)
    return (bytes([major | 24, size]) if 24 <= size < 256 else bytes([major | 25]) + struct.pack(">H", size) if size >= 256 else bytes([major | size])) + data


def nitro_policy(known, profile):
    """A policy that lists exactly the document's own measurement; for a debug document, whose registers are zero, some other."""
    pcrs = known["pcr_nonzero"]
    text = f'[evidence]\nprofile = "{profile}"\nplatforms = ["nitro"]\nfreshness_seconds = 300\n'
    if profile == "glovebox":
        text += f'kems = ["x-wing"]\nconfiguration = "{"01" * 32}"\n'
    root = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b"
    text += f'[[evidence.roots]]\nname = "AWS Nitro Enclaves G1"\nsha256 = "{root}"\n[[evidence.measurements]]\nversion = "theirs"\nroot = "{root}"\n'
    text += "".join(f'pcr{i} = "{pcrs.get(str(i), "01" * 48)}"\n' for i in range(3))
    if profile == "glovebox":
        text += f'[[evidence.models]]\nname = "m"\ndigest = "{"01" * 32}"\n'
    return text


def test_real_nitro_documents():
    everything = SHARED / "vectors/EXPECTED.json"
    needs(everything.exists(), "needs the real Nitro documents, which are not here")
    count = {"accepted": 0, "debug_enclave": 0, "evidence_signature_invalid": 0}
    for file, known in sorted(json.loads(everything.read_text()).items()):
        if not file.startswith("nitro/"):
            continue
        path = SHARED / "vectors" / file
        then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(known["timestamp_ms"] // 1000))
        if known["timestamp_ms"] % 1000:  # never before the document's own moment
            then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(known["timestamp_ms"] // 1000 + 1))
        word = "evidence_signature_invalid" if known["cose_signature"] != "ok" else "debug_enclave" if known["debug_mode"] else "accepted"
        count[word] += 1
        with folder() as at:
            none, glovebox = at / "none.toml", at / "glovebox.toml"
            none.write_text(nitro_policy(known, "none"))
            glovebox.write_text(nitro_policy(known, "glovebox"))
            args = ["attest", "verify", path, "--policy", none]
            if word == "accepted":
                result = one_object(cli("--json", *args, "--at", then))
                assert result["submods"]["enclave"]["ear.status"] == "warning", result  # models, keys, nonce: unchecked, and said
                shown = cli(*args, "--at", then)
                assert shown.code == 0 and "theirs" in shown.out, shown
            else:
                refused(word, *args, "--at", then)
            refused("certificate_expired", *args)  # now
            refused("pcr_absent" if word == "accepted" else word, "attest", "verify", path, "--policy", glovebox, "--at", then)
            shown = cli("attest", "show", path)
            assert shown.code == 0 and known["module_id"] in shown.out and "Nothing below is verified" in shown.out, shown
    assert count["accepted"] >= 5 and count["debug_enclave"] >= 5 and count["evidence_signature_invalid"] >= 1, count


# -- policies --------------------------------------------------------------------------------------------------------------
def test_policies():
    bad = vectors("policy", ".toml")
    for path in bad:
        refused(expected_word(path), "policy", "check", path)
        # and wherever a policy is read
        refused(expected_word(path), "attest", "verify", VECTORS / "evidence/accepted.cbor", "--policy", path, "--nonce", "77" * 32)
        refused(expected_word(path), "info", "--server", "http://127.0.0.1:1", "--policy", path)
    assert len(bad) >= 20
    assert cli("policy", "check", VECTORS / "evidence/policy.toml").code == 0


# -- models ----------------------------------------------------------------------------------------------------------------
STUMP_MANIFEST = """name = "stump"
version = "1"
description = "One tree, for tests."
build = "GRCh37"
coverage_gate = 0.5
sites_public = true
output = "probability of nothing"
licence = "CC0-1.0"
intended_use = "tests"
not_medical_device = "Not a medical device."
simulated = ["everything"]
"""
FEATURES_HEADER = "name\tkind\tbuild\tchromosome\tposition\teffect_allele\tother_allele\treference_allele\tunit\tmin\tmax\tlevels\tmissing\n"


def variant(name, chromosome, position, effect, other, reference):
    return f"{name}\tvariant\tGRCh37\t{chromosome}\t{position}\t{effect}\t{other}\t{reference}\t.\t.\t.\t.\tnan\n"


def stump_model(at, *features):
    """A bundle of the one-tree model over two variants."""
    features = features or (variant("f0", "1", 100, "G", "A", "A"), variant("f1", "1", 200, "G", "A", "A"))
    (at / "manifest.toml").write_text(STUMP_MANIFEST)
    (at / "features.tsv").write_text(FEATURES_HEADER + "".join(features))
    out = at / "stump.glovebox"
    done = pack(at, VECTORS / "model/stump.json", out)
    assert done.code == 0, done
    return out


def pack(at, weights, out, manifest=None, features=None):
    return cli("--json", "model", "pack", "--manifest", manifest or at / "manifest.toml", "--features", features or at / "features.tsv", weights, "-o", out)


def test_models():
    count = 0
    for path in vectors("model/bad", ".json", ".ubj", ".model", ".txt"):
        with folder() as at:
            stump_model(at)
            out = at / "out.glovebox"
            args = ["model", "pack", "--manifest", at / "manifest.toml", "--features", at / "features.tsv", path, "-o", out]
            refused(expected_word(path), *args)
            assert not out.exists() and not [p for p in at.iterdir() if ".new" in p.name], path
            count += 1
    assert count >= 40, count


def test_bundles():
    count = 0
    for path in vectors("bundle/bad", ".toml", ".tsv"):
        with folder() as at:
            out = at / "out.glovebox"
            given = {"manifest": VECTORS / "bundle/manifest.toml", "features": VECTORS / "bundle/features.tsv"}
            given["manifest" if path.suffix == ".toml" else "features"] = path
            refused(expected_word(path), "model", "pack", "--manifest", given["manifest"], "--features", given["features"],
                    VECTORS / "model/logistic-ubj.ubj", "-o", out)
            assert not list(at.iterdir()), path
            count += 1
    assert count >= 20, count


def test_a_bundle_that_is_cut_or_changed():
    with folder() as at:
        bundle = stump_model(at)
        vcf = VECTORS / "vcf/accepted.vcf"
        whole = bundle.read_bytes()
        shown = one_object(cli("--json", "model", "show", bundle))
        assert shown["name"] == "stump"
        for size in (0, 1, 40, len(whole) // 2, len(whole) - 1):
            bundle.write_bytes(whole[:size])
            for args in (["model", "show", bundle], ["check", vcf, "--model", bundle, "--absent", "missing"]):
                assert refused_as(3, *args) in ("truncated", "bundle_malformed", "malformed"), size
        bundle.write_bytes(whole + b"x")
        assert refused_as(3, "model", "show", bundle) in ("trailing_bytes", "bundle_malformed")
        bundle.write_bytes((VECTORS / "model/stump.json").read_bytes())  # the weights alone, which is what people will try first
        assert refused_as(3, "model", "show", bundle) in ("bundle_malformed", "malformed")


def refused_as(kind, *args):
    """As refused, for those cases where more than one word is right: returns the word."""
    done = cli("--json", *args)
    said = one_object(done)
    assert done.code == kind == EXIT_OF[said["code"]] and said["sent"] == "nothing", done
    return said["code"]


# -- genomes ---------------------------------------------------------------------------------------------------------------
def test_genomes():
    bad = 0
    with folder() as at:
        bundle = stump_model(at)
        for path in sorted((VECTORS / "vcf").iterdir()):
            word = expected_word(path)
            if path.name == "README.md":
                continue
            args = [path, "--model", bundle, "--build", "GRCh37", "--absent", "missing"]
            if word == "accepted":
                checks = one_object(cli("--json", "check", *args))["checks"]
                assert checks[0]["id"] == "S1" and checks[0]["asked"] == 2, checks
                continue
            said = refused(word, "check", *args)
            refused(word, "features", *args, "-o", at / "out.tsv")
            assert not (at / "out.tsv").exists()
            if word in ("vcf_malformed", "vcf_unsorted"):
                assert "line " in said["found"], (path, said)
            bad += 1
    assert bad >= 30, bad


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
