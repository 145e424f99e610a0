// file.h: whole files, bounded. Written files appear whole or not at all.
#pragma once
#include <filesystem>

#include "base/bytes.h"
#include "base/secret.h"

namespace glovebox {

// read_file returns the file's bytes; file_unreadable, or too_large beyond `max` bytes. "-" is standard input.
Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max);
// read_secret_file is the same for key material, which is erased when it goes away.
Result<SecretBytes> read_secret_file(const std::filesystem::path& path, std::size_t max);

enum class Visibility { everyone, owner };  // 0644 or 0600
enum class Existing { replace, refuse };
// write_file writes beside the target and renames; file_unwritable on failure.
Status write_file(const std::filesystem::path& path, View bytes, Visibility visibility = Visibility::everyone,
                  Existing existing = Existing::replace);

}  // namespace glovebox
