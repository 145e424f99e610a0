#!/usr/bin/env python3
"""AWS's eif_build beside us: the same kernel, command line and ramdisks have the same PCR0, 1, 2 and 8 there and here, we read
what it writes, and what we sign verifies as what it signs.

Optional: it needs eif_build (crates.io: `cargo install eif_build --version 0.2.1 --locked`) at GLOVEBOX_EIF_BUILD, in PATH or in
~/.cargo/bin, with its libssl, and is skipped without."""
import pathlib, shutil, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import image_test
from bed import *

LINES = ("console=ttyS0", "reboot=k panic=30 pci=off nomodules console=ttyS0 random.trust_cpu=on quiet")


def peer():
    path = os.environ.get("GLOVEBOX_EIF_BUILD") or shutil.which("eif_build") or str(pathlib.Path.home() / ".cargo/bin/eif_build")
    needs(pathlib.Path(path).exists(), "needs AWS's eif_build (cargo install eif_build), which is not on this machine")
    answers = subprocess.run([path, "--help"], capture_output=True, text=True)
    needs(answers.returncode == 0, "needs eif_build's shared libraries: " + answers.stderr.strip())
    return path


def build_there(at, name, line, ramdisks, *more):
    args = [x for ramdisk in ramdisks for x in ("--ramdisk", ramdisk)]
    done = subprocess.run([peer(), "--kernel", at / "kernel", "--cmdline", line, *args, "--output", at / name, *more],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    return json.loads(done.stdout[done.stdout.index("{"):])


def ramdisks_of(at, image):
    """The ramdisks of an image of ours, as files."""
    said = image_test.cli("--json", "image", "describe", image)
    assert said.code == 0, said
    data, out = pathlib.Path(image).read_bytes(), []
    for section in said.json["sections"]:
        if section["type"] == "ramdisk":
            out.append(at / f"ramdisk{len(out)}")
            begin = section["offset"] + 12  # behind the section's header
            out[-1].write_bytes(data[begin:begin + section["size"]])
    return out


def same(ours, theirs):
    for register in ("PCR0", "PCR1", "PCR2", "PCR8"):
        assert ours.get(register.lower()) == theirs.get(register), (register, ours, theirs)


def test_the_same_parts_measure_the_same():
    peer()
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        for line in LINES:
            for models in ((), (image_test.packed(at, "1.5"),)):
                ours = image_test.build(at, "ours.eif", command_line=line, models=models)
                ramdisks = ramdisks_of(at, at / "ours.eif")
                assert len(ramdisks) == 1 + len(models)
                theirs = build_there(at, "theirs.eif", line, ramdisks)
                same(ours, theirs)
                read = image_test.cli("--json", "image", "measure", at / "theirs.eif")
                assert read.code == 0, read
                same(read.json, theirs)
                differ = image_test.cli("--json", "image", "diff", at / "ours.eif", at / "theirs.eif")
                assert differ.code == 0 and differ.json["measure_alike"], differ


def test_the_same_certificate_measures_the_same():
    peer()
    with tempfile.TemporaryDirectory() as folder:
        at = pathlib.Path(folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384", "-nodes", "-keyout", at / "key.pem",
                        "-out", at / "certificate.pem", "-subj", "/CN=images", "-days", "30"], check=True, capture_output=True)
        image_test.build(at, "ours.eif")
        ours = image_test.cli("--json", "image", "sign", at / "ours.eif", "--key", at / "key.pem", "--certificate", at / "certificate.pem",
                              "-o", at / "signed.eif")
        assert ours.code == 0, ours
        theirs = build_there(at, "theirs.eif", "console=ttyS0", ramdisks_of(at, at / "ours.eif"), "--private-key", at / "key.pem",
                             "--signing-certificate", at / "certificate.pem")
        same(ours.json, theirs)
        assert theirs["PCR8"]
        for name in ("signed.eif", "theirs.eif"):
            said = image_test.cli("image", "verify", at / name, "--certificate", at / "certificate.pem")
            assert said.code == 0, said


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
