#!/usr/bin/env python3
"""make_models.py FOLDER NAME: a forest of the shape NAME, rows for it, and XGBoost's margins of these rows.

  snp1k     100 trees of depth 6 over 1,000 dosages, trained on simulated people
  snp10k    1,000 trees of depth 8 over 10,000 dosages; the trees are drawn at random, since training them takes ten minutes
  tabular   500 trees of depth 6 over 30 real-valued features, trained
  tiny      20 trees of depth 5 over 200 dosages, drawn; for tests

NAME.json and NAME.ubj are the model; NAME.f32 has the rows as float32 with NaN where a value is missing, row by row; NAME.u8, of
dosages alone, the same as 0, 1, 2 and 3 for missing; NAME.margin one float32 a row. The same bytes for the same versions of numpy
and xgboost.
"""
import json, pathlib, sys

import numpy as np
import xgboost

ROWS = 10_000
MISSING = 3
SHAPES = {"snp1k": (100, 6, 1_000), "snp10k": (1_000, 8, 10_000), "tabular": (500, 6, 30), "tiny": (20, 5, 200)}


def dosages(rows, features, seed):
    """Two draws of an allele each, of a frequency of the feature's own; one in a hundred is missing."""
    random = np.random.default_rng(seed)
    frequency = np.random.default_rng(features).uniform(0.02, 0.5, features).astype(np.float32)
    out = np.empty((rows, features), np.uint8)
    for start in range(0, rows, 1000):  # in pieces: 10,000 rows of 10,000 floats are 400 MB
        part = out[start:start + 1000]
        part[:] = random.random(part.shape, np.float32) < frequency
        part += random.random(part.shape, np.float32) < frequency
        part[random.random(part.shape, np.float32) < 0.01] = MISSING
    return out


def floats(codes):
    out = codes.astype(np.float32)
    out[codes == MISSING] = np.nan
    return out


def target(x, seed, noise):
    """A sum over a third of the features, with noise; yes where it is above the mean."""
    random = np.random.default_rng(seed)
    weights = random.normal(size=x.shape[1]) * (random.random(x.shape[1]) < 0.3)
    y = np.nan_to_num(x, nan=1) @ weights.astype(np.float32)
    return ((y - y.mean()) / y.std() + random.normal(size=len(y)) * noise > 0).astype(np.float32)


def train(x, y, trees, depth, **more):
    parameters = {"objective": "binary:logistic", "max_depth": depth, "eta": 0.1, "tree_method": "hist", "min_child_weight": 0.0,
                  "base_score": 0.5, "nthread": 1, **more}  # one thread: the same sums everywhere
    return xgboost.train(parameters, xgboost.QuantileDMatrix(x, y, max_bin=parameters.get("max_bin", 256)), trees)


def drawn_tree(random, depth, features, number):
    """A tree as XGBoost's JSON has it. Each node splits on a dosage that its ancestors have not, or ends early: most do not near
    the root, every third at the last level before the leaves, which leaves some 180 splits of the 255 of depth 8."""
    left, right, parent, feature, threshold, default, level, ancestors = [-1], [-1], [2**31 - 1], [0], [0.0], [0], [0], [set()]
    node = 0
    while node < len(left):
        splits = level[node] < depth and (level[node] < 3 or random.random() > (0.33 if level[node] == depth - 1 else 0.045))
        if splits:
            f = int(random.integers(features))
            while f in ancestors[node]:
                f = int(random.integers(features))
            feature[node], threshold[node], default[node] = f, float(random.integers(1, 3)), int(random.integers(2))
            left[node], right[node] = len(left), len(left) + 1
            for _ in range(2):
                left.append(-1), right.append(-1), parent.append(node), feature.append(0), default.append(0)
                threshold.append(float(np.float32(random.normal() * 0.02)))
                level.append(level[node] + 1), ancestors.append(ancestors[node] | {f})
        node += 1
    nodes = len(left)
    return {"base_weights": [0.0 if left[i] != -1 else threshold[i] for i in range(nodes)], "categories": [], "categories_nodes": [],
            "categories_segments": [], "categories_sizes": [], "default_left": default, "id": number, "left_children": left,
            "loss_changes": [0.0] * nodes, "parents": parent, "right_children": right, "split_conditions": threshold,
            "split_indices": feature, "split_type": [0] * nodes, "sum_hessian": [1.0] * nodes,
            "tree_param": {"num_deleted": "0", "num_feature": str(features), "num_nodes": str(nodes), "size_leaf_vector": "1"}}


def drawn(trees, depth, features):
    """A model whose frame XGBoost has written itself, for one tree, and whose trees are drawn."""
    random = np.random.default_rng(7)
    x = dosages(64, features, 6)
    frame = json.loads(bytes(train(floats(x), target(floats(x), 5, 1), 1, 1, max_bin=16).save_raw("json")))
    model = frame["learner"]["gradient_booster"]["model"]
    model["trees"] = [drawn_tree(random, depth, features, i) for i in range(trees)]
    model["tree_info"] = [0] * trees
    model["iteration_indptr"] = list(range(trees + 1))
    model["gbtree_model_param"]["num_trees"] = str(trees)
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(frame).encode()))
    return booster


def real_values(rows, seed):
    """Correlated normals, some skewed, some whole numbers; one in twenty is missing."""
    random = np.random.default_rng(seed)
    features = SHAPES["tabular"][2]
    mix = np.random.default_rng(features).normal(size=(features, features))
    x = random.normal(size=(rows, features)) @ mix / np.sqrt(features)
    x[:, ::3] = np.exp(x[:, ::3])
    x[:, 1::5] = np.round(10 * x[:, 1::5])
    x[random.random(x.shape) < 0.05] = np.nan
    return x.astype(np.float32)


def main():
    folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
    trees, depth, features = SHAPES[name]
    if name == "tabular":
        x = real_values(10_000, 1)
        booster = train(x, target(x, 2, 0.5), trees, depth)
        rows = real_values(ROWS, 99)
    else:
        if name == "snp1k":
            x = floats(dosages(8_000, features, 1))
            booster = train(x, target(x, 2, 0.7), trees, depth, max_bin=16)
        else:
            booster = drawn(trees, depth, features)
        codes = dosages(ROWS, features, 99)
        codes.tofile(folder / f"{name}.u8")
        rows = floats(codes)
    rows.tofile(folder / f"{name}.f32")
    booster.save_model(folder / f"{name}.json")
    booster.save_model(folder / f"{name}.ubj")
    booster.inplace_predict(rows, predict_type="margin").astype(np.float32).tofile(folder / f"{name}.margin")
    forest = json.loads((folder / f"{name}.json").read_text())["learner"]["gradient_booster"]["model"]["trees"]
    print(f"{name}: {trees} trees, {sum(sum(c != -1 for c in t['left_children']) for t in forest)} splits")


main()
