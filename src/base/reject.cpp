#include "base/reject.h"

#include <array>

namespace glovebox {
namespace {
struct Row {
  std::string_view name;
  Exit kind;
  std::string_view sentence;
};
constexpr auto rows = std::to_array<Row>({
#define GLOVEBOX_ROW(name, kind, sentence) {#name, Exit::kind, sentence},
    GLOVEBOX_REJECTS(GLOVEBOX_ROW)
#undef GLOVEBOX_ROW
});
const Row& row(Reject reason) {
  return rows.at(static_cast<std::size_t>(reason));
}
}  // namespace

std::string_view name(Reject reason) {
  return row(reason).name;
}
std::string_view sentence(Reject reason) {
  return row(reason).sentence;
}
Exit exit_code(Reject reason) {
  return row(reason).kind;
}

std::optional<Reject> reject_from_name(std::string_view word) {
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (rows[i].name == word) return static_cast<Reject>(i);
  return std::nullopt;
}
}  // namespace glovebox
