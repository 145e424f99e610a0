// layers: base result
// max_len: 4096
#include "property.h"
#include "result/result.h"

// What parses has one encoding, and the parts that receipts commit to stand in it.
using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  const auto parsed = result::parse(bytes);
  if (!parsed) return 0;
  const Bytes again = result::encode(*parsed);
  require(equal(again, bytes), "a result has one encoding");
  if (const auto* report = std::get_if<result::Report>(&*parsed)) {
    require(text_of(again).contains(text_of(result::encode_rows(*report))), "the rows stand in it as committed");
    require(text_of(again).contains(text_of(result::encode_quality(*report))),
            "the quality counts stand in it as committed");
  }
  return 0;
}
