// keygen: one file to keep, one line to give away, as age-keygen does.
#include <cstdio>

#include "base/file.h"
#include "crypto/key_file.h"
#include "glovebox/options.h"
#include "glovebox/output.h"

namespace glovebox::app {

int run(const Keygen& options) {
  const auto identity = crypto::SecretIdentity::generate();
  const std::string public_text = identity.public_identity().text();
  const SecretBytes file = identity.file(system_now());
  if (options.output.empty() || options.output == "-") {
    if (json_output())
      return report_error("glovebox", Error{Reject::usage, "--json with a secret key on standard output", "-o FILE"},
                          Sent::unsaid);
    if (std::fwrite(file.expose().data(), 1, file.size(), stdout) != file.size() || std::fflush(stdout) != 0)
      return report_error("glovebox",
                          Error{Reject::file_unwritable, "standard output does not take the key", "room to write"},
                          Sent::unsaid);
    note("public key: " + public_text);
    return 0;
  }
  if (const auto written = write_file(options.output, file.expose(), Visibility::owner, Existing::refuse); !written)
    return report_error("glovebox", written.error(), Sent::unsaid);
  if (json_output()) {
    say("{\"code\":\"ok\",\"public_key\":\"" + public_text + "\",\"signer\":\"" +
        to_hex(identity.signer().public_key().bytes) + "\"}");
  } else {
    say("public key: " + public_text);
    note("the secret key is in " + options.output + "; who has it can open what was sealed to it");
  }
  return 0;
}
}  // namespace glovebox::app
