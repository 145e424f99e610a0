"""Reading a genome: ours beside bcftools, htslib, plink2 and bare libdeflate."""
import os, shutil

from harness.contest import Process, Unavailable
from rows.inputs import Cohort, Genome

QUERY = "%CHROM\\t%POS\\t%REF\\t%ALT\\t%FILTER[\\t%GT]\\n"


def installed(name):
    if not shutil.which(name):
        raise Unavailable(f"{name} is not installed")
    return name


def same_sites(one, other):
    return all(one.answer[key] == other.answer[key] for key in ("hits", "sum"))


def htslib_panel(context):
    return context.store.program("htslib_panel", ["peers/htslib_panel.cpp"], libraries=["-lhts"])


def query(*arguments):
    return [installed("bcftools"), "query", "-f", QUERY, *arguments]


def regions(context, panel):
    """The panel's places as `bcftools -R` takes them."""
    out = context.work / f"{panel.parent.name}-{panel.stem}.regions"
    out.write_text("".join("\t".join(line.split("\t")[:2]) + "\n" for line in panel.open()))
    return out


def scans(context):
    genome = Genome(context)
    few, many = genome.panels
    ours = context.program("panel_side")
    sides = {
        "ours": lambda: Process([ours, "scan", "1", genome.vcf, few]),
        "bcftools": lambda: Process(query(genome.vcf)),
        "records": lambda: Process([htslib_panel(context), "records", genome.vcf, few]),
        "lines": lambda: Process([htslib_panel(context), "lines", genome.vcf, few]),
        "inflate": lambda: Process([context.store.program("inflate_blocks", ["peers/inflate_blocks.cpp"], libraries=["-ldeflate"]), genome.vcf]),
        "one, free": lambda: Process([ours, "scan", "1", genome.vcf, few], pin=False),
        "two": lambda: Process([ours, "scan", "2", genome.vcf, few], pin=False),
    }
    what = f"{genome.records:,} records of one person, {genome.sites[0]:,} sites, whole file"
    with context.contest("scan", sides, 300) as held:
        for peer in ("records", "lines", "two", "one, free"):
            held.agree("ours", peer, same_sites, "not the same sites and dosages")
        held.row("scan-query", what, "bcftools query", "ours", "bcftools", "faster", 9)
        held.row("scan-records", what, "htslib, bcf_read of every record", "ours", "records", "faster", 7)
        held.row("scan-lines", what, "htslib's lines, parsed by hand", "ours", "lines", "faster", 1)
        held.row("scan-inflate", what, "libdeflate, every block and its CRC", "ours", "inflate", "at most", 1.2)
        if len(os.sched_getaffinity(0)) > 1:
            held.row("scan-threads", f"{what}, 2 threads", "1 thread", "two", "one, free", "faster", 1.7)
        else:
            context.line("scan-threads", f"{what}, 2 threads", peer="1 thread", sense="faster", asked=1.7, status="skipped", why="one core")


def panels(context):
    genome = Genome(context)
    few, many = genome.panels
    ours = context.program("panel_side")
    score = context.work / "plink2.score"
    with score.open("w") as out:
        for i, line in enumerate(many.open()):
            chromosome, position, ref, alt, _ = line.rstrip("\n").split("\t")
            out.write(f"{chromosome}:{position}:{ref}:{alt}\t{alt}\t{(i * 7919 % 2001 - 1000) / 1e6:g}\n")

    def plink2():
        return Process([installed("plink2"), "--vcf", genome.vcf, "--chr", "1-22", "--output-chr", "chr26", "--set-all-var-ids", "@:#:$r:$a",
                        "--new-id-max-allele-len", "64", "--score", score, "1", "2", "3", "no-mean-imputation", "--threads", "1", "--memory", "2000", "--out",
                        context.work / "plink2"])
    sides = {
        "few": lambda: Process([ours, "scan", "1", genome.vcf, few], part="reading"),
        "many": lambda: Process([ours, "scan", "1", genome.vcf, many], part="reading"),
        "process": lambda: Process([ours, "scan", "1", genome.vcf, many]),
        "plink2": plink2,
    }
    what = f"{genome.records:,} records of one person, {genome.sites[1]:,} sites"
    with context.contest("panel", sides, 200) as held:
        held.row("panel-self", f"{what}, the reading", f"itself with {genome.sites[0]:,} sites", "many", "few", "at most", 1.5)
        held.row("panel-plink2", f"{what}, the whole process", "plink2 --score", "process", "plink2", "faster", 6)


def indexed(context):
    genome = Genome(context)
    few = genome.panels[0]
    ours = context.program("panel_side")
    places = regions(context, few)
    bare = context.work / "without-index"  # the same file, under a name that has no index
    shutil.rmtree(bare, ignore_errors=True)
    bare.mkdir()
    (bare / "genome.vcf.gz").symlink_to(genome.vcf)
    sides = {
        "ours": lambda: Process([ours, "pick", "1", genome.vcf, few]),
        "query": lambda: Process(query("-R", places, genome.vcf)),
        "ours, none": lambda: Process([ours, "pick", "1", bare / "genome.vcf.gz", few]),
        "index": lambda: Process(["sh", "-c", f"bcftools index -f '{bare}/genome.vcf.gz' -o '{bare}/new.csi' && exec bcftools query -f '{QUERY}' -R "
                                  f"'{places}' '{bare}/genome.vcf.gz##idx##{bare}/new.csi'"]),
    }
    with context.contest("index", sides, 200) as held:
        held.agree("ours", "ours, none", same_sites, "not the same sites and dosages")
        what = f"{genome.records:,} records of one person, {genome.sites[0]:,} sites"
        held.row("index-query", f"{what}, by a .tbi", "bcftools query -R, the same index", "ours", "query", "at most", 1.3)
        held.row("index-none", f"{what}, no index", "bcftools index, then query -R", "ours, none", "index", "faster", 5)


def cohort(context):
    """bench/cohort_side.cpp prints {"hits":, "sum":} over all people's whole genotypes."""
    people = Cohort(context)
    sides = {
        "ours": lambda: Process([context.program("cohort_side"), people.vcf, people.panel]),
        "records": lambda: Process([htslib_panel(context), "records", people.vcf, people.panel]),
    }
    with context.contest("cohort", sides, 120) as held:
        held.agree("ours", "records", same_sites, "not the same sites and dosages")
        held.row("cohort", f"{people.people:,} people x {people.records:,} records, everybody's dosages", "htslib, bcf_read of every record",
                 "ours", "records", "faster", 10)
