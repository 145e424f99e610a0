#!/usr/bin/env python3
"""image_papers_test.py CHECKOUT: that a signed provenance statement is believed for its own image under its own key and for
nothing else, and that a linker's map and a change of the trust boundary are read as they stand."""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

CHECKOUT = pathlib.Path(sys.argv[1])
sys.dont_write_bytecode = True
sys.path.insert(0, str(CHECKOUT / "toolchain"))
import image_papers
import link_map


def papers(*args):
    return subprocess.run([sys.executable, "-B", CHECKOUT / "toolchain/image_papers.py", *args], capture_output=True, text=True)


def key(at, name, *how):
    private, public = at / f"{name}.key", at / f"{name}.pub"
    subprocess.run(["openssl", "genpkey", *how, "-out", private], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public


def out_folder(at):
    out = at / "out"
    out.mkdir()
    (out / "image.eif").write_bytes(b"an image")
    (out / "reference-values.toml").write_text("values")
    (out / "sbom.spdx.json").write_text("{}")
    (out / "describe.json").write_text(json.dumps({"sections": [{"files": [{"path": f"models/{'ab' * 32}.glovebox"}]}]}))
    return out


def test_signed_statements(at):
    out = out_folder(at)
    said = papers("provenance", out)
    assert said.returncode == 0, said
    statement = json.loads(said.stdout)
    assert statement["subject"][0] == {"name": "image.eif", "digest": {"sha256": image_papers.sha256(out / "image.eif")}}
    assert statement["predicate"]["buildDefinition"]["externalParameters"]["models"] == ["ab" * 32]
    named = {d.get("uri", "") for d in statement["predicate"]["buildDefinition"]["resolvedDependencies"]}
    assert any(uri.startswith("pkg:deb/debian/linux-source-6.12@") for uri in named)
    (out / "provenance.json").write_text(said.stdout)
    assert papers("provenance", out).stdout == said.stdout
    _, other = key(at, "other", "-algorithm", "ED25519")
    for name, how in (("p384", ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")), ("ed25519", ("-algorithm", "ED25519"))):
        private, public = key(at, name, *how)
        signed = papers("sign", out / "provenance.json", private)
        assert signed.returncode == 0, signed
        envelope = at / f"{name}.dsse.json"
        envelope.write_text(signed.stdout)
        good = papers("verify", envelope, public, out / "image.eif")
        assert good.returncode == 0, good
        assert papers("verify", envelope, other, out / "image.eif").returncode != 0
        changed = json.loads(signed.stdout)
        changed["payload"] = base64.b64encode(base64.b64decode(changed["payload"]) + b" ").decode()
        (at / "changed").write_text(json.dumps(changed))
        refused = papers("verify", at / "changed", public, out / "image.eif")
        assert refused.returncode != 0 and "no signature" in refused.stderr, refused
        changed = {**json.loads(signed.stdout), "payloadType": "text/plain"}
        (at / "changed").write_text(json.dumps(changed))
        assert papers("verify", at / "changed", public, out / "image.eif").returncode != 0
        (at / "another.eif").write_bytes(b"another image")
        refused = papers("verify", envelope, public, at / "another.eif")
        assert refused.returncode != 0 and "the statement is of image" in refused.stderr, refused
    (at / "changed").write_text("{")
    assert "no DSSE envelope" in papers("verify", at / "changed", other, out / "image.eif").stderr
    assert papers("sign", out / "provenance.json", out / "image.eif").returncode != 0


def test_link_map(at):
    (at / "map").write_text("""Discarded input sections

 .text.gone     0x0000000000001000       0x99 /usr/lib/gcc/x86_64-linux-gnu/14/../../../x86_64-linux-gnu/libc.a(gone.o)

Linker script and memory map

LOAD src/libglovebox_base.a
 .text._ZN8glovebox4base5thingEv
                0x0000000000001000       0x20 src/libglovebox_base.a(thing.cpp.o)
 .text          0x0000000000001020       0x10 /usr/lib/gcc/x86_64-linux-gnu/14/../../../x86_64-linux-gnu/libc.a(memcpy.o)
 .data          0x0000000000002000        0x0 /usr/lib/x86_64-linux-gnu/libz.a(empty.o)
 *fill*         0x0000000000002000        0x8 
 .data          0x0000000000002008        0x4 apps/CMakeFiles/glovebox-enclave.dir/glovebox-enclave/main.cpp.o
 .comment       0x0000000000000000       0x1f src/libglovebox_base.a(thing.cpp.o)
""")
    assert sorted(link_map.contributions(at / "map")) == [
        ("/usr/lib/x86_64-linux-gnu/libc.a", "memcpy.o", 0x10),
        ("apps/CMakeFiles/glovebox-enclave.dir/glovebox-enclave/main.cpp.o", "", 4),
        ("src/libglovebox_base.a", "thing.cpp.o", 0x20),
    ]


def test_what_changed_inside(at):
    out = out_folder(at)
    (out / "init").write_bytes(b"program")
    (out / "describe.json").write_text(json.dumps({"sections": [{"type": "kernel", "size": 100}, {"type": "ramdisk", "size": 20}]}))
    (out / "kernel.config").write_text("# Linux/x86 6.12.1 Kernel Configuration\nCONFIG_SMP=y\n# CONFIG_NET is not set\nCONFIG_NR=64\n")
    (at / "map").write_text("""Linker script and memory map
 .text          0x0000000000001000       0x20 src/libglovebox_base.a(thing.cpp.o)
 .text          0x0000000000001020       0x10 /usr/lib/x86_64-linux-gnu/libc.a(memcpy.o)
""")

    def tcb(*more):
        done = subprocess.run([sys.executable, "-B", CHECKOUT / "toolchain/image_tcb.py", out, at / "map", at / "before.json", *more],
                              capture_output=True, text=True)
        assert done.returncode == 0, done
        return done.stdout

    first = tcb()
    assert "no previous version" in first and "2 options are set" in first and "+" not in first.split("kernel 6.12.1")[1], first
    tcb("--record")
    assert "no previous version" not in tcb() and "  + CONFIG" not in tcb()
    (out / "kernel.config").write_text("# Linux/x86 6.12.2 Kernel Configuration\nCONFIG_NET=y\nCONFIG_NR=64\n")
    (out / "init").write_bytes(b"a larger program")
    (at / "map").write_text((at / "map").read_text().replace("0x10 /usr", "0x30 /usr").replace("libglovebox_base", "libglovebox_wire"))
    after = tcb()
    for line in ("kernel 6.12.2, was 6.12.1", "  + CONFIG_NET=y", "  - CONFIG_SMP=y"):
        assert line in after.splitlines() or line in after, after
    rows = {row.split()[0]: row.split()[1:] for row in after.splitlines() if row.startswith("  ") and len(row.split()) > 2}
    assert rows["program"][:2] == ["16", "+9"] and rows["c"][:2] == ["48", "+32"], after


for name, test in list(globals().items()):
    if name.startswith("test_"):
        with tempfile.TemporaryDirectory() as folder:
            test(pathlib.Path(folder))
        print(f"{name}: passed")
