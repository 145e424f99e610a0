#!/usr/bin/env python3
"""Trains the small models of this folder with XGBoost itself and writes, beside each, what XGBoost predicts.

python3 make_models.py     (python3-xgboost 3.0.0 of Debian 13, numpy; the same bytes on every run)

NAME.json / NAME.ubj   the model
NAME.rows              one row a line: features | margins | predictions, decimal; "nan" is a missing value
"""
import json
import pathlib

import numpy as np
import xgboost as xgb

here = pathlib.Path(__file__).parent
random = np.random.default_rng(20261121)
rows, features = 400, 6
x = random.normal(size=(rows, features)).astype(np.float32)
x[:, 1] = random.integers(0, 3, rows)  # a dosage
x[:, 5] = random.integers(0, 9, rows)  # a category, in the models that call it one
with_missing = x.copy()
with_missing[random.random(x.shape) < 0.15] = np.nan
signal = x[:, 0] + 0.7 * x[:, 1] - x[:, 2] * x[:, 3] + np.isin(x[:, 5], (1, 4, 7)) + random.normal(size=rows) * 0.3


def decimal(v):
    return "nan" if np.isnan(v) else np.format_float_scientific(np.float32(v), unique=True, trim="-")


def save(name, form, data, label, rounds=8, types=None, lower=None, upper=None, group=None, **parameters):
    matrix = xgb.DMatrix(data, label=label, feature_names=[f"f{i}" for i in range(features)], feature_types=types,
                         enable_categorical=types is not None)
    if lower is not None:
        matrix.set_float_info("label_lower_bound", lower)
        matrix.set_float_info("label_upper_bound", upper)
    if group is not None:
        matrix.set_group(group)
    settings = dict(max_depth=3, eta=0.4, nthread=1, seed=7, tree_method="hist", **parameters)
    model = xgb.train(settings, matrix, rounds)
    (here / f"{name}.{form}").write_bytes(bytes(model.save_raw("ubj" if form == "ubj" else "json")))
    some = xgb.DMatrix(data[:12], feature_names=matrix.feature_names, feature_types=types,
                       enable_categorical=types is not None)
    margins = model.predict(some, output_margin=True).reshape(12, -1)
    predictions = model.predict(some).reshape(12, -1)
    lines = [" ".join(" ".join(map(decimal, part)) + (" |" if i < 2 else "") for i, part in enumerate(parts))
             for parts in zip(data[:12], margins, predictions)]
    (here / f"{name}.rows").write_text("\n".join(lines) + "\n")


def rewrite(name, source, version, change):
    """A model of XGBoost 3.0 as a later version lays it out; it predicts the same. Debian's XGBoost cannot write these."""
    model = json.loads((here / f"{source}.json").read_text())
    change(model["learner"])
    model["version"] = version
    score = model["learner"]["learner_model_param"]
    score["base_score"] = "[" + score["base_score"] + "]"
    (here / f"{name}.json").write_text(json.dumps(model, separators=(",", ":")))
    (here / f"{name}.rows").write_text((here / f"{source}.rows").read_text())


def dart_3_3(learner):
    booster = learner["gradient_booster"]
    learner["gradient_booster"] = {"model": booster["gbtree"]["model"], "name": "gbtree", "weight_drop": booster["weight_drop"]}


def dart_3_4(learner):
    booster = learner["gradient_booster"]
    learner["gradient_booster"] = {"model": dict(booster["gbtree"]["model"], weight_drop=booster["weight_drop"]), "name": "gbtree"}


def named_categories(learner):
    names = [f"level {i}" for i in range(9)]
    numeric = {"offsets": [], "values": []}
    enc = [numeric] * 5 + [{"offsets": np.cumsum([0] + [len(n) for n in names]).tolist(), "values": list(map(ord, "".join(names)))}]
    learner["gradient_booster"]["model"]["cats"] = {"enc": enc, "feature_segments": [0, 0, 0, 0, 0, 0, 9], "sorted_idx": list(range(9))}


yes = (signal > 0.5).astype(np.float32)
third = np.digitize(signal, [-0.5, 1.0]).astype(np.float32)
positive = np.exp(signal * 0.4).astype(np.float32)
categories = ["float"] * 5 + ["c"]
save("logistic", "json", with_missing, yes, objective="binary:logistic")
save("logistic-ubj", "ubj", with_missing, yes, objective="binary:logistic")
save("logitraw", "ubj", x, yes, objective="binary:logitraw")
save("hinge", "ubj", x, yes, objective="binary:hinge")
save("softprob", "ubj", with_missing, third, rounds=4, objective="multi:softprob", num_class=3)
save("softmax", "json", x, third, rounds=3, objective="multi:softmax", num_class=3)
save("categorical-onehot", "json", with_missing, yes, rounds=5, types=categories, objective="binary:logistic")
save("categorical-sets", "ubj", with_missing, signal, types=categories, objective="reg:squarederror",
     max_cat_to_onehot=1)
save("dart", "json", with_missing, yes, objective="binary:logistic", booster="dart", rate_drop=0.4, one_drop=1)
save("dart-classes", "ubj", x, third, rounds=4, objective="multi:softprob", num_class=3, booster="dart",
     rate_drop=0.5, one_drop=1, normalize_type="forest")
save("parallel", "ubj", x, yes, rounds=3, objective="binary:logistic", num_parallel_tree=3, subsample=0.6,
     colsample_bynode=0.7)
save("poisson", "ubj", x, np.round(positive), objective="count:poisson")
save("gamma", "ubj", x, positive, rounds=4, objective="reg:gamma")
save("tweedie", "ubj", x, np.round(positive), rounds=4, objective="reg:tweedie", tweedie_variance_power=1.3)
save("cox", "ubj", x, positive, rounds=4, objective="survival:cox")
save("aft", "ubj", x, None, rounds=4, lower=positive, upper=positive * 1.5, objective="survival:aft")
save("absolute", "ubj", x, signal, rounds=4, objective="reg:absoluteerror")
save("huber", "ubj", x, signal, rounds=4, objective="reg:pseudohubererror")
save("quantile", "ubj", x, signal, rounds=3, objective="reg:quantileerror", quantile_alpha=[0.1, 0.5, 0.9])
save("targets", "ubj", x, np.stack([signal, -signal * 2], 1), rounds=4, objective="reg:squarederror")
save("rank", "ubj", x, third, rounds=4, group=[100] * 4, objective="rank:ndcg")
# The pruner leaves deleted nodes in the file; they must not be read as part of the tree.
pruned = dict(objective="binary:logistic", gamma=2.0)
matrix = xgb.DMatrix(with_missing, label=yes)
model = xgb.train(dict(max_depth=4, eta=0.4, nthread=1, seed=7, tree_method="exact", **pruned), matrix, 6)
text = model.save_raw("json")
trees = json.loads(text)["learner"]["gradient_booster"]["model"]["trees"]
assert any(int(t["tree_param"]["num_deleted"]) for t in trees)
(here / "pruned.json").write_bytes(bytes(text))
some = xgb.DMatrix(with_missing[:12])
lines = [" ".join(map(decimal, r)) + f" | {decimal(m)} | {decimal(p)}"
         for r, m, p in zip(with_missing[:12], model.predict(some, output_margin=True), model.predict(some))]
(here / "pruned.rows").write_text("\n".join(lines) + "\n")
rewrite("dart-3.3", "dart", [3, 3, 0], dart_3_3)
rewrite("dart-3.4", "dart", [3, 4, 0], dart_3_4)
rewrite("categorical-3.1", "categorical-onehot", [3, 1, 0], named_categories)
