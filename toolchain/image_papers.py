#!/usr/bin/env python3
"""image_papers.py: the papers that go with an image.

  sbom OUT BUILD            its bill of materials: SPDX 2.3, every package of the tree it was built in, by what it is to the image
  provenance OUT            an in-toto statement with an SLSA provenance predicate: what it was made from
  sign STATEMENT KEY        that statement in a DSSE envelope, signed with a private key (PEM; P-256, P-384 or Ed25519)
  verify ENVELOPE KEY IMAGE whether the signature is the public key's and the statement is of this image

All go to stdout, and are the same bytes for the same image: no clock, no folder, no user. (DSSE: secure-systems-lab/dsse,
protocol.md; in-toto Statement v1; SLSA provenance v1.)
"""
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import link_map

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
STATEMENT = "application/vnd.in-toto+json"
BUILD_TYPE = "urn:glovebox:image:1"
# What of the checkout can reach the image.
SOURCES = ("CMakeLists.txt", "CMakePresets.json", "cmake", "src", "apps", "image", "toolchain/image.sh", "toolchain/kernel.sh",
           "toolchain/tasks.sh", "toolchain/mkroot.sh", "toolchain/locked.sh", "toolchain/enter.sh", "toolchain/inside.sh")


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def locked():
    """[(package, version, sha256, path)] of image/lock."""
    lines = (CHECKOUT / "image/lock").read_text().splitlines()
    return [tuple(line.split(" ")) for line in lines if not line.startswith("#")]


def source_digest():
    """SHA-256 over "SHA256  PATH" lines, sorted by path: sha256sum of all sources, piped to sha256sum."""
    files = []
    for name in SOURCES:
        path = CHECKOUT / name
        files += [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    lines = sorted((str(p.relative_to(CHECKOUT)).encode(), sha256(p).encode()) for p in files)
    return hashlib.sha256(b"".join(sha + b"  " + name + b"\n" for name, sha in lines)).hexdigest()


def commit():
    """The checkout's commit, where git says one; the digest of the sources says more."""
    try:
        git = CHECKOUT / ".git"
        if git.is_file():
            git = pathlib.Path(git.read_text().split(": ", 1)[1].strip())
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        name = head[5:]
        common = git / (git / "commondir").read_text().strip() if (git / "commondir").exists() else git
        if (common / name).exists():
            return (common / name).read_text().strip()
        packed = re.search(rf"^([0-9a-f]+) {re.escape(name)}$", (common / "packed-refs").read_text(), re.MULTILINE)
        return packed and packed.group(1)
    except (OSError, IndexError):
        return None


def version():
    return re.search(r"project\(glovebox VERSION ([0-9.]+)", (CHECKOUT / "CMakeLists.txt").read_text()).group(1)


def show(document):
    print(json.dumps(document, indent=1, sort_keys=True))


# ---- the bill of materials

def linked_and_included(build):
    """The packages whose libraries are linked into the enclave program, and those of which it includes headers alone."""
    owners = link_map.owner_of("/usr/share/glovebox/files")
    ours, linked = set(), set()
    for file, member, _ in link_map.contributions(build / "bin/glovebox-enclave.map"):
        owner = owners.get(link_map.system_path(file))
        if owner:
            linked.add(owner)
        elif member:
            ours.add(f"{re.sub('^lib', '', pathlib.Path(file).stem)}/{member}")
    included, wanted = set(), False
    deps = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True, check=True).stdout
    for line in deps.splitlines():
        if line and not line[0].isspace():
            target = re.match(r"(?:.*/)?CMakeFiles/([^/]+)\.dir/(?:.*/)?([^/:]+):", line)
            wanted = target is not None and (f"{target[1]}/{target[2]}" in ours or target[1] == "glovebox-enclave")
        elif wanted and line.strip():
            owner = owners.get(link_map.system_path(os.path.normpath(line.strip())))
            if owner:
                included.add(owner)
    return linked, included - linked


def sbom(out, build):
    linked, included = linked_and_included(build)
    image = sha256(out / "image.eif")
    packages = [{"SPDXID": "SPDXRef-image", "name": "glovebox-enclave-image", "versionInfo": version(), "filesAnalyzed": False,
                 "downloadLocation": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": image}]},
                {"SPDXID": "SPDXRef-glovebox", "name": "glovebox", "versionInfo": version(), "filesAnalyzed": False,
                 "downloadLocation": "NOASSERTION", "checksums": [{"algorithm": "SHA256", "checksumValue": source_digest()}],
                 "comment": "the checksum is over the sums of the source files, sorted by path"}]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-image"), ("SPDXRef-image", "CONTAINS", "SPDXRef-glovebox")]
    for name, number, sha, path in locked():
        spdx = "SPDXRef-deb-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)
        arch = re.sub(r".*_|\.deb$", "", path)
        packages.append({"SPDXID": spdx, "name": name, "versionInfo": number, "filesAnalyzed": False, "supplier": "Organization: Debian",
                         "downloadLocation": "https://deb.debian.org/" + path,
                         "checksums": [{"algorithm": "SHA256", "checksumValue": sha}],
                         "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                           "referenceLocator": f"pkg:deb/debian/{name}@{number.replace('+', '%2B')}?arch={arch}&distro=trixie"}]})
        if name in linked:
            relations.append(("SPDXRef-image", "STATIC_LINK", spdx))
        elif name in included or name.startswith("linux-source"):
            relations.append(("SPDXRef-image", "GENERATED_FROM", spdx))
        else:
            relations.append((spdx, "BUILD_TOOL_OF", "SPDXRef-image"))
    for package in packages:
        package.setdefault("licenseConcluded", "NOASSERTION")
        package.setdefault("licenseDeclared", "NOASSERTION")
        package.setdefault("copyrightText", "NOASSERTION")
    show({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": "glovebox enclave image " + version(),
          "documentNamespace": "urn:glovebox:sbom:" + image,
          "creationInfo": {"created": "1970-01-01T00:00:00Z", "creators": ["Tool: glovebox-" + version()],
                           "comment": "no time is said, so that the same image has the same document"},
          "packages": packages,
          "relationships": [{"spdxElementId": a, "relationshipType": r, "relatedSpdxElement": b} for a, r, b in relations]})


# ---- where it comes from

def provenance(out):
    source = {"name": "glovebox", "digest": {"sha256": source_digest()}}
    at = commit()
    if at:
        source["digest"]["gitCommit"] = at
    described = json.loads((out / "describe.json").read_text())
    files = [file["path"] for section in described["sections"] for file in section.get("files", [])]
    models = [m[1] for m in map(re.compile(r"models/([0-9a-f]{64})\.glovebox").fullmatch, files) if m]
    dependencies = [source, {"name": "image/lock", "digest": {"sha256": sha256(CHECKOUT / "image/lock")}}]
    dependencies += [{"name": "model", "digest": {"sha256": digest}} for digest in models]
    dependencies += [{"uri": f"pkg:deb/debian/{name}@{number.replace('+', '%2B')}", "digest": {"sha256": sha}} for name, number, sha, _ in locked()]
    subjects = ("image.eif", "reference-values.toml", "sbom.spdx.json")
    show({"_type": "https://in-toto.io/Statement/v1",
          "subject": [{"name": name, "digest": {"sha256": sha256(out / name)}} for name in subjects],
          "predicateType": "https://slsa.dev/provenance/v1",
          "predicate": {
              "buildDefinition": {"buildType": BUILD_TYPE, "externalParameters": {"command": "./run image", "models": models},
                                  "resolvedDependencies": dependencies},
              "runDetails": {"builder": {"id": "urn:glovebox:builder:operator"}}}})


def pae(body):
    return b"DSSEv1 %d %s %d %s" % (len(STATEMENT), STATEMENT.encode(), len(body), body)


def openssl(*args, data=None):
    return subprocess.run(["openssl", *map(str, args)], input=data, capture_output=True, check=False)


def key_id(key, *, public=False):
    """SHA-256 of the public key (SubjectPublicKeyInfo, DER)."""
    done = openssl("pkey", *(["-pubin"] if public else []), "-in", key, "-pubout", "-outform", "DER")
    if done.returncode:
        sys.exit(f"glovebox: {key} is no {'public' if public else 'private'} key in PEM")
    return hashlib.sha256(done.stdout).hexdigest()


def with_file(data, use):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "message"
        path.write_bytes(data)
        return use(path, pathlib.Path(folder))


def sign(statement, key):
    body = statement.read_bytes()
    done = with_file(pae(body), lambda message, _: openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", message))
    if done.returncode or not done.stdout:
        sys.exit(f"glovebox: {key} cannot sign: {done.stderr.decode().strip()}")
    show({"payloadType": STATEMENT, "payload": base64.b64encode(body).decode(),
          "signatures": [{"keyid": key_id(key), "sig": base64.b64encode(done.stdout).decode()}]})


def verify(envelope, key, image):
    try:
        outer = json.loads(envelope.read_text())
        body = base64.b64decode(outer["payload"], validate=True)
        signatures = [base64.b64decode(s["sig"], validate=True) for s in outer["signatures"]]
        kind = outer["payloadType"]
    except (OSError, ValueError, KeyError, TypeError) as e:
        sys.exit(f"glovebox: {envelope} is no DSSE envelope ({e})")
    if kind != STATEMENT:
        sys.exit(f"glovebox: {envelope} holds {kind}, not an in-toto statement")

    def good(signature):
        def use(message, folder):
            (folder / "signature").write_bytes(signature)
            return openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-in", message, "-sigfile", folder / "signature").returncode == 0
        return with_file(pae(body), use)

    key_id(key, public=True)
    if not any(good(signature) for signature in signatures):
        sys.exit(f"glovebox: no signature of {envelope} is this key's")
    statement = json.loads(body)
    if statement.get("predicateType") != "https://slsa.dev/provenance/v1":
        sys.exit(f"glovebox: {envelope} is no provenance")
    named = {s["name"]: s["digest"]["sha256"] for s in statement["subject"]}
    if not image.exists():
        sys.exit(f"glovebox: there is no {image}: ./run image makes it")
    if named.get("image.eif") != sha256(image):
        sys.exit(f"glovebox: the statement is of image {named.get('image.eif')}; {image} is {sha256(image)}")
    print(f"the statement is signed, and of this image: {sha256(image)}")


def main():
    what, *args = sys.argv[1:]
    commands = {"sbom": sbom, "provenance": provenance, "sign": sign, "verify": verify}
    commands[what](*map(pathlib.Path, args))


if __name__ == "__main__":
    main()
