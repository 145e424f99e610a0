#!/usr/bin/env python3
"""Trains genomic_risk_v1, the demo's model: real sites, simulated people, a simulated trait.

    train_genomic_risk.py [--vcf chr22.vcf.gz] --out FOLDER

The sites are real: of chr22.vcf.gz (1000 Genomes Project, phase 1, GRCh37; in Debian's package
r-bioc-variantannotation), the first common single-base variant in every 5,000 bases. Whom the model is trained on is
simulated: 15,000 people whose genotypes are drawn site by site from the file's European allele frequencies, and a trait
that is a made-up sum over some of the sites, two products of sites, and chance. It says nothing about anybody's health.

Writes model.ubj, model.json, features.tsv and manifest.toml, which `glovebox model pack` makes a bundle of. Takes
seconds; one thread and fixed seeds, so the same XGBoost writes the same bytes again.
"""
import argparse
import gzip
import os
import pathlib

import numpy as np
import xgboost as xgb

SPACING = 5_000
TRAIN, REFERENCE = 15_000, 20_000
BASES = set("ACGT")
PALINDROMES = ({"A", "T"}, {"C", "G"})


def sites_of(path):
    """Yields (name, position, REF, ALT, frequency of ALT) of the first suitable variant in every SPACING bases."""
    last = None
    with gzip.open(path, "rt") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            _, position, name, ref, alt, _, passed, info = line.split("\t", 8)[:8]
            frequency = dict(x.split("=", 1) for x in info.split(";") if "=" in x).get("EUR_AF")
            # No indels, which callers write in many ways; no palindromes, whose strand cannot be told.
            if passed != "PASS" or frequency is None or not {ref, alt} <= BASES or {ref, alt} in PALINDROMES:
                continue
            if not 0.05 <= float(frequency) <= 0.95 or int(position) // SPACING == last:
                continue
            last = int(position) // SPACING
            yield (name if name.startswith("rs") else f"22:{position}:{ref}:{alt}"), int(position), ref, alt, float(frequency)


def decimal(value):
    return np.format_float_positional(np.float32(value), unique=True, trim="0")


def main():
    data = pathlib.Path(os.environ.get("GLOVEBOX_DATA", "/usr/share/glovebox"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vcf", type=pathlib.Path, default=data / "VariantAnnotation/extdata/chr22.vcf.gz")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=20130521, help="another simulated trait: another model")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    sites = list(sites_of(arguments.vcf))
    names = [s[0] for s in sites]
    if len(names) < 10 or len(set(names)) != len(names):
        raise SystemExit(f"{arguments.vcf}: {len(names)} sites; expected the chr22.vcf.gz of r-bioc-variantannotation")
    frequency = np.array([s[4] for s in sites])

    random = np.random.default_rng(arguments.seed)
    people = random.binomial(2, frequency, size=(TRAIN + REFERENCE, len(sites))).astype(np.float32)
    effect = random.normal(size=len(sites)) * (random.random(len(sites)) < 0.3)
    pairs = random.choice(len(sites), size=(2, 2), replace=False)
    risk = people @ effect + sum((people[:, a] > 0) * (people[:, b] > 0) * 1.5 for a, b in pairs)
    risk = (risk - risk.mean()) / risk.std()
    trait = (risk + 1.2 * random.normal(size=len(risk)) > 1).astype(np.float32)
    people[random.random(people.shape) < 0.01] = np.nan  # so that the model learns what to do without a call

    model = xgb.train(
        dict(objective="binary:logistic", max_depth=4, eta=0.1, tree_method="hist", seed=1, nthread=1),
        xgb.DMatrix(people[:TRAIN], trait[:TRAIN], feature_names=names), 200)
    reference = np.sort(model.predict(xgb.DMatrix(people[TRAIN:], feature_names=names)))
    quantiles = reference[np.linspace(0, len(reference) - 1, 201).round().astype(int)]

    (arguments.out / "model.ubj").write_bytes(bytes(model.save_raw("ubj")))
    (arguments.out / "model.json").write_bytes(bytes(model.save_raw("json")))
    header = ("name kind build chromosome position effect_allele other_allele reference_allele unit min max levels missing")
    lines = [header.split()] + [[name, "variant", "GRCh37", "22", str(position), alt, ref, ref, ".", ".", ".", ".", "nan"]
                                for name, position, ref, alt, _ in sites]
    (arguments.out / "features.tsv").write_text("".join("\t".join(line) + "\n" for line in lines))
    (arguments.out / "manifest.toml").write_text(f"""\
# Written by demo/train_genomic_risk.py.
name = "genomic_risk_v1"
version = "1.0.0"
description = "Demonstration: boosted trees over {len(sites)} real sites of chromosome 22, for a simulated trait."
build = "GRCh37"
coverage_gate = 0.9
sites_public = true
output = "probability of a simulated trait"
licence = "a demonstration; the sites are public data of the 1000 Genomes Project"
citation = "Sites and allele frequencies: 1000 Genomes Project Consortium, Nature 491, 56-65 (2012)."
intended_use = "To show the whole path from a genome to a sealed score. Nothing else."
not_medical_device = "Not a medical device. The score says nothing about anybody's health."
real = ["the people scored in the demo", "the sites, their alleles and frequencies", "the genome build: GRCh37"]
simulated = ["the trait", "the {TRAIN:,} people the model was trained on", "the {REFERENCE:,} people of the reference distribution"]

[[categories]]
below = {decimal(quantiles[40])}
name = "low"
words = "lower than in four of five simulated people"

[[categories]]
below = {decimal(quantiles[160])}
name = "usual"
words = "as in most simulated people"

[[categories]]
name = "high"
words = "higher than in four of five simulated people"

[reference]
name = "{REFERENCE:,} simulated people, European allele frequencies"
quantiles = [
{"".join("  " + ", ".join(map(decimal, quantiles[i:i + 10])) + ",%s" % chr(10) for i in range(0, len(quantiles), 10))}]
""")
    print(f"{len(sites)} sites, {int(trait[:TRAIN].sum())} of {TRAIN} simulated people with the trait; wrote {arguments.out}")


if __name__ == "__main__":
    main()
