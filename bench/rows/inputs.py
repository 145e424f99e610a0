"""The inputs of the rows: synthetic genomes, cohorts and forests, made once for each version of their generators."""
import pathlib, subprocess

from harness.contest import Unavailable
from harness.store import BENCH, JOBS, run

SITES = (1_000, 1_000_000)
SHAPES = {"snp1k": 1_000, "snp10k": 10_000, "tabular": 30}  # features


def packed(command, path):
    """Runs a generator into bgzip, and indexes what comes out."""
    with open(path, "wb") as out:
        first = subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            second = subprocess.Popen(["bgzip", "-@", str(JOBS), "-c"], stdin=first.stdout, stdout=out)
        except FileNotFoundError:
            first.kill()
            raise Unavailable("bgzip is not installed") from None
        first.stdout.close()
        if second.wait(900) != 0 or first.wait(60) != 0:
            raise Unavailable(f"{pathlib.Path(str(command[0])).name} failed")
    run(["tabix", "-p", "vcf", path], "indexing")


class Genome:
    """One person's file with an index, and the sites of models of three sizes."""

    def __init__(self, context):
        self.records = 500_000 if context.quick else 5_000_000
        sites = [n // (10 if context.quick and n > 1000 else 1) for n in SITES]
        generator = context.store.program("make_vcf", ["inputs/make_vcf.cpp"])

        def make(folder):
            panels = [f"{folder / f'panel{i}.tsv'}:{n}" for i, n in enumerate(sites)]
            packed([generator, "single", self.records, 1, *panels], folder / "genome.vcf.gz")
        folder = context.store.kept(f"genome-{self.records} ({self.records:,} records of one person)", [BENCH / "inputs/make_vcf.cpp", *sites], make)
        self.vcf, self.panels, self.sites = folder / "genome.vcf.gz", [folder / f"panel{i}.tsv" for i in range(len(sites))], sites


class Cohort:
    """Many people's file, and the sites of a model."""

    def __init__(self, context):
        self.people, self.records = 2_504, 4_000 if context.quick else 20_000
        generator = context.store.program("make_vcf", ["inputs/make_vcf.cpp"])

        def make(folder):
            packed([generator, "cohort", self.records, self.people, 1, f"{folder / 'panel.tsv'}:1000"], folder / "cohort.vcf.gz")
        folder = context.store.kept(f"cohort-{self.records} ({self.people:,} people)", [BENCH / "inputs/make_vcf.cpp"], make)
        self.vcf, self.panel = folder / "cohort.vcf.gz", folder / "panel.tsv"


class Forest:
    """A model, rows for it and XGBoost's margins of them."""

    def __init__(self, context, name):
        script = BENCH / "inputs/make_models.py"
        folder = context.store.kept(f"{name} (a model of {SHAPES[name]:,} features)", [script],
                                    lambda folder: run(["python3", script, folder, name], f"making {name}"))
        self.name, self.features = name, SHAPES[name]
        self.json, self.ubj, self.floats, self.codes, self.margins = (folder / f"{name}.{end}" for end in ("json", "ubj", "f32", "u8", "margin"))
        self.rows = self.margins.stat().st_size // 4
        if context.quick and name == "snp10k":
            self.take(context, 1_000)

    def take(self, context, rows):
        """The first rows alone."""
        for part, size in (("floats", 4 * self.features), ("codes", self.features), ("margins", 4)):
            short = context.work / getattr(self, part).name
            with getattr(self, part).open("rb") as whole:
                short.write_bytes(whole.read(rows * size))
            setattr(self, part, short)
        self.rows = rows
