// tsm.h: Linux's one interface to the hardware that attests a confidential guest, configfs-tsm (Linux 6.7,
// Documentation/ABI/testing/configfs-tsm-report): make a folder, write what is to be signed, read the report. AMD's
// SEV-SNP, Intel's TDX and Arm's CCA all speak it. Form and manners only: what the bytes say is attestation's to read.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "attestation/platform.h"
#include "base/bytes.h"

namespace glovebox::attester {

constexpr std::size_t tsm_inblob_size = 64;
constexpr std::size_t tsm_outblob_size_max = 32768;  // the kernel reads no more (EFBIG)
constexpr std::size_t tsm_auxblob_size_max = 65536;
constexpr std::uint8_t tsm_privilege_max = 3;

// TsmFolder is one report's folder and the files in it, as the kernel answers for them. What fails is platform_failed,
// with the file's name, what the system said, and what to do.
class TsmFolder {
 public:
  virtual ~TsmFolder() = default;  // the folder goes
  virtual Status write(std::string_view file, View bytes) = 0;
  virtual Result<Bytes> read(std::string_view file, std::size_t most) = 0;
  virtual bool has(std::string_view file) = 0;
};
// make_tsm_folder makes a folder of a name of its own under the root.
Result<std::unique_ptr<TsmFolder>> make_tsm_folder(const std::filesystem::path& root = "/sys/kernel/config/tsm/report");
// open_tsm_folder takes one that is there, and leaves it there.
std::unique_ptr<TsmFolder> open_tsm_folder(const std::filesystem::path& folder);

// TsmReport is what the hardware said, as it said it.
struct TsmReport {
  std::string provider;  // "sev_guest", "tdx_guest", "arm_cca_guest"
  Bytes outblob;         // report, quote or token
  Bytes auxblob;         // of sev_guest: the host's certificate table; may be empty
};

// ask_tsm has 64 bytes signed. The folder's generation is read before and after: the report is of what was written here
// and of nothing that another process wrote between, or it is refused. `privilege` is the level to be reported (VMPL);
// without it the kernel's own.
Result<TsmReport> ask_tsm(TsmFolder& folder, View inblob, std::optional<std::uint8_t> privilege = {});
// tsm_provider only asks who would answer.
Result<std::string> tsm_provider(TsmFolder& folder);

}  // namespace glovebox::attester
