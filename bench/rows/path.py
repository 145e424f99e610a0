"""The whole confidential path, real programs over a real socket, beside the same answer in the clear: bcftools piped into libxgboost."""
import json, math, os, pathlib, struct, sys

from harness.contest import Process, Unavailable
from harness.store import BENCH
from rows import genome
from rows.inputs import Forest, Genome

sys.path.insert(0, str(BENCH.parent / "tests/e2e"))

MANIFEST = """\
name = "bench"
version = "1"
description = "A measurement's model."
build = "GRCh38"
coverage_gate = 0.5
sites_public = true
output = "nothing"
licence = "none"
citation = "none"
intended_use = "To measure."
not_medical_device = "Not a medical device."
"""
HEAD = "name kind build chromosome position effect_allele other_allele reference_allele unit min max levels missing".split()


def bundle(context, forest, panel):
    """The 1,000 SNPs' forest with the panel's sites as its features."""
    lines = [HEAD]
    for i, line in enumerate(panel.open()):
        chromosome, position, ref, alt, _ = line.split("\t")
        lines.append([f"site{i}", "variant", "GRCh38", chromosome.removeprefix("chr"), position, alt, ref, ref, ".", ".", ".", ".", "nan"])
    (context.work / "features.tsv").write_text("".join("\t".join(line) + "\n" for line in lines))
    (context.work / "manifest.toml").write_text(MANIFEST)
    out = context.work / "bench.glovebox"
    done = Process([context.program("glovebox"), "model", "pack", "--manifest", context.work / "manifest.toml", "--features",
                    context.work / "features.tsv", forest.ubj, "-o", out], pin=False)
    out.unlink(missing_ok=True)
    done.once()
    return out


def same_margin(one, other):
    """The confidential answer's margin and the plain one's, as float32."""
    margin, theirs = one.answer["scores"][0]["rows"][0]["margins"][0], other.answer["margin"]
    return struct.pack("f", float(margin)) == struct.pack("f", float(theirs))


def path(context):
    os.environ["GLOVEBOX_BUILD"] = str(context.build)
    import bed as beds
    import usage
    people, forest = Genome(context), Forest(context, "snp1k")
    few = people.panels[0]
    scorer = context.store.program("score_lines", ["peers/score_lines.cpp"], libraries=["-lxgboost"])
    places = genome.regions(context, few)
    model = bundle(context, forest, few)
    client = str(context.program("glovebox"))
    slices = "--slice" in os.popen(f"'{client}' score --help").read()
    try:
        bed = beds.Bed(model=model).__enter__()
    except beds.Skip as reason:
        raise Unavailable(str(reason)) from None
    try:
        def score(*more):
            return lambda: Process([client, "score", people.vcf, "--server", bed.url, "--policy", bed.policy, "--build", "GRCh38",
                                    "--input-kind", "wgs-vcf", "--absent", "homref", "--json", *more], pin=False)

        here = "--bundle", model  # the model's file: the client reads the genome itself before anything is sent

        def plain(*more):
            return lambda: Process(genome.query(*more, people.vcf), [scorer, forest.ubj, few], pin=False)

        def no_slices():
            raise Unavailable("this version has no slices")
        pids = usage.service(bed)
        idle, _, resting, _ = usage.of(pids["enclave"])
        what = f"the whole confidential path, {people.records:,} records"
        sides = {"whole": score("--whole"), "checked": score("--whole", *here), "pipe": plain()}
        with context.contest("path-whole", sides, 240) as held:
            for side in ("whole", "checked"):
                held.agree(side, "pipe", same_margin, "not the same margin")
            held.row("path-whole", f"{what}, whole file sent", "bcftools query | libxgboost, in the clear", "whole", "pipe", "faster", 8)
            held.row("path-checked", "the same, all of the file checked on the client's machine first", "bcftools query | libxgboost, in the clear", "checked", "pipe",
                     "faster", None)
        sides = {"slice": score("--slice", *here) if slices else no_slices, "pipe": plain("-R", places)}
        with context.contest("path-slice", sides, 120) as held:
            held.agree("slice", "pipe", same_margin, "not the same margin")
            held.row("path-slice", f"{what}, sliced by index", "bcftools query -R | libxgboost, in the clear", "slice", "pipe", "at most", 1.5)
        with usage.Watch(pids, every=0.02) as watch:
            score("--whole")().once()
        grown = (watch.highest["enclave"][0] - idle) / 1024
        threads = min(8, len(os.sched_getaffinity(0)))  # of the child, by default; PID 1 has one more for the call
        seen = watch.highest["enclave"][2] > resting + threads
        context.line("path-memory", f"the enclave's memory above idle, {people.records:,} records, {threads} threads in the child", here=f"{grown:.1f} MiB",
                     sense="below", asked=64, got=grown, status="measured" if seen else "failed", why="" if seen else "the child's threads were not seen")
    finally:
        bed.close()
