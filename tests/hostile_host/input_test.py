#!/usr/bin/env python3
"""What anyone can send: bad HTTP to host and broker, bad frames to an enclave, calls that never end, and files that are too much.
Each gets its named rejection, or its deadline, and the programs go on."""
import gzip, os, re, socket, sys, threading, time, zlib

from stage import *
from cli_test import HEADER, VECTORS, cli, expected_word, folder, one_object, refused, vectors


def talk(address, data, wait=60, end=True, pause=None):
    """Sends bytes on one connection, all at once or each after a pause, and gives what comes back until the other side closes."""
    with socket.socket(socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX) as s:
        s.settimeout(wait)
        s.connect(address)
        back = bytearray()
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for one in [data] if pause is None else [data[i:i + 1] for i in range(len(data))]:
                s.sendall(one)
                time.sleep(pause or 0)
            if end:
                s.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):  # what was said before it was left
            while piece := s.recv(65536):
                back += piece
        return bytes(back)


def statuses(said):
    """The statuses of all HTTP answers in a stream of bytes."""
    return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d\d\d) ", said)]


def word_of(said):
    """The word in the status frame that ends what an enclave says."""
    return WORDS[said[-1]] if said[-6:-1] == bytes([STATUS, 0, 0, 0, 1]) else said[-20:]


def counted(text, name):
    return sum(int(n) for n in re.findall(rf"(?m)^{name}(?:\{{.*\}})? (\d+)$", text))


def test_http_vectors_to_host_and_broker():
    with folder() as at, Bed(model=stump_model(at)) as bed:
        wrong = []
        for name, port in (("host", bed.host_port), ("broker", bed.broker_port)):
            for path in vectors("http", ".http"):
                said = talk(("127.0.0.1", port), path.read_bytes(), end=False)
                # The broker takes no chunks at all, and so never looks at what is wrong with them.
                status = 411 if name == "broker" and "-400-chunk-" in path.name else int(expected_word(path))
                if statuses(said) != [status]:
                    wrong.append(f"{name}: {path.name}: {said[:200]}")
                assert b"_total" not in said, f"{name}: a second request on one connection was served: {path.name}"
        assert not wrong, "\n".join(wrong)
        assert bed.host.poll() is None and bed.broker.poll() is None
        text = bed.metrics(bed.host_port)
        assert counted(text, "glovebox_host_http_errors_total") >= 30 and counted(text, "glovebox_host_reply_bytes_total") == 0, text


FRAMES = {"000-accept-call": "failed", "001-accept-reply": "failed", "002-accept-evidence": "ok", "003-accept-nothing": "failed"}


def test_frame_vectors_to_an_enclave():
    with folder() as at, Bed(model=stump_model(at)) as bed:
        address = str(bed.folder / "enclave.sock")
        evidence = frame(EVIDENCE, os.urandom(32))
        for path in vectors("wire", ".frames"):
            data = path.read_bytes()
            assert word_of(talk(address, data)) == FRAMES.get(path.stem, "failed"), path.name
            assert word_of(talk(address, frame(SCORE, b"x" * 100) + data)) in ("failed", "too_large", b""), path.name  # inside an upload
            assert word_of(talk(address, evidence)) == "ok", path.name
        assert bed.enclave.poll() is None


def test_those_who_never_finish():
    """Slow or silent callers, all at once: each is left in its time, and an honest client is served beside them."""
    with folder() as at, Bed(model=stump_model(at), configuration=configuration(request_seconds=6)) as bed:
        stop(bed.host)
        port = bed.start_host("host", "enclave", None, "--idle", "2")
        enclave, host, broker = str(bed.folder / "enclave.sock"), ("127.0.0.1", port), ("127.0.0.1", bed.broker_port)
        upload = b"POST /v1/score HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + (100).to_bytes(4, "big") + bytes(100)
        calls = {
            "a frame's head, byte by byte, to the enclave": (enclave, frame(EVIDENCE, bytes(32)), 1.0),
            "nothing to the enclave": (enclave, b"", None),
            "half of an upload to the enclave": (enclave, frame(SCORE, bytes(100)) + frame(DATA, bytes(1000)), None),
            "an upload to the host, and no more of it": (host, upload, None),
            "nothing to the broker": (broker, b"", None),
            "a head, byte by byte, to the broker": (broker, b"GET /v1/keys HTTP/1.1\r\nX: " + b"y" * 60, 0.3),
            "half of a body to the broker": (broker, b"POST /v1/release HTTP/1.1\r\nContent-Length: 1000\r\n\r\n12345", None),
        }
        if os.environ.get("GLOVEBOX_EXHAUSTIVE"):  # half a minute
            calls["nothing to the host"] = (host, b"", None)
            calls["a head, byte by byte, to the host"] = (host, b"GET /healthz HTTP/1.1\r\nX: " + b"y" * 60, 1.0)
        said = {}

        def one(what, address, data, pause):
            said[what] = talk(address, data, wait=120, end=False, pause=pause)
        threads = [threading.Thread(target=one, args=(what, *call)) for what, call in calls.items()]
        for t in threads:
            t.start()
        bed.score(SOURCE / "tests/vectors/vcf/accepted.vcf", "--absent", "missing", check=0)
        for t in threads:
            t.join(150)
        assert set(said) == set(calls), set(calls) - set(said)
        for what in list(calls)[:3]:
            assert word_of(said[what]) == "deadline", (what, said[what])
        assert statuses(said["an upload to the host, and no more of it"]) == [504], said
        for what in list(calls)[4:]:
            assert 200 not in statuses(said[what]), (what, said[what])
        bed.score(SOURCE / "tests/vectors/vcf/accepted.vcf", "--absent", "missing", check=0)


# -- files that are too much, made here and thrown away ------------------------------------------------------------------------
RECORD = "1\t100\t.\tA\tG\t.\tPASS\t{}\tGT\t0/1\n"


def member(data, level=9):
    return gzip.compress(data, level)


def block(data):
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    return (bytes.fromhex("1f8b08040000000000ff060042430200") + (len(body) + 25).to_bytes(2, "little") + body +
            zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little"))


EMPTY_BLOCK = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
GOOD = (HEADER + "S1\n" + RECORD.format(".")).encode()


def too_much():
    """(word, what, content): content is made when its turn comes."""
    samples = 1_000_000
    names = "\t".join(f"S{i}" for i in range(samples))
    yield "accepted", "a line of 10 MB", lambda: (HEADER + "S1\n" + RECORD.format("X=" + "x" * 10_000_000)).encode()
    yield "too_large", "a line of 17 MB", lambda: (HEADER + "S1\n" + RECORD.format("X=" + "x" * 17_000_000)).encode()
    yield "too_large", "a line without end", lambda: HEADER.encode() + b"x" * (20 << 20)
    yield "sample_ambiguous", "a million samples", lambda: (HEADER + names + "\n" + RECORD.format(".").rstrip("\n") + "\t0/1" * (samples - 1) + "\n").encode()
    yield "too_large", "two million samples", lambda: (HEADER + "\t".join(map(str, range(2_000_000))) + "\n").encode()
    yield "vcf_malformed", "a million samples, and one twice", lambda: (HEADER + names + "\tS0\n").encode()
    yield "too_large", "a header of 70 MB", lambda: HEADER[:HEADER.index("#CHROM")].encode() + b"##x=" + (b"y" * 999_990 + b"\n##x=") * 70 + b"\n"
    yield "too_large", "two hundred thousand contigs", lambda: (HEADER.replace("#CHROM", "".join(f"##contig=<ID=c{i}>\n" for i in range(200_000)) + "#CHROM") + "S1\n").encode()
    yield "vcf_malformed", "a hundred thousand alleles", lambda: (HEADER + "S1\n" + "1\t100\t.\tA\t" + ",".join(["G"] * 100_000) + "\t.\tPASS\t.\tGT\t0/1\n").encode()
    yield "vcf_malformed", "a call of a million alleles", lambda: (HEADER + "S1\n" + RECORD.format(".").replace("0/1", "/".join("0" * 1_000_000))).encode()
    yield "compression_bomb", "a bomb in the second member", lambda: member(GOOD) + member(RECORD.format("x" * 900).encode() * 90_000)
    yield "compression_bomb", "a bomb of many blocks", lambda: block(GOOD) + block(RECORD.format("x" * 60_000).encode()) * 1_500 + EMPTY_BLOCK
    yield "accepted", "ten thousand empty blocks", lambda: EMPTY_BLOCK * 5_000 + block(GOOD) + EMPTY_BLOCK * 5_000
    yield "type_unsupported", "a bomb inside a gzip inside a gzip", lambda: member(member(member(bytes(1 << 20))))


def test_genomes_that_are_too_much():
    with folder() as at:
        model = stump_model(at)
        for word, what, content in too_much():
            file = at / "big.vcf.gz"
            file.write_bytes(content())
            args = ["check", file, "--model", model, "--build", "GRCh37", "--absent", "missing"]
            if word == "accepted":
                done = cli("--json", *args)
                assert done.code == 0 and one_object(done)["checks"][0]["id"] == "S1", (what, done)
            else:
                done = cli("--json", *args)
                assert one_object(done)["code"] == word, (what, str(done)[:2000])
            print(f"    {what}: {word}", flush=True)


def test_a_genome_that_says_nothing_of_its_contigs():
    """No contig, or none with a length: which build it is must be said."""
    with folder() as at:
        model = stump_model(at)
        for contig in ("", "##contig=<ID=1>\n", "##contig=<ID=1,length=.>\n", "##contig=<ID=GL000207.1,length=4262>\n"):
            file = at / "g.vcf"
            file.write_text(re.sub("##contig.*\n", contig, HEADER) + "S1\n" + RECORD.format("."))
            refused("build_unknown", "check", file, "--model", model, "--absent", "missing")
            assert cli("check", file, "--model", model, "--absent", "missing", "--build", "GRCh37").code == 0


def test_tables():
    """Here and in an enclave, which alone sees them without the model's file: the same words."""
    wide = ",".join(f"c{i}" for i in range(70_000))
    made = {"too_large-a-line-of-20-mb": "f0,f1\n" + "0," * 10_000_000, "too_large-70-thousand-columns": f"f0,f1,{wide}\n", "too_large-66-thousand-rows": "f0,f1\n" + "0,1\n" * 66_000}
    with folder() as at, Bed(model=stump_model(at)) as bed:
        files = vectors("table", ".csv")
        for name, text in made.items():
            (at / f"{name}.csv").write_text(text)
            files.append(at / f"{name}.csv")
        for path in files:
            word = expected_word(path)
            if word == "accepted":
                assert cli("check", path, "--model", bed.model).code == 0
                bed.score(path, bundle=False, check=0)
                continue
            refused(word, "check", path, "--model", bed.model)
            done = bed.score(path, bundle=False)
            assert one_object(done)["code"] == word and done.code == EXIT_OF[word], (path, done)


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
