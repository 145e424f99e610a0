// reject.h: the one vocabulary of rejections. The same words stand in code, test vectors, the CLI, metrics, the log
// and docs/spec; a word is added here and nowhere else.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace glovebox {

// Exit codes of all programs, by kind (docs/spec/wire.md, "Exit codes").
enum class Exit : int {
  done = 0,
  our_fault = 1,
  wrong_use = 2,
  input_refused = 3,
  evidence_refused = 4,
  release_refused = 5,
  answer_refused = 6,
  unreachable = 7,
  unsupported = 8,
};

// GLOVEBOX_REJECTS(X) lists every reason as X(name, kind, sentence). A sentence says what is wrong in the words of the
// field, lower case, no full stop; what was found and what was wanted travel beside it in Error.
#define GLOVEBOX_REJECTS(X)                                                                                       \
  /* bytes */                                                                                                     \
  X(truncated, input_refused, "the data ends too early")                                                          \
  X(trailing_bytes, input_refused, "there are bytes after the end")                                               \
  X(malformed, input_refused, "the data does not have the form it must have")                                     \
  X(not_deterministic, input_refused, "the CBOR is not in its one deterministic form")                            \
  X(too_large, input_refused, "a named bound is exceeded")                                                        \
  X(too_deep, input_refused, "the data is nested deeper than allowed")                                            \
  X(version_unsupported, unsupported, "this version of the format is not supported")                              \
  X(type_unsupported, unsupported, "this kind of file or value is not supported")                                 \
  X(unsupported, unsupported, "this is not supported yet")                                                        \
  /* programs */                                                                                                  \
  X(usage, wrong_use, "the command was not used as its help says")                                                \
  X(config_invalid, wrong_use, "the configuration is not valid")                                                  \
  X(file_unreadable, wrong_use, "the file cannot be read")                                                        \
  X(file_unwritable, wrong_use, "the file cannot be written")                                                     \
  X(internal, our_fault, "something that cannot happen has happened")                                             \
  X(entropy_unavailable, our_fault, "no trusted source of random bytes")                                          \
  X(platform_failed, our_fault, "the platform's security module did not do what it was asked")                    \
  X(out_of_resources, our_fault, "memory, descriptors or disk are exhausted")                                     \
  /* crypto and envelope */                                                                                       \
  X(key_invalid, input_refused, "this is not a valid key")                                                        \
  X(signature_invalid, input_refused, "the signature does not verify")                                            \
  X(decryption_failed, input_refused, "the sealed data does not open")                                            \
  X(no_matching_recipient, input_refused, "no stanza of this envelope is for this key")                           \
  X(header_unauthentic, input_refused, "the envelope's header was changed after sealing")                         \
  X(envelope_truncated, input_refused, "the envelope ends before its last chunk")                                 \
  X(chunk_unauthentic, input_refused, "a chunk of the envelope was changed, moved or taken from another")         \
  X(policy_unenforceable, input_refused, "no stanza of this envelope can enforce a field of the release policy")  \
  /* evidence */                                                                                                  \
  X(evidence_malformed, evidence_refused, "the evidence does not have its platform's form")                       \
  X(platform_unknown, evidence_refused, "the evidence is of a platform the policy does not accept")               \
  X(algorithm_unsupported, evidence_refused, "the evidence is signed with another algorithm than its platform's") \
  X(root_unknown, evidence_refused, "the certificate chain does not end in a root that the policy pins")          \
  X(certificate_invalid, evidence_refused, "a certificate of the chain is not valid for its use")                 \
  X(certificate_expired, evidence_refused, "a certificate was not valid at the time of appraisal")                \
  X(evidence_signature_invalid, evidence_refused, "the evidence's signature does not verify")                     \
  X(evidence_stale, evidence_refused, "the evidence is older, or younger, than the policy allows")                \
  X(nonce_mismatch, evidence_refused, "the evidence was not made for this nonce")                                 \
  X(binding_mismatch, evidence_refused, "the evidence does not bind these keys for this purpose")                 \
  X(purpose_mismatch, evidence_refused, "the evidence was made for another purpose")                              \
  X(debug_enclave, evidence_refused, "the enclave runs in debug mode: its memory can be read")                    \
  X(measurement_unknown, evidence_refused, "the enclave is not a version that the policy accepts")                \
  X(pcr_absent, evidence_refused, "a platform register that the policy relies on is not in the evidence")         \
  X(pcr_zero, evidence_refused, "a platform register that the policy relies on was never written")                \
  X(model_unknown, evidence_refused, "the enclave does not hold exactly the models of the policy")                \
  X(configuration_unknown, evidence_refused, "the enclave was started with another configuration")                \
  X(mixed_roots, evidence_refused, "a policy that names a test root may name no other root")                      \
  X(policy_invalid, input_refused, "the policy is not valid")                                                     \
  X(policy_empty, input_refused, "the policy leaves out something it must say")                                   \
  X(kem_not_allowed, evidence_refused, "the enclave's key uses a KEM that the policy does not allow")             \
  /* key release */                                                                                               \
  X(broker_unknown, release_refused, "no good statement of a broker that the policy pins covers this key")        \
  X(challenge_unknown, release_refused, "the challenge was not ours, was used before or has expired")             \
  X(request_unauthentic, release_refused, "the request is not signed by the owner or a named requester")          \
  X(request_expired, release_refused, "the request's time is over")                                               \
  X(request_mismatch, release_refused, "the request does not belong to this envelope, model or parameters")       \
  X(policy_mismatch, release_refused, "the release policy is not the one bound at encryption")                    \
  X(requester_not_allowed, release_refused, "the release policy does not name this requester")                    \
  X(not_yet_valid, release_refused, "the release policy is not valid yet")                                        \
  X(expired, release_refused, "the release policy is no longer valid")                                            \
  X(uses_exhausted, release_refused, "the release policy's maximum number of uses is reached")                    \
  X(retries_exhausted, release_refused, "this request was released to as many enclaves as one request may be")    \
  X(purpose_not_allowed, release_refused, "the release policy does not allow this purpose")                       \
  X(output_not_allowed, release_refused, "the release policy does not allow this output form")                    \
  X(wrapped_key_invalid, release_refused, "the wrapped key does not open for this broker, policy and envelope")   \
  X(release_unauthentic, release_refused, "the key release is not signed by the broker that the envelope names")  \
  X(release_refused, release_refused, "the broker refused to release the key")                                    \
  X(session_unknown, release_refused, "the enclave no longer holds the key this was sealed to")                   \
  /* answers */                                                                                                   \
  X(answer_unauthentic, answer_refused, "the answer does not belong to this request and this enclave")            \
  X(receipt_invalid, answer_refused, "the receipt does not verify")                                               \
  X(enclave_failed, answer_refused, "the enclave could not finish this request")                                  \
  /* transport */                                                                                                 \
  X(unreachable, unreachable, "the server cannot be reached")                                                     \
  X(deadline, unreachable, "the deadline has passed")                                                             \
  X(busy, unreachable, "the server has no room for this request now")                                             \
  X(connection_lost, unreachable, "the connection ended in the middle")                                           \
  X(protocol_error, unreachable, "the other side does not speak this protocol")                                   \
  X(server_unauthentic, unreachable, "the server shows no trusted TLS certificate for its name")                  \
  /* genomes and tables */                                                                                        \
  X(vcf_malformed, input_refused, "the VCF is not well formed")                                                   \
  X(vcf_unsorted, input_refused, "the VCF is not sorted")                                                         \
  X(no_samples, input_refused, "the VCF has no samples")                                                          \
  X(sample_unknown, input_refused, "the VCF does not have this sample")                                           \
  X(sample_ambiguous, input_refused, "the VCF has more than one sample and none was named")                       \
  X(build_mismatch, input_refused, "the file is not on the genome build that was declared")                       \
  X(build_doubtful, input_refused, "the alleles found are not the model's: this looks like another build")        \
  X(build_unknown, input_refused, "no genome build was declared and the header does not tell")                    \
  X(absence_undeclared, input_refused, "model sites without a record, and no word on what that means")            \
  X(absence_impossible, input_refused, "an absence policy that this kind of file cannot have")                    \
  X(regions_malformed, input_refused, "the BED file of callable regions is not well formed")                      \
  X(input_kind_undeclared, input_refused, "what kind of file this is was not declared")                           \
  X(compression_bomb, input_refused, "the file inflates beyond its bounds")                                       \
  X(compression_invalid, input_refused, "the compressed data is damaged")                                         \
  X(table_malformed, input_refused, "the table is not well formed")                                               \
  X(value_missing, input_refused, "a value that the model needs was not given")                                   \
  X(value_out_of_range, input_refused, "a value lies outside the range that the model declares")                  \
  X(value_unknown, input_refused, "a value was given that the model does not know")                               \
  /* models */                                                                                                    \
  X(model_malformed, input_refused, "the model file is not well formed")                                          \
  X(model_version_unsupported, unsupported, "this version of the model format is not supported")                  \
  X(model_field_unknown, unsupported, "the model file has a field whose meaning is not known")                    \
  X(model_invalid, input_refused, "the model breaks a rule that scoring relies on")                               \
  X(features_mismatch, input_refused, "the features listed are not the model's")                                  \
  X(bundle_malformed, input_refused, "the bundle is not well formed")                                             \
  X(bundle_digest_mismatch, input_refused, "the bundle's contents are not what its digest says")                  \
  /* evidence: what platforms with firmware, chips and collateral add */                                          \
  X(tcb_outdated, evidence_refused, "the platform's firmware is older than the policy allows")                    \
  X(tcb_mismatch, evidence_refused, "the certificate is for another firmware than the evidence reports")          \
  X(chip_mismatch, evidence_refused, "the certificate is of another chip than the evidence reports")              \
  X(chip_unknown, evidence_refused, "the policy does not list the chip that signed the evidence")                 \
  X(certificate_revoked, evidence_refused, "a certificate of the chain has been revoked")                         \
  X(collateral_missing, evidence_refused, "a certificate or list that the appraisal needs was not given")         \
  X(collateral_invalid, evidence_refused, "the collateral is not well formed, or not signed by whom it must be")  \
  X(collateral_expired, evidence_refused, "the collateral was not valid at the time of appraisal")                \
  X(signing_key_not_allowed, evidence_refused, "the policy does not allow evidence signed by this kind of key")   \
  X(privilege_not_allowed, evidence_refused, "the policy does not allow evidence from this privilege level")      \
  X(guest_policy_not_allowed, evidence_refused, "the guest was started with a policy that allows too much")       \
  X(platform_state_not_allowed, evidence_refused, "the platform lacks a protection that the policy requires")     \
  X(quoting_enclave_unknown, evidence_refused, "the enclave that signed is not the quoting enclave of its maker") \
  X(module_unknown, evidence_refused, "the module that guards the guest is not one of its maker")                 \
  X(tcb_status_not_allowed, evidence_refused, "the policy does not allow the platform's TCB status")              \
  X(advisory_not_allowed, evidence_refused, "a security advisory applies that the policy does not accept")        \
  X(firmware_unknown, evidence_refused, "the platform runs firmware that the policy does not list")               \
  X(parts_mismatch, evidence_refused, "the parts of the evidence were not made for each other")

enum class Reject : std::uint16_t {
#define GLOVEBOX_ENUMERATOR(name, kind, sentence) name,
  GLOVEBOX_REJECTS(GLOVEBOX_ENUMERATOR)
#undef GLOVEBOX_ENUMERATOR
};

// name returns the word itself, as vectors, `--json` and the spec write it.
std::string_view name(Reject reason);
// sentence says the reason in words.
std::string_view sentence(Reject reason);
// exit_code returns the exit status of a program that ends with this reason.
Exit exit_code(Reject reason);
// reject_from_name is the inverse of name; nothing for a word that is not in the vocabulary.
std::optional<Reject> reject_from_name(std::string_view word);

}  // namespace glovebox
