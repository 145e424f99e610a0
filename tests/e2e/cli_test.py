#!/usr/bin/env python3
"""What a person meets who gives `glovebox` something wrong: every bad vector, hostile servers, wrong options, and files of
other kinds. Each must end with its one word, the exit code of that word's kind, what was found or expected, one JSON object
on standard output, and no file left behind."""
import contextlib, gzip, http.server, os, re, shutil, socket, ssl, stat, struct, subprocess, sys, tempfile, threading

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


def test_open_that_is_killed_leaves_no_plaintext():
    with folder() as at:
        try:
            os.close(os.open(at, os.O_TMPFILE | os.O_WRONLY))
        except OSError:
            raise Skip("needs a file system with files that have no name") from None
        key, out = secret_key(at), at / "out"
        out.mkdir()
        (at / "plain").write_bytes(os.urandom(1 << 20) * 8)
        assert cli("seal", "-r", key, at / "plain", "-o", at / "sealed").code == 0
        sealed = (at / "sealed").read_bytes()
        for kill in (signal.SIGKILL, signal.SIGINT):
            p = subprocess.Popen([program("glovebox"), "open", "-i", str(key), "-", "-o", str(out / "plain")], stdin=subprocess.PIPE, env=CHILD)
            p.stdin.write(sealed[: 6 << 20])
            p.stdin.flush()
            wait_for(lambda: written(p.pid) > 1 << 20, 20, "some plaintext is written")
            assert not list(out.iterdir())  # and nothing of it has a name
            p.send_signal(kill)
            p.wait(20)
            p.stdin.close()
            assert not list(out.iterdir())
        (out / "plain").write_text("older")
        assert cli("open", "-i", key, at / "sealed", "-o", out / "plain").code == 0
        assert (out / "plain").read_bytes() == (at / "plain").read_bytes() and [p.name for p in out.iterdir()] == ["plain"]


def written(pid):
    return int(re.search(r"wchar: (\d+)", pathlib.Path(f"/proc/{pid}/io").read_text()).group(1))


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
            assert result["code"] == "ok" and result["submods"]["enclave"]["ear.status"], result
            continue
        refused(word, *args)
        count += 1
    assert count >= 20, count
    good = at / "accepted.cbor"
    refused("nonce_mismatch", "attest", "verify", good, *common, "--nonce", "00" * 32)
    refused("usage", "attest", "verify", good, *common)
    refused("usage", "attest", "verify", good, *common, "--nonce", "xyz")
    refused("usage", "attest", "verify", good, "--policy", at / "policy.toml", "--nonce", nonce, "--at", "yesterday")
    refused("purpose_mismatch", "attest", "verify", good, *common, "--nonce", nonce, "--purpose", "release")
    shown = one_object(cli("--json", "attest", "show", good))
    assert shown["verified"] is False and shown["evidence"]["nonce"] == nonce, shown
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
            refused(word if word == "evidence_signature_invalid" else "pcr_absent", "attest", "verify", path, "--policy", glovebox, "--at", then)
            shown = cli("attest", "show", path)
            assert shown.code == 0 and known["module_id"] in shown.out and "Nothing below is verified" in shown.out, shown
            assert one_object(cli("--json", "attest", "show", path))["document"]["module"] == known["module_id"]
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
    assert "glovebox policy new" in refused("policy_empty", "policy", "check", VECTORS / "bundle/manifest.toml")["hint"]
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
    genomic = any("\tvariant\t" in line for line in features)
    (at / "manifest.toml").write_text(STUMP_MANIFEST if genomic else STUMP_MANIFEST.replace("GRCh37", "none"))
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
            word = "model_malformed" if "list-bomb" in path.name else expected_word(path)  # `pack` tells the format by the first byte: here JSON's [
            args = ["model", "pack", "--manifest", at / "manifest.toml", "--features", at / "features.tsv", path, "-o", out]
            refused(word, *args)
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


def test_a_model_shows_the_values_it_needs():
    with folder() as at:
        bundle = stump_model(at, "age\tvalue\t.\t.\t.\t.\t.\t.\tyears\t0\t120\t.\trefuse\n", "smoker\tvalue\t.\t.\t.\t.\t.\t.\t.\t.\t.\tno|yes\tnan\n")
        assert one_object(cli("--json", "model", "show", bundle))["values"][0] == {"name": "age", "unit": "years", "levels": [], "required": True, "min": 0, "max": 120}
        shown = cli("model", "show", bundle).out
        assert "value         age: years, 0 to 120, required\n" in shown and "value         smoker: one of no | yes\n" in shown, shown
        table = at / "table.csv"
        for word, text in {"value_missing": "age,smoker\n,no\n", "value_out_of_range": "age,smoker\n130,no\n", "value_unknown": "age,smoker\n30,often\n",
                           "table_malformed": "age,smoker\n30\n"}.items():
            table.write_text(text)
            assert "row" in str(said := refused(word, "check", table, "--model", bundle)) or "line" in str(said), said
        table.write_text("age,smoker\n30,no\n")
        assert cli("check", table, "--model", bundle).code == 0
        for extra in (["--sample", "S1"], ["--all"], ["--build", "GRCh37"], ["--absent", "homref"], ["--input-kind", "panel"]):
            assert "and a table" in refused("usage", "check", table, "--model", bundle, *extra)["found"]


def test_a_bundle_that_is_cut_or_changed():
    with folder() as at:
        bundle = stump_model(at)
        vcf = VECTORS / "vcf/accepted.vcf"
        whole = bundle.read_bytes()
        shown = one_object(cli("--json", "model", "show", bundle))
        assert shown["name"] == "stump" and shown["variants"] == 2 and shown["values"] == []
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
                assert one_object(cli("--json", "check", *args, "--reference-reader"))["checks"] == checks
                continue
            said = refused(word, "check", *args)
            assert refused(word, "check", *args, "--reference-reader") == said
            refused(word, "features", *args, "-o", at / "out.tsv")
            assert not (at / "out.tsv").exists()
            if word in ("vcf_malformed", "vcf_unsorted"):
                assert said["found"].startswith(f"{path}, line "), (path, said)
            bad += 1
    assert bad >= 30, bad


def test_readers_and_threads_say_the_same():
    """The reader that everything uses, by one thread and by several, and the reference: `check` and the table of features."""
    needs(CHR22.exists(), "needs chr22.vcf.gz of the Debian package r-bioc-variantannotation")
    with folder() as at:
        sites = [row for row in (line.split("\t", 5)[:5] for line in gzip.open(CHR22, "rt") if line[0] != "#") if len(row[3]) == len(row[4]) == 1]
        bundle = stump_model(at, *(variant(f"f{i}", "22", position, alt, ref, ref) for i, (_, position, _, ref, alt) in enumerate((sites[100], sites[-100]))))
        args = [CHR22, "--all", "--model", bundle, "--build", "GRCh37", "--absent", "missing"]
        for command in ("check", "features"):
            said = {more: cli("--json", command, *args, *more) for more in ((), ("--threads", "1"), ("--threads", "5"), ("--reference-reader",))}
            assert all(done.code == 0 for done in said.values()), said
            assert len({done.out for done in said.values()}) == 1, said
        refused("usage", "check", *args, "--threads", "0")
        refused("usage", "check", *args, "--threads", "65")
        args[1] = "--all-samples"
        for command in ("check", "features"):
            assert "--all-samples" in refused("usage", command, *args, "--reference-reader")["found"]


OTHER_KINDS = {
    "genome.bcf": (b"BCF\x02\x02" + bytes(40), "bcftools view"),
    "genome-in-bgzf.bcf": (gzip.compress(b"BCF\x02\x02" + bytes(40)), "bcftools view"),
    "genome.bed": (b"\x6c\x1b\x01" + bytes(40), "plink2 --bfile"),
    "genome.txt": (b"# This data file generated by 23andMe at: Mon Jan 01 2018\n# rsid\tchromosome\tposition\tgenotype\nrs1\t1\t100\tAG\n", "bcftools convert --tsv2vcf"),
    "genome.fa": (b">chr1\nACGTACGT\n", "call variants"),
    "genome.zip": (b"PK\x03\x04" + bytes(40), "unzip"),
    "reads.fastq": (b"@read1\nACGT\n+\nIIII\n", "align"),
    "reads.bam": (gzip.compress(b"BAM\x01" + bytes(40)), "bcftools mpileup"),
}


def test_files_of_another_kind_are_refused_with_the_command_that_converts():
    with folder() as at:
        bundle = stump_model(at)
        for name, (content, command) in OTHER_KINDS.items():
            (at / name).write_bytes(content)
            said = refused("type_unsupported", "check", at / name, "--model", bundle, "--build", "GRCh37", "--absent", "missing")
            assert command in said["hint"], (name, said)
        said = refused("type_unsupported", "check", "-", "--model", bundle, "--build", "GRCh37", "--absent", "missing", input=OTHER_KINDS["genome.bcf"][0])
        assert "bcftools view" in said["hint"], said


HEADER = "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"


def test_undeclared_absence_is_counted_before_anything_is_sent():
    with folder() as at:
        bundle = stump_model(at, variant("f0", "1", 100, "G", "A", "A"), variant("f1", "1", 200, "G", "A", "A"))
        lines = "1\t100\t.\tA\tG\t.\tPASS\t.\tGT\t0/1\n"
        (at / "one.vcf").write_text(HEADER + "S1\n" + lines)
        (at / "both.vcf").write_text(HEADER + "S1\n" + lines + "1\t200\t.\tA\tG\t.\tPASS\t.\tGT\t0/0\n")
        for command in (["check", at / "one.vcf", "--model", bundle], ["features", at / "one.vcf", "--model", bundle]):
            said = refused("absence_undeclared", *command)
            assert said["found"] == "no record at 1 of 2 model sites" and said["expected"] == "--absent", said
            assert "`homref`" in said["hint"] and "`missing`" in said["hint"] and "gVCF" in said["hint"], said
        text = cli("check", at / "one.vcf", "--model", bundle)
        assert text.err.rstrip().endswith("nothing was sent"), text
        assert cli("check", at / "both.vcf", "--model", bundle).code == 0  # nothing is absent: nothing to declare
        for policy in ("homref", "missing"):
            assert cli("check", at / "one.vcf", "--model", bundle, "--absent", policy).code == 0, policy


def test_what_a_file_says_reaches_no_terminal_as_an_order():
    with folder() as at:
        bundle = stump_model(at)
        for hostile in (b"E\x1b[31mvil", b"C1\xc2\x9b31m", b"latin-\xe9"):
            (at / "x.vcf").write_bytes(HEADER.encode() + hostile + b"\n1\t100\t.\tA\tG\t.\tPASS\t.\tGT\t0/1\n")
            args = ["check", at / "x.vcf", "--model", bundle, "--absent", "missing"]
            one_object(cli("--json", *args))
            for said in (cli(*args), cli("check", at / "x.vcf", "--model", bundle, "--sample", "N\x1b[1mo"), cli("policy", "check", at / "no\x1b[1mfile")):
                assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", said.out + said.err), said
            one_object(cli("--json", "policy", "check", os.fsencode(at) + b"/" + hostile))


# -- use -------------------------------------------------------------------------------------------------------------------
def test_wrong_use():
    vcf = VECTORS / "vcf/accepted.vcf"
    with folder() as at:
        bundle = stump_model(at)
        policy = VECTORS / "evidence/policy.toml"
        for args in ([], ["frobnicate"], ["score"], ["check"], ["check", vcf], ["attest"], ["policy"], ["model"], ["receipt"],
                     ["check", vcf, "--model", bundle, "--colour", "red"],
                     ["check", vcf, "--model", bundle, "--build", "hg19"],
                     ["check", vcf, "--model", bundle, "--absent", "maybe"],
                     ["check", vcf, "--model", bundle, "--input-kind", "exome"],
                     ["check", vcf, "--model", bundle, "--sample", "S1", "--all"],
                     ["check", vcf, "--model", bundle, "--set", "age"],
                     ["check", vcf, "--model", bundle, "--set", "age=1", "--set", "age=2"],
                     ["score", vcf], ["score", vcf, "--server", "http://127.0.0.1:1"],
                     ["score", vcf, "--server", "gopher://127.0.0.1", "--policy", policy],
                     ["score", vcf, "--server", "http://127.0.0.1:1", "--policy", policy, "--timeout", "0"],
                     ["score", vcf, "--server", "http://127.0.0.1:1", "--policy", policy, "--retries", "9"],
                     ["info"], ["open", vcf], ["seal", vcf], ["receipt", "verify", vcf],
                     ["attest", "verify", vcf], ["model", "pack", vcf], ["policy", "new"]):
            said = refused("usage", *args, cwd=at)
            assert EXIT_OF[said["code"]] == 2
        key = at / "k"
        cli("keygen", "-o", key)
        for args in (["keygen"], ["open", "-i", key, vcf], ["seal", "-r", key, vcf], ["score", vcf, "-o", "-"]):  # two things on one standard output
            assert refused_as(2, *args) == "usage"
        assert "glovebox check --help" in one_object(cli("--json", "check"))["hint"]
        for args in (["check", "missing.vcf", "--model", bundle], ["check", at, "--model", bundle], ["check", vcf, "--model", "missing.glovebox"],
                     ["check", vcf, "--model", at], ["policy", "check", "missing.toml"], ["policy", "check", at], ["attest", "show", "missing"],
                     ["attest", "verify", "missing", "--policy", policy], ["model", "show", at], ["model", "show", "missing"],
                     ["open", "-i", "missing.key", "missing.gb", "-o", "x"], ["receipt", "verify", "missing", "--policy", policy],
                     ["score", vcf, "--server", "http://127.0.0.1:1", "--policy", "missing.toml"],
                     ["info", "--server", "http://127.0.0.1:1", "--policy", at]):
            refused("file_unreadable", *args, cwd=at)
        scoring = ["score", vcf, "--server", "http://127.0.0.1:1", "--policy", policy]  # before a use is spent on it
        for args in (["keygen", "-o", "no/such/folder/me.key"], [*scoring, "-o", "no/s.tsv"], [*scoring, "--html", "no/r.html"], [*scoring, "--receipt", at], ["features", vcf, "--model", bundle, "--absent", "missing", "-o", "no/such/folder/f.tsv"]):
            refused("file_unwritable", *args, cwd=at)
        assert cli("--version").out.startswith("glovebox ") and cli("--help").code == 0


def test_a_full_disk_is_no_success():
    needs(os.path.exists("/dev/full"), "needs /dev/full")
    with folder() as at, open("/dev/full", "wb") as full:
        bundle = stump_model(at)
        for args in (["keygen"], ["model", "show", bundle], ["--json", "model", "show", bundle],
                     ["features", VECTORS / "vcf/accepted.vcf", "--model", bundle, "--absent", "missing"],
                     ["seal", "-r", VECTORS / "envelope/key.txt", bundle]):
            done = subprocess.run([program("glovebox"), *map(str, args)], stdout=full, stderr=subprocess.PIPE, env=CHILD, timeout=60)
            assert done.returncode == 2 and b"public key" not in done.stderr, (args, done)


def test_keys():
    with folder() as at:
        key = at / "me.key"
        made = one_object(cli("--json", "keygen", "-o", key))
        assert stat.S_IMODE(key.stat().st_mode) == 0o600 and made["public_key"].startswith("glovebox-key-1:"), made
        before = key.read_bytes()
        refused("file_unwritable", "keygen", "-o", key)  # never overwritten
        assert key.read_bytes() == before and [p.name for p in at.iterdir()] == ["me.key"]
        printed = cli("keygen")
        assert printed.code == 0 and "GLOVEBOX-SECRET-KEY-1:" in printed.out and "SECRET" not in printed.err, printed.err
        (at / "plain").write_bytes(os.urandom(300_000))
        for extra in ([], ["--pad"]):
            for recipient in (key, made["public_key"]):
                done = cli("seal", "-r", recipient, at / "plain", *extra, "-o", at / "sealed")  # the option takes one value, not the input too
                assert done.code == 0, done
                assert cli("open", "-i", key, at / "sealed", "-o", at / "opened").code == 0
                assert (at / "opened").read_bytes() == (at / "plain").read_bytes() and stat.S_IMODE((at / "opened").stat().st_mode) == 0o600
        other = at / "other.key"
        cli("keygen", "-o", other)
        refused("no_matching_recipient", "open", "-i", other, at / "sealed", "-o", at / "stolen")
        refused("key_invalid", "open", "-i", VECTORS / "vcf/accepted.vcf", at / "sealed", "-o", at / "stolen")
        refused("key_invalid", "seal", "-r", "glovebox-key-1:AAAA", at / "plain", "-o", at / "stolen")
        refused("key_invalid", "seal", "-r", VECTORS / "vcf/accepted.vcf", at / "plain", "-o", at / "stolen")
        assert not (at / "stolen").exists()


def test_configuration_file():
    vcf = VECTORS / "vcf/accepted.vcf"
    with folder() as at:
        env = {"XDG_CONFIG_HOME": str(at)}
        config = at / "glovebox/config.toml"
        config.parent.mkdir()
        refused("usage", "info", env=env)
        config.write_text('server = "http://127.0.0.1:1"\n')
        refused("unreachable", "info", env=env)
        refused("usage", "score", vcf, env=env)  # and no policy
        config.write_text(f'server = "http://127.0.0.1:1"\npolicy = "{VECTORS}/policy/policy_invalid-zero-pcr.toml"\n')
        refused("policy_invalid", "info", env=env)
        refused("policy_invalid", "score", vcf, env=env)
        refused("unreachable", "info", "--policy", VECTORS / "evidence/policy.toml", env=env)  # the command line stands above it
        home = at / "home/.config/glovebox"
        home.mkdir(parents=True)
        (home / "config.toml").write_text('server = "http://127.0.0.1:1"\n')
        refused("unreachable", "info", env={"HOME": str(at / "home")})
        for bad in ("server = 1\n", 'colour = "red"\n', "server = \n", "[server]\n"):
            config.write_text(bad)
            refused("config_invalid", "info", env=env)


def test_json_of_what_succeeds_is_one_object():
    with folder() as at:
        bundle = stump_model(at)
        vcf = VECTORS / "vcf/accepted.vcf"
        for args in (["check", vcf, "--model", bundle, "--absent", "missing"], ["model", "show", bundle], ["keygen", "-o", at / "k"],
                     ["policy", "check", VECTORS / "evidence/policy.toml"], ["attest", "show", VECTORS / "evidence/accepted.cbor"],
                     ["features", vcf, "--model", bundle, "--absent", "missing"], ["features", vcf, "--model", bundle, "--absent", "missing", "-o", at / "f.tsv"],
                     ["seal", "-r", at / "k", vcf, "-o", at / "sealed"], ["open", "-i", at / "k", at / "sealed", "-o", at / "opened"]):
            done = cli("--json", *args)
            assert done.code == 0 and one_object(done)["code"] == "ok", (args, done)


# -- servers ---------------------------------------------------------------------------------------------------------------
class Hostile:
    """Listens as a host would. `answer(path, forward)` gives the raw bytes to send, or None to say nothing at all;
    `forward()` asks the true host and returns (status, body)."""

    def __init__(self, answer, truth=None):
        self.answer, self.truth, self.bodies = answer, truth, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.kept = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.listener.close()
        for s in self.kept:
            s.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                s, _ = self.listener.accept()
                self.kept.append(s)
                threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        with contextlib.suppress(OSError, ValueError):
            f = s.makefile("rb")
            method, path, _ = f.readline().decode().split()
            size = 0
            while (line := f.readline().strip()):
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            body = f.read(size)
            self.bodies += size

            def forward():
                connection = http.client.HTTPConnection(self.truth.removeprefix("http://"), timeout=60)
                connection.request(method, path, body or None)
                answer = connection.getresponse()
                return answer.status, answer.read()

            try:
                said = self.answer(path, forward)
            except Exception:  # noqa: BLE001: the test's own fault; a hang would hide it
                s.shutdown(socket.SHUT_RDWR)
                raise
            if said is not None:
                with contextlib.suppress(OSError):
                    s.sendall(said)
                s.shutdown(socket.SHUT_RDWR)
                s.close()


def reply(body=b"", status=200, length=None):
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(body) if length is None else length) + body


POLICY = VECTORS / "evidence/policy.toml"


def test_servers_that_are_none():
    endless = b"HTTP/1.1 200 OK\r\n" + b"X-Filler: " + b"y" * 200_000
    cases = [
        ("not HTTP", lambda *_: b"SSH-2.0-OpenSSH_9.9\r\n", {"protocol_error"}),
        ("binary", lambda *_: os.urandom(500), {"protocol_error", "connection_lost"}),
        ("nothing", lambda *_: b"", {"connection_lost"}),
        ("cut in the head", lambda *_: b"HTTP/1.1 200 OK\r\nContent-Le", {"connection_lost"}),
        ("cut in the body", lambda *_: reply(b"abc", length=100), {"connection_lost"}),
        ("endless head", lambda *_: endless, {"protocol_error", "too_large"}),
        ("endless body", lambda *_: reply(b"x" * 100_000), {"protocol_error", "too_large"}),
        ("claims much", lambda *_: reply(b"x", length=1 << 60), {"protocol_error", "too_large"}),
        ("claims a negative size", lambda *_: reply(b"x", length=-1), {"protocol_error"}),
        ("another site", lambda *_: reply(b"<html>", status=404), {"protocol_error"}),
        ("moved", lambda *_: reply(b"", status=302), {"protocol_error"}),
        ("broken", lambda *_: reply(b"", status=500), {"protocol_error"}),
        ("busy", lambda *_: reply(b'{"status":"busy"}', status=503), {"busy"}),
        ("late", lambda *_: reply(b"", status=504), {"deadline"}),
        ("failed", lambda *_: reply(b"", status=502), {"enclave_failed"}),
        ("empty evidence", lambda *_: reply(b""), {"evidence_malformed"}),
        ("a page", lambda *_: reply(b"<html>hello</html>"), {"evidence_malformed"}),
    ]
    for what, answer, words in cases:
        with Hostile(answer) as server:
            done = cli("--json", "info", "--server", server.url, "--policy", POLICY)
            said = one_object(done)
            assert said["code"] in words and done.code == EXIT_OF[said["code"]] and said["sent"] == "nothing", (what, done)
            assert said["found"] or said["expected"], (what, said)


def test_a_server_that_keeps_silent_is_left_in_time():
    with folder() as at, Hostile(lambda *_: None) as server:
        policy = at / "policy.toml"
        policy.write_text(POLICY.read_text() + '\n[release]\npurpose = "risk-score"\noutput_forms = ["score"]\nrequesters = []\n')
        start = time.monotonic()
        done = cli("--json", "score", VECTORS / "vcf/accepted.vcf", "--server", server.url, "--policy", policy, "--model", "a", "--absent", "missing",
                   "--build", "GRCh37", "--timeout", 1)
        said = one_object(done)
        assert said["code"] == "deadline" and done.code == 7 and said["sent"] == "nothing" and time.monotonic() - start < 15, done


def test_evidence_vectors_from_a_server():
    """Whatever its fault, evidence that was made for another nonce and another day is refused as evidence."""
    for path in vectors("evidence", ".cbor"):
        with Hostile(lambda *_: reply(path.read_bytes())) as server:
            done = cli("--json", "info", "--server", server.url, "--policy", POLICY)
            assert done.code == 4 and one_object(done)["sent"] == "nothing", (path, done)


def test_information_vectors_from_a_server():
    """Without a policy `info` shows what a server says; what it says must still have its form."""
    evidence = (VECTORS / "evidence/accepted.cbor").read_bytes()
    for path in vectors("wire", ".info"):
        with Hostile(lambda where, _: reply(evidence if "evidence" in where else path.read_bytes())) as server:
            word = expected_word(path)
            if word == "accept":
                assert one_object(cli("--json", "info", "--server", server.url))["verified"] is False
                assert "nothing of this was checked" in cli("info", "--server", server.url).out
            else:
                refused(word, "info", "--server", server.url)


def test_configuration_vectors_to_an_enclave():
    count = 0
    for path in vectors("wire", ".configuration"):
        word = expected_word(path)
        done = subprocess.run([program("glovebox-enclave"), "--print-configuration", "--configuration", str(path)], capture_output=True)
        if word == "accept":
            assert done.returncode == 0 and done.stdout == path.read_bytes(), path
        else:
            assert done.returncode == EXIT_OF[word] and not done.stdout and word in done.stderr.decode(), (path, done)
            count += 1
    assert count >= 5


def test_frame_vectors_to_a_host():
    """A host whose enclave speaks anything but frames answers its client with one word, and goes on."""
    with folder() as at:
        said = {}
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(at / "enclave.sock"))
        listener.listen(16)

        def enclave():
            with contextlib.suppress(OSError):
                while True:
                    s, _ = listener.accept()
                    s.recv(65536)
                    s.sendall(said["bytes"])
                    s.close()

        threading.Thread(target=enclave, daemon=True).start()
        port = free_port()
        host = subprocess.Popen([program("glovebox-host"), "--listen", f"127.0.0.1:{port}", "--enclave", f"unix:{at}/enclave.sock",
                                 "--proxy", f"unix:{at}/proxy.sock", "--broker", f"http://127.0.0.1:{port}"], cwd=at,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(lambda: answers(port), 10, "the host listens")
            for path in vectors("wire", ".frames"):
                said["bytes"] = path.read_bytes()
                word = expected_word(path)
                done = cli("--json", "info", "--server", f"http://127.0.0.1:{port}", "--policy", POLICY)
                object = one_object(done)
                wanted = "evidence_malformed" if path.name == "001-accept-reply.frames" else "enclave_failed"  # a good reply that is no evidence
                assert object["code"] == wanted and done.code == EXIT_OF[wanted] and object["sent"] == "nothing", (path, word, done)
            assert host.poll() is None
            # and its own clients' bytes: the front of an upload
            for path in vectors("wire", ".upload"):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("POST", "/v1/score", path.read_bytes())
                assert connection.getresponse().status in (400, 413, 502), path
            # and what an enclave asks of the way out: 0 says connected
            for path in vectors("wire", ".proxy"):
                s = socket.socket(socket.AF_UNIX)
                s.settimeout(20)
                s.connect(str(at / "proxy.sock"))
                s.sendall(path.read_bytes())
                s.shutdown(socket.SHUT_WR)
                try:
                    said_back = s.recv(1)
                except ConnectionResetError:
                    said_back = b""
                assert said_back == b"\0" if expected_word(path) == "accept" else said_back in (b"", b"\1"), (path, said_back)
                s.close()
            assert host.poll() is None
        finally:
            stop(host)
            listener.close()


def test_https_is_believed_under_the_authorities_that_are_named():
    needs(shutil.which("openssl"), "needs the openssl program")
    with folder() as at:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test", "-days", "2",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", at / "key.pem", "-out", at / "ca.pem"], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(at / "ca.pem", at / "key.pem")
        listener = socket.create_server(("127.0.0.1", 0))

        def serve():
            while True:
                with contextlib.suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as s:
                    s.recv(65536)
                    s.sendall(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        for args, wanted in (([], "server_unauthentic"), (["--ca", at / "ca.pem"], "busy"), (["--ca", at / "missing"], "config_invalid")):
            object = one_object(cli("--json", "info", "--server", url, "--policy", POLICY, *args))
            assert object["code"] == wanted and object["sent"] == "nothing", (args, object)


def test_genomes_that_only_the_enclave_reads():
    """Without the model's file the client seals what it cannot judge: the enclave's word for a fault is the same."""
    by_client = by_enclave = 0
    with folder() as at, Bed(model=stump_model(at)) as bed:
        for path in sorted((VECTORS / "vcf").iterdir()):
            word = expected_word(path)
            if path.name == "README.md":
                continue
            done = bed.score(path, "--build", "GRCh37", "--absent", "missing", bundle=False)
            said = one_object(done)
            if word == "accepted":
                assert done.code == 0 and said["scores"][0]["rows"][0]["id"] == "S1", done
                continue
            assert said["code"] == word and done.code == EXIT_OF[word], (path, done)
            by_client += said["sent"] == "nothing"
            by_enclave += said["sent"] == "sealed"
        # and a table's faults: the words that `check` has for them
        for text in ("a,b\n1,2\n", "f0,f1\n1\n", "f0,f1\nx,1\n", "f0,f1\n"):
            (at / "t.csv").write_text(text)
            here, there = cli("--json", "check", at / "t.csv", "--model", bed.model), bed.score(at / "t.csv", bundle=False)
            assert here.code == there.code != 0 and one_object(here)["code"] == one_object(there)["code"], (text, here, there)
            assert [one_object(here)[k] for k in ("found", "expected")] == [one_object(there)[k] for k in ("found", "expected")], (text, here, there)
    assert by_client >= 5 and by_enclave >= 10, (by_client, by_enclave)


# -- behind a server that is true but for one thing ----------------------------------------------------------------------------
def test_answers_and_keys_changed_on_their_way():
    needs(CHR22.exists(), "needs chr22.vcf.gz of the Debian package r-bioc-variantannotation")
    with Bed() as bed:
        asks_host = bed.folder / "asks-host.toml"  # the broker's keys come through the host
        asks_host.write_text(re.sub(r"(?m)^url = .*\n", "", bed.policy.read_text()))
        person = [CHR22, "--sample", "HG00096", "--build", "GRCh37", "--absent", "missing", "--bundle", bed.model, "--policy", asks_host]
        evidence = {}

        def run_with(change, command, *args):
            def answer(path, forward):
                status, body = forward()
                return reply(body if status != 200 else change(path, body), status)
            with Hostile(answer, truth=bed.url) as server:
                done = cli("--json", command, *args, "--server", server.url)
                return done, one_object(done), server

        # unchanged it works
        done, said, _ = run_with(lambda path, body: body, "score", *person)
        assert done.code == 0 and said["code"] == "ok" and said["sent"] == "sealed", done

        # evidence
        def keep(path, body):
            return evidence.setdefault("first", body) if "evidence" in path else body
        assert run_with(keep, "info", "--policy", asks_host)[0].code == 0
        size = len(evidence["first"])
        root = (bed.folder / "nsm/root.crt").read_bytes()
        shown_root = evidence["first"].index(root)
        changes = [("nonce_mismatch", keep), ("evidence_malformed", lambda path, body: body + b"x"), ("evidence_malformed", lambda path, body: body[:-1]),
                   ("evidence_malformed", lambda path, body: body[: size // 2]), ("evidence_malformed", lambda path, body: b"")]
        for word, change in changes:
            done, said, _ = run_with(change, "info", "--policy", asks_host)
            assert said["code"] == word and done.code == 4 and said["sent"] == "nothing", (word, done)
        for at in range(0, size, size // 40):  # one bit anywhere
            done, said, _ = run_with(lambda path, body: body[:at] + bytes([body[at] ^ 1]) + body[at + 1:], "info", "--policy", asks_host)
            if shown_root <= at < shown_root + len(root):  # ignored: the policy's own root counts
                assert done.code in (0, 4), (at, done)
            else:
                assert done.code == 4 and said["sent"] == "nothing", (at, done)

        # the broker's keys
        for path in sorted((VECTORS / "protocol").glob("*.statement")):
            done, said, server = run_with(lambda where, body: BrokerKeys(path) if "broker/keys" in where else body, "score", *person)
            assert said["code"] == "broker_unknown" and done.code == 5 and said["sent"] == "nothing" and server.bodies == 0, (path, done)
        for body in (b"", b"<html>", (VECTORS / "protocol/005-accept-keys.keys").read_bytes()):
            done, said, server = run_with(lambda where, old: body if "broker/keys" in where else old, "score", *person)
            assert done.code in (3, 5) and said["sent"] == "nothing" and server.bodies == 0, (body, done)

        # the answer
        answers_seen = {}
        for what, change in (("nothing", lambda body: b""), ("one bit", lambda body: body[:999] + bytes([body[999] ^ 1]) + body[1000:]),
                             ("the key", lambda body: bytes([body[0] ^ 1]) + body[1:]), ("cut", lambda body: body[:-1]), ("longer", lambda body: body + b"x"),
                             ("noise", lambda body: os.urandom(len(body))), ("first", lambda body: answers_seen.setdefault("first", body)),
                             ("another request's", lambda body: answers_seen["first"]), ("a receipt", lambda body: (VECTORS / "protocol/011-accept-receipt.receipt").read_bytes())):
            with folder() as out:
                done, said, server = run_with(lambda where, body: change(body) if "score" in where else body, "score", *person, "-o", out / "s.tsv", "--html", out / "r.html",
                                              "--receipt", out / "receipt")
                if what == "first":
                    assert done.code == 0 and len(list(out.iterdir())) == 3, done
                    continue
                assert said["code"] == "answer_unauthentic" and done.code == 6 and said["sent"] == "sealed" and server.bodies > 0, (what, done)
                assert not list(out.iterdir()), (what, list(out.iterdir()))

        # absent sites, with the model's file at hand and without it
        short = bed.folder / "short.vcf.gz"
        lines = gzip.open(CHR22, "rt").read().splitlines(keepends=True)
        first = next(i for i, line in enumerate(lines) if not line.startswith("#"))
        short.write_bytes(gzip.compress("".join(lines[:first] + lines[first::2]).encode()))
        common = ["--sample", "HG00096", "--build", "GRCh37", "--server", bed.url, "--policy", bed.policy]
        before = bed.metrics(bed.host_port)
        said = refused("absence_undeclared", "score", short, *common, "--bundle", bed.model)
        assert re.fullmatch(r"no record at \d+ of \d+ model sites", said["found"]) and said["expected"] == "--absent" and "`homref`" in said["hint"], said
        text = cli("score", short, *common, "--bundle", bed.model)
        assert text.err.rstrip().endswith("nothing was sent") and not text.out, text
        said = refused("absence_undeclared", "score", short, *common)
        assert said["expected"] == "--absent", said
        calls = [line for line in bed.metrics(bed.host_port).splitlines() if "score" in line and not line.startswith("#")]
        assert calls == [line for line in before.splitlines() if "score" in line and not line.startswith("#")], calls


def BrokerKeys(statement):
    """CBOR ["glovebox broker keys v1", statement: bstr]: the list a broker answers with, around one statement."""
    whole = (VECTORS / "protocol/005-accept-keys.keys").read_bytes()
    good = (VECTORS / "protocol/004-accept-statement.statement").read_bytes()
    assert good in whole
    changed = statement.read_bytes()
    old, new = cbor(0x40, good), cbor(0x40, changed)
    assert old in whole
    return whole.replace(old, new)


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
