#include "image/diff.h"

#include <cstdio>
#include <map>

#include "image/cpio.h"
#include "image/gzip.h"
#include "image/kernel.h"
#include "image/metadata.h"

namespace glovebox::image {
namespace {

constexpr std::size_t shown_bytes = 8;
constexpr std::size_t shown_lines = 20;
constexpr std::size_t shown_text = 24;  // of a command line, to each side

std::string bytes_at(View bytes, std::size_t at) {
  if (at >= bytes.size()) return "its end";
  return to_hex(bytes.subspan(at, std::min(shown_bytes, bytes.size() - at)));
}

std::size_t first_difference(View a, View b) {
  return static_cast<std::size_t>(std::distance(a.begin(), std::ranges::mismatch(a, b).in1));
}

std::string sizes(View a, View b) {
  const std::string size = std::to_string(a.size());
  return a.size() == b.size() ? size + " bytes in both" : size + " bytes, then " + std::to_string(b.size());
}

std::string byte_line(View a, View b) {
  const std::size_t at = first_difference(a, b);
  return sizes(a, b) + "; first at byte " + std::to_string(at) + ": " + bytes_at(a, at) + ", then " + bytes_at(b, at);
}

std::string around(std::string_view text, std::size_t at) {
  const std::size_t from = at > shown_text ? at - shown_text : 0;
  return "\"" + std::string(text.substr(from, at - from + shown_text)) + "\"";
}

std::vector<std::string> command_line_lines(View a, View b) {
  const std::size_t at = first_difference(a, b);
  return {sizes(a, b) + "; first at byte " + std::to_string(at) + ": " + around(text_of(a), at) + ", then " +
          around(text_of(b), at)};
}

std::vector<std::string> kernel_lines(View a, View b) {
  std::vector<std::string> out = {byte_line(a, b)};
  const auto version_a = kernel_version(a), version_b = kernel_version(b);
  if (version_a && version_b && *version_a != *version_b)
    out.push_back("version: " + *version_a + ", then " + *version_b);
  const auto config_a = kernel_config(a), config_b = kernel_config(b);
  if (!config_a || !config_b) {
    out.push_back("options: cannot be compared, since one holds no configuration that can be read");
    return out;
  }
  const auto options = config_differences(*config_a, *config_b, shown_lines);
  if (options.empty()) out.push_back("options: the same; another compiler or another source");
  for (const std::string& line : options) out.push_back("option " + line);
  return out;
}

std::string describe_entry(const CpioEntry& entry) {
  char mode[16];
  std::snprintf(mode, sizeof mode, "%06o", static_cast<unsigned>(entry.mode));
  return std::to_string(entry.data.size()) + " bytes, mode " + mode;
}

std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') + 1);
}

std::vector<std::string> ramdisk_lines(View a, View b) {
  const auto files_a = read_ramdisk(a), files_b = read_ramdisk(b);
  if (!files_a || !files_b)
    return {byte_line(a, b), "files: cannot be compared: " + describe((files_a ? files_b : files_a).error())};
  std::map<std::string_view, std::pair<const CpioEntry*, const CpioEntry*>> by_path;
  for (const auto& entry : *files_a) by_path[entry.path].first = &entry;
  for (const auto& entry : *files_b) by_path[entry.path].second = &entry;
  std::vector<std::string> out;
  std::vector<const CpioEntry*> only_a, only_b;
  std::size_t left_out = 0;
  for (const auto& [path, both] : by_path) {
    const auto& [one, other] = both;
    if (one == nullptr) only_b.push_back(other);
    if (other == nullptr) only_a.push_back(one);
    std::string line(path);
    if (one == nullptr)
      line += ": only in the second, " + describe_entry(*other);
    else if (other == nullptr)
      line += ": only in the first, " + describe_entry(*one);
    else if (one->data != other->data)
      line += ": " + byte_line(one->data, other->data);
    else if (one->mode != other->mode || one->device_major != other->device_major ||
             one->device_minor != other->device_minor)
      line += ": " + describe_entry(*one) + ", then " + describe_entry(*other);
    else
      continue;
    if (out.size() < shown_lines)
      out.push_back(std::move(line));
    else
      ++left_out;
  }
  if (left_out > 0) out.push_back("and " + std::to_string(left_out) + " more");
  // A model is named by its digest, so a changed one has another name: where one went and one came, they are compared.
  if (only_a.size() == 1 && only_b.size() == 1 && folder_of(only_a[0]->path) == folder_of(only_b[0]->path))
    out.push_back("of these two: " + byte_line(only_a[0]->data, only_b[0]->data));
  if (out.empty())
    out = {byte_line(a, b), is_gzip(a) || is_gzip(b)
                                ? "files: the same; packed differently, or in another order"
                                : "files: the same; in another order, or with other times or owners"};
  return out;
}

std::vector<std::string> metadata_lines(View a, View b) {
  const auto one = parse_metadata(a), other = parse_metadata(b);
  if (!one || !other || *one == *other) return {byte_line(a, b)};
  std::vector<std::string> out;
  const auto field = [&](std::string_view what, std::string Metadata::* value) {
    if ((*one).*value != (*other).*value)
      out.push_back(std::string(what) + ": " + (*one).*value + ", then " + (*other).*value);
  };
  field("image name", &Metadata::image_name);
  field("image version", &Metadata::image_version);
  field("build time", &Metadata::build_time);
  field("build tool", &Metadata::build_tool);
  field("build tool's version", &Metadata::build_tool_version);
  field("operating system", &Metadata::operating_system);
  field("kernel version", &Metadata::kernel_version);
  return out;
}

std::vector<std::string> signature_lines(const Inspected& a, const Inspected& b, View section_a, View section_b) {
  std::vector<std::string> out = {byte_line(section_a, section_b)};
  const auto& one = a.signature->certificate;
  const auto& other = b.signature->certificate;
  if (one.digest() == other.digest())
    out.push_back("certificate: the same, " + one.fields().subject);
  else
    out.push_back("certificate: " + one.fields().subject + ", then " + other.fields().subject);
  return out;
}

std::vector<std::string> lines_of(SectionType type, View a, View b, const Inspected& first, const Inspected& second) {
  switch (type) {
    case SectionType::kernel:
      return kernel_lines(a, b);
    case SectionType::command_line:
      return command_line_lines(a, b);
    case SectionType::ramdisk:
      return ramdisk_lines(a, b);
    case SectionType::metadata:
      return metadata_lines(a, b);
    case SectionType::signature:
      return signature_lines(first, second, a, b);
  }
  return {};
}

// Named is a section with the name that a person knows it by; the n-th ramdisk of one image is compared to the n-th of
// the other.
struct Named {
  std::string where;
  std::size_t index;
};
std::vector<Named> named(const Eif& eif) {
  std::vector<Named> out;
  std::size_t ramdisks = 0;
  for (std::size_t i = 0; i < eif.sections.size(); ++i) {
    std::string where(name(eif.sections[i].type));
    if (eif.sections[i].type == SectionType::ramdisk) where += " " + std::to_string(++ramdisks);
    out.push_back({std::move(where), i});
  }
  return out;
}

}  // namespace

std::vector<std::string> config_differences(std::string_view a, std::string_view b, std::size_t max) {
  const auto options = [](std::string_view text) {
    std::map<std::string, std::string, std::less<>> out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const std::string_view line = text.substr(at, end - at);
      if (const std::size_t equals = line.find('='); line.starts_with("CONFIG_") && equals != std::string_view::npos)
        out.emplace(line.substr(0, equals), line.substr(equals + 1));
      at = end + 1;
    }
    return out;
  };
  const auto one = options(a), other = options(b);
  std::vector<std::string> out;
  const auto say = [&](std::string_view key, std::string_view before, std::string_view after) {
    if (out.size() < max) out.push_back(std::string(key) + ": " + std::string(before) + ", then " + std::string(after));
  };
  for (const auto& [key, value] : one) {
    const auto at = other.find(key);
    if (at == other.end())
      say(key, value, "not set");
    else if (at->second != value)
      say(key, value, at->second);
  }
  for (const auto& [key, value] : other)
    if (!one.contains(key)) say(key, "not set", value);
  return out;
}

std::vector<Difference> differences(const Inspected& a, const Inspected& b) {
  std::vector<Difference> out;
  if (a.eif.architecture != b.eif.architecture)
    out.push_back({.where = "header",
                   .lines = {"architecture: " + std::string(name(a.eif.architecture)) + ", then " +
                             std::string(name(b.eif.architecture))}});
  if (a.eif.default_memory != b.eif.default_memory || a.eif.default_cpus != b.eif.default_cpus)
    out.push_back({.where = "header", .lines = {"default memory or processors, which the platform does not use"}});
  const auto ours = named(a.eif), theirs = named(b.eif);
  std::vector<std::string> order_a, order_b;
  for (const auto& [where, index] : ours) {
    const auto& section = a.eif.sections[index];
    const auto at = std::ranges::find(theirs, where, &Named::where);
    if (at == theirs.end()) {
      out.push_back({.where = where,
                     .pcrs = registers_of(a.eif, index),
                     .lines = {"only in the first, " + std::to_string(section.data.size()) + " bytes"}});
      continue;
    }
    order_a.push_back(where);
    const View other = b.eif.sections[at->index].data;
    if (!equal(section.data, other))
      out.push_back({.where = where,
                     .pcrs = registers_of(a.eif, index),
                     .lines = lines_of(section.type, section.data, other, a, b)});
  }
  for (const auto& [where, index] : theirs) {
    if (std::ranges::find(ours, where, &Named::where) != ours.end())
      order_b.push_back(where);
    else
      out.push_back({.where = where,
                     .pcrs = registers_of(b.eif, index),
                     .lines = {"only in the second, " + std::to_string(b.eif.sections[index].data.size()) + " bytes"}});
  }
  if (order_a != order_b) out.push_back({.where = "header", .lines = {"the sections stand in another order"}});
  return out;
}

}  // namespace glovebox::image
