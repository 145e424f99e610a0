// tls.h: TLS over a Stream. What glovebox carries is sealed already; TLS hides who talks to whom, and lets a client
// find the broker or host that it means. Key exchange is hybrid (X25519MLKEM768) where the other side can.
#pragma once
#include "http/client.h"
#include "http/server.h"

namespace glovebox::tls {

// Trust says which authorities a client believes: those of a PEM file, or the machine's.
struct Trust {
  std::string ca_file = {};
};

// connect_url opens the connection to a url of either kind. server_unauthentic where the certificate is not one of a
// trusted authority for the url's host; config_invalid (the authorities cannot be read); unreachable, deadline,
// connection_lost, protocol_error.
Result<std::unique_ptr<http::Stream>> connect_url(const http::Url& url, const Trust& trust, http::Deadline deadline);

// server_wrap makes the layer that a Server puts over accepted connections: TLS 1.3 with this chain and key (PEM).
// config_invalid.
Result<http::Wrap> server_wrap(const std::string& certificate_file, const std::string& key_file);

}  // namespace glovebox::tls
