// seal and open: files to people's keys, in constant memory.
#include "base/file.h"
#include "crypto/key_file.h"
#include "crypto/random.h"
#include "envelope/identity.h"
#include "envelope/opener.h"
#include "envelope/sealer.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "glovebox/stream_file.h"
#include "protocol/body.h"

namespace glovebox::app {
namespace {
// A padded file carries its own length: it is a sequence of records with an end, as a request's body is, whose
// parameters are empty.
constexpr std::string_view content_type_padded = "glovebox/padded-file";

Result<crypto::PublicIdentity> recipient(const std::string& text) {
  if (text.starts_with(crypto::public_key_prefix)) return crypto::PublicIdentity::parse(text);
  GLOVEBOX_TRY(file, read_file(text, crypto::key_file_max));
  for (std::string_view rest = text_of(file); !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (const auto at = line.find(crypto::public_key_prefix); at != std::string_view::npos) {
      line.remove_prefix(at);
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
      return crypto::PublicIdentity::parse(line);
    }
  }
  return fail(Reject::key_invalid, text + " holds no public key",
              "a line " + std::string(crypto::public_key_prefix) + "...", "glovebox keygen -o me.key prints one");
}

// PaddedFile takes the data out of the records of a padded file.
class PaddedFile final : public protocol::BodyHandler {
 public:
  explicit PaddedFile(OutputFile& output) : output_(output) {}
  Status parameters(View encoded) override {
    if (!encoded.empty()) return fail(Reject::malformed, "a request's body", "a sealed file");
    return {};
  }
  Status policy(View) override { return fail(Reject::malformed, "a policy in a padded file", "data alone"); }
  Status callable(View) override { return fail(Reject::malformed, "callable regions in a padded file", "data alone"); }
  Status data(View piece) override { return output_.write(piece); }

 private:
  OutputFile& output_;
};

// one_thing keeps standard output for one thing: the file, or the JSON object.
Status one_thing(const std::string& output) {
  if (json_output() && output == "-")
    return fail(Reject::usage, "--json with the file itself on standard output", "-o FILE");
  return {};
}

Status seal(const Seal& options) {
  GLOVEBOX_CHECK(one_thing(options.output));
  std::vector<envelope::Recipient> recipients;
  for (const auto& text : options.recipients) {
    GLOVEBOX_TRY(identity, recipient(text));
    recipients.emplace_back(envelope::ToKey{std::move(identity.recipient)});
  }
  GLOVEBOX_TRY(input, InputFile::open(options.input));
  envelope::Core core;
  core.random = crypto::random_array<32>();
  if (options.pad) {
    if (input.size() == 0) return fail(Reject::usage, "--pad and an input of unknown or no size", "a file");
    core.content_type = content_type_padded;
    GLOVEBOX_TRY(size_class, envelope::size_class_for(protocol::body_size(0, 0, 0, input.size())));
    core.size_class = size_class;
  }
  GLOVEBOX_TRY(key, envelope::EnvelopeKey::fresh(std::move(core)));
  GLOVEBOX_TRY(header, key.header(recipients));
  GLOVEBOX_TRY(output, OutputFile::create(options.output, false));
  GLOVEBOX_CHECK(output.write(header.encode()));
  envelope::Sealer sealer(key);
  const envelope::Sink sink = [&output](View sealed) { return output.write(sealed); };
  protocol::BodyWriter records([&](View bytes) { return sealer.push(bytes, sink); });
  if (options.pad) GLOVEBOX_CHECK(records.parameters({}));
  SecretBytes piece(piece_size);
  Progress progress("sealing");
  for (std::uint64_t done = 0;;) {
    GLOVEBOX_TRY(size, input.read(piece.expose_mutable()));
    if (size == 0) break;
    const View bytes = piece.expose().first(size);
    GLOVEBOX_CHECK(options.pad ? records.data(bytes) : sealer.push(bytes, sink));
    progress.at(done += size, input.size());
  }
  if (options.pad) GLOVEBOX_CHECK(records.end());
  GLOVEBOX_CHECK(sealer.finish(sink));
  return output.commit();
}

Status open(const Open& options) {
  GLOVEBOX_CHECK(one_thing(options.output));
  GLOVEBOX_TRY(key_file, read_secret_file(options.identity, crypto::key_file_max));
  GLOVEBOX_TRY(identity, crypto::SecretIdentity::parse_file(key_file.expose()));
  GLOVEBOX_TRY(input, InputFile::open(options.input));
  envelope::HeaderReader head;
  SecretBytes piece(piece_size);
  View rest;
  std::uint64_t done = 0;
  while (!head.done()) {
    GLOVEBOX_TRY(size, input.read(piece.expose_mutable()));
    if (size == 0) return head.finish();
    done += size;
    rest = piece.expose().first(size);
    GLOVEBOX_TRY(taken, head.push(rest));
    rest = rest.subspan(taken);
  }
  GLOVEBOX_TRY(key, envelope::open_envelope(head.header(), envelope::KeyIdentity(identity.recipient())));
  GLOVEBOX_TRY(output, OutputFile::create(options.output, true));
  const bool padded = key.core().content_type == content_type_padded;
  PaddedFile file(output);
  protocol::BodyReader records(file);
  const envelope::Sink to_file = [&](View plain) { return padded ? records.push(plain) : output.write(plain); };
  envelope::Opener opener(key);
  Progress progress("opening");
  for (;;) {
    GLOVEBOX_CHECK(opener.push(rest, to_file));
    GLOVEBOX_TRY(size, input.read(piece.expose_mutable()));
    if (size == 0) break;
    rest = piece.expose().first(size);
    progress.at(done += size, input.size());
  }
  GLOVEBOX_CHECK(opener.finish(to_file));
  if (padded) GLOVEBOX_CHECK(records.finish());
  return output.commit();
}
}  // namespace

int run(const Seal& options) {
  if (const auto done = seal(options); !done) return report_error("glovebox", done.error(), Sent::unsaid);
  if (json_output()) say("{\"code\":\"ok\"}");
  return 0;
}

int run(const Open& options) {
  if (const auto done = open(options); !done) {
    Error error = done.error();
    if (error.found.empty() && error.expected.empty()) {  // ciphers say nothing but no
      error.found =
          (options.input == "-" ? "standard input" : options.input) + ", which was changed, or is not for this key";
      error.expected = "an envelope as it was sealed";
    }
    return report_error("glovebox", error, Sent::unsaid);
  }
  if (json_output()) say("{\"code\":\"ok\"}");
  return 0;
}
}  // namespace glovebox::app
