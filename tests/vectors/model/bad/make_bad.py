#!/usr/bin/env python3
"""Writes the hostile models of this folder: one small good model, and files with one fault each. A file's name is
NUMBER-REJECTION-WHAT; the test expects that rejection."""
import copy
import json
import pathlib

here = pathlib.Path(__file__).parent
stump = {
    "base_weights": [0.5, 1.5, -1.5], "categories": [], "categories_nodes": [], "categories_segments": [],
    "categories_sizes": [], "default_left": [1, 0, 0], "id": 0, "left_children": [1, -1, -1],
    "loss_changes": [1.5, 0.5, 0.5], "parents": [2147483647, 0, 0], "right_children": [2, -1, -1],
    "split_conditions": [0.5, 1.5, -1.5], "split_indices": [0, 0, 0], "split_type": [0, 0, 0], "sum_hessian": [2.5, 1.5, 1.5],
    "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"}}
good = {
    "learner": {
        "attributes": {}, "feature_names": [], "feature_types": [],
        "gradient_booster": {
            "model": {"gbtree_model_param": {"num_parallel_tree": "1", "num_trees": "1"}, "iteration_indptr": [0, 1],
                      "tree_info": [0], "trees": [stump]},
            "name": "gbtree"},
        "learner_model_param": {"base_score": "5E-1", "boost_from_average": "1", "num_class": "0",
                                "num_feature": "2", "num_target": "1"},
        "objective": {"name": "binary:logistic", "reg_loss_param": {"scale_pos_weight": "1"}}},
    "version": [3, 0, 0]}
(here.parent / "stump.json").write_text(json.dumps(good, separators=(",", ":")))
number = 0


def bad(reason, what, change=None, text=None, form="json"):
    global number
    number += 10
    if text is None:
        model = copy.deepcopy(good)
        change(model)
        text = json.dumps(model, separators=(",", ":"))
    (here / f"{number:03}-{reason}-{what}.{form}").write_bytes(text if isinstance(text, bytes) else text.encode())


def tree(**changes):
    def change(model):
        model["learner"]["gradient_booster"]["model"]["trees"][0].update(changes)
    return change


def at(path, value):
    def change(model):
        *parents, last = path.split(".")
        for key in parents:
            model = model[key]
        if value is None:
            del model[last]
        else:
            model[last] = value
    return change


booster = "learner.gradient_booster."
bad("model_invalid", "cycle", tree(left_children=[0, -1, -1], right_children=[1, -1, -1]))
bad("model_invalid", "child-shared", tree(left_children=[1, 1, -1], right_children=[2, 2, -1]))
bad("model_invalid", "child-out-of-range", tree(left_children=[2, -1, -1], right_children=[3, -1, -1]))
bad("model_invalid", "child-negative", tree(left_children=[-7, -1, -1], right_children=[-6, -1, -1]))
bad("model_invalid", "siblings-apart", tree(left_children=[2, -1, -1], right_children=[1, -1, -1]))
bad("model_invalid", "unreachable-node", tree(left_children=[-1, -1, -1]))
bad("model_invalid", "leaf-nan", tree(split_conditions=[0.5, float("nan"), -1]))
bad("model_invalid", "leaf-infinite", tree(split_conditions=[0.5, float("inf"), -1]))
bad("model_invalid", "threshold-nan", tree(split_conditions=[float("nan"), 1, -1]))
bad("model_invalid", "feature-out-of-range", tree(split_indices=[2, 0, 0]))
bad("model_invalid", "lists-of-different-lengths", tree(default_left=[1, 0]))
bad("model_invalid", "num-nodes-absurd",
    tree(tree_param={"num_deleted": "0", "num_feature": "2", "num_nodes": "2000000000", "size_leaf_vector": "1"}))
bad("model_invalid", "categories-outside-list",
    tree(split_type=[1, 0, 0], categories=[1], categories_nodes=[0], categories_segments=[0],
         categories_sizes=[1000000000]))
bad("model_invalid", "category-negative",
    tree(split_type=[1, 0, 0], categories=[-5], categories_nodes=[0], categories_segments=[0], categories_sizes=[1]))
bad("model_invalid", "categorical-without-categories", tree(split_type=[1, 0, 0]))
bad("model_invalid", "num-trees-wrong", at(booster + "model.gbtree_model_param.num_trees", "2"))
bad("model_invalid", "group-out-of-range", at(booster + "model.tree_info", [1]))
bad("model_invalid", "indptr-wrong", at(booster + "model.iteration_indptr", [0, 2]))
bad("model_invalid", "base-score-one", at("learner.learner_model_param.base_score", "1E0"))
bad("model_invalid", "base-score-list-before-3.1", at("learner.learner_model_param.base_score", "[5E-1]"))
bad("model_invalid", "num-feature-absurd", at("learner.learner_model_param.num_feature", "4000000000"))
bad("model_invalid", "feature-names-too-few", at("learner.feature_names", ["only-one"]))
bad("model_version_unsupported", "newer-minor", at("version", [3, 5, 0]))
bad("model_version_unsupported", "newer-major", at("version", [4, 0, 0]))
bad("model_version_unsupported", "missing", at("version", None))
bad("model_version_unsupported", "negative", at("version", [1, -1, 0]))
bad("model_field_unknown", "in-tree", tree(split_gain_v2=[1, 2, 3]))
bad("model_field_unknown", "in-learner", at("learner.calibration", {"a": "1"}))
bad("model_field_unknown", "objective", at("learner.objective.name", "my:objective"))
bad("model_field_unknown", "booster", at(booster + "name", "gbforest"))
bad("type_unsupported", "gblinear", at("learner.gradient_booster",
                                       {"model": {"boosted_round": 2, "weights": [0.5, 1, 2]}, "name": "gblinear"}))
bad("type_unsupported", "vector-leaves",
    tree(tree_param={"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "2"}))
bad("type_unsupported", "expectile", at("learner.objective.name", "reg:expectileerror"))
bad("model_malformed", "field-twice", text=json.dumps(good).replace('"version"', '"learner": {}, "version"'))
bad("model_malformed", "text-among-numbers", tree(left_children=["1", -1, -1]))
bad("model_malformed", "null", tree(left_children=[None, -1, -1]))
bad("model_malformed", "fraction-as-index", tree(left_children=[1.5, -1, -1]))
bad("model_malformed", "index-beyond-32-bits", tree(left_children=[4294967297, -1, -1]))
bad("model_malformed", "base-score-text", at("learner.learner_model_param.base_score", "half"))
bad("model_malformed", "no-objective-params-nested", text=json.dumps(good).replace('"1"}', '[["1"]]}', 1))
bad("model_malformed", "dart-without-weights", at("learner.gradient_booster",
                                                  {"gbtree": good["learner"]["gradient_booster"], "name": "dart"}))
bad("model_malformed", "bytes-after-the-end", text=json.dumps(good) + "{}")
bad("model_malformed", "nested", text="{" + '"learner":{"attributes":{"a":' + "[" * 100000)
bad("model_malformed", "brackets", text="[" * 100000)
bad("too_large", "ubjson-list-bomb", text=b"[$Z#l\x07\xff\xff\xff", form="ubj")
bad("too_large", "ubjson-declared-count", text=b"{L" + b"\0" * 7 + b"\x07version[$l#l\x07\xff\xff\xff", form="ubj")
bad("too_large", "ubjson-nulls-declared", text=b"{L" + b"\0" * 7 + b"\x07version[$Z#l\x07\xff\xff\xff", form="ubj")
bad("model_malformed", "ubjson-key-length", text=b"{L\x7f" + b"\xff" * 7 + b"version", form="ubj")
bad("model_malformed", "ubjson-truncated", text=(here.parent / "logitraw.ubj").read_bytes()[:-40], form="ubj")
bad("type_unsupported", "old-binary", text=b"\0\0\0\x3f\x04\0\0\0" + b"\0" * 128, form="model")
bad("type_unsupported", "lightgbm", text="tree\nversion=v4\nnum_class=1\n", form="txt")
bad("type_unsupported", "empty", text="", form="txt")
bad("model_invalid", "leaf-beyond-a-float", tree(split_conditions=[0.5, 1e39, -1]))
bad("model_invalid", "split-index-negative", tree(split_indices=[-1, 0, 0]))
bad("model_invalid", "parent-of-itself", tree(left_children=[1, 0, -1], right_children=[2, 2, -1]))
bad("model_invalid", "no-nodes", tree(**{k: [] for k, v in stump.items() if isinstance(v, list)}))
bad("model_invalid", "num-class-absurd", at("learner.learner_model_param.num_class", "2000000000"))
bad("model_invalid", "num-trees-beyond-32-bits", at(booster + "model.gbtree_model_param.num_trees", "4294967297"))
bad("model_invalid", "num-trees-negative", at(booster + "model.gbtree_model_param.num_trees", "-1"))
bad("model_invalid", "indptr-falls", at(booster + "model.iteration_indptr", [1, 0]))
bad("model_malformed", "base-score-nan", at("learner.learner_model_param.base_score", "nan"))
bad("model_invalid", "split-type-of-another-kind", tree(split_type=[2, 0, 0]))
bad("model_malformed", "tree-twice", text=json.dumps(good).replace('"left_children"', '"left_children": [1, -1, -1], "left_children"'))
bad("model_malformed", "number-without-end", text=json.dumps(good).replace("[0.5, 1.5, -1.5]", "[" + "9" * 100_000 + "]", 1))
bad("model_malformed", "comment", text=json.dumps(good).replace("{", "{ /* a note */ ", 1))
bad("model_malformed", "comma-before-the-end", text=json.dumps(good).replace("[3, 0, 0]", "[3, 0, 0,]"))
bad("model_malformed", "not-utf-8", text=json.dumps(good).encode().replace(b'"attributes": {}', b'"attributes": {"a": "\xff"}'))
bad("model_malformed", "half-a-surrogate", text=json.dumps(good).replace('"attributes": {}', '"attributes": {"a": "\\ud800"}'))
bad("model_malformed", "quotes-of-another-kind", text=json.dumps(good).replace('"', "'"))
bad("model_malformed", "ubjson-marker-of-nobody", text=b"{L" + b"\0" * 7 + b"\x07versionQ", form="ubj")
bad("model_malformed", "ubjson-length-below-zero", text=b"{L" + b"\0" * 7 + b"\x07version[$l#l\xff\xff\xff\xff", form="ubj")
bad("model_malformed", "ubjson-nested", text=b"{L" + b"\0" * 7 + b"\x07version" + b"[" * 100_000, form="ubj")
