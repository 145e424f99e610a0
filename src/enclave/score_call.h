// score_call.h: one request from its signed document to its sealed answer: the main path of the enclave. Read run() top
// to bottom.
#pragma once
#include "enclave/broker_call.h"
#include "enclave/child_call.h"
#include "enclave/connection.h"
#include "enclave/found.h"
#include "enclave/models.h"
#include "enclave/session_table.h"
#include "envelope/identity.h"
#include "result/result.h"
#include "wire/configuration.h"

namespace glovebox::enclave {

// Shared is what all calls of one enclave use; safe from many threads.
struct Shared {
  attester::Attester& attester;
  TemplateProcess& children;
  SessionTable& sessions;
  const Models& models;
  const wire::Configuration& configuration;
  attestation::ClientContext context;  // what `client` evidence binds
  bool development = false;            // the platform's root is none that is pinned
  std::uint32_t child_threads = 1;
  Connect broker;
};

// make_session makes the keys of one session and has them attested for this nonce; platform_failed.
Result<Session> make_session(Shared& shared, View nonce);

// Reply is what goes back to the host.
struct Reply {
  wire::Word word = wire::Word::failed;
  Bytes bytes;
};

class ScoreCall {
 public:
  ScoreCall(Shared& shared, Connection& connection, http::Deadline deadline)
      : shared_(shared), connection_(connection), deadline_(deadline) {}

  // run takes the whole upload and returns what to answer. An Error says that the connection is of no more use.
  Result<Reply> run(View signed_request);

 private:
  // Each step's failure before there is a session is the word `failed`; afterwards it becomes a refusal_.
  Status open_request(View signed_request);
  Status read_header();
  Status find_session();
  Result<envelope::EnvelopeKey> open_key();
  Status start_child(const envelope::EnvelopeKey& key);
  // next gives the upload's next bytes; nothing at its end. deadline, connection_lost, too_large, malformed.
  Result<std::optional<View>> next();
  Status take_upload();  // to its end, to the child where there is one
  void read_outcome();
  std::optional<Error> check_opening(const ChildCall::Said& said);
  Result<Reply> answer();
  void refuse(const Error& error) {
    if (!refusal_) refusal_ = error;
  }

  Shared& shared_;
  Connection& connection_;
  http::Deadline deadline_;
  std::uint64_t taken_ = 0;  // bytes of the upload
  bool upload_ended_ = false;

  Bytes signed_request_;
  std::optional<protocol::Opened<protocol::Request>> request_;
  envelope::HeaderReader header_;
  Bytes after_header_;  // what came in one frame with the header's end
  std::optional<Session> session_;
  std::optional<receipt::ReleaseProof> release_;
  std::optional<ChildCall> child_;
  std::size_t model_ = 0;
  std::optional<protocol::Parameters> parameters_;
  std::optional<Error> refusal_;
  Found found_ = {.input_digest = crypto::sha256(View()), .result = {}, .output = {}, .quality = {}};
};

}  // namespace glovebox::enclave
