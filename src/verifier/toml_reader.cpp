#include "verifier/toml_reader.h"

#include <set>

#include "base/toml_guard.h"
#include "base/toml_library.h"

namespace glovebox::verifier {
namespace {
std::string line_of(const toml::node& node) {
  return " (line " + std::to_string(node.source().begin.line) + ")";
}
// short_key keeps messages short whatever a file holds.
std::string short_key(std::string_view key) {
  return std::string(key.substr(0, 64));
}
}  // namespace

struct TomlTable::Node {
  const toml::table* table = nullptr;  // nothing: a table that is not there; every read then fails quietly
  std::string path;                    // "evidence.roots[0]."
  std::set<std::string, std::less<>> taken = {};

  const toml::node* find(std::string_view key) {
    if (table == nullptr) return nullptr;
    taken.emplace(key);
    return table->get(key);
  }
};

struct TomlTable::File {
  toml::table root;
  Status status = {};
  std::vector<std::shared_ptr<Node>> nodes = {};
};

Result<TomlTable> TomlTable::parse(View text, std::size_t size_max) {
  if (text.size() > size_max)
    return fail(Reject::too_large, std::to_string(text.size()) + " bytes", "at most " + std::to_string(size_max));
  if (const auto headers = check_toml(text_of(text)); !headers)
    return fail(Reject::policy_invalid, headers.error().found, headers.error().expected);
  try {
    toml::parse_result parsed = toml::parse(text_of(text));
    if (!parsed)
      return fail(Reject::policy_invalid,
                  std::string(parsed.error().description().substr(0, 200)) + " (line " +
                      std::to_string(parsed.error().source().begin.line) + ")",
                  "a TOML file");
    auto file = std::make_shared<File>();
    file->root = std::move(parsed).table();
    auto node = std::make_shared<Node>(&file->root, "");
    file->nodes.push_back(node);
    return TomlTable(std::move(file), std::move(node));
  } catch (const TomlAssumption&) {
    return fail(Reject::policy_invalid, "text that toml++ cannot read", "a TOML file");
  }
}

TomlTable TomlTable::child(const void* table, std::string path) {
  auto node = std::make_shared<Node>(static_cast<const toml::table*>(table), std::move(path));
  file_->nodes.push_back(node);
  return {file_, std::move(node)};
}

void TomlTable::refuse(Reject reason, std::string found, std::string expected) {
  if (file_->status) file_->status = fail(reason, std::move(found), std::move(expected));
}

bool TomlTable::ok() const {
  return file_->status.has_value();
}

bool TomlTable::has(std::string_view key) const {
  return node_->table != nullptr && node_->table->contains(key);
}

std::optional<std::string> TomlTable::text_if(std::string_view key, std::size_t max) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) return std::nullopt;
  const auto* text = found->as_string();
  if (text == nullptr) {
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another type" + line_of(*found),
           "a text in quotes");
    return std::nullopt;
  }
  if (text->get().empty() || text->get().size() > max) {
    refuse(Reject::policy_invalid,
           node_->path + std::string(key) + " of " + std::to_string(text->get().size()) + " bytes" + line_of(*found),
           "1 to " + std::to_string(max) + " bytes");
    return std::nullopt;
  }
  return text->get();
}

std::string TomlTable::text(std::string_view key, std::size_t max) {
  auto value = text_if(key, max);
  if (!value) refuse(Reject::policy_empty, "no " + node_->path + std::string(key), node_->path + std::string(key));
  return std::move(value).value_or("");
}

std::optional<std::uint64_t> TomlTable::number_if(std::string_view key, std::uint64_t min, std::uint64_t max) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) return std::nullopt;
  const std::string bounds = std::to_string(min) + " to " + std::to_string(max);
  const auto* number = found->as_integer();
  if (number == nullptr) {
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another type" + line_of(*found), bounds);
    return std::nullopt;
  }
  if (number->get() < 0 || static_cast<std::uint64_t>(number->get()) < min ||
      static_cast<std::uint64_t>(number->get()) > max) {
    refuse(Reject::policy_invalid,
           node_->path + std::string(key) + " = " + std::to_string(number->get()) + line_of(*found), bounds);
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(number->get());
}

std::uint64_t TomlTable::number(std::string_view key, std::uint64_t min, std::uint64_t max) {
  const auto value = number_if(key, min, max);
  if (!value) refuse(Reject::policy_empty, "no " + node_->path + std::string(key), node_->path + std::string(key));
  return value.value_or(0);
}

bool TomlTable::flag(std::string_view key) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) return false;
  const auto* flag = found->as_boolean();
  if (flag == nullptr)
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another type" + line_of(*found),
           "true or false");
  return flag != nullptr && flag->get();
}

Bytes TomlTable::hex_bytes(std::string_view key, std::size_t size) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) {
    refuse(Reject::policy_empty, "no " + node_->path + std::string(key), node_->path + std::string(key));
    return {};
  }
  const auto* text = found->as_string();
  auto bytes = text == nullptr ? Result<Bytes>(fail(Reject::malformed)) : from_hex(text->get());
  if (!bytes || bytes->size() != size) {
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another form" + line_of(*found),
           std::to_string(2 * size) + " hex digits in quotes");
    return {};
  }
  return std::move(*bytes);
}

std::vector<std::string> TomlTable::texts(std::string_view key, std::size_t max, std::size_t text_max) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) return {};
  const auto* array = found->as_array();
  if (array == nullptr || array->size() > max) {
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another form" + line_of(*found),
           "a list of at most " + std::to_string(max) + " texts");
    return {};
  }
  std::vector<std::string> out;
  for (const toml::node& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr || text->get().empty() || text->get().size() > text_max) {
      refuse(Reject::policy_invalid, "an element of " + node_->path + std::string(key) + line_of(element),
             "a text of 1 to " + std::to_string(text_max) + " bytes");
      return {};
    }
    out.push_back(text->get());
  }
  return out;
}

std::optional<TomlTable> TomlTable::table_if(std::string_view key) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) return std::nullopt;
  const auto* table = found->as_table();
  if (table == nullptr)
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another type" + line_of(*found), "a table");
  return child(table, node_->path + std::string(key) + ".");
}

TomlTable TomlTable::table(std::string_view key) {
  auto value = table_if(key);
  if (value) return *value;
  refuse(Reject::policy_empty, "no [" + node_->path + std::string(key) + "]",
         "[" + node_->path + std::string(key) + "]");
  return child(nullptr, node_->path + std::string(key) + ".");
}

std::vector<TomlTable> TomlTable::tables(std::string_view key, std::size_t max) {
  const toml::node* found = node_->find(key);
  if (found == nullptr) return {};
  const auto* array = found->as_array();
  if (array == nullptr || array->size() > max) {
    refuse(Reject::policy_invalid, node_->path + std::string(key) + " of another form" + line_of(*found),
           "at most " + std::to_string(max) + " [[" + node_->path + std::string(key) + "]]");
    return {};
  }
  std::vector<TomlTable> out;
  for (const toml::node& element : *array) {
    const auto* table = element.as_table();
    if (table == nullptr) {
      refuse(Reject::policy_invalid, "an element of " + node_->path + std::string(key) + line_of(element), "a table");
      return {};
    }
    out.push_back(child(table, node_->path + std::string(key) + "[" + std::to_string(out.size()) + "]."));
  }
  return out;
}

Status TomlTable::finish() const {
  if (!file_->status) return file_->status;
  for (const auto& node : file_->nodes) {
    if (node->table == nullptr) continue;
    for (const auto& [key, value] : *node->table)
      if (!node->taken.contains(key.str()))
        return fail(Reject::policy_invalid, "the unknown key " + node->path + short_key(key.str()) + line_of(value));
  }
  return {};
}

}  // namespace glovebox::verifier
