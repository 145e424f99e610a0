#!/usr/bin/env python3
"""Everybody in a VCF of many samples in one request: each row is what a request for that person alone gives, as trees, as an exact sum,
and beside an oracle that knows none of the programs."""
import csv, html, io, random, subprocess, sys, tempfile
from fractions import Fraction

from bed import *

NAMES = {0: "<b>&\"'first", 7: "=1+2", 150: "Zoë", 299: "last person"}
CALLS = ["0|0", "0|1", "1|1", "./.", "0/.", "1/0"]
OPTIONS = ["--build", "GRCh38", "--absent", "missing"]


def make_people(folder, people=300, sites=40):
    """A scoring file, packed; a VCF of many people; and what must come out: SUM and DENOM by name, in fractions."""
    made = random.Random(5)
    names = [NAMES.get(i, f"P{i:03}") for i in range(people)]
    weights = [Fraction(made.randint(-99999, 99999), 10 ** 5) for _ in range(sites)]
    sums, alleles = dict.fromkeys(names, Fraction(0)), dict.fromkeys(names, 0)
    rows = ""
    for i, weight in enumerate(weights):
        calls = [made.choice(CALLS) for _ in names]
        rows += f"chr21\t{30_000_000 + 1000 * i}\t.\tA\tG\t.\tPASS\t.\tGT\t" + "\t".join(calls) + "\n"
        for name, call in zip(names, calls):
            if "." not in call:
                sums[name] += weight * call.count("1")
                alleles[name] += 2
    head = "##fileformat=VCFv4.2\n##contig=<ID=chr21,length=46709983>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t"
    (folder / "people.vcf").write_text(head + "\t".join(names) + "\n" + rows)
    text = "#pgs_id=PGS999998\n#genome_build=GRCh38\nchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n"
    text += "".join(f"21\t{30_000_000 + 1000 * i}\tG\tA\t{float(w):.5f}\n" for i, w in enumerate(weights))
    (folder / "PGS999998.txt").write_text(text)
    (folder / "manifest.toml").write_text('name = "of_people"\nsites_public = true\nintended_use = "tests"\n'
                                          '[reference]\nname = "made-up people"\nmean = 0.5\nsd = 2\n')
    bundle = folder / "of_people.glovebox"
    done = subprocess.run([program("glovebox"), "model", "pack", str(folder / "PGS999998.txt"), "--build", "GRCh38", "--manifest",
                           str(folder / "manifest.toml"), "-o", str(bundle)], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return bundle, folder / "people.vcf", names, sums, alleles


def made(function):
    def test():
        folder = pathlib.Path(tempfile.mkdtemp(prefix="glovebox-people-"))
        try:
            function(*make_people(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    test.__name__ = function.__name__
    test.__doc__ = function.__doc__
    return test


@made
def test_everybody_in_one_request_is_everybody_alone(bundle, vcf, names, sums, alleles):
    with Bed(model=bundle) as bed:
        table, page, receipt = bed.folder / "scores.tsv", bed.folder / "report.html", bed.folder / "receipt"
        said = bed.score(vcf, "--all-samples", *OPTIONS, "-o", table, "--html", page, "--receipt", receipt, check=0).json
        assert len(said["scores"]) == 1, said
        score = said["scores"][0]
        rows = {row["id"]: row for row in score["rows"]}
        assert [row["id"] for row in score["rows"]] == names
        for name in names:
            assert Fraction(rows[name]["sum"]) == sums[name] and rows[name]["denominator"] == alleles[name], (name, rows[name])
        assert score["input"] == "whole" and "rounded up to 2^9" in score["leakage"], score["leakage"]
        assert sum(row["quality"]["used"] for row in score["rows"]) == score["quality"]["used"]

        for name in (names[0], names[7], names[150], names[299]):
            for way in ("--slice", "--whole"):
                alone = bed.score(vcf, "--sample", name, *OPTIONS, way, check=0).json["scores"][0]
                row = dict(rows[name])
                counted = row.pop("quality")
                assert row == alone["rows"][0], (row, alone["rows"][0])
                assert counted == alone["quality"], (counted, alone["quality"])
        # Without the model's file nothing is known of it here, and the answer is the same.
        blind = bed.score(vcf, "--all-samples", *OPTIONS, bundle=False, check=0).json["scores"][0]
        assert blind["rows"] == score["rows"]

        lines = list(csv.DictReader(open(table), delimiter="\t", quoting=csv.QUOTE_NONE))
        assert [line["id"] for line in lines] == names
        for line in lines:
            assert Fraction(line["SUM"]) == sums[line["id"]] and int(line["DENOM"]) == alleles[line["id"]], line
            assert int(line["features_used"]) == alleles[line["id"]] // 2 and line["features_asked"] == "40", line
        text = page.read_text()
        assert "<b>" not in text and html.escape(names[0], quote=True).replace("&#x27;", "&#39;") in text and all(n in text for n in names[1:])
        bed.run("glovebox", "receipt", "verify", receipt, "--policy", bed.policy, check=0)

        # The client alone: the same counts of each, and the same features.
        check = bed.run("glovebox", "check", vcf, "--all-samples", *OPTIONS, "--model", bundle, "--json", check=0).json["checks"][0]
        assert {p.pop("id"): p for p in check["people"]} == {name: row["quality"] for name, row in rows.items()}
        told = bed.run("glovebox", "check", vcf, "--all-samples", *OPTIONS, "--model", bundle, check=0).out
        assert "  last person: " in told and "nothing was sent" in told, told[:2000]
        features = bed.run("glovebox", "features", vcf, "--all-samples", *OPTIONS, "--model", bundle, check=0).out.splitlines()
        one = bed.run("glovebox", "features", vcf, "--sample", names[7], *OPTIONS, "--model", bundle, check=0).out.splitlines()
        assert len(features) == 301 and features[0] == one[0] and features[8] == one[1], (features[8], one[1])


@made
def test_what_all_samples_cannot_be_asked_with(bundle, vcf, names, sums, alleles):
    with Bed(model=bundle) as bed:
        (bed.folder / "values.tsv").write_text("sample\tPC1\nP001\t1\n")
        (bed.folder / "table.csv").write_text("x\n1\n")
        for more in (["--slice"], ["--all"], ["--sample", "P001"], ["--covariates", bed.folder / "values.tsv"],
                     ["--match-log", bed.folder / "log"]):
            refused = bed.score(vcf, "--all-samples", *OPTIONS, *more, check=2)
            assert "--all-samples" in refused.json["found"] + refused.json["expected"] and refused.json["sent"] == "nothing", refused
        refused = bed.score(bed.folder / "table.csv", "--all-samples", check=2)
        assert "--all-samples and a table" in refused.json["found"], refused
        # One person's fault is everybody's refusal, with the name; here and, where the model is not known here, under the seal.
        lines = vcf.read_text().splitlines(keepends=True)
        wrong = bed.folder / "wrong.vcf"
        wrong.write_text("".join(lines[:3] + [line.replace("\tA\tG\t", "\tA\tC\t") for line in lines[3:]]))
        for bundle_here in (True, False):
            refused = bed.score(wrong, "--all-samples", *OPTIONS, bundle=bundle_here, check=3)
            assert refused.json["code"] == "build_doubtful" and names[0] in refused.json["found"], refused
        # A policy that was not written for tables.
        policy = bed.folder / "scores-only.toml"
        policy.write_text(bed.policy.read_text().replace('["score", "table"]', '["score"]'))
        refused = bed.score(vcf, "--all-samples", *OPTIONS, policy=policy)
        assert refused.json["code"] == "output_not_allowed" and refused.json["sent"] == "nothing", refused


def test_five_real_people_at_once():
    with Bed() as bed:
        needs(CHR22.exists(), "needs chr22.vcf.gz of the Debian package r-bioc-variantannotation")
        common = ["--build", "GRCh37", "--absent", "missing"]
        score = bed.score(CHR22, "--all-samples", *common, check=0).json["scores"][0]
        assert [row["id"] for row in score["rows"]] == PEOPLE
        for row in score["rows"]:
            alone = bed.score(CHR22, "--sample", row["id"], *common, check=0).json["scores"][0]
            counted = row.pop("quality")
            assert row == alone["rows"][0] and counted == alone["quality"], (row, counted, alone)


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
