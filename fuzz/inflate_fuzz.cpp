// layers: base genome
// max_len: 8192
// gzip, BGZF and text: how the bytes are cut into pieces changes neither text nor reason, and no text goes beyond the
// bounds.
#include "genome/inflate.h"
#include "genome/sniff.h"
#include "property.h"

using namespace glovebox;
using namespace glovebox::genome;
using glovebox::fuzz::require;

namespace {
constexpr InflateLimits limits{.inflated_max = 1 << 20, .ratio_max = 100, .ratio_free = 1 << 18};

struct Texts {
  Bytes text;
  Status status;
};
Texts inflate(View file, std::size_t piece) {
  Texts out;
  Inflater inflater(
      [&](View text) -> Status {
        out.text.insert(out.text.end(), text.begin(), text.end());
        return {};
      },
      limits);
  for (std::size_t at = 0; at < file.size() && out.status; at += piece)
    out.status = inflater.feed(file.subspan(at, std::min(piece, file.size() - at)));
  if (out.status) out.status = inflater.finish();
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View file(data, size);
  const Texts whole = inflate(file, size + 1);
  require(whole.text.size() <= limits.inflated_max, "the bound on text holds");
  const Content content = sniff(file);
  require(!name(content).empty(), "each kind has a name");
  require(require_vcf(file).has_value() == (content == Content::vcf), "a VCF is what begins like one");
  if (content != Content::gzip && content != Content::bgzf)
    require(whole.status.has_value() && equal(whole.text, file), "plain text passes unchanged");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{17}}) {
    const Texts parts = inflate(file, piece);
    require(parts.status.has_value() == whole.status.has_value(), "pieces do not decide whether a file is read");
    if (whole.status)
      require(parts.text == whole.text, "pieces do not change the text");
    else
      require(parts.status.error().reason == whole.status.error().reason, "pieces do not change the reason");
  }
  return 0;
}
