#include "enclave/models.h"

#include <algorithm>

#include "base/file.h"

namespace glovebox::enclave {

Result<Models> Models::load(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (auto it = std::filesystem::directory_iterator(folder, error);
       !error && it != std::filesystem::directory_iterator(); it.increment(error))
    if (it->path().extension() == bundle_extension) files.push_back(it->path());
  if (error) return fail(Reject::file_unreadable, folder.string(), {}, error.message());
  std::ranges::sort(files);
  std::vector<bundle::Bundle> bundles;
  for (const auto& file : files) {
    GLOVEBOX_TRY(bytes, read_file(file, bundle::bundle_size_max));
    auto bundle = bundle::load(bytes);
    if (!bundle) {
      Error refused = bundle.error();
      refused.found = file.filename().string() + ": " + refused.found;
      return std::unexpected(std::move(refused));
    }
    bundles.push_back(std::move(*bundle));
  }
  if (bundles.empty()) return fail(Reject::config_invalid, folder.string() + " without a bundle", "*.glovebox");
  return of(std::move(bundles));
}

Result<Models> Models::of(std::vector<bundle::Bundle> bundles) {
  Models out;
  if (bundles.size() > models_max)
    return fail(Reject::config_invalid, std::to_string(bundles.size()) + " bundles",
                "at most " + std::to_string(models_max));
  out.bundles_ = std::move(bundles);
  const auto digests = out.digests();
  if (std::ranges::adjacent_find(digests) != digests.end())
    return fail(Reject::config_invalid, "one model twice", "each once");
  for (const auto& bundle : out.bundles_) {
    GLOVEBOX_TRY(ready, scoring::SliceModel::compile(bundle));
    out.slices_.push_back(std::move(ready));
  }
  return out;
}

std::optional<std::size_t> Models::find(const Digest& digest) const {
  const auto found = std::ranges::find(bundles_, digest, &bundle::Bundle::digest);
  if (found == bundles_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - bundles_.begin());
}

std::vector<Digest> Models::digests() const {
  std::vector<Digest> out;
  for (const auto& bundle : bundles_) out.push_back(bundle.digest);
  std::ranges::sort(out);
  return out;
}

}  // namespace glovebox::enclave
