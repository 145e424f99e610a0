#!/usr/bin/env python3
"""`glovebox attest` and `glovebox policy` as a new user meets them: files of platforms that nobody named, explained; the
conformance suite through its command-line contract; attestation results as tokens."""
import base64, importlib.util, re

from bed import *

VECTORS = SOURCE / "tests/vectors"
SUITE = VECTORS / "attestation"


def cli(*args, timeout=60):
    done = subprocess.run([program("glovebox"), *map(str, args)], capture_output=True, timeout=timeout, cwd="/",
                          env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def test_the_conformance_suite_through_its_contract():
    spec = importlib.util.spec_from_file_location("suite", SUITE / "run.py")
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    passed, unsupported, failures = suite.run([program("glovebox"), "--json", "attest", "verify"])
    assert not failures and not unsupported, "\n".join(failures)
    assert passed >= 80, passed


def test_the_testbed_makes_cases_that_hold_now():
    with tempfile.TemporaryDirectory() as at:
        for name, word in (("nitro-accepted", "ok"), ("nitro-binding-relayed", "binding_mismatch")):
            done = subprocess.run([program("glovebox-testbed"), "attest", "make", name, at], capture_output=True, timeout=60)
            assert done.returncode == 0, done
            case = json.loads((pathlib.Path(at) / name / "manifest.json").read_text())
            said = cli("--json", "attest", "verify", pathlib.Path(at) / name / "evidence.bin", "--policy",
                       pathlib.Path(at) / "policies/nitro.toml", "--nonce", case["nonce"])  # the clock is now
            assert said.json["code"] == word, said
        listed = subprocess.run([program("glovebox-testbed"), "attest", "list"], capture_output=True, timeout=60)
        assert listed.returncode == 0 and len(listed.stdout.splitlines()) >= 40
        assert subprocess.run([program("glovebox-testbed"), "attest", "make", "nobody", at], capture_output=True).returncode == 2


def test_a_file_explains_itself_without_a_policy():
    said = cli("attest", "explain", SUITE / "nitro-bare-accepted/evidence.bin")
    assert said.code == 0 and "AWS Nitro Enclaves" in said.out and "Nothing below is verified" in said.out, said
    assert "not checked, for want of a policy" in said.out, said
    said = cli("attest", "explain", SUITE / "nitro-bare-truncated/evidence.bin")
    assert said.code == 3 and "truncated" in said.err, said
    said = cli("attest", "explain", SUITE / "README.md")
    assert said.code == 4 and "nothing that is known here" in said.out, said


def test_what_is_no_evidence_is_told_from_what_is_wrapped():
    bare = SUITE / "sev-snp-bare-accepted/evidence.bin"
    with tempfile.TemporaryDirectory() as at:
        file = pathlib.Path(at) / "file"

        def explained(data):
            file.write_bytes(data)
            return cli("--json", "attest", "explain", file).json["form"]

        for text in (base64.encodebytes(bare.read_bytes()), bare.read_bytes().hex().encode() + b"\n"):
            form = explained(text)
            assert "of an attestation report of AMD SEV-SNP" in form["found"] and "base64 -d" in form["hint"], form
        assert "TDREPORT" in explained(b"\x81" + bytes(1023))["found"]
        assert "wrapping" in explained(b'{"quote": "BAACAIEAAAA"}')["hint"]
        assert "collateral show" in explained(b"-----BEGIN X509 CRL-----\n")["hint"]
    # A message whose document is of something else is not well formed, whatever stands beside the document.
    said = cli("attest", "explain", SUITE / "nitro-platform-nitrotpm/evidence.bin")
    assert said.code == 4 and "NitroTPM" in said.err and "not good" in said.out, said
    # What to do next depends on the platform.
    said = cli("attest", "explain", bare)
    assert "collateral fetch" in said.out and "policy new --evidence" in said.out, said
    assert "keys that count" in cli("attest", "explain", SUITE / "arm-psa-accepted/evidence.bin").out


def test_an_explanation_names_the_step_and_what_to_do():
    at = SUITE / "nitro-nonce-other"
    case = json.loads((at / "manifest.json").read_text())
    args = [at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"], "--nonce", case["nonce"]]
    said = cli("attest", "explain", *args)
    assert said.code == 4 and "FAILED made for this nonce" in said.out and "to do:    ask again" in said.out, said
    assert "not looked at" in said.out and "found:" in said.out and "expected:" in said.out, said
    value = cli("--json", "attest", "explain", *args)
    assert value.code == 4 and value.json["code"] == "nonce_mismatch" and value.json["form"] == "good", value
    outcomes = [step["outcome"] for step in value.json["steps"]]
    assert outcomes.count("FAILED") == 1 and outcomes[0] == "ok" and outcomes[-1] == "not looked at", outcomes
    at = SUITE / "nitro-bare-accepted-no-nonce"
    case = json.loads((at / "manifest.json").read_text())
    said = cli("attest", "explain", at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"])
    assert said.code == 0 and "unchecked: nonce" in said.out and "copy of an older one" in said.out, said


def test_real_files_of_platforms_nobody_named():
    there = SHARED / "vectors"
    needs(there.exists(), "needs the real evidence, which is not here")
    for path, text in (("nitro/base-2024-11-25.cbor", "AWS Nitro Enclaves"), ("intel/dcap-qvl-tdx_quote", "Intel TDX"),
                       ("intel/dcap-qvl-sgx_quote", "Intel SGX"), ("sev-snp/lunal-test-report.bin", "AMD SEV-SNP"),
                       ("arm-cca-psa/veraison-arm-cca-evidence-cca-good.cbor", "Arm CCA"),
                       ("tpm/trustee-az-snp-vtpm-hcl-report.bin", "Azure"), ("tpm/trustee-az-tdx-vtpm-hcl-report.bin", "TDREPORT")):
        said = cli("attest", "explain", there / path)
        assert text in said.out, said
        assert said.code in (0, 8), said
        if said.code == 8:
            assert "unsupported" in said.err, said


def test_a_report_of_sev_snp_with_a_bundle_of_collateral():
    at = SUITE / "sev-snp-bare-with-collateral"
    case = json.loads((at / "manifest.json").read_text())
    bundle = at / case["collateral"]
    shown = cli("attest", "collateral", "show", bundle)
    assert shown.code == 0 and "SEV-VCEK" in shown.out and "revocations" in shown.out, shown
    args = ["attest", "verify", at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"], "--nonce", case["nonce"]]
    said = cli(*args)
    assert said.code == 4 and "collateral_missing" in said.err and "kdsintf.amd.com" in said.out + said.err, said
    assert cli(*args, "--collateral", bundle).code == 0
    with tempfile.TemporaryDirectory() as folder:
        table, made = pathlib.Path(folder) / "auxblob", pathlib.Path(folder) / "bundle"
        table.write_bytes((SUITE / "sev-snp-bare-accepted/evidence.bin").read_bytes()[1184:])
        assert cli("attest", "collateral", "import", table, bundle, "-o", made).code == 0
        assert cli(*args, "--collateral", made).code == 0
        assert cli("attest", "collateral", "import", at / "manifest.json", "-o", made).code == 4
    said = cli("attest", "explain", SUITE / "sev-snp-debug/evidence.bin")
    assert said.code == 0 and "DEBUG MODE" in said.out and "Milan" in said.out, said


def test_real_reports_of_sev_snp():
    there = SHARED / "vectors/sev-snp"
    needs(there.exists(), "needs the real evidence, which is not here")
    known = json.loads((SHARED / "vectors/EXPECTED.json").read_text())
    roots = {"Milan": "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd", "Genoa": "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1",
             "Turin": "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a"}
    accepted = 0
    with tempfile.TemporaryDirectory() as folder:
        for file, expected in sorted(known.items()):
            if not file.startswith("sev-snp/"):
                continue
            vlek = "VLEK" in expected["ek_cn"]
            policy, bundle = pathlib.Path(folder) / "policy.toml", pathlib.Path(folder) / "bundle"
            text = '[evidence]\nprofile = "none"\nplatforms = ["sev-snp"]\nfreshness_seconds = 300\n'
            for name, sha256 in roots.items():
                text += f'[[evidence.roots]]\nname = "{name}"\nsha256 = "{sha256}"\n'
                text += f'[[evidence.measurements]]\nversion = "theirs"\nroot = "{sha256}"\nmeasurement = "{expected["fields"]["measurement"]}"\n'
            text += f'[evidence.sev-snp]\nsigning_keys = ["{"vlek" if vlek else "vcek"}"]\nmaximum_vmpl = {expected["fields"]["vmpl"]}\nunchecked = ["chip", "revocation", "tcb"]\n'
            policy.write_text(text)
            chains = [p for p in there.iterdir() if any(word in p.name for word in ("ask", "asvk", "ark"))]
            assert cli("attest", "collateral", "import", *chains, there / expected["endorsement_key"], "-o", bundle).code == 0
            then = expected["ek_validity"][0].replace("+00:00", "Z")
            said = cli("--json", "attest", "verify", SHARED / "vectors" / file, "--policy", policy, "--at", then, "--collateral", bundle)
            word = "debug_enclave" if expected["policy_bits"]["debug"] else "ok"
            assert said.json["code"] == word, (file, said)
            accepted += word == "ok"
            if word == "ok":
                enclave = said.json["submods"]["enclave"]
                assert enclave["ear.status"] == "warning" and enclave["glovebox.measurements"]["measurement"] == expected["fields"]["measurement"]
                assert set(enclave["glovebox.unchecked"]) >= {"chip", "revocation", "tcb", "time", "nonce"}, enclave
    assert accepted >= 7, accepted


def test_quotes_of_intel_with_a_bundle_of_collateral():
    for platform, shown_as in (("tdx", "Intel TDX quote"), ("sgx", "Intel SGX quote")):
        at = SUITE / f"{platform}-bare-accepted"
        case = json.loads((at / "manifest.json").read_text())
        said = cli("attest", "explain", at / case["evidence"])
        assert said.code == 0 and shown_as in said.out and "api.trustedservices.intel.com" in said.out, said
        bundle = at / case["collateral"]
        shown = cli("attest", "collateral", "show", bundle)
        assert shown.code == 0 and "TCB info of" in shown.out and "quoting enclave of" in shown.out, shown
        args = ["attest", "verify", at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"], "--nonce", case["nonce"]]
        said = cli(*args)
        assert said.code == 4 and "collateral_missing" in said.err and "certification/v4/tcb?fmspc=b0c06f000000" in said.out + said.err, said
        said = cli("--json", *args, "--collateral", bundle)
        enclave = said.json["submods"]["enclave"]
        assert said.code == 0 and enclave["glovebox.platform"] == platform and enclave["glovebox.facts"]["tcb status"] == "UpToDate", said
        explained = cli("policy", "explain", at / case["policy"])
        assert explained.code == 0 and "of status UpToDate" in explained.out and "It leaves unchecked" in explained.out, explained


def test_azures_virtual_tpm_over_either_hardware():
    for platform, report in (("azure-snp-vtpm", "AMD SEV-SNP attestation report"), ("azure-tdx-vtpm", "Intel TDX quote")):
        at = SUITE / f"{platform}-accepted"
        case = json.loads((at / "manifest.json").read_text())
        said = cli("attest", "explain", at / case["evidence"])
        assert said.code == 0 and report in said.out and "Report of Azure's paravisor" in said.out, said
        assert "policy new --evidence" in said.out and "collateral fetch" in said.out, said
        shown = cli("--json", "attest", "show", at / case["evidence"])
        assert shown.code == 0 and "pcr0" in shown.json["document"]["quote"]["measurements"], shown
        assert shown.json["document"]["report"]["debug"] is False, shown
        args = ["attest", "verify", at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"], "--nonce", case["nonce"]]
        said = cli("--json", *args, "--collateral", at / case["collateral"])
        enclave = said.json["submods"]["enclave"]
        assert said.code == 0 and enclave["glovebox.platform"] == platform and enclave["glovebox.facts"]["paravisor"] == "paravisor 1", said
        explained = cli("policy", "explain", at / case["policy"])
        assert explained.code == 0 and "virtual TPMs" in explained.out and "by 4 registers" in explained.out, explained
        assert "4 registers" in cli("policy", "check", at / case["policy"]).out
        root = re.search(r'^certificate = "(.*)"$', (at / case["policy"]).read_text(), re.M).group(1)
        with tempfile.TemporaryDirectory() as folder:
            pem, policy = pathlib.Path(folder) / "root.pem", pathlib.Path(folder) / "policy.toml"
            pem.write_bytes(base64.b64decode(root))
            made = cli("policy", "new", "--evidence", at / case["evidence"], "--test-root", pem, "-o", policy)
            assert made.code == 0 and f'platforms = ["{platform}"]' in policy.read_text(), made
            said = cli("--json", "attest", "verify", at / case["evidence"], "--policy", policy, *args[5:], "--collateral", at / case["collateral"])
            assert said.code == 0, said
        bare = cli("--json", "attest", "verify", SUITE / f"{platform}-malformed-bare-report/evidence.bin", "--policy", at / case["policy"])
        assert bare.code == 4 and "a bare report of the paravisor" in bare.json["found"], bare


def test_an_instances_nitrotpm_is_no_enclave():
    at = SUITE / "nitro-tpm-accepted"
    case = json.loads((at / "manifest.json").read_text())
    said = cli("attest", "explain", at / case["evidence"])
    assert said.code == 0 and "of an instance's TPM and no enclave" in said.out and "[evidence.nitro-tpm]" in said.out, said
    debug = cli("attest", "explain", SUITE / "nitro-tpm-accepted-zero-pcr0/evidence.bin")
    assert debug.code == 0 and "DEBUG" not in debug.out, debug
    shown = cli("--json", "attest", "show", at / case["evidence"])
    assert shown.code == 0 and len(shown.json["document"]["measurements"]["pcr4"]) == 96, shown
    args = [at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"], "--nonce", case["nonce"]]
    said = cli("--json", "attest", "verify", *args)
    enclave = said.json["submods"]["enclave"]
    assert said.code == 0 and enclave["glovebox.platform"] == "nitro-tpm", said
    assert {"models", "configuration", "keys", "binding", "memory"} == set(enclave["glovebox.unchecked"]), enclave
    explained = cli("attest", "explain", *args)
    assert "a TPM knows nothing of it" in explained.out and "which is no enclave" in explained.out, explained
    assert "instance: i-0123456789abcdef0-tpm" in explained.out, explained
    policy = cli("policy", "explain", at / case["policy"])
    assert policy.code == 0 and "NitroTPM" in policy.out and "by 3 registers" in policy.out, policy
    assert "3 registers" in cli("policy", "check", at / case["policy"]).out
    # One is never taken for the other, whatever the policy accepts besides.
    for name in ("platform-enclave", "platform-for-enclaves", "platform-named-enclave-both"):
        there = SUITE / f"nitro-tpm-{name}"
        one = json.loads((there / "manifest.json").read_text())
        said = cli("--json", "attest", "verify", there / one["evidence"], "--policy", there / one["policy"], "--at", one["at"])
        assert said.code == 4 and said.json["code"] == "platform_unknown", said


def test_a_real_quote_of_tdx_with_what_its_owner_kept():
    there = SHARED / "vectors/intel"
    needs(there.exists(), "needs the real evidence, which is not here")
    kept = json.loads((there / "dcap-qvl-tdx_quote_collateral.json").read_text())
    expected = json.loads((SHARED / "vectors/EXPECTED.json").read_text())["intel/dcap-qvl-tdx_quote"]
    root = "44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3"
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        for name in ("tcb_info_issuer_chain", "pck_crl_issuer_chain"):
            (at / name).write_text(kept[name])
        for name in ("root_ca_crl", "pck_crl"):
            (at / name).write_bytes(bytes.fromhex(kept[name]))
        for name, member in (("tcb_info", "tcbInfo"), ("qe_identity", "enclaveIdentity")):
            (at / name).write_text(f'{{"{member}":{kept[name]},"signature":"{kept[name + "_signature"]}"}}\n')
        names = ("tcb_info_issuer_chain", "pck_crl_issuer_chain", "root_ca_crl", "pck_crl", "tcb_info", "qe_identity")
        assert cli("attest", "collateral", "import", *(at / name for name in names), "-o", at / "bundle").code == 0
        registers = "".join(f'rtmr{i} = "{expected[f"rtmr{i}"]}"\n' for i in range(4))
        (at / "policy").write_text(
            '[evidence]\nprofile = "none"\nplatforms = ["tdx"]\nfreshness_seconds = 300\n'
            f'[[evidence.roots]]\nname = "Intel"\nsha256 = "{root}"\n'
            f'[[evidence.measurements]]\nversion = "theirs"\nroot = "{root}"\nmr_td = "{expected["mr_td"]}"\n{registers}'
            '[evidence.tdx]\nstatuses = ["UpToDate"]\nminimum_evaluation = 17\nunchecked = ["fmspc", "platform"]\n')
        args = ["attest", "verify", there / "dcap-qvl-tdx_quote", "--policy", at / "policy", "--collateral", at / "bundle"]
        said = cli("--json", *args, "--at", "2025-06-25T00:00:00Z")
        assert said.code == 0 and said.json["submods"]["enclave"]["ear.status"] == "warning", said
        assert cli("--json", *args, "--at", "2025-08-01T00:00:00Z").json["code"] == "collateral_expired"


def test_an_attestation_result_as_a_token():
    at = SUITE / "nitro-accepted"
    case = json.loads((at / "manifest.json").read_text())
    args = ["attest", "verify", at / case["evidence"], "--policy", at / case["policy"], "--at", case["at"], "--nonce", case["nonce"]]
    with tempfile.TemporaryDirectory() as folder:
        key, token = pathlib.Path(folder) / "key", pathlib.Path(folder) / "token"
        assert cli("keygen", "-o", key).code == 0
        assert cli(*args, "--ear", "jwt", "--key", key, "-o", token).code == 0
        header, claims, signature = token.read_text().strip().split(".")
        decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert json.loads(decode(header))["alg"] == "EdDSA" and len(decode(signature)) == 64
        enclave = json.loads(decode(claims))["submods"]["enclave"]
        assert enclave["ear.status"] == "contraindicated" and enclave["glovebox.development"] is True, enclave
        assert cli(*args, "--ear", "cwt", "--key", key, "-o", token).code == 0
        assert token.read_bytes()[:2] == b"\xd2\x84", token.read_bytes()[:8]  # tag 18, an array of four
        wrong = [*args[:-1], "00" * 32]
        said = cli(*wrong, "--ear", "jwt", "--key", key, "-o", token)
        assert said.code == 4, said
        assert json.loads(decode(token.read_text().split(".")[1]))["submods"]["enclave"]["glovebox.refused"] == "nonce_mismatch"
        assert cli(*args, "--ear", "jwt").code == 2


def test_a_policy_in_words_and_its_digest():
    policy = SUITE / "policies/nitro.toml"
    said = cli("policy", "explain", policy)
    assert said.code == 0 and "TEST ROOT" in said.out and "never accepts" in said.out and "2 models" in said.out, said
    digest = cli("policy", "digest", policy).out.strip()
    assert len(digest) == 64 and digest in said.out and cli("--json", "policy", "digest", policy).json["digest"] == digest
    assert digest == cli("--json", "policy", "check", policy).json["digest"]
    assert cli("--json", "policy", "explain", policy).json["text"] == said.out.rstrip("\n") + "\n"
    assert cli("policy", "explain", SUITE / "policies/nitro-zero-measurement.toml").code == 3


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
