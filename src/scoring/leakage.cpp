#include "scoring/leakage.h"

namespace glovebox::scoring {

std::string leakage(const protocol::Parameters* parameters, unsigned size_class) {
  if (parameters != nullptr && parameters->input == protocol::Input::slice) return leakage_of_slice();
  std::string text = "the host saw who asked which model when, ";
  text += size_class == 0 ? "the exact size of the data"
                          : "a data size rounded up to 2^" + std::to_string(size_class) + " bytes";
  if (parameters != nullptr && parameters->output_form == protocol::OutputForm::table)
    text += ", a number of rows rounded up to 2^" + std::to_string(parameters->rows_class);
  if (parameters != nullptr && parameters->match_log) text += ", that a match log was asked for";
  if (parameters == nullptr || parameters->input == protocol::Input::vcf)
    return text + ", and the pace at which the file was read, which depends on the number and shape of its records";
  return text + ", and the time it took, which depends a little on the values";
}

std::string leakage_of_slice() {
  return "the host saw who asked which model when, and nothing of the data's size, shape or values: a slice has a "
         "record for each of the model's features, and reading it takes the same steps for everyone";
}

}  // namespace glovebox::scoring
