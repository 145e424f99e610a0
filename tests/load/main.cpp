// glovebox-load: many clients at once, each with the client's own library, its own keys and its own data: what the load
// tests and ./run bench drive a service with. Prints one JSON object. Exit 0 whatever the requests came to.
//
//   glovebox-load --server URL --policy FILE --clients N --requests M (--file VCF | --make MEGABYTES [--bgzf 1])
//                 [--retries R] [--seconds S]
#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <map>
#include <mutex>
#include <thread>

#include "base/file.h"
#include "client/input.h"
#include "client/session.h"
#include "crypto/init.h"
#include "made_vcf.h"

namespace glovebox::load {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::map<std::string, std::string> words;
  std::string text(const std::string& name) const {
    const auto found = words.find(name);
    return found == words.end() ? "" : found->second;
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const std::string value = text(name);
    std::uint64_t out = otherwise;
    std::from_chars(value.data(), value.data() + value.size(), out);
    return out;
  }
};

// Tally is what all clients found.
struct Tally {
  std::mutex mutex;
  std::vector<double> seconds;
  std::vector<std::uint64_t> by_client;
  std::map<std::string, std::uint64_t> errors;
  std::string first_error;
  std::uint64_t retried = 0;
  std::uint64_t finished = 0;
};

Result<client::Item> item_of(const Options& options, const std::string& purpose) {
  if (const std::uint64_t megabytes = options.number("make", 0); megabytes != 0) {
    client::Item item;
    item.id = "MADE";
    item.parameters = {.input = protocol::Input::vcf,
                       .purpose = purpose,
                       .sample = item.id,
                       .input_kind = protocol::InputKind::wgs_vcf,
                       .build = protocol::Build::grch37,
                       .absence = protocol::Absence::missing};
    item.data = made_vcf(megabytes << 20U, options.number("bgzf", 0) != 0);
    return item;
  }
  client::InputWish wish;
  wish.file = options.text("file");
  wish.build = "GRCh37";
  wish.absent = "missing";
  GLOVEBOX_TRY(items, client::read_input(wish, purpose));
  return std::move(items.front());
}

Status run_client(const Options& options, std::size_t number, std::atomic<std::uint64_t>& left, Clock::time_point end,
                  Tally& tally) {
  GLOVEBOX_TRY(text, read_file(options.text("policy"), verifier::policy_size_max));
  GLOVEBOX_TRY(policy, verifier::parse_policy(text));
  GLOVEBOX_TRY(server,
               client::Server::create(options.text("server"), std::chrono::seconds(options.number("timeout", 600))));
  GLOVEBOX_TRY(item, item_of(options, policy.release->purpose));
  GLOVEBOX_TRY(data_size, client::size_of(*item.data));
  const auto owner = crypto::SigningKey::generate();
  const client::Asked asked{.model = policy.evidence.models.front(),
                            .parameters = item.parameters,
                            .data = item.data.get(),
                            .data_size = data_size};
  const client::Attempts attempts{.retries = static_cast<int>(options.number("retries", 2))};
  while (Clock::now() < end) {
    std::uint64_t before = left.load();
    while (before != 0 && !left.compare_exchange_weak(before, before - 1)) {
    }
    if (before == 0) return {};
    client::Events events;
    events.retrying = [&tally](const Error&, int) {
      const std::lock_guard lock(tally.mutex);
      ++tally.retried;
    };
    const auto start = Clock::now();
    const auto scored = client::score(server, policy, owner, asked, attempts, events);
    const std::chrono::duration<double> took = Clock::now() - start;
    const std::lock_guard lock(tally.mutex);
    ++tally.finished;
    if (scored) {
      tally.seconds.push_back(took.count());
      ++tally.by_client[number];
    } else {
      ++tally.errors[std::string(name(scored.error().reason))];
      if (tally.first_error.empty()) tally.first_error = describe(scored.error());
    }
    if (tally.finished % 50 == 0) {
      std::fprintf(stderr, "finished %llu\n", static_cast<unsigned long long>(tally.finished));
    }
  }
  return {};
}

double part(const std::vector<double>& sorted, double of) {
  return sorted.empty()
             ? 0
             : sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(of * static_cast<double>(sorted.size())))];
}

void print(Tally& tally, double elapsed) {
  std::ranges::sort(tally.seconds);
  std::string errors;
  for (const auto& [word, count] : tally.errors)
    errors += (errors.empty() ? "\"" : ", \"") + word + "\": " + std::to_string(count);
  std::string clients;
  for (const auto count : tally.by_client) clients += (clients.empty() ? "" : ", ") + std::to_string(count);
  std::erase_if(tally.first_error,
                [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; });
  std::printf(
      "{\"ok\": %zu, \"retried\": %llu, \"elapsed\": %.3f, \"p50\": %.4f, \"p99\": %.4f, \"max\": %.4f, \"errors\": "
      "{%s}, "
      "\"first_error\": \"%s\", \"by_client\": [%s]}\n",
      tally.seconds.size(), static_cast<unsigned long long>(tally.retried), elapsed, part(tally.seconds, 0.5),
      part(tally.seconds, 0.99), part(tally.seconds, 1), errors.c_str(), tally.first_error.c_str(), clients.c_str());
}

int run(const Options& options) {
  if (!crypto::start()) return 1;
  const std::size_t clients = options.number("clients", 1);
  std::atomic<std::uint64_t> left = options.number("requests", 1);
  Tally tally;
  tally.by_client.resize(clients);
  const auto start = Clock::now();
  const auto end = start + std::chrono::seconds(options.number("seconds", 86'400));
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i)
      threads.emplace_back([&, i] {
        const Status done = run_client(options, i, left, end, tally);
        if (done) return;
        const std::lock_guard lock(tally.mutex);
        ++tally.errors["set_up"];
        tally.first_error = describe(done.error());
      });
  }
  print(tally, std::chrono::duration<double>(Clock::now() - start).count());
  return 0;
}

}  // namespace
}  // namespace glovebox::load

int main(int argc, char** argv) {
  glovebox::load::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view word = argv[i];
    if (!word.starts_with("--")) return 2;
    options.words[std::string(word.substr(2))] = argv[i + 1];
  }
  return glovebox::load::run(options);
}
