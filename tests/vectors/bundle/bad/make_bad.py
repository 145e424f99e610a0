#!/usr/bin/env python3
"""Writes the faulty manifests and feature tables of this folder, each one change away from ../manifest.toml and
../features.tsv. A file's name is NUMBER-REJECTION-WHAT."""
import pathlib

here = pathlib.Path(__file__).parent
manifest = (here.parent / "manifest.toml").read_text()
features = (here.parent / "features.tsv").read_text()
number = 0


def bad(form, reason, what, old, new):
    global number
    number += 10
    whole = manifest if form == "toml" else features
    assert old in whole, old
    (here / f"{number:03}-{reason}-{what}.{form}").write_text(whole.replace(old, new, 1))


bad("toml", "bundle_malformed", "unknown-key", "sites_public = true", 'sites_public = true\ncolour = "red"')
bad("toml", "bundle_malformed", "no-intended-use", 'intended_use = "tests"\n', "")
bad("toml", "bundle_malformed", "name-is-a-path", '"example"', '"../example"')
bad("toml", "bundle_malformed", "gate-above-one", "0.75\nsites", "1.01\nsites")
bad("toml", "bundle_malformed", "build-by-another-name", '"GRCh37"', '"hg19"')
bad("toml", "bundle_malformed", "cut-points-fall", "below = 0.75", "below = 0.2")
bad("toml", "bundle_malformed", "quantiles-fall", "0.05, 0.2", "0.2, 0.05")
bad("toml", "bundle_malformed", "escape-sequence", '"tests"', '"\\u001b]0;owned\\u0007"')
bad("toml", "bundle_malformed", "output-names-too-many", "sites_public", 'output_names = ["a", "b"]\nsites_public')
bad("toml", "bundle_malformed", "texts-too-long-for-an-answer", 'simulated = ["everything"]',
    "simulated = [" + ", ".join(f'"{"x" * 2000}"' for _ in range(9)) + "]")
bad("tsv", "features_mismatch", "one-too-few", features.splitlines(True)[-1], "")
bad("tsv", "features_mismatch", "other-order", "f1\tvariant", "f2\tvariant")
bad("tsv", "features_mismatch", "variant-twice-swapped", "X\t2700001\tT\tTA\tT", "22\t50300078\tG\tA\tG")
bad("tsv", "features_mismatch", "variant-twice-untrimmed", "X\t2700001\tT\tTA\tT", "22\t50300077\tCA\tCG\tCG")
bad("tsv", "bundle_malformed", "other-build", "f1\tvariant\tGRCh37", "f1\tvariant\tGRCh38")
bad("tsv", "bundle_malformed", "chromosome-with-prefix", "\t22\t", "\tchr22\t")
bad("tsv", "bundle_malformed", "reference-is-neither-allele", "A\tG\tG", "A\tG\tT")
bad("tsv", "bundle_malformed", "level-twice", "none|some", "some|some")
bad("tsv", "bundle_malformed", "carriage-return", "\trefuse\n", "\trefuse\r\n")
bad("tsv", "bundle_malformed", "fourteen-columns", "all\t1\n", "all\t1\t\n")
bad("tsv", "model_invalid", "position-beyond-the-chromosome", "50300078", "51304567")
