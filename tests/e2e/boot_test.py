#!/usr/bin/env python3
"""The measured image, booted: the same score as the development enclave's, registers as computed beforehand, and what an
enclave does under a host that lies at its start. Needs QEMU's nitro-enclave machine and the enclave's kernel."""
import hashlib, struct

from machine import *

EXHAUSTIVE = bool(os.environ.get("GLOVEBOX_EXHAUSTIVE"))


NO_RAMDISK = "21b9efbc184807662e966d34f390821309eeac6802309798826296bf3e8bec7c10edb30948c90ba67310f7b964fc500a"


class NoBed(Bed):
    """A folder and a test root; no broker, no host."""

    def __enter__(self):
        needs_qemu()
        super().reference_values()
        return self


class HostsModels(BootedBed):
    """An image without models, and a host that sends them. GLOVEBOX_IMAGE names the image (./run e2e: that of ./run image)."""

    def __enter__(self):
        if named := os.environ.get("GLOVEBOX_IMAGE"):
            self.image, self.measured = pathlib.Path(named), measure(named)
        else:
            self.image = self.folder / "image.eif"
            self.measured = build_image(self.image)
        return super().__enter__()

    def start_enclave(self, name="enclave", **ignored):
        self.machine = Machine(self, self.image, name)

    def start_host(self, name="host", enclave="enclave", record=None, *more):
        more += tuple(x for model in sorted(self.models.iterdir()) for x in ("--model", model))
        port = super().start_host(name, enclave, record, *more)
        self.machine.serves()
        return port


def plain_image(bed):
    build_image(bed.folder / "image.eif", models=[bed.model])
    return bed.folder / "image.eif"


def evidence(bed):
    """Asks the enclave itself, as a host does; the size of its evidence. Again for a minute while it is busy with others,
    or its queue of calls is full, which is an end without a word."""
    busy, until = b"\x11" + struct.pack(">IB", 1, 1), time.monotonic() + 60
    while True:
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(60)
            s.connect(str(bed.folder / "enclave.sock"))
            s.sendall(b"\x01" + struct.pack(">I", 32) + bytes(32))
            said = b""
            while piece := s.recv(65536):
                said += piece
        if said not in (b"", busy) or time.monotonic() > until:
            break
        time.sleep(0.2)
    assert said[-6:] == b"\x11" + struct.pack(">IB", 1, 0), said[-6:]
    return len(said)


def margins(done):
    return [row["margins"] for row in done.json["scores"][0]["rows"]]


def refuses(bed, digest, code):
    """A policy that names another thing in place of the one with this digest refuses the enclave, by this name."""
    other, text = bed.folder / "other.toml", bed.policy.read_text()
    assert digest in text, text
    other.write_text(text.replace(digest, "ab" * 32))
    done = bed.run("glovebox", "--json", "info", "--server", bed.url, "--policy", other, check=4)
    assert done.json["code"] == code, done


def same_registers(machine, measured):
    said = machine.registers()
    for index in (0, 1, 2, 8):
        assert said[index] == measured.get(index, "0" * 96), (index, said, measured)


def test_a_real_genome_in_a_booted_image():
    with Bed() as bed:
        want = margins(bed.score_person("HG00096", check=0))
    started = time.monotonic()
    settings = configuration(requests_max=2)  # not the default: a part of the measured ramdisk
    with BootedBed(configuration=settings) as bed:
        assert f"configuration {hashlib.sha256(settings).hexdigest()}" in bed.machine.console()
        receipt = bed.folder / "receipt.bin"
        for way in ("--slice", "--whole"):
            done = bed.score_person("HG00096", way, "--receipt", receipt, check=0)
            assert margins(done) == want, done
        shown = bed.run("glovebox", "receipt", "verify", receipt, "--policy", bed.policy, "--json", check=0).json
        assert shown["development"] is True, shown
        same_registers(bed.machine, bed.measured)
        refuses(bed, hashlib.sha256(settings).hexdigest(), "configuration_unknown")
        kib = bed.machine.resident_kib()
        print(f"           image {bed.image.stat().st_size / 1e6:.2f} MB, resident {kib / 1024:.1f} MiB, {time.monotonic() - started:.1f} s in all")
        assert bed.image.stat().st_size < 8_000_000 and kib < 48 * 1024
        # What QEMU's module says without the bed's signature is believed by no one.
        for raw in sorted(bed.machine.kept.glob("raw-*")):
            about = cli("attest", "show", raw.with_name(raw.name.replace("raw", "signed"))).json["evidence"]
            asked = ["--policy", bed.policy, "--nonce", about["nonce"], "--purpose", about["purpose"]]
            done = bed.run("glovebox", "--json", "attest", "verify", raw, *asked, check=4)
            assert done.json["code"] == "algorithm_unsupported" and "nobody signed" in done.json["hint"], done


def test_one_ramdisk_and_models_of_the_host():
    """The models come at the start; their digests are in PCR16 all the same, and other ones than the policy's are refused."""
    with HostsModels() as bed:
        assert bed.measured[2] == NO_RAMDISK and bed.measured[0] == bed.measured[1]
        with Bed() as laptop:
            want = margins(laptop.score_person("HG00097", check=0))
        assert margins(bed.score_person("HG00097", "--whole", check=0)) == want
        same_registers(bed.machine, bed.measured)
        refuses(bed, re.search(r'digest = "([0-9a-f]{64})"', bed.policy.read_text().split("[[evidence.models]]")[1])[1], "model_unknown")


def test_a_signed_image_and_a_flood_before_its_start():
    """PCR8 is the signer's. Packets that nobody asked for, from the moment the guest's driver is there: the enclave comes up
    and serves all the same."""
    with tempfile.TemporaryDirectory() as at, NoBed() as bed:
        at = pathlib.Path(at)
        key, certificate = at / "key.pem", at / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-days", "2", "-subj", "/CN=images",
                        "-keyout", key, "-out", certificate], check=True, capture_output=True)
        image = bed.folder / "signed.eif"
        measured = build_image(image, models=[bed.model], sign=(key, certificate))
        assert set(measured) == {0, 1, 2, 8} and measured[2] != NO_RAMDISK, measured
        machine = Machine(bed, image, flood=20_000).serves()
        evidence(bed)
        same_registers(machine, measured)
        assert machine.qemu.poll() is None, machine.console()


def stops(words, image=None, **machine):
    """Boots an image which must say why and switch itself off."""
    with NoBed() as bed:
        image = image(bed) if image else plain_image(bed)
        console = Machine(bed, image, **machine).ends()
        assert all(word in console for word in words) and "  expected  " in console and "serves" not in console, console


def test_no_heartbeat():
    stops(["unreachable", "vsock:3:9000"], heartbeat="no")


def test_pcr16_written_before():
    def image(bed):
        enclave = pathlib.Path(program("glovebox-enclave")).read_bytes()
        init = bed.folder / "init"
        init.write_bytes(pathlib.Path(program("glovebox-test-extend-first")).read_bytes() + enclave + struct.pack("<Q", len(enclave)))
        build_image(bed.folder / "image.eif", init=init, models=[bed.model])
        return bed.folder / "image.eif"

    stops(["platform_failed", "PCR16 written already", "something ran in this enclave before"], image)


def test_words_on_the_command_line():
    needs(EXHAUSTIVE, "takes several boots: GLOVEBOX_EXHAUSTIVE=1")
    line = COMMAND_LINE.replace(" quiet", "")

    def image(words, **parts):
        def build(bed):
            build_image(bed.folder / "image.eif", command_line=f"{line} {words}", models=[bed.model], **parts)
            return bed.folder / "image.eif"
        return build

    stops(["config_invalid", "glovebox.debug=1"], image("glovebox.debug=1"))
    stops(["config_invalid", "glovebox.entropy=nsm beside another"], image("glovebox.entropy=processor glovebox.entropy=nsm"))
    stops(["deadline", "0xb7"], heartbeat="silent")
    stops(["protocol_error", "found     0x7b"], heartbeat="wrong")
    with NoBed() as bed:
        machine = Machine(bed, image("glovebox.entropy=processor")(bed)).serves()
        assert "random bytes: the processor's" in machine.console()


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
