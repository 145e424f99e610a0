#!/usr/bin/env python3
"""Nothing in clear outside: every byte through the host, and the host's whole memory, are searched for 16 bytes in a row of
anything secret. The same search finds them inside the enclave while it works (so the search works), none two seconds after
the result (so erasing works), and all of them when sealing is switched off by a test build."""
import base64, struct, subprocess, sys

from bed import *
from relay import Relay
from search import *


def marked_vcf(folder, megabytes=2):
    """A plain VCF whose every line carries a marker of its own, over the model's sites and many others."""
    import random
    random.seed(7)
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=22>", '##INFO=<ID=M,Number=1,Type=String,Description="Marker">', '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
             "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tMARKED-PERSON"]
    position, size = 16050000, 0
    while size < megabytes << 20:
        position += random.randint(1, 900)
        line = f"22\t{position}\tMARK{random.getrandbits(96):024x}\tA\tG\t50\tPASS\tM={random.getrandbits(128):032x}\tGT\t{random.randint(0, 1)}|{random.randint(0, 1)}"
        lines.append(line)
        size += len(line)
    path = folder / "marked.vcf"
    path.write_text("\n".join(lines) + "\n")
    return path


class Tapped:
    """A bed with a wire-tap on each of the host's four sides."""

    def __init__(self, bed, hold_at=None):
        self.bed = bed
        stop(bed.host)
        f = bed.folder
        self.inner = Relay(f / "tap.sock", f / "enclave.sock")  # host to enclave
        self.broker = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.broker_port))  # host to broker
        port = free_port()
        bed.host = bed.start("glovebox-host", "--listen", f"127.0.0.1:{port}", "--enclave", f"unix:{f}/tap.sock",
                             "--proxy", f"unix:{f}/enclave.proxy", "--broker", f"http://127.0.0.1:{self.broker.port}", log="host-tapped")
        wait_for(lambda: answers(port), 10, "the host listens")
        self.front = Relay(("127.0.0.1", 0), ("127.0.0.1", port), hold_at=hold_at)  # client to host
        self.url = f"http://127.0.0.1:{self.front.port}"

    def seen(self):
        return [bytes(s) for tap in (self.front, self.inner, self.broker) for s in tap.seen]


def score_in_background(bed, url, file, *args, binary="glovebox"):
    command = [program(binary), "score", str(file), "--server", url, "--policy", str(bed.policy), "--bundle", str(bed.model), "--whole", "--json",
               "--build", "GRCh37", "--absent", "missing", "--key", str(bed.folder / "me.key"), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=bed.folder)


def keys_of(bed):
    """All long-lived secrets of client and broker: raw, hex, base64."""
    secrets = {}
    text = (bed.folder / "me.key").read_text().splitlines()[-1].split(":", 1)[1]
    raw = [("person", base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[:32])]
    for path in sorted((bed.folder / "broker").rglob("*.key")):
        data = path.read_bytes()
        raw.append((path.name, data[-32:] if len(data) < 64 else data))
    for name, key in raw:
        secrets[name] = key
        secrets[name + "-hex"] = key.hex().encode()
        secrets[name + "-base64"] = base64.b64encode(key)
    return secrets


def result_forms(done):
    """The result as text, float and double. Short ones are searched for whole."""
    row = done["scores"][0]["rows"][0]
    out = {}
    for name, value in (("margin", row["margins"][0]), ("prediction", row["predictions"][0])):
        single = struct.unpack("<f", struct.pack("<f", value))[0]
        out[f"{name}-text"] = repr(value)[:9].encode() if len(repr(value)) >= 9 else repr(value).encode()
        out[f"{name}-double"] = struct.pack("<d", single)
        # a float alone is four bytes, which stand somewhere in any megabyte: with its CBOR head and its neighbour it is unmistakable
        out[f"{name}-cbor"] = b"\xfa" + struct.pack(">f", value)
    out["row-cbor"] = b"\xfa" + struct.pack(">f", row["margins"][0]) + b"\x81\xfa" + struct.pack(">f", row["predictions"][0])
    return {k: v for k, v in out.items() if not k.endswith("-cbor") or k == "row-cbor"}


def bgzf_heads(data):
    """Every 16-byte window that lies within BGZF's fixed 18-byte header or its empty last block."""
    head = bytes.fromhex("1f8b08040000000000ff0600424302001b000300000000000000000000")
    return {head[i:i + 16] for i in range(len(head) - 15)} | {data[i:i + 16] for i in range(0, 3)}


def check_secret(compressed):
    with Bed() as bed:
        bed.run("glovebox", "keygen", "-o", "me.key", check=0)
        vcf = marked_vcf(bed.folder)
        plain = vcf.read_bytes()
        ignore = set()
        if compressed:
            subprocess.run(["bcftools", "view", "--no-version", "-Oz", "-o", str(vcf) + ".gz", str(vcf)], check=True)
            vcf = bed.folder / "marked.vcf.gz"
            ignore = bgzf_heads(vcf.read_bytes())
        data = vcf.read_bytes()
        secrets = dict(text=plain, given=data, **keys_of(bed))
        needles = Needles(**secrets)
        size = len(data)
        tapped = Tapped(bed, hold_at=size // 2)
        client = score_in_background(bed, tapped.url, vcf)
        assert tapped.front.held.wait(60), (client.poll(), client.communicate() if client.poll() is not None else "")
        time.sleep(0.5)  # what was let through has reached the enclave's child

        found = find_in_memory(bed.host.pid, needles, ignore)
        assert found is None, f"in the host's memory while the upload is held open: {found}"
        if os.geteuid() == 0:
            inside = [find_in_memory(pid, needles, ignore) for pid in children_of(bed.enclave.pid)]
            assert any(inside), "the search finds nothing inside the enclave while it works: it cannot be trusted"
        tapped.front.released.set()
        out, err = client.communicate(timeout=120)
        assert client.returncode == 0, (out, err)
        done = json.loads(out)
        assert done["scores"][0]["quality"]["asked"] > 0
        after = Needles(**secrets, **result_forms(done))
        for where in tapped.seen():
            assert after.find(where, ignore) is None, f"in the traffic: {after.find(where, ignore)}"
        found = find_in_memory(bed.host.pid, Needles(**secrets), ignore)
        assert found is None, f"in the host's memory after the result: {found}"
        time.sleep(2)
        if os.geteuid() == 0:
            for pid in children_of(bed.enclave.pid):
                found = find_in_memory(pid, needles, ignore)
                assert found is None, f"in the enclave's process {pid} two seconds after the result: {found}"
        else:
            raise Skip("the halves inside the enclave's memory need root: its processes are not dumpable")


def test_nothing_of_a_plain_vcf_is_outside():
    check_secret(compressed=False)


def test_nothing_of_a_compressed_vcf_is_outside():
    check_secret(compressed=True)


def test_with_sealing_switched_off_the_search_finds_the_genome():
    needs((BUILD / "bin/glovebox-unsealed").exists() and (BUILD / "bin/glovebox-enclave-unsealed").exists(), "needs the test builds without sealing")
    with Bed() as bed:
        bed.run("glovebox", "keygen", "-o", "me.key", check=0)
        stop(bed.enclave)
        bed.start_enclave(binary="glovebox-enclave-unsealed")
        bed.write_policy(binary_path=program("glovebox-enclave-unsealed"))
        vcf = marked_vcf(bed.folder)
        tapped = Tapped(bed)
        client = score_in_background(bed, tapped.url, vcf, binary="glovebox-unsealed")
        out, err = client.communicate(timeout=120)
        assert client.returncode == 0, (out, err)
        needles = Needles(text=vcf.read_bytes())
        assert any(needles.find(where) for where in tapped.seen()), "sealing was off and the search found nothing"


def test_the_broker_with_all_traffic_cannot_open_a_live_request():
    """With the broker's keys and every byte in hand: the share is not the file key, and the body does not open with it."""
    with Bed() as bed:
        record = bed.folder / "saw.bin"
        stop(bed.host)
        bed.start_host(record=record)
        bed.score_person(check=0)
        tool = BUILD / "bin/glovebox-test-broker-attack"
        needs(tool.exists(), "needs the test program that plays a broker with all traffic")
        done = subprocess.run([str(tool), str(bed.folder / "broker"), str(record)], capture_output=True, timeout=60)
        assert done.returncode == 0, done


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
