#include "tls/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <algorithm>

namespace glovebox::tls {
namespace {

constexpr std::size_t piece_size = 16'384 + 512;  // one record
constexpr const char* groups = "X25519MLKEM768:X25519:secp256r1";

struct Free {
  void operator()(SSL* ssl) const { ::SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};
using Context = std::shared_ptr<SSL_CTX>;

// last_error empties OpenSSL's queue and returns what went wrong last.
std::string last_error() {
  std::string text = "unknown";
  for (unsigned long code = ::ERR_get_error(); code != 0; code = ::ERR_get_error()) {
    const char* reason = ::ERR_reason_error_string(code);
    if (reason != nullptr) text = reason;
  }
  return text;
}

Result<Context> make_context(const SSL_METHOD* method, int version_min) {
  ::OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // no file may change what is allowed
  Context context(::SSL_CTX_new(method), Free());
  if (!context || ::SSL_CTX_set_min_proto_version(context.get(), version_min) != 1 ||
      ::SSL_CTX_set1_groups_list(context.get(), groups) != 1)
    return fail(Reject::internal, "TLS: " + last_error());
  ::SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

// TlsStream keeps OpenSSL away from the socket: bytes go through memory, and all waiting is the inner stream's.
class TlsStream final : public http::Stream {
 public:
  TlsStream(std::unique_ptr<http::Stream> inner, const Context& context)
      : inner_(std::move(inner)),
        ssl_(::SSL_new(context.get())),
        in_(::BIO_new(::BIO_s_mem())),
        out_(::BIO_new(::BIO_s_mem())) {
    ::BIO_set_mem_eof_return(in_, -1);  // empty means: wait
    ::SSL_set_bio(ssl_.get(), in_, out_);
  }
  ~TlsStream() override = default;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  SSL* ssl() const { return ssl_.get(); }

  Status handshake(http::Deadline deadline) {
    for (;;) {
      ::ERR_clear_error();
      const int done = ::SSL_do_handshake(ssl_.get());
      const int why = ::SSL_get_error(ssl_.get(), done);
      const Status flushed = flush(deadline);
      if (done == 1) return flushed;
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
        const long verified = ::SSL_get_verify_result(ssl_.get());
        if (verified != X509_V_OK)
          return fail(Reject::server_unauthentic, ::X509_verify_cert_error_string(verified),
                      "a certificate of a trusted authority", "name its authority with --ca FILE");
        return fail(Reject::protocol_error, "TLS: " + last_error(), "a TLS handshake");
      }
      GLOVEBOX_CHECK(flushed);
      GLOVEBOX_TRY(more, fill(deadline));
      if (!more) return fail(Reject::connection_lost, "the connection ended in the TLS handshake", "a handshake");
    }
  }

  Result<std::size_t> read_some(std::span<std::uint8_t> out, http::Deadline deadline) override {
    if (out.empty()) return 0;
    for (;;) {
      ::ERR_clear_error();
      const int n = ::SSL_read(ssl_.get(), out.data(), static_cast<int>(std::min<std::size_t>(out.size(), 1 << 30)));
      if (n > 0) return static_cast<std::size_t>(n);
      const int why = ::SSL_get_error(ssl_.get(), n);
      if (why == SSL_ERROR_ZERO_RETURN) return 0;
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return fail(Reject::connection_lost, "TLS: " + last_error());
      GLOVEBOX_CHECK(flush(deadline));
      GLOVEBOX_TRY(more, fill(deadline));
      if (!more)
        return fail(Reject::connection_lost, "the connection ended without TLS's own end", "a closed TLS connection");
    }
  }

  Result<std::size_t> write_some(View bytes, http::Deadline deadline, bool or_readable) override {
    if (bytes.empty()) return 0;
    for (;;) {
      GLOVEBOX_TRY(early, send(deadline, or_readable));
      if (early) return 0;
      ::ERR_clear_error();
      const int n =
          ::SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 30)));
      if (n > 0) {
        GLOVEBOX_TRY(stopped, send(deadline, or_readable));
        // What an early answer left unsent stays in pending_: the caller stops writing anyway.
        static_cast<void>(stopped);
        return static_cast<std::size_t>(n);
      }
      const int why = ::SSL_get_error(ssl_.get(), n);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
        return fail(Reject::connection_lost, "TLS: " + last_error());
      GLOVEBOX_CHECK(flush(deadline));
      GLOVEBOX_TRY(more, fill(deadline));
      if (!more) return fail(Reject::connection_lost, "the connection ended", "an open connection");
    }
  }

  void close_write() override {
    ::SSL_shutdown(ssl_.get());
    static_cast<void>(flush(http::Deadline::in(std::chrono::seconds(1))));
    inner_->close_write();
  }

 private:
  // take moves what OpenSSL wants to send into pending_.
  void take() {
    const std::size_t waiting = ::BIO_ctrl_pending(out_);
    const std::size_t before = pending_.size();
    pending_.resize(before + waiting);
    if (waiting > 0) ::BIO_read(out_, pending_.data() + before, static_cast<int>(waiting));
  }

  Status flush(http::Deadline deadline) {
    take();
    GLOVEBOX_CHECK(inner_->write_all(pending_, deadline));
    pending_.clear();
    return {};
  }

  // send writes all that is pending, or returns true once the other side's data waits to be read (an early answer).
  Result<bool> send(http::Deadline deadline, bool or_readable) {
    if (!or_readable) {
      GLOVEBOX_CHECK(flush(deadline));
      return false;
    }
    take();
    while (!pending_.empty()) {
      GLOVEBOX_TRY(n, inner_->write_some(pending_, deadline, true));
      pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(n));
      if (n > 0) continue;
      GLOVEBOX_TRY(more, fill(deadline));  // readable: this does not wait
      std::uint8_t byte = 0;
      ::ERR_clear_error();
      const int peeked = ::SSL_peek(ssl_.get(), &byte, 1);
      if (!more || peeked > 0 || ::SSL_get_error(ssl_.get(), peeked) != SSL_ERROR_WANT_READ) return true;
      take();  // a ticket or a key update: not an answer
    }
    return false;
  }

  // fill passes received bytes to OpenSSL; false at the end of the connection.
  Result<bool> fill(http::Deadline deadline) {
    Array<piece_size> piece;
    GLOVEBOX_TRY(n, inner_->read_some(piece, deadline));
    if (n == 0) return false;
    ::BIO_write(in_, piece.data(), static_cast<int>(n));
    return true;
  }

  std::unique_ptr<http::Stream> inner_;
  std::unique_ptr<SSL, Free> ssl_;
  BIO* in_;   // owned by ssl_
  BIO* out_;  // owned by ssl_
  Bytes pending_;
};

// trust_machine finds the machine's authorities: a static program cannot rely on one distribution's place for them.
bool trust_machine(SSL_CTX* context) {
  for (const char* file : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    struct stat info{};
    if (::stat(file, &info) == 0) return ::SSL_CTX_load_verify_file(context, file) == 1;
  }
  return ::SSL_CTX_set_default_verify_paths(context) == 1;
}

Status name_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* const checks = ::SSL_get0_param(ssl);
  if (::X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1) return {};  // an address: no server name
  ::ERR_clear_error();
  ::X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  // SSL_set_tlsext_host_name, whose macro casts in the old style.
  if (::SSL_set1_host(ssl, host.c_str()) != 1 ||
      ::SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) != 1)
    return fail(Reject::usage, host, "the name of a host");
  return {};
}

}  // namespace

Result<std::unique_ptr<http::Stream>> connect_url(const http::Url& url, const Trust& trust, http::Deadline deadline) {
  if (!url.tls) return http::connect_url(url, deadline);
  GLOVEBOX_TRY(context, make_context(::TLS_client_method(), TLS1_2_VERSION));
  const bool trusted = trust.ca_file.empty() ? trust_machine(context.get())
                                             : ::SSL_CTX_load_verify_file(context.get(), trust.ca_file.c_str()) == 1;
  if (!trusted)
    return fail(Reject::config_invalid,
                (trust.ca_file.empty() ? "the machine's authorities" : trust.ca_file) + ": " + last_error(),
                "certificates in PEM", "name a file of authorities with --ca FILE");
  ::SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  GLOVEBOX_TRY(inner, http::connect_tcp(url.host, url.port, deadline));
  auto stream = std::make_unique<TlsStream>(std::move(inner), context);
  ::SSL_set_connect_state(stream->ssl());
  GLOVEBOX_CHECK(name_host(stream->ssl(), url.host));
  GLOVEBOX_CHECK(stream->handshake(deadline));
  return stream;
}

Result<http::Wrap> server_wrap(const std::string& certificate_file, const std::string& key_file) {
  GLOVEBOX_TRY(context, make_context(::TLS_server_method(), TLS1_3_VERSION));
  if (::SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1)
    return fail(Reject::config_invalid, certificate_file + ": " + last_error(),
                "a certificate chain in PEM, the server's own first");
  if (::SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      ::SSL_CTX_check_private_key(context.get()) != 1)
    return fail(Reject::config_invalid, key_file + ": " + last_error(), "the certificate's private key in PEM");
  return http::Wrap(
      [context](std::unique_ptr<http::Stream> inner, http::Deadline deadline) -> Result<std::unique_ptr<http::Stream>> {
        auto stream = std::make_unique<TlsStream>(std::move(inner), context);
        ::SSL_set_accept_state(stream->ssl());
        GLOVEBOX_CHECK(stream->handshake(deadline));
        return stream;
      });
}

}  // namespace glovebox::tls
