// objective.h: XGBoost's objectives, by what they do at prediction: how the stored base score becomes a margin, and how
// a margin becomes a prediction (src/objective of dmlc/xgboost, v1.7.2 to v3.4.1).
#pragma once
#include "model/ensemble.h"

namespace glovebox::model {

// link_of names the output transform; model_field_unknown for an objective that is not known, type_unsupported for one
// whose transform is known to differ from what is implemented here.
Result<Link> link_of(std::string_view objective, const Version& version);

// intercept_of is the margin that a stored base score stands for; model_invalid outside the objective's domain.
Result<float> intercept_of(std::string_view objective, const Version& version, float base_score);

}  // namespace glovebox::model
