#include "attester/tsm.h"

#include <algorithm>
#include <charconv>

namespace glovebox::attester {
namespace {
constexpr std::size_t text_size_max = 64;  // of a provider's name, of a number

std::unexpected<Error> refuse(std::string found, std::string expected, std::string hint = {}) {
  return fail(Reject::platform_failed, std::move(found), std::move(expected), std::move(hint));
}

// line is a text attribute: one line, with its end.
Result<std::string> line(TsmFolder& folder, std::string_view file) {
  GLOVEBOX_TRY(bytes, folder.read(file, text_size_max));
  std::string_view text = text_of(bytes);
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto plain = [](char c) { return c > ' ' && c <= '~'; };
  if (text.empty() || !std::ranges::all_of(text, plain))
    return refuse(std::string(file) + " that is no word", "a word and the end of its line");
  return std::string(text);
}

Result<std::uint64_t> generation(TsmFolder& folder) {
  GLOVEBOX_TRY(text, line(folder, "generation"));
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return refuse("generation " + text, "a number");
  return value;
}

Status same_generation(TsmFolder& folder, std::uint64_t expected, std::string_view when) {
  GLOVEBOX_TRY(now, generation(folder));
  if (now == expected) return {};
  return refuse("generation " + std::to_string(now) + " " + std::string(when), std::to_string(expected),
                "another process writes to this report's folder, or the kernel did not take what was written");
}
}  // namespace

Result<std::string> tsm_provider(TsmFolder& folder) {
  return line(folder, "provider");
}

Result<TsmReport> ask_tsm(TsmFolder& folder, View inblob, std::optional<std::uint8_t> privilege) {
  if (inblob.size() != tsm_inblob_size)
    return fail(Reject::too_large, std::to_string(inblob.size()) + " bytes to be signed", "64");
  TsmReport out;
  GLOVEBOX_TRY(provider, tsm_provider(folder));
  out.provider = std::move(provider);
  // Each write counts one. What is written to inblob is taken when the file is closed, where no error can be told: the
  // count is the only word for it.
  GLOVEBOX_TRY(at, generation(folder));
  if (privilege) {
    if (!folder.has("privlevel"))
      return refuse("provider " + out.provider + " without privilege levels",
                    "one that has them, or no level asked for");
    GLOVEBOX_CHECK(folder.write("privlevel", view_of(std::to_string(*privilege))));
    GLOVEBOX_CHECK(same_generation(folder, ++at, "after privlevel was written"));
  }
  GLOVEBOX_CHECK(folder.write("inblob", inblob));
  GLOVEBOX_CHECK(same_generation(folder, ++at, "after inblob was written"));
  GLOVEBOX_TRY(outblob, folder.read("outblob", tsm_outblob_size_max));
  if (outblob.empty()) return refuse("an empty outblob", "a report");
  out.outblob = std::move(outblob);
  if (folder.has("auxblob")) {
    GLOVEBOX_TRY(auxblob, folder.read("auxblob", tsm_auxblob_size_max));
    out.auxblob = std::move(auxblob);
  }
  // Both belong to one report only if nothing was written until now.
  GLOVEBOX_CHECK(same_generation(folder, at, "after the report was read"));
  return out;
}

}  // namespace glovebox::attester
