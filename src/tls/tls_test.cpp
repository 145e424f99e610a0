#include "tls/tls.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "support.h"

namespace glovebox::tls {
namespace {

using ::glovebox::test::reason_of;

http::Deadline soon() {
  return http::Deadline::in(std::chrono::seconds(20));
}

// Certificate is a self-signed certificate for a name, with its key, as PEM files.
struct Certificate {
  std::filesystem::path folder;
  explicit Certificate(const std::string& names) {
    std::string name = (std::filesystem::temp_directory_path() / "glovebox-tls-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    EVP_PKEY* const key = ::EVP_EC_gen("P-256");
    X509* const x509 = ::X509_new();
    ::X509_set_version(x509, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(x509), 1);
    ::X509_gmtime_adj(::X509_getm_notBefore(x509), -60);
    ::X509_gmtime_adj(::X509_getm_notAfter(x509), 3'600);
    ::X509_set_pubkey(x509, key);
    X509_NAME* const subject = ::X509_get_subject_name(x509);
    ::X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1,
                                 0);
    ::X509_set_issuer_name(x509, subject);
    X509_EXTENSION* const alternative = ::X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
    ::X509_add_ext(x509, alternative, -1);
    ::X509_EXTENSION_free(alternative);
    ::X509_sign(x509, key, ::EVP_sha256());
    std::FILE* file = std::fopen(certificate().c_str(), "w");
    ::PEM_write_X509(file, x509);
    std::fclose(file);
    file = std::fopen(this->key().c_str(), "w");
    ::PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    ::X509_free(x509);
    ::EVP_PKEY_free(key);
  }
  ~Certificate() { std::filesystem::remove_all(folder); }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  std::string certificate() const { return (folder / "certificate.pem").string(); }
  std::string key() const { return (folder / "key.pem").string(); }
};

std::unique_ptr<http::Server> serve(const Certificate& certificate) {
  http::ServerOptions options;
  options.wrap = server_wrap(certificate.certificate(), certificate.key()).value();
  options.body_max = std::size_t{8} << 20;
  return http::Server::start(
             options,
             [](const http::ServerRequest& request) { return http::ServerResponse{200, "text/plain", request.body}; })
      .value();
}

http::Url url_of(const http::Server& server, const std::string& host = "127.0.0.1") {
  return {.tls = true, .host = host, .port = server.port(), .path = ""};
}

TEST(Tls, CarriesACall) {
  const Certificate certificate("IP:127.0.0.1,DNS:localhost");
  const auto server = serve(certificate);
  Bytes body(3'000'000);  // many records both ways
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<std::uint8_t>(i * 7);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto stream = connect_url(url_of(*server, host), {certificate.certificate()}, soon());
    ASSERT_TRUE(stream) << describe(stream.error());
    const auto response = http::call(**stream, {.method = "POST", .host = host, .body = body},
                                     {.body_max = std::size_t{8} << 20}, soon());
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_TRUE(response->body == body);
  }
}

TEST(Tls, ServesManyAtOnce) {
  const Certificate certificate("IP:127.0.0.1");
  const auto server = serve(certificate);
  std::atomic<int> good = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 16; ++i)
      clients.emplace_back([&] {
        const auto stream = connect_url(url_of(*server), {certificate.certificate()}, soon());
        if (stream && http::call(**stream, {.host = "x"}, {}, soon())) ++good;
      });
  }
  EXPECT_EQ(good, 16);
}

TEST(Tls, RefusesAServerThatIsNotMeantOrTrusted) {
  const Certificate certificate("DNS:broker.example");
  const Certificate other("IP:127.0.0.1");
  const auto server = serve(certificate);
  EXPECT_EQ(reason_of(connect_url(url_of(*server), {certificate.certificate()}, soon())),
            "server_unauthentic");  // its name
  const auto second = serve(other);
  EXPECT_EQ(reason_of(connect_url(url_of(*second), {certificate.certificate()}, soon())),
            "server_unauthentic");  // its authority
  EXPECT_EQ(reason_of(connect_url(url_of(*second), {"/nowhere"}, soon())), "config_invalid");
}

TEST(Tls, RefusesAServerWithoutTls) {
  const Certificate certificate("IP:127.0.0.1");
  const auto server =
      http::Server::start({}, [](const http::ServerRequest&) { return http::ServerResponse{}; }).value();
  EXPECT_EQ(reason_of(connect_url(url_of(*server), {certificate.certificate()}, soon())), "protocol_error");
}

TEST(Tls, StopsAnUploadThatIsAnsweredEarly) {
  const Certificate certificate("IP:127.0.0.1");
  const auto server = serve(certificate);
  const auto status_of = [&](std::optional<std::uint64_t> size) {
    const auto stream = connect_url(url_of(*server), {certificate.certificate()}, soon()).value();
    const http::Request request{.method = "POST",
                                .host = "x",
                                .source = [](std::span<std::uint8_t> out) { return Result<std::size_t>(out.size()); },
                                .source_size = size};
    const auto response = http::call(*stream, request, {}, soon());
    return response ? std::to_string(response->status) : describe(response.error());
  };
  EXPECT_EQ(status_of(std::uint64_t{1} << 30), "413") << "beyond body_max";
  EXPECT_EQ(status_of(std::nullopt), "411") << "in chunks that have no end";
}

TEST(Tls, RefusesAKeyThatIsNotTheCertificates) {
  const Certificate one("IP:127.0.0.1");
  const Certificate two("IP:127.0.0.1");
  EXPECT_EQ(reason_of(server_wrap(one.certificate(), two.key())), "config_invalid");
  EXPECT_EQ(reason_of(server_wrap("/nowhere", two.key())), "config_invalid");
}

}  // namespace
}  // namespace glovebox::tls
