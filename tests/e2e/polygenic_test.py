#!/usr/bin/env python3
"""A scoring file of the PGS Catalog's form and a gVCF, through client, host, enclave and broker. The sum is added up here once more, in
fractions, from what each site was made to be; nothing of the programs is asked for it."""
import csv, gzip, math, subprocess, sys, tempfile
from fractions import Fraction

from bed import *
from relay import Relay

LENGTHS = {"21": 46709983, "22": 50818468, "X": 156040895}

# How a site is made: what the gVCF says of it, and what outcome and how many copies of ALT of how many alleles must come of that.
# (name, on X, record, outcome where ALT is the effect allele, copies of ALT or None, alleles)
KINDS = [
    ("het", False, "row 0/1", "matched", 1, 2),
    ("hom", False, "row 1|1", "matched", 2, 2),
    ("block", False, "block 0/0 45", "homref_from_block", 0, 2),
    ("doubtful-block", False, "block 0/0 19", "filtered", None, 0),
    ("empty-block", False, "block ./. 45", "missing_call", None, 0),
    ("no-call", False, "row ./.", "missing_call", None, 0),
    ("half-call", False, "row 0/.", "half_call", None, 0),
    ("low-quality", False, "filtered 0/1", "filtered", None, 0),
    ("callable", False, "nothing, callable", "homref_assumed", 0, 2),
    ("not-callable", False, "nothing", "absent", None, 0),
    ("man's-x", True, "row 1", "matched", 2, 2),  # --x-male double
    ("man's-x-block", True, "block 0 45", "homref_from_block", 0, 2),
]
WEIGHTS = ["0.1234567890123", "-0.05", "1.5e-3", "2", "-1E-7", "0.000000000000000000000001", "0.3", "-0.7071"]


def make_case(folder):
    """Model bundle, gVCF, callable regions, and what must come out: {row: (outcome, dosage, alleles)}, SUM, DENOM."""
    sites, rows, blocks, callable_regions = [], [], [], []
    for round_ in range(4):
        for name, on_x, record, outcome, copies, alleles in KINDS:
            n = len(sites)
            chrom = "X" if on_x else "21" if n % 2 else "22"
            pos = (20_000_000 if on_x else 30_000_000) + 1000 * n
            ref, alt = [("A", "G"), ("C", "T"), ("G", "A"), ("T", "C")][n % 4]
            effect_is_ref = round_ % 2 == 1
            sites.append({"chrom": chrom, "pos": pos, "ref": ref, "alt": alt, "effect": ref if effect_is_ref else alt,
                          "other": alt if effect_is_ref else ref, "weight": WEIGHTS[(n * 3 + n // 8) % len(WEIGHTS)], "swap": effect_is_ref,
                          "outcome": outcome, "copies": copies, "alleles": alleles, "name": f"{name}-{round_}"})
            what, _, rest = record.partition(" ")
            if what in ("row", "filtered"):
                rows.append((chrom, pos, f"rs{n + 1}", ref, f"{alt},<NON_REF>", "LowQual" if what == "filtered" else "PASS", ".",
                             f"{rest}:45"))
            if what == "block":
                call, gq = rest.split(" ")
                rows.append((chrom, pos - 100, ".", "N", "<NON_REF>", ".", f"END={pos + 100}", f"{call}:{gq}"))
            if record.endswith("callable"):
                callable_regions.append((chrom, pos - 50, pos + 50))
    rows.sort(key=lambda r: (list(LENGTHS).index(r[0]), r[1]))
    head = "##fileformat=VCFv4.2\n" + "".join(f"##contig=<ID=chr{c},length={n}>\n" for c, n in LENGTHS.items())
    head += ('##FILTER=<ID=LowQual,Description="low">\n##ALT=<ID=NON_REF,Description="any other allele">\n'
             '##INFO=<ID=END,Number=1,Type=Integer,Description="end of the block">\n'
             '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">\n##FORMAT=<ID=GQ,Number=1,Type=Integer,Description="Quality">\n'
             "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSOMEONE\n")
    body = "".join(f"chr{c}\t{p}\t{i}\t{r}\t{a}\t.\t{f}\t{info}\tGT:GQ\t{s}\n" for c, p, i, r, a, f, info, s in rows)
    (folder / "person.g.vcf").write_text(head + body)
    with gzip.open(folder / "callable.bed.gz", "wt") as out:
        out.write("#chrom\tstart\tend\n")
        out.writelines(f"chr{c}\t{a}\t{b}\n" for c, a, b in reversed(callable_regions))  # in no order

    with gzip.open(folder / "PGS999999.txt.gz", "wt") as out:
        out.write("###PGS CATALOG SCORING FILE - see https://www.pgscatalog.org/downloads/#dl_ftp_scoring for additional information\n"
                  "#format_version=2.0\n##POLYGENIC SCORE (PGS) INFORMATION\n#pgs_id=PGS999999\n#pgs_name=made_up\n#trait_reported=nothing\n"
                  f"#genome_build=GRCh38\n#variants_number={len(sites)}\n#weight_type=beta\n#license=CC0\n")
        out.write("rsID\tchr_name\tchr_position\teffect_allele\tother_allele\teffect_weight\n")
        out.writelines(f"rs{n + 1}\t{s['chrom']}\t{s['pos']}\t{s['effect']}\t{s['other']}\t{s['weight']}\n" for n, s in enumerate(sites))
    with open(folder / "reference.vcf", "w") as out:
        out.write("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n")
        for s in sorted(sites, key=lambda s: (list(LENGTHS).index(s["chrom"]), s["pos"])):
            out.write(f"{s['chrom']}\t{s['pos']}\t.\t{s['ref']}\t{s['alt']}\t.\t.\t.\n")
    (folder / "manifest.toml").write_text("""
name = "made_up"
sites_public = true
intended_use = "tests"
[reference]
name = "made-up people"
mean = 1.25
sd = 0.5
[[reference_groups]]
label = "WEST"
name = "made-up people of the west"
mean = 2
sd = 4
[ancestry]
components = ["PC1", "PC2"]
means = [0.5, -1]
sds = [46.5, 2]
offset = 2.0
[ancestry.z_norm1]
intercept = 0.125
coefficients = [0.25, 1.3]
residual_sd = 3.19
[ancestry.z_norm2]
mean_intercept = -0.002
mean_coefficients = [0.26, 1.31]
log_variance_intercept = 2.3
log_variance_coefficients = [-0.136, -0.157]
""")
    bundle = folder / "made_up.glovebox"
    done = subprocess.run([program("glovebox"), "model", "pack", str(folder / "PGS999999.txt.gz"), "--build", "GRCh38", "--reference",
                           str(folder / "reference.vcf"), "--manifest", str(folder / "manifest.toml"), "-o", str(bundle)],
                          capture_output=True)
    assert done.returncode == 0, done.stderr.decode()

    total, denominator, expected = Fraction(0), 0, []
    for s in sites:
        outcome = s["outcome"]
        if outcome == "matched" and s["swap"]:
            outcome = "matched_swapped"
        if s["copies"] is None:
            expected.append((outcome, ""))
            continue
        dosage = s["alleles"] - s["copies"] if s["swap"] else s["copies"]
        total += Fraction(s["weight"]) * dosage
        denominator += s["alleles"]
        expected.append((outcome, str(dosage)))
    return bundle, sites, expected, total, denominator


OPTIONS = ["--input-kind", "gvcf", "--build", "GRCh38", "--absent", "homref", "--sex", "male", "--x-male", "double"]


def made(function):
    def test():
        folder = pathlib.Path(tempfile.mkdtemp(prefix="glovebox-pgs-"))
        try:
            function(folder, *make_case(folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    test.__name__ = function.__name__
    test.__doc__ = function.__doc__
    return test


@made
def test_a_polygenic_score_of_a_gvcf_is_the_sum_in_fractions(folder, bundle, sites, expected, total, denominator):
    with Bed(model=bundle) as bed:
        out, html, log = bed.folder / "scores.tsv", bed.folder / "report.html", bed.folder / "log.tsv"
        arguments = [*OPTIONS, "--callable", folder / "callable.bed.gz"]
        pcs = {"PC1": 20.25, "PC2": -3.5}
        given = [f"--set={k}={v}" for k, v in pcs.items()]
        done = bed.score(folder / "person.g.vcf", *arguments, *given, "--match-log", log, "-o", out, "--html", html, check=0).json
        row = done["scores"][0]["rows"][0]
        assert Fraction(row["sum"]) == total, (row, float(total))
        assert row["denominator"] == denominator, (row, denominator)
        assert row["average"] == float(total / denominator), row
        assert abs(row["z"] - (float(total) - 1.25) / 0.5) < 1e-12, row
        x = [(pcs["PC1"] - 0.5) / 46.5, (pcs["PC2"] + 1) / 2]
        z1 = (float(total) - 2 - (0.125 + 0.25 * x[0] + 1.3 * x[1])) / 3.19
        z2 = (float(total) - 2 - (-0.002 + 0.26 * x[0] + 1.31 * x[1])) / math.sqrt(math.exp(2.3 - 0.136 * x[0] - 0.157 * x[1]))
        assert abs(row["z_norm1"] - z1) < 1e-12 and abs(row["z_norm2"] - z2) < 1e-12, (row, z1, z2)
        outcomes = done["scores"][0]["quality"]["outcomes"]
        assert outcomes == {o: sum(e[0] == o for e in expected) for o in {e[0] for e in expected}}, outcomes

        lines = list(csv.DictReader(open(log), delimiter="\t"))
        assert [(line["outcome"], line["dosage"]) for line in lines] == expected, [
            (s["name"], line["outcome"], line["dosage"], e) for s, line, e in zip(sites, lines, expected)
            if (line["outcome"], line["dosage"]) != e]
        for n, (s, line) in enumerate(zip(sites, lines)):
            assert (line["row_nr"], line["chr_name"], int(line["chr_position"])) == (str(n), s["chrom"], s["pos"]), line
            assert (line["effect_allele"], line["other_allele"]) == (s["effect"], s["other"]), line
            assert Fraction(line["effect_weight"]) == Fraction(s["weight"]) and line["effect_type"] == "additive", line
            assert line["dataset"] == "SOMEONE" and line["accession"] == "made_up", line
            if line["outcome"].startswith("matched"):
                assert line["match_status"] == "matched" and line["ID"] == f"rs{n + 1}" and line["REF"] == s["ref"], line
                assert line["match_type"] == ("refalt" if s["swap"] else "altref"), line
        table = list(csv.DictReader(open(out), delimiter="\t"))
        assert Fraction(table[0]["SUM"]) == total and int(table[0]["DENOM"]) == denominator, table
        page = html.read_text()
        assert "Z_norm2" in page and row["sum"] in page, page[:4000]

        # The same file without an enclave gives the same log, and the same counts.
        alone = bed.folder / "alone.tsv"
        check = bed.run("glovebox", "check", folder / "person.g.vcf", "--model", bundle, *arguments, *given, "--match-log", alone,
                        "--json", check=0).json["checks"][0]
        assert alone.read_bytes() == log.read_bytes()
        assert check["outcomes"] == outcomes and check["used"] == done["scores"][0]["quality"]["used"]

        # Another group to be compared with; no components, and the report says what is missing; without a log there is none.
        other = bed.score(folder / "person.g.vcf", *arguments, "--set", "reference_group=WEST", check=0).json["scores"][0]
        assert abs(other["rows"][0]["z"] - (float(total) - 2) / 4) < 1e-12 and "z_norm1" not in other["rows"][0], other
        assert any("PC1, PC2 not given" in w for w in other["warnings"]), other
        assert other["rows"][0]["sum"] == row["sum"]


@made
def test_declarations_change_what_they_say_they_change(folder, bundle, sites, expected, total, denominator):
    """The same genome without regions, without a sex, and with another least quality."""
    with Bed(model=bundle) as bed:
        def outcomes(*arguments):
            return bed.score(folder / "person.g.vcf", *arguments, check=0).json["scores"][0]["quality"]["outcomes"]

        full = outcomes(*OPTIONS, "--callable", folder / "callable.bed.gz")
        n = {name: sum(s["name"].startswith(name + "-") for s in sites) for name, *_ in KINDS}
        bare = outcomes(*OPTIONS)
        assert bare["homref_assumed"] == full["homref_assumed"] + full["absent"] and "absent" not in bare, (bare, full)
        low = outcomes(*OPTIONS, "--min-gq", "0", "--callable", folder / "callable.bed.gz")
        assert low["homref_from_block"] == full["homref_from_block"] + n["doubtful-block"], (low, full)
        no_sex = bed.score(folder / "person.g.vcf", "--input-kind", "gvcf", "--build", "GRCh38", "--absent", "homref", check=0).json["scores"][0]
        assert no_sex["quality"]["outcomes"]["unsupported"] >= n["man's-x"], no_sex
        assert any("--x-male" in w for w in no_sex["warnings"]), no_sex["warnings"]
        empty = bed.folder / "empty.bed"
        empty.write_text("")
        refused = bed.score(folder / "person.g.vcf", *OPTIONS, "--callable", empty, check=2)
        assert "empty" in refused.out + refused.err, refused
        refused = bed.score(folder / "person.g.vcf", "--input-kind", "gvcf", "--absent", "missing", "--callable", folder / "callable.bed.gz", check=2)
        assert "--absent homref" in refused.out + refused.err, refused
        refused = bed.score(folder / "person.g.vcf", "--input-kind", "panel", "--absent", "homref", check=3)
        assert refused.json["code"] == "absence_impossible", refused
        refused = bed.score(folder / "person.g.vcf", *OPTIONS, "--match-log", bed.folder / "log.tsv", check=2, bundle=False)
        assert "--bundle" in refused.out + refused.err, refused


@made
def test_the_host_sees_the_model_in_a_match_log_and_nothing_of_the_genome(folder, bundle, sites, expected, total, denominator):
    """Two files of one size, one full of records with long names and one with a single one: one size each way, with a log."""
    whole = (folder / "person.g.vcf").read_text()
    head, _, body = whole.rpartition("SOMEONE\n")
    lines = body.splitlines(keepends=True)
    full = head + "SOMEONE\n" + "".join(line.replace("\trs", "\t" + "rs_of_a_long_name" * 9, 1) for line in lines)
    nearly_none = head + "SOMEONE\n" + lines[0]
    padding = "##padding=" + "x" * (len(full) - len(nearly_none) - len("##padding=\n")) + "\n"
    nearly_none = nearly_none.replace("#CHROM", padding + "#CHROM")
    assert len(nearly_none) == len(full)
    with Bed(model=bundle) as bed:
        seen, sizes, logs = {}, {}, {}
        for name, text in {"full": full, "nearly none": nearly_none}.items():
            for log in (True, False):
                file, out = bed.folder / "person.vcf", bed.folder / "log.tsv"
                file.write_text(text)
                front = Relay(("127.0.0.1", 0), ("127.0.0.1", bed.host_port))
                bed.score(file, *OPTIONS, "--whole", *(["--match-log", out] if log else []), url=f"http://127.0.0.1:{front.port:05}", check=0)
                seen[name, log] = [(call[0], call[1]) for call in front.calls]
                sizes[log] = sum(call[1] for call in front.calls)
                if log:
                    logs[name] = out.read_text()
                front.close()
        assert len(logs["full"]) > len(logs["nearly none"]) + 1000, (len(logs["full"]), len(logs["nearly none"]))
        assert seen["full", True] == seen["nearly none", True] and seen["full", False] == seen["nearly none", False], seen
        assert sizes[True] - sizes[False] == 256 * 64, sizes  # 48 sites, whoever's


if __name__ == "__main__":
    sys.exit(run_tests(sys.modules[__name__], sys.argv[1]))
