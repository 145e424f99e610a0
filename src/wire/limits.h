// limits.h: the numbers of docs/spec/wire.md that host, enclave and client share.
#pragma once
#include <cstddef>
#include <cstdint>

namespace glovebox::wire {

constexpr std::uint32_t vsock_call_port = 5005;   // host to enclave
constexpr std::uint32_t vsock_proxy_port = 5006;  // enclave to host
constexpr std::uint32_t vsock_parent_cid = 3;     // the only peer an enclave talks to

constexpr std::size_t payload_max = 65'536 + 64;  // of one frame
constexpr std::size_t nonce_size = 32;            // of an evidence call
constexpr std::size_t request_max = 16'384;       // a signed request
constexpr std::size_t evidence_max = 32'768;      // an evidence message
constexpr std::size_t configuration_max = 256;    // an encoded Configuration
constexpr std::size_t info_max = 65'536;          // an encoded Info
constexpr std::size_t info_models_max = 64;
constexpr std::size_t text_max = 128;         // a version, a model's name
constexpr std::size_t http_head_max = 8'192;  // request line and headers
constexpr std::size_t proxy_name_max = 64;    // a name of the byte proxy
constexpr char proxy_broker[] = "broker";     // who releases keys; for the other name see models.h

}  // namespace glovebox::wire
