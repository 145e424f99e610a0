// layers: base genome
// max_len: 4096
// Callable regions in any form: pieces change nothing; of a plain file that is read, neither the order of its lines nor
// reading them twice does, and one base more never makes a site less callable.
#include "genome/regions.h"
#include "property.h"

using namespace glovebox;
using namespace glovebox::genome;
using glovebox::fuzz::require;

namespace {

const Panel& panel() {
  static const Panel made = [] {
    std::vector<Site> sites;
    for (std::uint64_t at = 1; at < 40; ++at) {
      const auto chromosome = Chromosome{static_cast<std::uint8_t>(at % 3 == 0 ? 23 : at % 3)};
      sites.push_back({chromosome, at, at % 5 == 0 ? "GTTTT" : "G", "A",
                       at % 2 ? ReferenceAllele::effect : ReferenceAllele::unknown});
    }
    return Panel::create(Build::grch38, std::move(sites)).value();
  }();
  return made;
}

Result<Callable> regions(View file, std::size_t piece) {
  CallableReader reader(panel());
  for (std::size_t at = 0; at < file.size(); at += piece)
    if (!reader.feed(file.subspan(at, std::min(piece, file.size() - at)))) break;
  return reader.finish();
}

bool same_sites(const Callable& a, const Callable& b) {
  for (std::size_t i = 0; i < panel().size(); ++i)
    if (a.covers(i) != b.covers(i)) return false;
  return true;
}

// backwards writes a plain file's lines, each ended, in the other order.
std::string backwards(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    const std::size_t before = text.rfind('\n');
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    out += std::string(text.substr(begin)) + "\n";
    text = text.substr(0, begin);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View file(data, size);
  const auto whole = regions(file, size + 1);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}}) {
    const auto parts = regions(file, piece);
    require(parts.has_value() == whole.has_value(), "pieces do not decide whether a file is read");
    require(whole ? same_sites(*parts, *whole) : parts.error() == whole.error(), "pieces change nothing");
  }
  const std::string turned = backwards(text_of(file));
  if (!whole || (size > 0 && (data[0] == 0x1f || turned.front() == 0x1f))) return 0;  // gzip, or its look
  const auto other_order = regions(view_of(turned), size + 2);
  require(other_order && same_sites(*other_order, *whole), "the order of lines changes nothing");
  const auto twice = regions(view_of(turned + turned), size + 2);
  require(twice && same_sites(*twice, *whole), "reading lines twice changes nothing");
  const auto more = regions(view_of(turned + "1\t6\t20\n"), size + 2);
  for (std::size_t i = 0; i < panel().size(); ++i)
    require(more && more->covers(i) >= whole->covers(i), "one region more takes no site away");
  return 0;
}
