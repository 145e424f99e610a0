#!/usr/bin/env python3
"""to_ifelse.py MODEL.json FOLDER PARTS: XGBoost's forest as C, a function of nested if/else for each tree, in PARTS files.

What a tree compiler writes: thresholds and leaves are constants in the code. A missing value is NaN, so that the default direction
is in the comparison: `x < t` sends it right, `!(x >= t)` left.
"""
import json, pathlib, sys

import numpy as np

trees = json.load(open(sys.argv[1]))["learner"]["gradient_booster"]["model"]["trees"]
folder, parts = pathlib.Path(sys.argv[2]), int(sys.argv[3])


def number(value):
    return f"{np.float32(value).item().hex()}f"


def body(tree, node, indent, out):
    left = tree["left_children"][node]
    value = number(tree["split_conditions"][node])
    if left == -1:
        out.append(f"{indent}return {value};\n")
        return
    x = f"x[{tree['split_indices'][node]}]"
    out.append(f"{indent}if ({f'!({x} >= {value})' if tree['default_left'][node] else f'{x} < {value}'}) {{\n")
    body(tree, left, indent + " ", out)
    out.append(f"{indent}}} else {{\n")
    body(tree, tree["right_children"][node], indent + " ", out)
    out.append(f"{indent}}}\n")


folder.mkdir(parents=True, exist_ok=True)
for part in range(parts):
    out = []
    for i in range(part, len(trees), parts):
        out.append(f"float tree_{i}(const float* x) {{\n")
        body(trees[i], 0, " ", out)
        out.append("}\n")
    (folder / f"part_{part}.c").write_text("".join(out))
calls = "".join(f" sum += tree_{i}(x);\n" for i in range(len(trees)))
(folder / "forest.c").write_text("".join(f"float tree_{i}(const float* x);\n" for i in range(len(trees)))
                                 + f"float forest(const float* x) {{\n float sum = 0;\n{calls} return sum;\n}}\n")
