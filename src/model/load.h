// load.h: reads a model file from untrusted bytes into a checked Ensemble, or says by name why not. XGBoost's JSON and
// UBJSON of versions 1.0 to 3.4 (docs/spec/model.md). An unknown version or field is refused, never guessed: readers
// that ignore what they do not know mis-score newer files without an error.
#pragma once
#include "base/bytes.h"
#include "model/ensemble.h"

namespace glovebox::model {

constexpr std::size_t weights_max = std::size_t{256} << 20;  // bytes of a model file

enum class Format { detect, xgboost_json, xgboost_ubjson, polygenic_tsv };
// format_text is the form's name in a bundle: "xgboost-json", "xgboost-ubjson" or "polygenic-tsv".
std::string_view format_text(Format format);
Result<Format> format_of_text(std::string_view text);
// detect tells the form from the first bytes; type_unsupported for XGBoost's old binary form and foreign files, with
// what to do about it.
Result<Format> detect(View bytes);

// load reads XGBoost's forms. It fails with too_large, too_deep, model_malformed (no such JSON),
// model_version_unsupported, model_field_unknown, model_invalid (a rule that scoring relies on is broken) or
// type_unsupported (a known kind that is not scored here).
Result<Ensemble> load(View bytes, Format format = Format::detect);

}  // namespace glovebox::model
