"""Evaluating a forest: ours beside libxgboost, ONNX Runtime and compiled if/else. Every side stays loaded and does the same rows on
one core; all margins are compared."""
import struct

from harness.contest import Resident, Unavailable
from harness.store import BENCH, JOBS, run
from rows.inputs import Forest


def xgboost(context, newest=False):
    flags, name = [], "xgboost_predict"
    if newest:
        library = context.newest_xgboost()
        flags, name = ["-L", library.parent, f"-Wl,-rpath,{library.parent}", f"-Wl,-rpath-link,{library.parent}"], "xgboost_newest"
    return context.store.program(name, ["peers/xgboost_predict.cpp"], flags=flags, libraries=["-lxgboost"])


def onnx(context, forest):
    script = BENCH / "peers/to_onnx.py"
    folder = context.store.kept(f"onnx_{forest.name} (a model)", [script, forest.json],
                                lambda folder: run(["python3", script, forest.json, folder / "model.onnx"], f"{forest.name} to ONNX"))
    program = context.store.program("onnx_predict", ["peers/onnx_predict.cpp"], flags=["-I/usr/include/onnxruntime"], libraries=["-lonnxruntime"])
    return program, folder / "model.onnx"


def ifelse(context, forest):
    """The forest as C, compiled in parts, as many at once as there are cores."""
    script, driver = BENCH / "peers/to_ifelse.py", BENCH / "peers/ifelse_predict.cpp"

    def make(folder):
        run(["python3", script, forest.json, folder, "32"], f"{forest.name} to C")
        run(["sh", "-c", f"cd '{folder}' && ls *.c | xargs -P {JOBS} -n 1 gcc-14 -O3 -march=native -c"], f"compiling {forest.name}")
        objects = sorted(folder.glob("*.o"))
        run(["g++-14", "-std=c++23", "-O3", "-march=native", "-I", BENCH / "peers", driver, *objects, "-o", folder / "predict"],
            f"linking {forest.name}")
        for file in [*objects, *folder.glob("*.c")]:
            file.unlink()
    return context.store.kept(f"ifelse_{forest.name} (compiled if/else)", [script, driver, BENCH / "peers/resident.h", forest.json], make) / "predict"


def bits(side, context):
    return side.answers(context.work / "margins")


def same_bits(context):
    return lambda one, other: bits(one, context) == bits(other, context)


def close(context):
    """To 1e-4, for those who promise no order of addition."""
    def same(one, other):
        a, b = (struct.unpack(f"{len(x) // 4}f", x) for x in (bits(one, context), bits(other, context)))
        return len(a) == len(b) and all(abs(x - y) <= 1e-4 for x, y in zip(a, b))
    return same


class Oracle:
    """The margins that came with the model."""

    def __init__(self, forest):
        self.path = forest.margins

    def answers(self, _):
        return self.path.read_bytes()


def run_sides(context, forest, group, shape, peers, ways, rows, limit):
    """rows: (id, what, peer's name, ours, theirs, sense, asked)."""
    def ours(way):
        return lambda: Resident(context.program("forest_side"), forest.ubj, forest.codes if way != "floats" else forest.floats, forest.features,
                                way, shape)

    def peer(name):
        if name in ("xgboost", "newest"):
            return lambda: Resident(xgboost(context, name == "newest"), forest.ubj, forest.floats, forest.features, shape)
        if name == "onnx":
            return lambda: Resident(*onnx(context, forest), forest.floats, forest.features, shape)
        return lambda: Resident(ifelse(context, forest), forest.floats, forest.features, shape)
    sides = {way: ours(way) for way in ways} | {name: peer(name) for name in peers}
    per = forest.rows if shape == "batch" else 1
    with context.contest(group, sides, limit) as held:
        for way in ways:
            if way not in held.left_out:
                oracle = bits(held.sides[way], context) == forest.margins.read_bytes()
                for name in peers:
                    if not oracle:
                        held.disagreements[frozenset((way, name))] = "margins are not those of XGBoost"
                    else:
                        held.agree(way, name, close(context) if name in ("onnx", "newest") else same_bits(context), "margins differ")
        for id, what, label, one, other, sense, asked in rows:
            held.row(id, what, label, one, other, sense, asked, per)


COMPILED = "compiled if/else, -O3"


def xgboosts(context):
    """libxgboost's versions, as far as they are here."""
    out = {"xgboost": "libxgboost 3.0, in place"}
    try:
        out["newest"] = f"libxgboost {context.newest_version()}, in place"
    except Unavailable:
        out["newest"] = "libxgboost, newest"
    return out


def small_batch(context):
    f = Forest(context, "snp1k")
    names = xgboosts(context)
    what = f"100 trees of depth 6, 1,000 SNPs, {f.rows:,} rows"
    run_sides(context, f, "snp1k-batch", "batch", ["xgboost", "newest", "ifelse"], ["codes", "planes"], [
        ("small-rows", f"{what}, from bytes by row", names["xgboost"], "codes", "xgboost", "faster", 15),
        ("small-newest", f"{what}, from bytes by row", names["newest"], "codes", "newest", "faster", None),
        ("small-ifelse", f"{what}, from bytes by row", COMPILED, "codes", "ifelse", "faster", 10),
        ("small-planes", f"{what}, from the reader's planes", names["xgboost"], "planes", "xgboost", "faster", 25)], 120)


def small_single(context):
    f = Forest(context, "snp1k")
    names = xgboosts(context)
    what = "100 trees of depth 6, 1,000 SNPs, one row"
    run_sides(context, f, "snp1k-single", "single", ["xgboost", "newest", "onnx", "ifelse"], ["codes"], [
        ("single-xgboost", what, names["xgboost"], "codes", "xgboost", "faster", 20),
        ("single-newest", what, names["newest"], "codes", "newest", "faster", None),
        ("single-onnx", what, "ONNX Runtime", "codes", "onnx", "faster", 3),
        ("single-ifelse", what, COMPILED, "codes", "ifelse", "faster", 1.8)], 120)


def large_batch(context):
    f = Forest(context, "snp10k")
    names = xgboosts(context)
    what = f"1,000 trees of depth 8, 10,000 SNPs, {f.rows:,} rows"
    run_sides(context, f, "snp10k-batch", "batch", ["xgboost", "newest", "ifelse"], ["codes"], [
        ("large-rows", what, names["xgboost"], "codes", "xgboost", "faster", 30),
        ("large-newest", what, names["newest"], "codes", "newest", "faster", None),
        ("large-ifelse", what, COMPILED, "codes", "ifelse", "faster", 15)], 180)


def tabular(context):
    f = Forest(context, "tabular")
    names = xgboosts(context)
    what = f"500 trees of depth 6, 30 real-valued features, {f.rows:,} rows"
    run_sides(context, f, "tabular-batch", "batch", ["xgboost", "newest", "ifelse"], ["floats"], [
        ("tabular", what, names["xgboost"], "floats", "xgboost", "faster", 3),
        ("tabular-newest", what, names["newest"], "floats", "newest", "faster", None),
        ("tabular-ifelse", what, COMPILED, "floats", "ifelse", "faster", None)], 120)
