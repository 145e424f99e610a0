#!/usr/bin/env python3
"""table.py BUILD [--quick] [load]: runs the programs of bench/ and, in the same run, what they are held against; prints one table.

Every figure is a median of five. `load` runs the load tests in their long form instead. A peer that is not installed, or data that is not here, is a line that says so.
"""
import gzip, json, os, pathlib, re, resource, shutil, statistics, subprocess, sys, tempfile, time

import service

BUILD = pathlib.Path(sys.argv[1]).resolve() / "bench"
QUICK = "--quick" in sys.argv
SOURCE = pathlib.Path(__file__).resolve().parents[1]
CHR22 = pathlib.Path(os.environ.get("GLOVEBOX_DATA", "/nonexistent")) / "VariantAnnotation/extdata/chr22.vcf.gz"
NITRO = SOURCE.parent / "shared/vectors/nitro/evervault-2022-10-13-prod.cbor"
PERSON = "HG00096"
ROUNDS = 3 if QUICK else 5
lines = []


def ours(program, **environment):
    """Medians by benchmark: {name: {"ns": ..., "rate": bytes or items a second}}, and what a benchmark said that could not run."""
    done = subprocess.run([BUILD / program, "--benchmark_format=json", f"--benchmark_repetitions={ROUNDS}",
                           f"--benchmark_min_time={0.1 if QUICK else 0.5}s"], env={**os.environ, **environment},
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    unit = {"ns": 1, "us": 1e3, "ms": 1e6}
    out, failed = {}, {}
    for b in json.loads(done.stdout)["benchmarks"]:
        if b.get("error_occurred"):
            failed[b["run_name"]] = b["error_message"]
        elif b.get("aggregate_name") == "median":
            out[b["run_name"]] = {"ns": b["cpu_time"] * unit[b["time_unit"]],
                                  "rate": b.get("bytes_per_second", b.get("items_per_second", 0))}
    return out, failed


def median_of(measure):
    return statistics.median(measure() for _ in range(ROUNDS))


def processor_seconds(work):
    """What the calling process and its children used: other work on the machine counts less than in elapsed time."""
    def used():
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in both)
    before = used()
    work()
    return used() - before


def openssl(*arguments, pattern):
    """One figure of `openssl speed`; None without the program."""
    if not shutil.which("openssl"):
        return None
    text = subprocess.run(["openssl", "speed", "-seconds", "1", *arguments], capture_output=True, text=True).stdout
    return float(re.search(pattern, text, re.M)[1])


def line(what, value, unit, peer_name=None, peer=None, digits=0, higher_is_better=True):
    """The ratio is how much of the peer's speed we have: 1 is as fast, below 1 is slower."""
    row = [what, f"{value:,.{digits}f} {unit}" if isinstance(value, float) else value, peer_name or "", "", ""]
    if peer_name:
        row[3] = "not here" if peer is None else f"{peer:,.{digits}f} {unit}"
        if peer and isinstance(value, float):
            row[4] = f"{value / peer if higher_is_better else peer / value:.2f}"
    lines.append(row)


def envelope():
    found, _ = ours("envelope_bench")
    peer = None
    if shutil.which("openssl"):
        peer = median_of(lambda: openssl("-evp", "aes-256-gcm", "-bytes", "16384", pattern=r"^AES-256-GCM\s+([\d.]+)k")) / 1e3
    for name, what in (("seal_chunk", "seal chunks of 64 KiB"), ("open_chunk", "open chunks of 64 KiB"),
                       ("seal_stream", "seal a stream in pieces of 1 MiB")):
        line(what, found[name]["rate"] / 1e6, "MB/s", "openssl speed, AES-256-GCM", peer)


def evidence():
    found, failed = ours("evidence_bench", GLOVEBOX_BENCH_NITRO=str(NITRO) if NITRO.exists() else "/nonexistent")
    one = found["bare_verification"]["ns"] / 1e3
    speed = None
    if shutil.which("openssl"):
        speed = 1e6 / median_of(lambda: openssl("ecdsap384", pattern=r"\(nistp384\).*\s([\d.]+)$"))
    line("verify one P-384 signature", one, "us", "openssl speed, ecdsap384", speed, higher_is_better=False)
    line("appraise a development document", found["appraise_development"]["ns"] / 1e3, "us", "3 bare verifications", 3 * one,
         higher_is_better=False)
    if "appraise_real" in found:
        line("appraise a real Nitro document", found["appraise_real"]["ns"] / 1e3, "us", "5 bare verifications", 5 * one,
             higher_is_better=False)
    else:
        line("appraise a real Nitro document", failed.get("appraise_real", "did not run"), "")


def model(folder):
    """500 features, 300 trees of depth 5, trained here on random numbers; 2,000 rows, one thread on both sides."""
    try:
        import numpy as np
        import xgboost
    except ImportError:
        line("predict rows", "no model: XGBoost for Python is not here", "")
        return
    random = np.random.default_rng(1)
    rows = random.integers(0, 3, (2000, 500)).astype(np.float32)
    rows[random.random(rows.shape) < 0.05] = np.nan
    target = np.nansum(rows[:, :60], axis=1) + random.normal(0, 3, len(rows))
    booster = xgboost.train({"max_depth": 5, "nthread": 2, "objective": "reg:squarederror"}, xgboost.DMatrix(rows, target), 300)
    booster.set_param({"nthread": 1})
    booster.save_model(folder / "model.ubj")
    (folder / "rows").write_bytes(rows.tobytes())
    found, _ = ours("reference_bench", GLOVEBOX_BENCH_MODEL=str(folder / "model.ubj"), GLOVEBOX_BENCH_ROWS=str(folder / "rows"))

    def predict():
        def work():
            for _ in range(20):
                booster.inplace_predict(rows, predict_type="margin")
        return processor_seconds(work) / 20
    line("predict rows, reference, one at a time", found["predict_rows"]["rate"], "rows/s", "libxgboost, all rows in one call",
         len(rows) / median_of(predict))


def vcf(folder):
    """One person's dosages at some 500 sites, out of the records of chr22.vcf.gz many times over, at shifted positions, so that no
    program's start counts. bcftools prints that person's genotype of every record."""
    if not CHR22.exists():
        line("dosages out of a VCF", "chr22.vcf.gz is not here", "")
        return
    head, records, sites = [], [], []
    for text in gzip.open(CHR22, "rt"):
        (head if text.startswith("#") else records).append(text)
    copies = 4 if QUICK else 20
    shifted = []
    for k in range(copies):  # the file spans less than a million bases
        for text in records:
            chrom, position, rest = text.split("\t", 2)
            shifted.append((chrom, int(position) - (copies - 1 - k) * 1_000_000, rest))
    for chrom, position, rest in shifted[::len(shifted) // 500]:
        _, ref, alt, _ = rest.split("\t", 3)
        if len(ref) == len(alt) == 1:
            sites.append(f"{chrom}\t{position}\t{alt}\t{ref}\n")
    plain = ("".join(head) + "".join(f"{c}\t{p}\t{r}" for c, p, r in shifted)).encode()
    (folder / "sites").write_text("".join(sites))
    (folder / "plain.vcf").write_bytes(plain)
    (folder / "packed.vcf.gz").write_bytes(gzip.compress(plain))
    for what, file in (("gzip", folder / "packed.vcf.gz"), ("plain text", folder / "plain.vcf")):
        found, failed = ours("reference_bench", GLOVEBOX_BENCH_VCF=str(file), GLOVEBOX_BENCH_SITES=str(folder / "sites"),
                             GLOVEBOX_BENCH_SAMPLE=PERSON)
        if "extract_dosages" not in found:
            line(f"dosages out of a VCF, {what}", failed.get("extract_dosages", "did not run"), "")
            continue

        def query():
            return processor_seconds(lambda: subprocess.run(
                ["bcftools", "query", "-s", PERSON, "-f", "%CHROM\\t%POS\\t%REF\\t%ALT[\\t%GT]\\n", str(file)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True))
        peer = len(plain) / median_of(query) / 1e6 if shutil.which("bcftools") else None
        line(f"dosages out of a VCF, {what}, MB of text", len(plain) / found["extract_dosages"]["ns"] * 1e3, "MB/s", "bcftools query",
             peer)


def main():
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        envelope()
        evidence()
        model(folder)
        vcf(folder)
        service.rows(line, ours, BUILD.parent, QUICK)
    head = ["what", "here", "held against", "there", "of its speed"]
    widths = [max(len(row[i]) for row in [head, *lines]) for i in range(5)]
    for row in [head, ["-" * w for w in widths], *lines]:
        print("  ".join(cell.rjust(widths[i]) if i in (1, 3, 4) else cell.ljust(widths[i]) for i, cell in enumerate(row)).rstrip())
    print(f"\nmedians of {ROUNDS}, processor time of one core, {time.monotonic() - start:.0f} s in all; load {os.getloadavg()[0]:.1f} on "
          f"{os.cpu_count()} cores")


if "load" in sys.argv[2:]:
    sys.exit(service.full(BUILD.parent))
main()
