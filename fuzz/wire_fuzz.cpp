// layers: base wire
// max_len: 4096
#include "property.h"
#include "wire/configuration.h"
#include "wire/frame.h"
#include "wire/info.h"
#include "wire/message.h"

// Frames are the same in whatever pieces they come, and writing them again gives the same bytes; so for the documents.
using glovebox::Bytes;
using glovebox::View;
using glovebox::fuzz::require;
namespace wire = glovebox::wire;

namespace {

struct Read {
  Bytes again;  // the frames, written anew
  bool whole = false;
  bool refused = false;
};

Read read(View bytes, std::size_t piece_size) {
  Read out;
  wire::FrameReader reader;
  while (!bytes.empty() && !out.refused) {
    View piece = bytes.first(std::min(piece_size, bytes.size()));
    bytes = bytes.subspan(piece.size());
    for (;;) {
      const auto frame = reader.next(piece);
      out.refused = !frame;
      if (!frame || !*frame) break;
      const Bytes encoded = wire::encode_frame((*frame)->type, (*frame)->payload);
      out.again.insert(out.again.end(), encoded.begin(), encoded.end());
    }
  }
  out.whole = reader.finish().has_value();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  const Read whole = read(input, size + 1);
  const Read pieces = read(input, 1 + size % 7);
  require(whole.again == pieces.again && whole.whole == pieces.whole, "pieces do not change the frames");
  require(glovebox::equal(whole.again, input.first(whole.again.size())), "frames written anew are the bytes read");
  require(!whole.whole || whole.again.size() == size, "what is whole was read whole");

  if (const auto configuration = wire::parse_configuration(input))
    require(glovebox::equal(wire::encode(*configuration), input), "a configuration has one form");
  if (const auto info = wire::parse_info(input))
    require(glovebox::equal(wire::encode(*info), input), "an info has one form");

  View rest = input;
  wire::UploadReader upload;
  if (upload.next(rest).value_or(false))
    require(glovebox::equal(wire::upload_head(upload.request()), input.first(size - rest.size())),
            "an upload's head has one form");
  rest = input;
  wire::ProxyReader proxy;
  if (proxy.next(rest).value_or(false))
    require(glovebox::equal(wire::proxy_call(proxy.proxy_name()), input.first(size - rest.size())),
            "a proxy call has one form");
  return 0;
}
