#include "image/metadata.h"

#include <nlohmann/json.hpp>

namespace glovebox::image {
namespace {

using nlohmann::json;

// depth_of counts brackets outside of strings, before a parser meets them.
std::size_t depth_of(std::string_view text) {
  std::size_t depth = 0, deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == '}' || c == ']') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

struct Field {
  const char* name;
  std::string Metadata::* value;
};
constexpr Field of_image[] = {{"ImageName", &Metadata::image_name}, {"ImageVersion", &Metadata::image_version}};
constexpr Field of_build[] = {{"BuildTime", &Metadata::build_time},
                              {"BuildTool", &Metadata::build_tool},
                              {"BuildToolVersion", &Metadata::build_tool_version},
                              {"OperatingSystem", &Metadata::operating_system},
                              {"KernelVersion", &Metadata::kernel_version}};

Status read(const json& from, std::span<const Field> fields, Metadata& to) {
  for (const auto& [name, value] : fields) {
    const auto at = from.find(name);
    if (at == from.end() || !at->is_string())
      return fail(Reject::malformed, std::string("metadata without the text ") + name, "as the format has it");
    to.*value = at->get<std::string>();
  }
  return {};
}

}  // namespace

Result<Metadata> parse_metadata(View section) {
  if (section.size() > metadata_max)
    return fail(Reject::too_large, "metadata of " + std::to_string(section.size()) + " bytes", "at most 1 MiB");
  const std::string_view text = text_of(section);
  if (const std::size_t depth = depth_of(text); depth > metadata_depth_max)
    return fail(Reject::too_deep, "metadata nested " + std::to_string(depth) + " deep", "at most 32");
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded()) return fail(Reject::malformed, "metadata that is no JSON", "an object");
  if (!document.is_object()) return fail(Reject::malformed, "metadata that is no object", "an object");
  const auto build = document.find("BuildMetadata");
  if (build == document.end() || !build->is_object())
    return fail(Reject::malformed, "metadata without the object BuildMetadata", "as the format has it");
  Metadata out;
  GLOVEBOX_CHECK(read(document, of_image, out));
  GLOVEBOX_CHECK(read(*build, of_build, out));
  return out;
}

std::string write_metadata(const Metadata& metadata) {
  nlohmann::ordered_json out;
  for (const auto& [name, value] : of_image) out[name] = metadata.*value;
  for (const auto& [name, value] : of_build) out["BuildMetadata"][name] = metadata.*value;
  out["DockerInfo"] = nlohmann::ordered_json::object();
  return out.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace glovebox::image
