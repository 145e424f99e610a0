#include "broker/api.h"

#include "protocol/refusal.h"

namespace glovebox::broker {
namespace {

http::ServerResponse text(unsigned status, std::string_view type, std::string_view body) {
  return {status, std::string(type), to_bytes(view_of(body))};
}

unsigned status_of(const Error& error) {
  switch (exit_code(error.reason)) {
    case Exit::evidence_refused:
    case Exit::release_refused:
      return 403;
    case Exit::our_fault:
      return 500;
    default:
      return 400;
  }
}

}  // namespace

http::ServerResponse answer(Broker& broker, const http::ServerRequest& request, Time now) {
  struct Place {
    std::string_view path;
    std::string_view method;
  };
  constexpr Place places[] = {{"/v1/challenge", "POST"},
                              {"/v1/release", "POST"},
                              {"/v1/keys", "GET"},
                              {"/healthz", "GET"},
                              {"/metrics", "GET"}};
  const auto* const place = std::ranges::find(places, request.path, &Place::path);
  if (place == std::end(places)) return text(404, "application/json", R"({"status":"failed"})");
  if (place->method != request.method) return text(405, "application/json", R"({"status":"failed"})");
  switch (place - places) {
    case 0:
      return {200, "application/cbor", broker.challenge(now)};
    case 1: {
      auto released = broker.release(request.body, now);
      if (released) return {200, "application/cbor", std::move(*released)};
      return {status_of(released.error()), "application/cbor", protocol::encode_refusal(released.error())};
    }
    case 2:
      return {200, "application/cbor", broker.keys()};
    case 3:
      return text(
          200, "application/json",
          broker.development() ? R"({"status":"ok","development":true})" : R"({"status":"ok","development":false})");
    default:
      return text(200, "text/plain; version=0.0.4", broker.metrics());
  }
}

}  // namespace glovebox::broker
