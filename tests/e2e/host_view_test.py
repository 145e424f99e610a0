#!/usr/bin/env python3
"""What the host sees does not depend on what is in the sealed data: a score, a refusal, a parse error and a crash look alike.
And what a hostile host can do ends in a named rejection."""
import http.client, http.server, subprocess, sys, threading

from bed import *
from relay import Relay


def padded_vcf(folder, name, body, size=40000):
    """Files of one size: the size class is the same, and so must be all the rest."""
    head = ("##fileformat=VCFv4.2\n##contig=<ID=22>\n##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n##padding={}\n"
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP\n")
    text = head.format("") + body
    path = folder / name
    path.write_text(head.format("x" * (size - len(text))) + body)
    return path


GOOD = "22\t50300200\t.\tA\tG\t50\tPASS\t.\tGT\t0|1\n"


def shapes(front, inner):
    """What the host sees: both directions of each call of the client, and what the enclave sends back. (Towards the enclave the
    host cuts the frames itself, wherever the network cut the upload.)"""
    return [(call[0], call[1]) for call in front.calls], [call[1] for call in inner.calls]


def test_the_parameters_cannot_be_tried_out_against_their_digest():
    """The request shows H(parameters) to the host: the same parameters twice must not look the same."""
    with Bed() as bed:
        file = padded_vcf(bed.folder, "score.vcf", GOOD)
        seen = []
        for _ in range(2):
            front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port))
            bed.score(file, "--build", "GRCh37", "--absent", "missing", url=f"http://127.0.0.1:{front.port:05}", bundle=False)
            sent = bytes(front.seen[0])
            front.close()
            request = sent[sent.index(b"glovebox request v1") + 19:]  # then request id, core, model and parameters
            assert request[0] == 0x50 and all(request[at:at + 2] == b"\x58\x20" for at in (17, 51, 85)), request[:120].hex()
            seen.append((request[53:85], request[87:119]))
        assert seen[0][0] == seen[1][0], "the same model"
        assert seen[0][1] != seen[1][1], "the parameters' digest can be guessed"


def test_score_refusal_parse_error_and_crash_look_alike_to_the_host():
    hostile = (BUILD / "bin/glovebox-enclave-hostile").exists()
    with Bed() as bed:
        if hostile:
            stop(bed.enclave)
            bed.start_enclave(binary="glovebox-enclave-hostile")
            bed.write_policy(binary_path=program("glovebox-enclave-hostile"))
        cases = {
            "score": padded_vcf(bed.folder, "score.vcf", GOOD),
            "refusal": padded_vcf(bed.folder, "refusal.vcf", GOOD.replace("50300200", "51999999")),  # beyond GRCh37's chr22
            "parse error": padded_vcf(bed.folder, "parse.vcf", "22\tnot-a-number\t.\tA\tG\t50\tPASS\t.\tGT\t0|1\n"),
        }
        if hostile:
            cases["crash"] = padded_vcf(bed.folder, "crash.vcf", GOOD.replace("\t.\tA\t", "\tGLOVEBOX-TEST-ATTACK=crash\tA\t"))
        seen, codes, frames = {}, {}, {}
        for name, file in cases.items():
            stop(bed.host)
            tap = Relay(bed.folder / f"tap-{len(seen)}.sock", bed.folder / "enclave.sock")
            port = free_port()
            bed.host = bed.start("glovebox-host", "--listen", f"127.0.0.1:{port}", "--enclave", f"unix:{bed.folder}/tap-{len(seen)}.sock",
                                 "--proxy", f"unix:{bed.folder}/enclave.proxy", "--broker", f"http://127.0.0.1:{bed.broker_port}", log="host")
            bed.host_port = port
            wait_for(lambda: answers(port), 10, "the host listens")
            front = Relay(("127.0.0.1", 0), ("127.0.0.1", port))
            done = bed.score(file, "--build", "GRCh37", "--absent", "missing", bundle=False, url=f"http://127.0.0.1:{front.port:05}")
            codes[name] = done.json["code"]
            seen[name] = shapes(front, tap)
            front.close()
            # The host notes a closed connection a moment later than the client; the question itself is one.
            metrics = wait_for(lambda: (lambda text: text if "glovebox_host_connections 1\n" in text else None)(bed.metrics(port)), 10,
                               "the host has noted that the client is gone")
            metrics = [l for l in metrics.splitlines() if not l.startswith("#") and "second" not in l]
            frames[name] = metrics
            tap.close()
        assert codes["score"] == "ok" and codes["refusal"] != "ok" and codes["parse error"] == "vcf_malformed", codes
        if hostile:
            assert codes["crash"] == "enclave_failed", codes
        assert len({str(s) for s in seen.values()}) == 1, seen
        assert len({str(f) for f in frames.values()}) == 1, frames


class LyingHost(http.server.BaseHTTPRequestHandler):
    """Passes on what a host passes on, except for what `lies` changes."""
    protocol_version = "HTTP/1.1"
    real, lies, kept = None, {}, {}

    def answer(self, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.real, timeout=60)
        c.request(self.command, self.path, body=body, headers={"Content-Type": "application/octet-stream"} if body else {})
        r = c.getresponse()
        data = r.read()
        key = self.command + " " + self.path.split("?")[0]
        self.kept.setdefault(key, []).append(data)
        if key in self.lies:
            data = self.lies[key](data)
        self.send_response(r.status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        self.answer()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "upload" in self.lies:
            body = self.lies["upload"](body)
        self.answer(body)

    def log_message(self, *args):
        pass


def lying_host(bed, lies):
    handler = type("Lying", (LyingHost,), {"real": bed.host_port, "lies": lies, "kept": {}})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}", handler


def refused_as(bed, lies, code, exit_code=None, **kwargs):
    url, handler = lying_host(bed, lies)
    done = bed.score_person("HG00096", "--retries", "0", url=url, **kwargs)
    assert done.json["code"] == code, (code, done)
    if exit_code is not None:
        assert done.code == exit_code, done
    return done


def test_what_a_lying_host_sends_is_refused_by_name():
    with Bed() as bed:
        url, handler = lying_host(bed, {})
        bed.score_person("HG00096", url=url, check=0)
        old_answer = handler.kept["POST /v1/score"][0]
        old_evidence = handler.kept["GET /v1/evidence"][0]
        bed.score_person("HG00097", url=url, check=0)
        other_answer = handler.kept["POST /v1/score"][1]
        answer, evidence, keys = "POST /v1/score", "GET /v1/evidence", "GET /v1/broker/keys"
        refused_as(bed, {answer: lambda d: old_answer}, "answer_unauthentic", 6)  # yesterday's
        refused_as(bed, {answer: lambda d: other_answer}, "answer_unauthentic", 6)  # another person's
        refused_as(bed, {answer: lambda d: d[:-1]}, "answer_unauthentic", 6)
        refused_as(bed, {answer: lambda d: d[:100] + bytes([d[100] ^ 1]) + d[101:]}, "answer_unauthentic", 6)
        refused_as(bed, {answer: lambda d: bytes(len(d))}, "answer_unauthentic", 6)
        done = refused_as(bed, {evidence: lambda d: old_evidence}, "nonce_mismatch", 4)
        assert done.json["sent"] == "nothing"
        refused_as(bed, {evidence: lambda d: d[:-1]}, "evidence_malformed", 4)
        refused_as(bed, {evidence: lambda d: d[:2000] + bytes([d[2000] ^ 1]) + d[2001:]}, None or "evidence_signature_invalid", 4)
        # an upload changed on the way: in the signed request, in the header, in the body
        refused_as(bed, {"upload": lambda b: b[:60] + bytes([b[60] ^ 1]) + b[61:]}, "enclave_failed")
        refused_as(bed, {"upload": lambda b: b[:-50] + bytes([b[-50] ^ 1]) + b[-49:]}, "chunk_unauthentic", 3)


def test_a_broker_key_without_a_good_statement_is_refused():
    with Bed() as bed:
        # the policy sends the client to the host for statements
        text = "\n".join(l for l in bed.policy.read_text().splitlines() if not l.strip().startswith("url"))
        bed.policy.write_text(text)
        bed.score_person("HG00096", check=0)
        # another broker of the same operator: good statements, of another identity
        other = bed.folder / "other-broker"
        bed.run("glovebox-broker", "init", "--folder", other, "--development-root", bed.folder / "nsm/root.crt", check=0)
        bed.run("glovebox-broker", "key", "new", "--folder", other, check=0)
        port = free_port()
        bed.start("glovebox-broker", "serve", "--folder", other, "--listen", f"127.0.0.1:{port}", log="other-broker")
        wait_for(lambda: answers(port), 10, "the other broker listens")
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        c.request("GET", "/v1/keys")
        theirs = c.getresponse().read()
        done = refused_as(bed, {"GET /v1/broker/keys": lambda d: theirs}, "broker_unknown", 5)
        assert done.json["sent"] == "nothing"
        refused_as(bed, {"GET /v1/broker/keys": flipped}, "broker_unknown", 5)
        # and an answer signed by that other broker: the host leads the enclave's way out to it
        stop(bed.host)
        mine, bed.broker_port = bed.broker_port, port
        bed.start_host()
        bed.broker_port = mine
        url, _ = lying_host(bed, {"GET /v1/broker/keys": lambda d: keys_of(mine)})
        done = bed.score_person("HG00096", "--retries", "0", url=url)
        assert done.code in (5, 6) and done.json["code"] in ("release_unauthentic", "challenge_unknown", "wrapped_key_invalid", "release_refused"), done


def flipped(statements):
    """One bit of each signed statement changed: they are some 1,400 bytes each."""
    out = bytearray(statements)
    for at in range(200, len(out), 700):
        out[at] ^= 1
    return bytes(out)


def keys_of(port):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    c.request("GET", "/v1/keys")
    return c.getresponse().read()


def test_swapped_models_and_programs_are_refused_before_anything_is_sent():
    with Bed() as bed:
        other = bed.folder / "other-models"
        other.mkdir()
        shutil.copy(bed.model, other / bed.model.name)
        shutil.copy(bed.model, other / "twice.glovebox")
        changed = bytearray(pathlib.Path(program("glovebox-enclave")).read_bytes())
        changed[changed.index(b"opens sealed requests")] ^= 0x20
        (bed.folder / "changed").write_bytes(changed)
        (bed.folder / "changed").chmod(0o755)
        bed.start_enclave("changed-enclave", binary_path=bed.folder / "changed")
        port = bed.start_host("host2", "changed-enclave")
        done = bed.score_person("HG00096", url=f"http://127.0.0.1:{port}", check=4)
        assert done.json["code"] == "measurement_unknown" and done.json["sent"] == "nothing", done


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
