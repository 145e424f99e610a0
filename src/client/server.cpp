#include "client/server.h"

#include "tls/tls.h"
#include "wire/word.h"

namespace glovebox::client {

Result<Server> Server::create(std::string_view url, std::chrono::seconds timeout, std::string ca_file) {
  GLOVEBOX_TRY(parsed, http::parse_url(url));
  return Server(std::move(parsed), timeout, std::move(ca_file));
}

Result<Bytes> Server::call(http::Request request, std::size_t size_max) const {
  const auto deadline = http::Deadline::in(timeout_);
  GLOVEBOX_TRY(stream, tls::connect_url(url_, {.ca_file = ca_file_}, deadline));
  request.target = url_.path + request.target;
  request.host = url_.authority();
  GLOVEBOX_TRY(response, http::call(*stream, request, {.body_max = size_max}, deadline));
  if (response.status == 200) return std::move(response.body);
  if (const auto word = wire::word_from_http(response.status); word && *word != wire::Word::ok)
    return std::unexpected(wire::error_of(*word));
  return fail(Reject::protocol_error, "HTTP status " + std::to_string(response.status) + " from " + url_.text(), "200",
              "is this the address of a glovebox-host?");
}

Result<Bytes> Server::get(const std::string& target, std::size_t size_max) const {
  http::Request request;
  request.target = target;
  return call(std::move(request), size_max);
}

Result<attestation::Evidence> Server::evidence(const attestation::Nonce& nonce) const {
  GLOVEBOX_TRY(body, get("/v1/evidence?nonce=" + to_hex(nonce), attestation::evidence_size_max));
  return attestation::Evidence::parse(body);
}

Result<protocol::BrokerKeys> Server::broker_keys() const {
  GLOVEBOX_TRY(body, get("/v1/broker/keys", protocol::broker_keys_size_max));
  return protocol::BrokerKeys::parse(body);
}

Result<protocol::BrokerKeys> Server::keys() const {
  auto body = get("/v1/keys", protocol::broker_keys_size_max);
  if (!body) {
    if (body.error().reason == Reject::protocol_error) body.error().hint = "is this the address of a glovebox-broker?";
    return same(body);
  }
  return protocol::BrokerKeys::parse(*body);
}

Result<wire::Info> Server::info() const {
  GLOVEBOX_TRY(body, get("/v1/info", std::size_t{1} << 20));
  return wire::parse_info(body);
}

Result<Bytes> Server::score(const Upload& upload) const {
  http::Request request;
  request.method = "POST";
  request.target = "/v1/score";
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  request.source = upload.source;
  request.source_size = upload.size;
  request.progress = upload.progress;
  return call(std::move(request), answer_body_max);
}

}  // namespace glovebox::client
