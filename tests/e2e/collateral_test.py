#!/usr/bin/env python3
"""`glovebox attest collateral`: bundles fetched from a server that speaks as AMD's Key Distribution Service does, made of
files, and explained; and `policy new` from a report. No other machine is asked."""
import base64, http.server, signal, socket, ssl, threading, time, urllib.parse

from bed import *

SUITE = SOURCE / "tests/vectors/attestation"
CASE = SUITE / "sev-snp-bare-with-collateral"


def cli(*args):
    done = subprocess.run([program("glovebox"), *map(str, args)], capture_output=True, timeout=60, cwd="/",
                          env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def items(bundle, kinds=2):
    """The certificates, lists and documents of a bundle: definite CBOR of byte strings of at least 256 bytes."""
    at, out = bundle.index(b" v1") + 3, []
    for _ in range(kinds):
        count, at, kind = bundle[at] & 31, at + 1, []
        for _ in range(count):
            head = {0x58: 2, 0x59: 3}[bundle[at]]
            size = int.from_bytes(bundle[at + 1:at + head], "big")
            kind.append(bundle[at + head:at + head + size])
            at += head + size
        out.append(kind)
    return out


def pem(der):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n".encode()


@contextlib.contextmanager
def served(files, tls=None, headers={}):
    """A server of these files by path and query; what is asked for is written down. A file may be (status, body), and
    have headers."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            found = files.get(self.path, (404, b"not found"))
            status, body = found if isinstance(found, tuple) else (200, found)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            for name, value in headers.get(self.path, {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()


class Kds:
    """The files of AMD's service for one case of the suite, in its forms: DER, PEM of authority and root, DER."""

    def __init__(self):
        case = json.loads((CASE / "manifest.json").read_text())
        self.at, self.nonce, self.policy = case["at"], case.get("nonce"), CASE / case["policy"]
        self.evidence = CASE / case["evidence"]
        self.bundle = (CASE / case["collateral"]).read_bytes()
        certificates, lists = items(self.bundle)
        leaf = next(c for c in certificates if b"SEV-VCEK" in c)
        root = next(c for c in certificates if c.count(b"ARK-Milan") == 2)
        authority = next(c for c in certificates if b"ARK-Milan" in c and c not in (leaf, root))
        message = self.evidence.read_bytes()
        begin = message.index(b"attestation-report") + len(b"attestation-report") + 3
        self.report = report = message[begin:begin + 1184]
        tcb = report[0x180:0x188]
        self.leaf = (f"/vcek/v1/Milan/{report[0x1A0:0x1E0].hex()}?blSPL={tcb[0]:02}&teeSPL={tcb[1]:02}&snpSPL={tcb[6]:02}"
                     f"&ucodeSPL={tcb[7]:02}")
        self.chain, self.list = "/vcek/v1/Milan/cert_chain", "/vcek/v1/Milan/crl"
        self.files = {self.leaf: leaf, self.chain: pem(authority) + pem(root), self.list: lists[0]}
        self.authority, self.root = authority, root

    def verify(self, *args):
        nonce = ["--nonce", self.nonce] if self.nonce else []
        return cli("--json", "attest", "verify", self.evidence, "--policy", self.policy, "--at", self.at, *nonce, *args)


def test_what_a_report_needs_is_fetched_and_verifies():
    kds = Kds()
    assert kds.verify().json["code"] == "collateral_missing"
    with tempfile.TemporaryDirectory() as at, served(kds.files) as (url, asked):
        bundle = pathlib.Path(at) / "bundle"
        said = cli("attest", "collateral", "fetch", kds.evidence, "--from", url, "-o", bundle)
        assert said.code == 0 and "3 certificates, 1 revocation list, 0 documents" in said.err, said
        assert asked == [kds.leaf, kds.chain, kds.list], asked
        assert kds.verify("--collateral", bundle).json["code"] == "ok"
        assert bundle.read_bytes() == kds.bundle or sorted(items(bundle.read_bytes())[0]) == items(bundle.read_bytes())[0]
        # The same from files, and more than one source in one bundle.
        parts = []
        for i, body in enumerate(kds.files.values()):
            parts.append(pathlib.Path(at) / f"part{i}")
            parts[-1].write_bytes(body)
        again = pathlib.Path(at) / "again"
        assert cli("attest", "collateral", "import", *parts, "-o", again).code == 0
        assert again.read_bytes() == bundle.read_bytes()
        mixed = pathlib.Path(at) / "mixed"
        said = cli("attest", "collateral", "fetch", "--product", "Milan", "--url", "https://kdsintf.amd.com" + kds.leaf, "--from", url,
                   "-o", mixed)
        assert said.code == 0 and mixed.read_bytes() == bundle.read_bytes(), said
        other = pathlib.Path(at) / "other"
        said = cli("attest", "collateral", "fetch", "--url", url + kds.leaf, "--with", parts[1], "--with", parts[2], "-o", other)
        assert said.code == 0 and other.read_bytes() == bundle.read_bytes(), said


def test_a_bundle_explains_itself():
    kds = Kds()
    with tempfile.TemporaryDirectory() as at:
        bundle = pathlib.Path(at) / "bundle"
        bundle.write_bytes(kds.bundle)
        said = cli("attest", "collateral", "show", bundle)
        assert said.code == 0 and "CN=ARK-Milan" in said.out and "revocations  of" in said.out, said
        shown = cli("--json", "attest", "collateral", "show", bundle).json
        assert shown["verified"] is False and len(shown["certificates"]) == len(items(kds.bundle)[0]), shown
        assert {"subject", "issuer", "sha256", "authority", "from", "until", "valid_now"} <= set(shown["certificates"][0]), shown
        assert shown["revocation_lists"][0]["issuer"] and "until" in shown["revocation_lists"][0], shown


def test_what_a_maker_may_say_instead():
    kds = Kds()
    with tempfile.TemporaryDirectory() as at:
        bundle = pathlib.Path(at) / "bundle"

        def fetched(path, found):
            with served({**kds.files, path: found}) as (url, _):
                return cli("--json", "attest", "collateral", "fetch", kds.evidence, "--from", url, "-o", bundle)

        for found, word in (((404, b""), "collateral_missing"), ((429, b"slow down"), "busy"), ((500, b""), "protocol_error"),
                            ((302, b""), "protocol_error"), (b"<html>", "collateral_invalid"), (b"", "collateral_invalid"),
                            (bytes(5 << 20), "too_large")):
            said = fetched(kds.leaf, found)
            assert said.json["code"] == word and said.code != 0, (found if len(str(found)) < 99 else "long", said)
            assert not bundle.exists(), "nothing is written of half a bundle"
        nowhere = f"http://127.0.0.1:{free_port()}"
        said = cli("--json", "attest", "collateral", "fetch", kds.evidence, "--from", nowhere, "-o", bundle)
        assert said.json["code"] == "unreachable", said
        for bad in ("kdsintf.amd.com/x", "https://", "https://host", "https://host/a b", "ftp://host/x", "https://host/x#y"):
            assert cli("--json", "attest", "collateral", "fetch", "--url", bad, "-o", bundle).json["code"] == "usage", bad
        assert cli("--json", "attest", "collateral", "fetch", "-o", bundle).json["code"] == "usage"
        nitro = SUITE / "nitro-bare-accepted/evidence.bin"
        said = cli("--json", "attest", "collateral", "fetch", nitro, "-o", bundle)
        assert said.json["code"] == "unsupported" and "all that it needs" in said.json["hint"], said


def test_intels_addresses_and_the_chains_in_its_headers():
    kds = Kds()
    with tempfile.TemporaryDirectory() as at:
        bundle, whole = pathlib.Path(at) / "bundle", pathlib.Path(at) / "whole"
        whole.write_bytes(kds.bundle)
        chain = urllib.parse.quote(kds.files[kds.chain].decode(), safe="")
        for name in ("TCB-Info-Issuer-Chain", "sgx-enclave-identity-issuer-chain"):
            with served({"/leaf": kds.files[kds.leaf], "/list": kds.files[kds.list]}, headers={"/leaf": {name: chain, "X-Chain": "%"}}) as (url, _):
                said = cli("attest", "collateral", "fetch", "--url", url + "/leaf", "--url", url + "/list", "-o", bundle)
                assert said.code == 0 and "3 certificates, 1 revocation list, 0 documents" in said.err, said
        assert kds.verify("--collateral", bundle).json["code"] == "ok"
        for bad, word in (("%4", "protocol_error"), ("%zz", "protocol_error"), ("nothing", "collateral_invalid")):
            with served({"/leaf": kds.files[kds.leaf]}, headers={"/leaf": {"TCB-Info-Issuer-Chain": bad}}) as (url, _):
                said = cli("--json", "attest", "collateral", "fetch", "--url", url + "/leaf", "-o", pathlib.Path(at) / "none")
                assert said.json["code"] == word, (bad, said)
        for args, first in (([], "/tdx/certification/v4/tcb?fmspc=00906ed50000"), (["--sgx"], "/sgx/certification/v4/tcb?fmspc=00906ed50000")):
            with served({}) as (url, asked):
                said = cli("--json", "attest", "collateral", "fetch", "--fmspc", "00906ED50000", *args, "--from", url, "-o", bundle)
                assert said.json["code"] == "collateral_missing" and asked == [first], (said, asked)
        paths = ["/tdx/certification/v4/tcb?fmspc=00906ed50000", "/tdx/certification/v4/qe/identity",
                 "/sgx/certification/v4/pckcrl?ca=processor&encoding=der", "/IntelSGXRootCA.der"]
        with served({path: kds.files[kds.list] for path in paths}) as (url, asked):
            said = cli("attest", "collateral", "fetch", "--fmspc", "00906ed50000", "--pck-ca", "processor", "--from", url, "-o", bundle)
            assert said.code == 0 and asked == paths, (said, asked)
        assert cli("--json", "attest", "collateral", "fetch", "--fmspc", "0090", "-o", bundle).json["code"] == "usage"


class Unruly(threading.Thread):
    """A server that sends these bytes to whoever connects, a piece at a time, and then holds the connection."""

    def __init__(self, pieces, pause=0.0):
        super().__init__(daemon=True)
        self.pieces, self.pause = pieces, pause
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.start()

    def run(self):
        self.held = []
        while True:
            try:
                connection, _ = self.socket.accept()
                connection.recv(4096)
                self.held.append(connection)
                for piece in self.pieces:
                    connection.sendall(piece)
                    time.sleep(self.pause)
                if self.pause == 0.0:
                    connection.close()
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def test_servers_that_misbehave_are_named():
    kds = Kds()
    with tempfile.TemporaryDirectory() as at:
        bundle = pathlib.Path(at) / "bundle"
        ok = b"HTTP/1.1 200 OK\r\n"
        many = b"".join(pem(kds.root[:-4] + i.to_bytes(4, "big")) for i in range(300))
        for name, pieces, word in (
                ("cut short", [ok + b"Content-Length: 5000\r\n\r\nabc"], "connection_lost"),
                ("no answer", [], "connection_lost"),
                ("no HTTP", [b"SSH-2.0-OpenSSH\r\n"], "protocol_error"),
                ("a head without end", [ok] + [b"X: " + b"y" * 8000 + b"\r\n"] * 9, "protocol_error"),
                ("chunks without end", [ok + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"10000\r\n" + bytes(65536) + b"\r\n"] * 80, "too_large"),
                ("too many certificates", [ok + b"Content-Length: %d\r\n\r\n" % len(many) + many], "collateral_invalid"),
                ("two lengths", [ok + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"], "protocol_error")):
            with Unruly(pieces) as server:
                said = cli("--json", "attest", "collateral", "fetch", "--url", server.url + "/x", "-o", bundle)
                assert said.json["code"] == word and not bundle.exists(), (name, said)
        # One time for each address, however slowly bytes come.
        with Unruly([ok] + [b"X: y\r\n"] * 400, pause=0.2) as server:
            said = cli("--json", "attest", "collateral", "fetch", "--url", server.url + "/x", "--timeout", "1", "-o", bundle)
            assert said.json["code"] == "deadline", said


class Pcs:
    """The files of Intel's service for one case of the suite, with the signer's chain in a header as it puts it."""

    def __init__(self, tee):
        at = SUITE / f"{tee}-bare-accepted"
        case = json.loads((at / "manifest.json").read_text())
        self.at, self.nonce, self.policy, self.evidence = case["at"], case["nonce"], at / case["policy"], at / case["evidence"]
        bundle = (at / case["collateral"]).read_bytes()
        self.bundle = bundle
        (signer,), lists, documents = items(bundle, 3)
        info, identity = sorted(documents, key=lambda d: not d.startswith(b'{"tcbInfo"'))
        of_root = next(l for l in lists if b"Intel SGX Root CA" in l)
        of_platforms = next(l for l in lists if l is not of_root)
        self.paths = [f"/{tee}/certification/v4/tcb?fmspc=b0c06f000000", f"/{tee}/certification/v4/qe/identity",
                      "/sgx/certification/v4/pckcrl?ca=platform&encoding=der", "/IntelSGXRootCA.der"]
        self.files = dict(zip(self.paths, (info, identity, of_platforms, of_root)))
        self.headers = {self.paths[0]: {"TCB-Info-Issuer-Chain": urllib.parse.quote(pem(signer).decode(), safe="")}}

    def verify(self, policy, *args):
        return cli("--json", "attest", "verify", self.evidence, "--policy", policy, "--at", self.at, "--nonce", self.nonce, *args)


def test_what_a_quote_needs_is_fetched_and_verifies():
    for tee in ("tdx", "sgx"):
        pcs = Pcs(tee)
        assert pcs.verify(pcs.policy).json["code"] == "collateral_missing"
        with tempfile.TemporaryDirectory() as at, served(pcs.files, headers=pcs.headers) as (url, asked):
            bundle, policy, root = (pathlib.Path(at) / n for n in ("bundle", "policy.toml", "root"))
            said = cli("attest", "collateral", "fetch", pcs.evidence, "--from", url, "-o", bundle)
            assert said.code == 0 and "1 certificate, 2 revocation lists, 2 documents" in said.err, said
            assert asked == pcs.paths, asked
            assert bundle.read_bytes() == pcs.bundle
            result = pcs.verify(pcs.policy, "--collateral", bundle).json
            assert result["code"] == "ok" and base64.b64decode(result["eat_nonce"]).hex() == pcs.nonce, result
            shown = cli("--json", "attest", "collateral", "show", bundle).json
            kinds = {d["kind"]: d for d in shown["documents"]}
            assert kinds["tcb-info"]["fmspc"] == "b0c06f000000" and kinds["tcb-info"]["platform"] == tee, shown
            assert kinds["quoting-enclave"]["evaluation"] == 17, shown
            # A policy from the quote accepts it, and nothing else.
            quote = pcs.evidence.read_bytes()
            text = quote[quote.index(b"-----BEGIN"):].rstrip(b"\0").decode()
            root.write_text("-----BEGIN" + text.split("-----BEGIN")[3])
            said = cli("policy", "new", "--evidence", pcs.evidence, "--test-root", root, "-o", policy)
            assert said.code == 0 and "nobody has verified" in said.err, said
            assert pcs.verify(policy, "--collateral", bundle).json["code"] == "ok", pcs.verify(policy, "--collateral", bundle)
            other = SUITE / f"{tee}-bare-debug/evidence.bin"
            said = cli("--json", "policy", "new", "--evidence", other, "-o", pathlib.Path(at) / "none")
            assert said.json["code"] == "debug_enclave", said
            intels = pathlib.Path(at) / "intels.toml"
            assert cli("policy", "new", "--evidence", pcs.evidence, "-o", intels).code == 0
            assert pcs.verify(intels, "--collateral", bundle).json["code"] == "root_unknown"


def test_a_brokers_bundle_is_read_at_its_start_and_on_a_signal():
    kds = Kds()
    with tempfile.TemporaryDirectory() as at:
        at = pathlib.Path(at)
        folder, bundle, log = at / "broker", at / "bundle", at / "log"
        broker = [program("glovebox-broker")]
        subprocess.run([*broker, "init", "--folder", folder], check=True, capture_output=True)
        serve = [*broker, "serve", "--folder", folder, "--listen", "127.0.0.1:0", "--collateral", bundle]
        for content in (None, b"nothing of the kind", kds.bundle[:-1]):
            if content is not None:
                bundle.write_bytes(content)
            done = subprocess.run([*broker, "--json", *serve[1:]], capture_output=True, timeout=60)
            word = json.loads(done.stdout)["code"]
            assert word == ("file_unreadable" if content is None else "collateral_invalid") and done.returncode, done
        bundle.write_bytes(kds.bundle)
        with open(log, "wb") as out:
            running = subprocess.Popen(serve, stderr=out, stdout=out, start_new_session=True)
        try:
            told = lambda text, times=1: wait_for(lambda: log.read_text().count(text) >= times, 20, text)
            told("listening on")
            told("collateral: 3 certificates, 1 revocation lists, 0 documents")
            bundle.write_bytes(kds.bundle[:-1])
            running.send_signal(signal.SIGHUP)
            told("collateral not read anew: collateral_invalid")
            bundle.write_bytes(kds.bundle)
            running.send_signal(signal.SIGHUP)
            told("collateral: 3 certificates", 2)
            assert running.poll() is None
        finally:
            stop(running)


def test_over_tls_the_server_must_be_known():
    kds = Kds()
    needs(shutil.which("openssl"), "needs openssl, which is not installed")
    with tempfile.TemporaryDirectory() as at:
        key, certificate, bundle = (str(pathlib.Path(at) / n) for n in ("key.pem", "cert.pem", "bundle"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=test",
                        "-days", "2", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True,
                       capture_output=True)
        with served(kds.files, (certificate, key)) as (url, asked):
            said = cli("--json", "attest", "collateral", "fetch", kds.evidence, "--from", url, "-o", bundle)
            assert said.json["code"] in ("server_unauthentic", "config_invalid") and not asked, said
            said = cli("--json", "attest", "collateral", "fetch", kds.evidence, "--from", url, "--ca", certificate, "-o", bundle)
            assert said.code == 0, said
            assert kds.verify("--collateral", bundle).json["code"] == "ok"


def test_a_policy_from_a_report():
    kds = Kds()
    with tempfile.TemporaryDirectory() as at:
        root, policy, amd, bundle, report = (pathlib.Path(at) / n for n in ("root", "policy.toml", "amd.toml", "bundle", "report"))
        root.write_bytes(kds.root)
        bundle.write_bytes(kds.bundle)
        report.write_bytes(kds.report)
        judged = lambda file, by: cli("--json", "attest", "verify", file, "--policy", by, "--at", kds.at, "--collateral", bundle).json["code"]
        said = cli("policy", "new", "--evidence", kds.evidence, "--test-root", root, "-o", policy)
        assert said.code == 0 and "nobody has verified" in said.err and "TEST ROOT" in said.err, said
        assert cli("policy", "check", policy).code == 0
        assert judged(report, policy) == "ok"
        # Of another guest it takes nothing.
        other = bytearray(kds.report)
        other[0x90] ^= 1
        (pathlib.Path(at) / "other").write_bytes(other)
        assert judged(pathlib.Path(at) / "other", policy) == "evidence_signature_invalid"
        # Without a test root it is AMD's, and the same evidence is refused.
        assert cli("policy", "new", "--evidence", report, "-o", amd).code == 0
        assert "AMD ARK Milan" in amd.read_text() and "minimum_tcb" in amd.read_text()
        assert judged(report, amd) == "root_unknown"
        assert cli("--json", "policy", "new", "-o", pathlib.Path(at) / "none").json["code"] == "usage"
    real = SHARED / "vectors/sev-snp"
    needs(real.exists(), "needs the real evidence, which is not here")
    with tempfile.TemporaryDirectory() as at:
        policy, bundle = pathlib.Path(at) / "policy.toml", pathlib.Path(at) / "bundle"
        said = cli("--json", "policy", "new", "--evidence", real / "go-sev-guest-attestation.bin", "--product", "Milan", "-o", policy)
        assert said.json["code"] == "debug_enclave", said
        assert cli("policy", "new", "--evidence", real / "ms-milan_attestation_report.bin", "-o", policy).code == 0
        assert cli("attest", "collateral", "import", real / "ms-milan_vcek.pem", real / "ms-milan_ask.pem", real / "milan_ark.pem", "-o", bundle).code == 0
        args = ["--json", "attest", "verify", real / "ms-milan_attestation_report.bin", "--at", "2026-03-01T00:00:00Z", "--collateral", bundle, "--policy"]
        assert cli(*args, policy).json["code"] == "collateral_missing"  # no revocation list of AMD's is in the stored evidence
        text = policy.read_text().replace("unchecked = []", 'unchecked = ["revocation"]')
        loose = pathlib.Path(at) / "loose.toml"
        loose.write_text(text)
        assert cli(*args, loose).json["code"] == "ok"


def test_a_real_quote_by_a_policy_of_its_own_and_intels_real_lists():
    real = SHARED / "vectors/intel"
    needs(real.exists(), "needs the real evidence, which is not here")
    for tee, word in (("tdx", "ok"), ("sgx", "tcb_status_not_allowed")):
        quote, given = real / f"dcap-qvl-{tee}_quote", json.loads((real / f"dcap-qvl-{tee}_quote_collateral.json").read_text())
        parts = [bytes.fromhex(given["root_ca_crl"]), bytes.fromhex(given["pck_crl"]), given["tcb_info_issuer_chain"].encode(),
                 b'{"tcbInfo":%s,"signature":"%s"}' % (given["tcb_info"].encode(), given["tcb_info_signature"].encode()),
                 b'{"enclaveIdentity":%s,"signature":"%s"}' % (given["qe_identity"].encode(), given["qe_identity_signature"].encode())]
        with tempfile.TemporaryDirectory() as at:
            files = [pathlib.Path(at) / f"part{i}" for i in range(len(parts))]
            for file, part in zip(files, parts):
                file.write_bytes(part)
            bundle, policy = pathlib.Path(at) / "bundle", pathlib.Path(at) / "policy.toml"
            assert cli("attest", "collateral", "import", *files, "-o", bundle).code == 0
            assert cli("policy", "new", "--evidence", quote, "-o", policy).code == 0
            judged = lambda when: cli("--json", "attest", "verify", quote, "--policy", policy, "--collateral", bundle, "--at", when).json["code"]
            assert judged("2025-06-25T00:00:00Z") == word, tee
            assert judged("2025-07-20T00:00:00Z") == "collateral_expired", tee


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
