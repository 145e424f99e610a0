#include "genome/outcome.h"

#include <array>

namespace glovebox::genome {
namespace {
struct Row {
  std::string_view name;
  bool gives_dosage;
  std::string_view sentence;
};
constexpr auto rows = std::to_array<Row>({
#define GLOVEBOX_ROW(name, dosage, sentence) {#name, dosage, sentence},
    GLOVEBOX_OUTCOMES(GLOVEBOX_ROW)
#undef GLOVEBOX_ROW
});
static_assert(rows.size() == outcomes_end);
const Row& row(Outcome outcome) {
  return rows.at(static_cast<std::size_t>(outcome));
}
}  // namespace

std::string_view name(Outcome outcome) {
  return row(outcome).name;
}
std::string_view sentence(Outcome outcome) {
  return row(outcome).sentence;
}
bool gives_dosage(Outcome outcome) {
  return row(outcome).gives_dosage;
}

}  // namespace glovebox::genome
