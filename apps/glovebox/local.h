// local.h: what the client does with a model's file and an input on its own machine: the same code that runs in the
// enclave says what a run would say, before anything is sent.
#pragma once
#include "bundle/bundle.h"
#include "client/input.h"
#include "glovebox/options.h"
#include "result/result.h"
#include "scoring/job.h"
#include "scoring/slicing.h"
#include "verifier/policy_toml.h"

namespace glovebox::app {

client::InputWish wish_of(const Input& input, bool match_log = false);

Result<bundle::Bundle> load_bundle(const std::string& path);

// load_policy reads a policy's file; what is wrong with it says in which file.
Result<verifier::PolicyFile> load_policy(const std::string& path);

// in_file adds to what is wrong with an input in which file it is: the readers, here and in the enclave, know lines
// alone.
Error in_file(Error error, const std::string& file);

// Local is what a run on this machine gave.
struct Local {
  result::Report report;
  std::uint64_t data_size = 0;
  std::uint64_t callable_size = 0;  // where there are callable regions
  scoring::Matrix features;         // where asked for
};
// threads_of is how many threads read an input here.
std::size_t threads_of(const Input& input);
// read_callable reads the callable regions of an item that has some, and returns their size; too_large.
Result<std::uint64_t> read_callable(client::Item& item, const std::function<Status(View)>& visit);
// run_locally computes all but what only the enclave may say; the errors are the enclave's.
Result<Local> run_locally(const bundle::Bundle& bundle, client::Item& item, const scoring::JobOptions& options = {});

// slice_locally reads an item's data into a slice for this model, and refuses all that the enclave would refuse of the
// file.
Result<scoring::Sliced> slice_locally(const bundle::Bundle& bundle, client::Item& item, std::size_t threads);

}  // namespace glovebox::app
