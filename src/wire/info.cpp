#include "wire/info.h"

#include "base/cbor.h"

namespace glovebox::wire {
namespace {
constexpr std::string_view label = "glovebox info v1";
}

Bytes encode(const Info& info) {
  cbor::Writer out;
  out.document(label, 4).tstr(info.version).array(info.models.size());
  for (const Info::Model& model : info.models) out.array(2).tstr(model.name).bstr(model.digest);
  return out.bstr(info.configuration).take();
}

Result<Info> parse_info(View bytes) {
  if (bytes.size() > info_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes", "at most " + std::to_string(info_max));
  cbor::Reader in(bytes);
  in.document(label, 4);
  Info out;
  out.version = in.tstr(text_max);
  for (auto models = in.array(info_models_max); in.more(models);) {
    in.open_array(2);
    Info::Model model;
    model.name = in.tstr(text_max);
    model.digest = in.bytes_of<32>();
    out.models.push_back(std::move(model));
  }
  out.configuration = to_bytes(in.bstr(configuration_max));
  GLOVEBOX_CHECK(in.finish());
  return out;
}

}  // namespace glovebox::wire
