// input.h: what a person names on the command line, made into what is asked of an enclave: one item for each sample,
// with its parameters, its data and the callable regions that were named. Of a VCF of many samples, only the one asked
// for is in an item's data; or all samples are one item, whose data is the file.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "client/data.h"
#include "protocol/parameters.h"

namespace glovebox::client {

constexpr std::size_t standard_input_max = std::size_t{4} << 30;

struct InputWish {
  std::string file;  // "-" is standard input
  std::string sample;
  std::string samples_file;
  bool all = false;
  bool all_samples = false;
  std::string build;
  std::string input_kind;  // wgs-vcf if empty
  std::string absent;
  std::string dosage;  // GT if empty
  std::string sex;
  std::string x_male;
  bool flip = false;
  std::optional<std::uint32_t> min_gq = {};
  std::optional<std::uint32_t> min_dp = {};
  std::string callable;  // BED; empty: none
  bool match_log = false;
  std::vector<std::string> values;  // NAME=VALUE
  std::string covariates;           // TSV: `sample`, then one column a value
};

struct Item {
  std::string id;  // the sample's name; the file's for a table and for all samples
  protocol::Parameters parameters;
  std::unique_ptr<Data> data;
  std::unique_ptr<Data> callable = {};  // null: none
  std::string file = {};                // the VCF that all of it is read from; empty: standard input, or a table
  std::string read = {};                // once a slice was made of it: index, block-search or whole-file
  std::string read_because = {};        // why not by what stands before it in that list
};

// read_input looks at the file and makes the items; nothing is computed yet. usage, file_unreadable, type_unsupported
// (with the command that converts), no_samples, sample_unknown, sample_ambiguous, table_malformed.
Result<std::vector<Item>> read_input(const InputWish& wish, const std::string& purpose);

}  // namespace glovebox::client
