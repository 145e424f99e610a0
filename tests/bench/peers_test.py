#!/usr/bin/env python3
"""peers_test.py BUILD: what bench/ holds ours against gives the same answers, on small inputs: the dosages of a genome by htslib, the
plain pipeline's margin, the margins of a forest by libxgboost, ONNX Runtime and compiled if/else. A peer whose package is not here
is left out and named; one that gives another answer fails."""
import pathlib, subprocess, sys, tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))
from harness.context import Context  # noqa: E402
from harness.contest import Process, Resident, Unavailable  # noqa: E402
from harness.store import Store, run  # noqa: E402
from rows import forest, genome, inputs  # noqa: E402

inputs.SHAPES["tiny"] = 200
left_out = []


def optional(make):
    try:
        return make()
    except Unavailable as reason:
        left_out.append(str(reason))
        return None


def answer(*commands):
    side = Process(*commands, pin=False)
    side.once()
    return side.answer


def a_genome(context, work):
    """ours, htslib by records and by lines, bcftools, and the pipeline into libxgboost; of a file with each of its panel's sites."""
    generator = context.store.program("make_vcf", ["inputs/make_vcf.cpp"])
    vcf, panel = work / "genome.vcf.gz", work / "panel.tsv"
    inputs.packed([generator, "single", 20_000, 3, f"{panel}:200"], vcf)
    ours = context.program("panel_side")
    found = answer([ours, "scan", "1", vcf, panel])
    assert found["records"] == 20_000 and 90 <= found["hits"] <= 120 and found["sum"] > found["hits"], found
    for mode in ("records", "lines"):
        other = answer([genome.htslib_panel(context), mode, vcf, panel])
        assert other == {key: found[key] for key in ("records", "hits", "sum")}, (mode, other, found)
    for way in ("pick", "scan"):
        again = answer([ours, way, "2", vcf, panel])
        assert (again["hits"], again["sum"]) == (found["hits"], found["sum"]), (way, again, found)
    sites = {tuple(line.split("\t")[:4]) for line in panel.open()}
    lines = [line.split("\t") for line in run(genome.query(vcf), "bcftools query").decode().splitlines()]
    hits = [line[5] for line in lines if tuple(line[:4]) in sites and line[4] == "PASS"]
    assert (len(hits), sum(map(lambda g: g.count("1"), hits))) == (found["hits"], found["sum"])
    bits = answer([context.store.program("inflate_blocks", ["peers/inflate_blocks.cpp"], libraries=["-ldeflate"]), vcf])
    assert bits["text"] == len(subprocess.run(["bgzip", "-dc", vcf], capture_output=True, check=True).stdout)
    return vcf, panel, found


def the_pipeline(context, model, vcf, panel, found):
    scorer = context.store.program("score_lines", ["peers/score_lines.cpp"], libraries=["-lxgboost"])
    other = answer(genome.query(vcf), [scorer, model.ubj, panel])
    assert (other["hits"], other["sum"]) == (found["hits"], found["sum"]), (other, found)


def a_forest(context, model):
    margins = model.margins.read_bytes()
    ours = {f"{way}, {shape}": Resident(context.program("forest_side"), model.ubj, model.floats if way == "floats" else model.codes,
                                        model.features, way, shape)
            for way, shape in (("floats", "batch"), ("floats", "single"), ("codes", "batch"), ("codes", "single"), ("planes", "batch"))}
    peers = {"libxgboost": lambda: Resident(forest.xgboost(context), model.ubj, model.floats, model.features, "batch"),
             "libxgboost, single": lambda: Resident(forest.xgboost(context), model.ubj, model.floats, model.features, "single"),
             "if/else": lambda: Resident(forest.ifelse(context, model), model.floats, model.features, "batch"),
             "ONNX Runtime": lambda: Resident(*forest.onnx(context, model), model.floats, model.features, "single")}
    here = {name: side for name, make in peers.items() if (side := optional(make))}
    oracle = forest.Oracle(model)
    for name, side in (ours | here).items():
        same = forest.close(context) if name == "ONNX Runtime" else forest.same_bits(context)
        assert same(side, oracle), f"{name}: other margins than XGBoost's own"
        assert side.once() > 0
        side.close()
    assert len(margins) == 4 * model.rows and len(set(margins[i:i + 4] for i in range(0, len(margins), 4))) > 100, "margins that say nothing"
    return [*ours, *here]


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="glovebox-bench-") as folder:
        context = Context(Store(build / "bench-store"), build, True, 1, pathlib.Path(folder))
        try:
            vcf, panel, found = a_genome(context, context.work)
            model = inputs.Forest(context, "tiny")
            agreed = a_forest(context, model)
            the_pipeline(context, model, vcf, panel, found)
        except Unavailable as reason:  # a compiler, bcftools, bgzip: what every test run has
            print(reason)
            return 77
    print(f"same answers: htslib, bcftools, the pipeline; {', '.join(agreed)}" + "".join(f"; left out: {reason}" for reason in left_out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
