#!/usr/bin/env python3
"""Trains a credit model on a table of people, to show that nothing in glovebox is about genomes alone.

    train_credit.py --arff credit-g.arff --out FOLDER

credit-g.arff is the German credit data (Statlog, UCI; as the package weka ships it): 1,000 applicants, 20 attributes,
good or bad credit. Writes table.csv (the applicants without their class), model.ubj, model.json, features.tsv and
manifest.toml. One thread and fixed seeds, so the same XGBoost writes the same bytes again.
"""
import argparse
import csv
import pathlib

import numpy as np
import xgboost as xgb

UNITS = {"duration": "months", "credit_amount": "DM", "age": "years", "installment_commitment": "% of income"}


def words(text):
    """Splits a line of an ARFF file at its commas; a word in quotation marks may hold any character."""
    return [w.strip() for w in next(csv.reader([text], quotechar="'", escapechar="\\", skipinitialspace=True))]


def read_arff(path):
    """Returns [(name, levels or None)] and the rows as lists of texts."""
    attributes, rows, body = [], [], False
    for line in path.read_text().splitlines():
        line = line.strip()
        if not line or line.startswith("%"):
            continue
        if body:
            rows.append(words(line))
            if len(rows[-1]) != len(attributes):
                raise SystemExit(f"{path}: a row of {len(rows[-1])} values, expected {len(attributes)}")
        elif line.lower().startswith("@data"):
            body = True
        elif line.lower().startswith("@attribute"):
            _, name, kind = line.split(None, 2)
            if kind.startswith("{"):
                attributes.append((name, words(kind.strip("{} "))))
            elif kind.lower() in ("numeric", "real", "integer"):
                attributes.append((name, None))
            else:
                raise SystemExit(f"{path}: an attribute of type {kind}")
    return attributes, rows


def decimal(value):
    return np.format_float_positional(np.float32(value), unique=True, trim="-")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--arff", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)

    attributes, rows = read_arff(arguments.arff)
    *attributes, (_, classes) = attributes
    names = [name for name, _ in attributes]
    x = np.array([[levels.index(v) if levels else float(v) for (_, levels), v in zip(attributes, row)] for row in rows],
                 dtype=np.float32)
    bad = np.array([classes.index(row[-1]) for row in rows], dtype=np.float32)
    types = ["c" if levels else "float" for _, levels in attributes]
    train = np.random.default_rng(1).permutation(len(rows)) < 700

    def matrix(which, label=None):
        return xgb.DMatrix(x[which], label, feature_names=names, feature_types=types, enable_categorical=True)

    model = xgb.train(dict(objective="binary:logistic", max_depth=3, eta=0.1, tree_method="hist", max_cat_to_onehot=4,
                           seed=1, nthread=1), matrix(train, bad[train]), 80)
    held_out = model.predict(matrix(~train))
    right = float(((held_out > 0.5) == bad[~train]).mean())
    quantiles = np.sort(held_out)[np.linspace(0, len(held_out) - 1, 101).round().astype(int)]

    with open(arguments.out / "table.csv", "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(names)
        table.writerows(row[:-1] for row in rows)
    (arguments.out / "model.ubj").write_bytes(bytes(model.save_raw("ubj")))
    (arguments.out / "model.json").write_bytes(bytes(model.save_raw("json")))
    header = "name kind build chromosome position effect_allele other_allele reference_allele unit min max levels missing"
    lines = [header.split()]
    for (name, levels), column in zip(attributes, x.T):
        bounds = [".", ".", "|".join(levels)] if levels else [decimal(column.min()), decimal(column.max()), "."]
        lines.append([name, "value", ".", ".", ".", ".", ".", ".", UNITS.get(name, "."), *bounds, "refuse"])
    (arguments.out / "features.tsv").write_text("".join("\t".join(line) + "\n" for line in lines))
    (arguments.out / "manifest.toml").write_text(f"""\
# Written by demo/train_credit.py.
name = "credit_g"
version = "1.0.0"
description = "Demonstration: boosted trees over the German credit data."
build = "none"
coverage_gate = 0.0
sites_public = false
output = "probability of a bad credit"
licence = "a demonstration"
citation = "Statlog (German Credit Data), UCI Machine Learning Repository."
intended_use = "To show that a table of named values takes the same path as a genome."
real = ["1,000 applicants of a bank, before 1994"]
simulated = []

[[categories]]
below = 0.3
name = "good"
words = "fewer than 3 in 10 such applicants had a bad credit"

[[categories]]
below = 0.6
name = "doubtful"
words = "between 3 and 6 in 10 such applicants had a bad credit"

[[categories]]
name = "bad"
words = "more than 6 in 10 such applicants had a bad credit"

[reference]
name = "{len(held_out)} applicants the model was not trained on"
quantiles = [
{"".join("  " + ", ".join(map(decimal, quantiles[i:i + 10])) + ",%s" % chr(10) for i in range(0, len(quantiles), 10))}]
""")
    print(f"{len(rows)} applicants, {right:.1%} of {len(held_out)} held out classed right; wrote {arguments.out}")


if __name__ == "__main__":
    main()
