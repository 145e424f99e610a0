#!/usr/bin/env python3
"""What the host sees is what the budget says, of slices: 200 genomes that differ in variants, burden, coverage and errors look alike in
the size, number and order of everything that passes, and their times cannot be told apart by a test that finds a planted leak.

All of a file's errors that refuse it are found on the person's machine, where nothing is sent; those of single sites are records like any other."""
import os, random, re, sys

import numpy as np
import xgboost

from separate import separations
from stage import *
from cli_test import FEATURES_HEADER, STUMP_MANIFEST, pack, variant

GENOMES = int(os.environ.get("GLOVEBOX_GENOMES", 200))
SITES = 400


def made_model(folder):
    """A forest over variants alone."""
    r = np.random.default_rng(5)
    matrix = r.integers(0, 3, (600, SITES)).astype(np.float32)
    labels = (matrix[:, :60].sum(axis=1) > 60).astype(int)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 5, "nthread": 1}, xgboost.DMatrix(matrix, labels), 60)
    booster.save_model(folder / "model.ubj")
    (folder / "manifest.toml").write_text(STUMP_MANIFEST)
    (folder / "features.tsv").write_text(FEATURES_HEADER + "".join(variant(f"f{i}", "1", 1000 + 100 * i, "G", "A", "A") for i in range(SITES)))
    out = folder / "view.glovebox"
    done = pack(folder, folder / "model.ubj", out)
    assert done.code == 0, done
    return out


def made(number):
    """A genome that nobody has, and what is so of it: each is tossed up for each genome."""
    r = random.Random(number)
    so = {what: r.random() < 0.5 for what in ("burden", "coverage", "errors", "size")}
    burden, covered, errors = (0.9 if so["burden"] else 0.05), (0.95 if so["coverage"] else 0.4), (0.3 if so["errors"] else 0.0)
    lines = []
    for i in range(SITES):
        if r.random() > covered:
            continue
        call = "/".join("1" if r.random() < burden else "0" for _ in "ab")
        fault = r.random() < errors and r.choice(["filter", "filter", "half", "half", "call", "call", "twice", "alleles"])
        call = {"half": "./1", "call": "./."}.get(fault, call)
        line = f"1\t{1000 + 100 * i}\t.\tA\t{'T' if fault == 'alleles' else 'G'}\t.\t{'low' if fault == 'filter' else 'PASS'}\t.\tGT\t{call}\n"
        lines += [line] * (2 if fault == "twice" else 1)
    more = r.randint(3000, 6000) if so["size"] else r.randint(0, 100)  # records that no site of the model asks for
    lines += [f"1\t{100_000 + 50 * i}\trs{r.getrandbits(30)}\tC\tT\t.\tPASS\t.\tGT\t0/1\n" for i in range(more)]
    sample = "P" * r.randint(1, 60)
    return HEAD.replace("\tP\n", f"\t{sample}\n") + "".join(lines), so


class InTurn(Host):
    """Sends the rest of an upload when the key has been released: what comes first is then no matter of who is faster."""
    def write(self, s, data):
        super().write(s, data)
        if data[:1] == bytes([DATA]):
            wait_until(lambda: any(v[:2] == ("from broker", "/v1/release") for v in self.view))


class SliceStage(Stage):
    way = ["--slice"]
    binary = "glovebox-enclave"

    def __init__(self):
        self.made = self.made_folder()
        Bed.__init__(self, model=made_model(self.made))

    def __enter__(self):
        Bed.__enter__(self)
        self.run("glovebox", "keygen", "-o", "g.key", check=0)
        self.files = {"g": self.folder / "g.vcf"}
        self.policy.write_text(re.sub(r"(?m)^url = .*\n", "", self.policy.read_text()))
        return self

    def start_enclave(self, name="enclave", models=None, binary=None, binary_path=None):
        return super().start_enclave(name, models, binary or self.binary, binary_path)

    def write_policy(self, name="policy.toml", broker=True, binary_path=None):
        return super().write_policy(name, broker, binary_path or program(self.binary))


class LeakyStage(SliceStage):
    """With the enclave that waits for as long as a slice has variants (tests/enclave/hostile.h)."""
    binary = "glovebox-enclave-hostile"


def watched(stage):
    """All genomes, once each: (views, times of each between one message and the next, groups, results)."""
    host = InTurn(stage)
    host.policy_file = stage.policy
    views, rows, groups, results = {}, [], {}, set()
    order = list(range(GENOMES))
    random.Random(1).shuffle(order)
    for number in [GENOMES, *order]:  # the first finds nothing warm, and is not counted
        text, so = made(number)
        stage.files["g"].write_text(text)
        host.view.clear(), host.times.clear()
        done = stage.finish(stage.client(host, "g", {"--build": "GRCh37"}))
        assert done.json["code"] == "ok" and done.json["scores"][0]["input"] == "slice", (number, done)
        if number == GENOMES:
            continue
        results.add(str(done.json["scores"][0]["rows"][0]["margins"]))
        views.setdefault(str(host.view), []).append(number)
        # From the upload on: what was before it cannot depend on what had not come. The last is all of it.
        first = next(i for i, v in enumerate(host.view) if v[0] == "client" and v[1].startswith(b"POST /v1/score"))
        times = host.times[first:]
        rows.append([b - a for a, b in zip(times, times[1:])] + [times[-1] - times[0]])
        for what, is_so in so.items():
            groups.setdefault(what, []).append(is_so)
    host.close()
    return views, rows, groups, results


def test_two_hundred_slices_look_alike():
    with SliceStage() as stage:
        views, rows, groups, results = watched(stage)
        assert len(results) > GENOMES * 3 / 4, f"they do not differ: {len(results)} scores"
        assert len(views) == 1, "\n".join(f"{numbers}: {view}" for view, numbers in views.items())
        view = next(iter(views))
        assert "POST /v1/score" in view and "/v1/release" in view
        found = separations(rows, groups)
        assert not found, found


def test_the_same_finds_a_planted_leak():
    with LeakyStage() as stage:
        views, rows, groups, _ = watched(stage)
        assert len(views) == 1, "\n".join(f"{numbers}: {view}" for view, numbers in views.items())  # it is in the times alone
        found = separations(rows, groups)
        assert any(what == "burden" and chance > 0.5 for what, _, chance, _ in found), found
        assert any(place == len(rows[0]) - 1 for _, place, _, _ in found), found  # the whole time tells it too


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
