// server.h: the host as the client sees it: a place to send things to, trusted for nothing. What it returns is bytes
// until somebody has checked them.
#pragma once
#include <functional>
#include <string>

#include "attestation/evidence.h"
#include "http/client.h"
#include "protocol/key_statement.h"
#include "wire/info.h"

namespace glovebox::client {

constexpr std::size_t answer_body_max = std::size_t{64} << 20;

// Upload is a body that is made while it is sent.
struct Upload {
  std::uint64_t size = 0;
  std::function<Result<std::size_t>(std::span<std::uint8_t>)> source;
  std::function<void(std::uint64_t sent)> progress = {};
};

class Server {
 public:
  // create reads the url; usage. `timeout` bounds each call; `ca_file` has the authorities that https is believed
  // under, the machine's where it is empty.
  static Result<Server> create(std::string_view url, std::chrono::seconds timeout, std::string ca_file = {});

  // The calls: unreachable, deadline, connection_lost, protocol_error, or the host's word (busy, too_large, deadline,
  // enclave_failed).
  Result<attestation::Evidence> evidence(const attestation::Nonce& nonce) const;
  Result<protocol::BrokerKeys> broker_keys() const;  // the broker's, passed on by a host
  Result<protocol::BrokerKeys> keys() const;         // where this is the broker itself
  Result<wire::Info> info() const;
  Result<Bytes> score(const Upload& upload) const;

  const http::Url& url() const { return url_; }
  std::chrono::seconds timeout() const { return timeout_; }
  const std::string& ca_file() const { return ca_file_; }

 private:
  Server(http::Url url, std::chrono::seconds timeout, std::string ca_file)
      : url_(std::move(url)), timeout_(timeout), ca_file_(std::move(ca_file)) {}
  Result<Bytes> get(const std::string& target, std::size_t size_max) const;
  Result<Bytes> call(http::Request request, std::size_t size_max) const;
  http::Url url_;
  std::chrono::seconds timeout_;
  std::string ca_file_;
};

}  // namespace glovebox::client
