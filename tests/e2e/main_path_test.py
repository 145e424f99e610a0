#!/usr/bin/env python3
"""The main job, whole: real people's genomes and a table, through client, host, enclave and broker, against oracles."""
import csv, io, json, struct, subprocess, sys

import numpy as np
import xgboost

from bed import *
from relay import Relay


def features_by_bcftools(model_folder, samples):
    """The feature matrix as bcftools reads it from the same file: dosage of the effect allele at each site."""
    rows = list(csv.DictReader(open(model_folder / "features.tsv"), delimiter="\t"))
    done = subprocess.run(["bcftools", "query", "-s", ",".join(samples), "-f", "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT]\\n", str(CHR22)],
                          capture_output=True, check=True)
    records = {}
    for line in done.stdout.decode().splitlines():
        chrom, pos, ref, alt, *calls = line.split("\t")
        records.setdefault((chrom, int(pos)), []).append((ref, alt.split(","), calls))
    matrix = np.full((len(samples), len(rows)), np.nan, dtype=np.float32)
    for j, f in enumerate(rows):
        for ref, alts, calls in records.get((f["chromosome"], int(f["position"])), []):
            alleles = [ref, *alts]
            if f["effect_allele"] not in alleles or f["other_allele"] not in alleles:
                continue
            effect = str(alleles.index(f["effect_allele"]))
            for i, call in enumerate(calls):
                parts = call.replace("|", "/").split("/")
                matrix[i, j] = np.nan if "." in parts else sum(p == effect for p in parts)
    return matrix


def xgboost_margins(model, matrix):
    booster = xgboost.Booster(model_file=str(model))
    data = xgboost.DMatrix(matrix, feature_names=booster.feature_names)
    return booster.predict(data, output_margin=True), booster.predict(data)


def bits(x):
    return struct.unpack("<I", struct.pack("<f", x))[0]


def test_scores_of_five_people_equal_libxgboost_and_features_equal_bcftools():
    with Bed() as bed:
        folder = bed.model.parent
        expected = features_by_bcftools(folder, PEOPLE)
        margins, predictions = xgboost_margins(folder / "model.ubj", expected)
        out = bed.folder / "scores.tsv"
        html = bed.folder / "report.html"
        done = bed.score(CHR22, "--all", "--build", "GRCh37", "--input-kind", "wgs-vcf", "--absent", "missing", "-o", out, "--html", html, check=0)
        scores = done.json["scores"]
        assert [s["rows"][0]["id"] for s in scores] == PEOPLE
        for i, s in enumerate(scores):
            assert bits(s["rows"][0]["margins"][0]) == bits(float(margins[i])), (s, margins[i])
            assert abs(s["rows"][0]["predictions"][0] - float(predictions[i])) <= 1e-7, (s, predictions[i])
            assert s["development"] is True
            assert s["quality"]["used"] == s["quality"]["asked"] == expected.shape[1]
        table = list(csv.DictReader(open(out), delimiter="\t"))
        assert [r["id"] for r in table] == PEOPLE
        assert [bits(float(r["margin"])) for r in table] == [bits(float(m)) for m in margins]
        page = html.read_text()
        assert all(p in page for p in PEOPLE) and "<svg" in page and "DEVELOPMENT ENCLAVE: no hardware protection" in page
        for i, person in enumerate(PEOPLE):
            tsv = bed.run("glovebox", "features", CHR22, "--sample", person, "--build", "GRCh37", "--absent", "missing", "--model", bed.model, check=0).out
            row = next(csv.DictReader(io.StringIO(tsv), delimiter="\t"))
            names = [f["name"] for f in csv.DictReader(open(folder / "features.tsv"), delimiter="\t")]
            got = np.array([float(row[n]) for n in names], dtype=np.float32)
            assert np.array_equal(got, expected[i], equal_nan=True), person


def test_the_same_person_gives_the_same_score_from_any_form_of_the_file():
    with Bed() as bed:
        want = bed.score_person("HG00097", check=0).json["scores"][0]["rows"][0]["margins"]
        single = bed.folder / "single.vcf"
        subprocess.run(["bcftools", "view", "--no-version", "-s", "HG00097", "-o", str(single), str(CHR22)], check=True)
        subprocess.run(["bcftools", "view", "--no-version", "-Oz", "-o", str(single) + ".gz", str(single)], check=True)
        common = ["--build", "GRCh37", "--absent", "missing"]
        for file in (single, str(single) + ".gz"):
            assert bed.score(file, *common, check=0).json["scores"][0]["rows"][0]["margins"] == want, file
        for option in ("-t", "-c"):  # only what the model asks for is read of a file with an index
            for other in (".tbi", ".csi"):
                pathlib.Path(f"{single}.gz{other}").unlink(missing_ok=True)
            subprocess.run(["bcftools", "index", option, str(single) + ".gz"], check=True)
            assert bed.score(str(single) + ".gz", *common, "--slice", check=0).json["scores"][0]["rows"][0]["margins"] == want, option
        piped = bed.run("glovebox", "score", "-", "--server", bed.url, "--policy", bed.policy, "--bundle", bed.model, "--json", *common,
                        input=single.read_bytes(), check=0)
        assert piped.json["scores"][0]["rows"][0]["margins"] == want


def test_a_credit_table_equals_libxgboost():
    arff = SHARED / "data/tabular/credit-g.arff"
    needs(arff.exists(), "needs the credit-g data set, which is not here")
    out = BUILD / "credit-model"
    subprocess.run([sys.executable, str(SOURCE / "demo/train_credit.py"), "--arff", str(arff), "--out", str(out)], check=True, stdout=subprocess.DEVNULL)
    bundle = out / "credit_g.glovebox"
    subprocess.run([program("glovebox"), "model", "pack", "--manifest", str(out / "manifest.toml"), "--features", str(out / "features.tsv"),
                    str(out / "model.ubj"), "-o", str(bundle)], check=True, stdout=subprocess.DEVNULL)
    with Bed(model=bundle) as bed:
        done = bed.score(out / "table.csv", "-o", bed.folder / "scores.tsv", check=0)
        rows = done.json["scores"][0]["rows"]
        features = list(csv.DictReader(open(out / "features.tsv"), delimiter="\t"))
        table = list(csv.DictReader(open(out / "table.csv")))
        matrix = np.full((len(table), len(features)), np.nan, dtype=np.float32)
        for j, f in enumerate(features):
            levels = f["levels"].split("|") if f["levels"] not in ("", ".") else None
            for i, row in enumerate(table):
                matrix[i, j] = levels.index(row[f["name"]]) if levels else float(row[f["name"]])
        booster = xgboost.Booster(model_file=str(out / "model.ubj"))
        types = booster.feature_types
        margins = booster.predict(xgboost.DMatrix(matrix, feature_names=booster.feature_names, feature_types=types, enable_categorical=True), output_margin=True)
        assert len(rows) == len(table) == 1000
        assert [bits(r["margins"][0]) for r in rows] == [bits(float(m)) for m in margins]


def test_a_slice_gives_what_the_whole_file_gives():
    """Two people by either way: the same scores, counts and warnings; another `leakage:` line, and uploads of one size."""
    with Bed() as bed:
        front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port))
        url, sizes = f"http://127.0.0.1:{front.port:05}", []
        for person in PEOPLE[:2]:
            said = {}
            for way in ("--whole", "--slice"):
                receipt = bed.folder / f"receipt{way}"
                before = len(front.calls)
                score = bed.score_person(person, way, "--receipt", receipt, url=url, check=0).json["scores"][0]
                sizes += [sum(call[0] for call in front.calls[before:])] if way == "--slice" else []
                assert score["input"] == way[2:] and score["read"] in ("index", "block-search", "whole-file"), score
                shown = bed.run("glovebox", "receipt", "verify", receipt, "--policy", bed.policy, check=0).out
                assert score["leakage"] in shown, (score, shown)
                said[way] = score
            leaked = [s.pop("leakage") for s in said.values()]
            assert "size rounded up" in leaked[0] and "nothing of the data's size" in leaked[1], leaked
            for s in said.values():
                s.pop("input"), s.pop("read"), s.pop("proof")
            assert said["--whole"] == said["--slice"], said
        front.close()
        assert len(set(sizes)) == 1, sizes
        assert bed.score_person(PEOPLE[0], check=0).json["scores"][0]["input"] == "slice"  # where it can be, it is
        plain = bed.run("glovebox", "score", CHR22, "--sample", PEOPLE[0], "--build", "GRCh37", "--absent", "missing", "--server", bed.url, "--policy", bed.policy, check=0)
        assert "--bundle a slice is sent" in plain.err, plain
        refused = bed.score_person(PEOPLE[0], "--slice", bundle=False, check=2).json
        assert refused["code"] == "usage" and refused["expected"] == "--bundle FILE" and refused["sent"] == "nothing", refused
        assert bed.score_person(PEOPLE[0], "--slice", "--whole", check=2).json["code"] == "usage"
        table = bed.folder / "t.csv"
        table.write_text("a,b\n1,2\n")
        assert bed.score(table, "--slice", check=2).json["found"] == "--slice and a table"


def test_a_receipt_is_verified_offline_and_a_changed_one_is_not():
    with Bed() as bed:
        receipt = bed.folder / "receipt.bin"
        bed.score_person("HG00099", "--receipt", receipt, check=0)
        assert bed.run("glovebox", "receipt", "verify", receipt, "--policy", bed.policy, "--json", check=0).json["development"] is True
        # The policy's brokers count here too: another's release is no release.
        text = bed.policy.read_text()
        identity = text.split('identity = "')[1][:64]
        other = bed.folder / "other-broker.toml"
        other.write_text(text.replace(identity, "11" * 32))
        assert bed.run("glovebox", "receipt", "verify", receipt, "--policy", other, "--json", check=5).json["code"] == "broker_unknown"
        alone = bed.write_policy("no-broker.toml", broker=False)
        assert "unchecked whose broker" in bed.run("glovebox", "receipt", "verify", receipt, "--policy", alone, check=0).out
        without = bed.folder / "without-release.bin"
        bed.score_person("HG00099", "--receipt", without, policy=alone, check=0)
        pinned = bed.write_policy()
        assert bed.run("glovebox", "receipt", "verify", without, "--policy", pinned, "--json", check=6).json["code"] == "receipt_invalid"
        good = receipt.read_bytes()
        at = good.find(b"glovebox receipt v1") + 40
        receipt.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        assert bed.run("glovebox", "receipt", "verify", receipt, "--policy", bed.policy, "--json", check=6).json["code"] == "receipt_invalid"


def test_info_appraises_or_says_why_not():
    with Bed() as bed:
        assert bed.run("glovebox", "info", "--server", bed.url, "--policy", bed.policy, check=0)
        shown = bed.run("glovebox", "info", "--server", bed.url, check=0)
        assert "nothing of this was checked" in shown.out
        other = bed.folder / "other.toml"
        other.write_text(bed.policy.read_text().replace('pcr0 = "', 'pcr0 = "00', 1).replace('pcr0 = "00', 'pcr0 = "ab', 1))
        text = bed.policy.read_text()
        at = text.index('pcr0 = "') + 8
        other.write_text(text[:at] + ("a" if text[at] != "a" else "b") + text[at + 1:])
        assert bed.run("glovebox", "info", "--server", bed.url, "--policy", other, "--json", check=4).json["code"] == "measurement_unknown"


def test_what_is_wrong_with_the_data_is_said_before_anything_is_sent():
    with Bed() as bed:
        done = bed.score(CHR22, "--sample", "HG00096", "--absent", "missing", "--build", "GRCh38", check=3)
        assert done.json["code"] == "build_mismatch" and done.json["sent"] == "nothing", done
        assert bed.score(CHR22, "--build", "GRCh37", "--absent", "missing", check=3).json["code"] == "sample_ambiguous"
        assert bed.score(CHR22, "--sample", "NOBODY", "--build", "GRCh37", "--absent", "missing", check=3).json["code"] == "sample_unknown"
        # and by the enclave, sealed, where the client does not hold the model
        done = bed.score(CHR22, "--sample", "HG00096", "--absent", "missing", "--build", "GRCh38", bundle=False)
        assert done.code == 3 and done.json["code"] == "build_mismatch" and done.json["sent"] == "sealed", done


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
