#!/usr/bin/env python3
"""`glovebox image` as its user meets it: the same bytes for the same parts, and every change seen in the register that it
belongs to and named."""
import gzip, struct

import cli_test
from bed import *

SEEDS = SOURCE / "fuzz/corpus/eif"


def cli(*args):
    done = subprocess.run([program("glovebox"), *map(str, args)], capture_output=True, timeout=120, cwd="/",
                          env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


def kernel(config):
    """As much of a bzImage as is read here: a version, and a packed payload with a configuration in it."""
    payload = gzip.compress(b"code IKCFG_ST" + gzip.compress(config, mtime=0) + b"IKCFG_ED", mtime=0)
    out = bytearray(1024)
    out[0x1F1], out[0x202:0x206], out[0x20E:0x210] = 1, b"HdrS", b"\x80\x01"
    out[512 + 0x180:512 + 0x185] = b"6.12\0"
    out[0x24C:0x250] = struct.pack("<I", len(payload))
    payload += bytes(-len(payload) % 16)
    out[0x1F4:0x1F8] = struct.pack("<I", len(payload) // 16)  # where it ends
    return bytes(out) + payload


def build(at, name, *, config=b"CONFIG_SMP=y\n", command_line="console=ttyS0", models=(), init=None, old=False):
    at = pathlib.Path(at)
    (at / "kernel").write_bytes(kernel(config))
    if not init:
        init = at / "init"
        # As much of a static program as is looked at: its header, without program headers.
        init.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(11) + struct.pack("<H", 62) + bytes(34) + struct.pack("<HH", 56, 0) + bytes(6))
    if old:
        for part in (init, at / "kernel"):
            os.utime(part, (0, 0))
    args = [x for model in models for x in ("--model", model)]
    said = cli("--json", "image", "build", "--kernel", at / "kernel", "--init", init, "--command-line", command_line,
               *args, "-o", at / name)
    assert said.code == 0, said
    return said.json


def packed(at, leaf):
    """A model of one tree with this leaf."""
    weights = (SOURCE / "tests/vectors/model/stump.json").read_text()
    assert weights.count("[0.5,1.5,-1.5]") == 2  # base_weights and split_conditions, where a leaf's value stands
    (at / "weights.json").write_text(weights.replace("[0.5,1.5,-1.5]", f"[0.5,{leaf},-1.5]"))
    (at / "manifest.toml").write_text(cli_test.STUMP_MANIFEST)
    (at / "features.tsv").write_text(cli_test.FEATURES_HEADER + cli_test.variant("f0", "1", 100, "G", "A", "A") +
                                     cli_test.variant("f1", "1", 200, "G", "A", "A"))
    done = cli_test.pack(at, at / "weights.json", at / f"{leaf}.glovebox")
    assert done.code == 0, done
    return at / f"{leaf}.glovebox"


def test_the_same_parts_make_the_same_image():
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        for at in (one, other):
            shutil.copy(program("glovebox-host"), pathlib.Path(at) / "program")
        first = build(one, "a.eif", init=pathlib.Path(one) / "program")
        second = build(other, "differently-named.eif", init=pathlib.Path(other) / "program", old=True)
        assert first == second, (first, second)
        assert (pathlib.Path(one) / "a.eif").read_bytes() == (pathlib.Path(other) / "differently-named.eif").read_bytes()
        said = cli("--json", "image", "measure", pathlib.Path(one) / "a.eif")
        assert all(said.json[pcr] == first[pcr] for pcr in ("pcr0", "pcr1", "pcr2")), said
        assert cli("image", "diff", pathlib.Path(one) / "a.eif", pathlib.Path(other) / "differently-named.eif").code == 0


def test_each_change_is_in_its_register_and_named():
    with tempfile.TemporaryDirectory() as at:
        at = pathlib.Path(at)
        before = build(at, "a.eif")

        def changed(words, registers, **parts):
            after = build(at, "b.eif", **parts)
            assert {pcr for pcr in ("pcr0", "pcr1", "pcr2") if before[pcr] != after[pcr]} == set(registers), after
            said = cli("image", "diff", at / "a.eif", at / "b.eif")
            assert said.code == 4 and all(word in said.out for word in words), said

        before = build(at, "a.eif", models=[packed(at, "1.5")])
        other = packed(at, "1.25")  # one leaf of the model
        changed(["ramdisk 2  (PCR0, PCR2)", "only in the first", "only in the second", "of these two: ", "first at byte"],
                ["pcr0", "pcr2"], models=[other])
        before = build(at, "a.eif")
        changed(["command line  (PCR0, PCR1)", "byte 12", "console=ttyS1"], ["pcr0", "pcr1"], command_line="console=ttyS1")
        changed(["kernel  (PCR0, PCR1)", "option CONFIG_SMP: y, then not set"], ["pcr0", "pcr1"], config=b"# CONFIG_SMP is not set\n")


def test_an_image_is_held_to_its_reference_values():
    with tempfile.TemporaryDirectory() as at:
        at = pathlib.Path(at)
        build(at, "a.eif")
        build(at, "b.eif", command_line="console=ttyS0 debug")
        assert cli("image", "measure", at / "a.eif", "--image-version", "1.2", "-o", at / "values.toml").code == 0
        assert cli("image", "verify", at / "a.eif", "--reference-values", at / "values.toml").code == 0
        said = cli("--json", "image", "verify", at / "b.eif", "--reference-values", at / "values.toml")
        assert said.code == 4 and said.json["code"] == "measurement_unknown", said
        assert cli("image", "verify", at / "a.eif").code == 2


def test_hostile_files_are_refused_by_name():
    for name, code in (("bad-signature", "truncated"), ("version-3", "version_unsupported"), ("two-kernels", "malformed"), ("deep-metadata", "too_deep")):
        said = cli("--json", "image", "describe", SEEDS / name)
        assert said.json["code"] == code and said.code in (3, 8), (name, said)
    said = cli("image", "describe", SEEDS / "signed")
    assert said.code == 0 and "CN=images" in said.out and "PCR8" in said.out, said


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
