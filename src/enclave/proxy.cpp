#include "enclave/proxy.h"

#include "wire/message.h"

namespace glovebox::enclave {

Result<std::unique_ptr<http::Stream>> connect_name(const wire::Address& proxy, std::string_view name,
                                                   http::Deadline deadline) {
  GLOVEBOX_TRY(stream, proxy.kind == wire::Address::Kind::unix_socket
                           ? http::connect_unix(proxy.path, deadline)
                           : http::connect_vsock(proxy.cid, proxy.port, deadline));
  GLOVEBOX_CHECK(stream->write_all(wire::proxy_call(name), deadline));
  Array<1> answer{};
  GLOVEBOX_CHECK(stream->read_exactly(answer, deadline));
  if (answer[0] == wire::proxy_connected) return stream;
  if (answer[0] == wire::proxy_refused) return fail(Reject::unreachable, std::string(name));
  return fail(Reject::protocol_error, "another answer of the byte proxy");
}

}  // namespace glovebox::enclave
