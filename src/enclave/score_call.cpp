#include "enclave/score_call.h"

#include "result/measured.h"
#include "scoring/leakage.h"

namespace glovebox::enclave {
namespace {

// For a broker's two answers. Whoever can make a broker fall silent must not hold this enclave's places for as long as
// a request may take.
constexpr auto broker_wait = std::chrono::seconds(30);

// A smaller upload is read before threads would be of use: one, and no futex. The class is the host's to see anyway.
constexpr unsigned threads_from_class = 20;

Error child_died() {
  return {Reject::enclave_failed, "the process that read the data ended without a result", "a result",
          "damaged data cannot do this; if it happens again with the same file, please report it"};
}

}  // namespace

Result<Session> make_session(Shared& shared, View nonce) {
  GLOVEBOX_TRY(kem, crypto::kem_from_id(shared.configuration.kem));
  Session session{.hpke = crypto::KemPrivate::generate(kem), .receipt = crypto::SigningKey::generate(), .evidence = {}};
  const auto keys = attestation::KeySet::of(session.hpke->public_key(), session.receipt.public_key());
  GLOVEBOX_TRY(evidence, shared.attester.attest(nonce, keys, shared.context));
  std::ranges::copy(evidence.binding().view(), session.binding.begin());
  session.evidence = evidence.encode();
  return session;
}

Result<Reply> ScoreCall::run(View signed_request) {
  // 1. What cannot be answered under seal is one word, given at the end of the upload.
  Status good = open_request(signed_request);
  if (good) good = read_header();
  if (good) good = find_session();
  if (good) {
    // 2. From here on there is an answer, and a failure is a refusal inside it.
    const auto key = open_key();
    session_->hpke.reset();  // an upload may last minutes; its key is not kept beside it
    if (!key)
      refuse(key.error());
    else if (const Status started = start_child(*key); !started)
      refuse(started.error());
  }
  // 3. The upload is taken to its end, whatever was found so far.
  if (const Status taken = take_upload(); !taken) {
    if (taken.error().reason == Reject::too_large) return Reply{wire::Word::too_large, {}};
    if (taken.error().reason == Reject::deadline) return Reply{wire::Word::deadline, {}};
    return same(taken);
  }
  if (!good) return Reply{wire::Word::failed, {}};
  // 4. What the child found, and what the release policy says to it.
  read_outcome();
  return answer();
}

Status ScoreCall::open_request(View signed_request) {
  signed_request_ = to_bytes(signed_request);
  GLOVEBOX_TRY(request, protocol::Request::open(signed_request_));
  request_ = std::move(request);
  return {};
}

Result<std::optional<View>> ScoreCall::next() {
  if (upload_ended_) return std::nullopt;
  GLOVEBOX_TRY(frame, connection_.next(deadline_));
  if (frame.type == wire::FrameType::end) {
    upload_ended_ = true;
    return std::nullopt;
  }
  if (frame.type != wire::FrameType::data) return fail(Reject::connection_lost, "a frame out of its place");
  taken_ += frame.payload.size();
  if (taken_ > shared_.configuration.upload_max) return fail(Reject::too_large);
  return frame.payload;
}

Status ScoreCall::read_header() {
  while (!header_.done()) {
    GLOVEBOX_TRY(piece, next());
    if (!piece) return header_.finish();
    GLOVEBOX_TRY(used, header_.push(*piece));
    if (header_.done()) after_header_ = to_bytes(piece->subspan(used));
  }
  const auto& core = header_.header().core;
  if (core.content_type != envelope::content_type_request) return fail(Reject::type_unsupported);
  if (core.digest() != request_->document.core_digest) return fail(Reject::request_mismatch);
  return {};
}

Status ScoreCall::find_session() {
  bool brokers_alone = false;
  for (const auto& stanza : header_.header().stanzas) {
    if (const auto* live = std::get_if<envelope::LiveStanza>(&stanza)) session_ = shared_.sessions.take(live->binding);
    if (const auto* enclave = std::get_if<envelope::EnclaveStanza>(&stanza))
      session_ = shared_.sessions.take(enclave->binding);
    if (session_) return {};
    if (std::holds_alternative<envelope::BrokerStanza>(stanza)) brokers_alone = true;
  }
  if (!brokers_alone) return fail(Reject::session_unknown);
  // Sealed before there was an enclave: the evidence in the answer is made for this request.
  GLOVEBOX_TRY(session, make_session(shared_, request_->digest));
  session_ = std::move(session);
  return {};
}

Result<envelope::EnvelopeKey> ScoreCall::open_key() {
  const auto& request = request_->document;
  const auto& core = header_.header().core;
  GLOVEBOX_TRY(now, shared_.attester.now());
  GLOVEBOX_CHECK(protocol::check_time(request, now));
  // Without a policy nothing would say whose the data is: whoever carries the envelope could sign a request of its own,
  // with a result key of its own.
  if (!core.policy_digest)
    return fail(Reject::policy_mismatch, "an envelope without a release policy", "one, signed by the data's owner");
  const auto model = shared_.models.find(request.model_digest);
  if (!model) return fail(Reject::model_unknown, to_hex(request.model_digest), "a model that this enclave holds");
  model_ = *model;

  const envelope::Release release = [&](View wrapped_key, const Digest& core_digest) -> Result<Secret<32>> {
    if (!core.broker) return fail(Reject::broker_unknown, "a wrapped key in an envelope that names no broker");
    GLOVEBOX_TRY(wrapped, protocol::WrappedKey::parse(wrapped_key));
    GLOVEBOX_TRY(policy_digest, wrapped.policy_digest());
    if (core.policy_digest != policy_digest) return fail(Reject::policy_mismatch);
    GLOVEBOX_TRY(released, ask_broker({.attester = shared_.attester,
                                       .connect = shared_.broker,
                                       .kem = session_->hpke->kem(),
                                       .signed_request = signed_request_,
                                       .request_digest = request_->digest,
                                       .core = core.encode(),
                                       .core_digest = core_digest,
                                       .wrapped_key = wrapped_key,
                                       .broker = *core.broker,
                                       .deadline = {std::min(deadline_.at, http::Deadline::in(broker_wait).at)}}));
    release_ = released.proof;
    return std::move(released.share);
  };
  const envelope::EnclaveIdentity identity(session_->binding, *session_->hpke, release);
  return envelope::open_envelope(header_.header(), identity);
}

Status ScoreCall::start_child(const envelope::EnvelopeKey& key) {
  const std::uint32_t threads = key.core().size_class >= threads_from_class ? shared_.child_threads : 1;
  const Task task{.file_key = key.file_key().copy(),
                  .parameters_digest = request_->document.parameters_digest,
                  .model = static_cast<std::uint32_t>(model_),
                  .inflated_max = shared_.configuration.inflated_max,
                  .memory_max = shared_.configuration.child_memory_max,
                  .cpu_seconds = shared_.configuration.request_seconds * threads,
                  .threads = threads,
                  .core = key.core().encode()};
  GLOVEBOX_TRY(child, shared_.children.spawn());
  GLOVEBOX_TRY(call, ChildCall::start(std::move(child), task, deadline_));
  child_.emplace(std::move(call));
  return {};
}

Status ScoreCall::take_upload() {
  if (child_) GLOVEBOX_CHECK(child_->push(after_header_, deadline_));
  for (;;) {
    GLOVEBOX_TRY(piece, next());
    if (!piece) return {};
    if (child_) GLOVEBOX_CHECK(child_->push(*piece, deadline_));
  }
}

std::optional<Error> ScoreCall::check_opening(const ChildCall::Said& said) {
  if (!said.opened) return child_died();
  if (said.parameters.size() == 0) return std::nullopt;  // the body did not open that far; only a refusal can follow
  if (!parameters_)
    return Error{Reject::request_mismatch, "other parameters in the envelope than in the request", "the same"};
  const auto& digest = header_.header().core.policy_digest;
  const auto policy = protocol::ReleasePolicy::open(said.policy.expose());
  if (!policy) return policy.error();
  if (digest != policy->digest)
    return Error{Reject::policy_mismatch, "another release policy in the envelope", "the one its header names"};
  const auto& rules = policy->document.rules;
  for (const Status& allowed :
       {rules.allows_requester(policy->document.owner, request_->document.requester),
        rules.allows_purpose(parameters_->purpose), rules.allows_output(parameters_->output_form)})
    if (!allowed) return allowed.error();
  return std::nullopt;
}

void ScoreCall::read_outcome() {
  if (!child_) return;
  const auto size_of = [this](View encoded) -> std::optional<std::size_t> {
    if (encoded.empty()) return outcome_size(protocol::OutputForm::score, 0);
    auto parameters = protocol::Parameters::parse(encoded);
    if (!parameters || parameters->digest() != request_->document.parameters_digest) return std::nullopt;
    parameters_ = std::move(*parameters);
    return outcome_size(parameters_->output_form, parameters_->rows_class);
  };
  const ChildCall::Said said = child_->finish(size_of, deadline_);
  if (auto refused = check_opening(said)) return refuse(*refused);
  if (said.outcome.size() == 0) return refuse(child_died());
  auto outcome = Outcome::parse(said.outcome.expose());
  if (!outcome) return refuse(child_died());
  found_.input_digest = outcome->input_digest;
  if (parameters_ && parameters_->input == protocol::Input::slice && result::is_measured(outcome->result.expose())) {
    auto found = found_block(std::move(*outcome), shared_.models.all()[model_]);
    if (!found) return refuse(child_died());
    found_ = std::move(*found);
    return;
  }
  const auto document = result::parse(outcome->result.expose());
  if (!document) return refuse(child_died());
  if (const auto* refusal = std::get_if<Error>(&*document)) {
    // A client asks again after these words, which the host sees, and no child has a reason to say them: one that was
    // taken over could tell by them what it read.
    if (exit_code(refusal->reason) == Exit::unreachable) return refuse(child_died());
    return refuse(*refusal);
  }
  const auto& report = std::get<result::Report>(*document);
  if (!parameters_ || report.model_digest != request_->document.model_digest) return refuse(child_died());
  found_.output = SecretBytes(View(result::encode_rows(report)));
  found_.quality = SecretBytes(View(result::encode_quality(report)));
  found_.result = std::move(outcome->result);
}

Result<Reply> ScoreCall::answer() {
  const auto form = parameters_ ? parameters_->output_form : protocol::OutputForm::score;
  const unsigned rows_class = parameters_ ? parameters_->rows_class : 0;
  if (const std::size_t size = found_.result.size();
      !refusal_ && size > protocol::result_size_max(form, rows_class, session_->evidence.size()))
    refuse({Reject::too_large, "a result of " + std::to_string(size) + " bytes", "one that fits its answer"});
  if (refusal_) {
    found_.result = SecretBytes(View(result::encode(result::Outcome(*refusal_))));
    found_.output = SecretBytes(found_.result.expose());
    found_.quality = {};
  }
  const auto& core = header_.header().core;
  const auto now = shared_.attester.now();
  if (!now) return Reply{wire::Word::failed, {}};
  const receipt::Receipt facts = {.request_digest = request_->digest,
                                  .parameters_digest = request_->document.parameters_digest,
                                  .model_digest = request_->document.model_digest,
                                  .policy_digest = core.policy_digest,
                                  .binding = session_->binding,
                                  .release = release_,
                                  .time = *now,
                                  .leakage = scoring::leakage(parameters_ ? &*parameters_ : nullptr, core.size_class),
                                  .development = shared_.development};
  const protocol::Answer answer = answer_of(std::move(found_), facts, session_->receipt, session_->evidence);
  auto sealed = answer.seal(request_->document.result_key, request_->digest, form, rows_class);
  if (!sealed) return Reply{wire::Word::failed, {}};
  return Reply{wire::Word::ok, std::move(*sealed)};
}

}  // namespace glovebox::enclave
