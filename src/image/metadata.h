// metadata.h: what an image says of its making: a JSON object that nothing measures and anyone may change. Names and
// shape: aws-nitro-enclaves-image-format, src/utils/identity.rs.
#pragma once
#include "image/eif.h"

namespace glovebox::image {

constexpr std::size_t metadata_depth_max = 32;

struct Metadata {
  std::string image_name;
  std::string image_version;
  std::string build_time;  // RFC 3339; constant in images of ours
  std::string build_tool;
  std::string build_tool_version;
  std::string operating_system;
  std::string kernel_version;
  bool operator==(const Metadata&) const = default;
};

// parse_metadata reads a section's data: a JSON object with ImageName, ImageVersion, and BuildMetadata with its five
// texts; what else stands there (DockerInfo, CustomMetadata) is let pass. malformed, too_deep, too_large.
Result<Metadata> parse_metadata(View section);
// write_metadata writes it, always the same bytes for the same values. DockerInfo, which the format demands, is {}.
std::string write_metadata(const Metadata& metadata);

}  // namespace glovebox::image
