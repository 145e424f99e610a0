#include "image/program.h"

#include "base/reader.h"

namespace glovebox::image {
namespace {
constexpr std::string_view magic =
    "\x7f"
    "ELF\x02\x01\x01";  // 64 bits, least significant byte first, version 1
constexpr std::size_t header_size = 64;
constexpr std::size_t at_machine = 18, at_table = 32, at_entry_size = 54;
constexpr std::size_t entry_size = 56;
constexpr std::uint16_t machine_x86_64 = 62, machine_aarch64 = 183;
constexpr std::uint32_t type_interpreter = 3;
}  // namespace

Status check_program(View program, Architecture architecture, std::string_view name) {
  const std::string called(name);
  if (program.size() < header_size || !text_of(program).starts_with(magic))
    return fail(Reject::type_unsupported, called + ", which is no ELF program of 64 bits", "a static program");
  const std::uint16_t machine = Reader(program.subspan(at_machine, 2)).u16le();
  const std::uint16_t wanted = architecture == Architecture::aarch64 ? machine_aarch64 : machine_x86_64;
  if (machine != wanted)
    return fail(Reject::type_unsupported, called + ", for machine " + std::to_string(machine),
                std::to_string(wanted) + ", the image's processor");
  const std::uint64_t table = Reader(program.subspan(at_table, 8)).u64le();
  Reader sizes(program.subspan(at_entry_size, 4));
  const std::size_t each = sizes.u16le();
  const std::size_t entries = sizes.u16le();
  if (each != entry_size || table > program.size() || entries > (program.size() - table) / entry_size)
    return fail(Reject::truncated, called + ", whose program headers lie outside", "an ELF program");
  for (std::size_t i = 0; i < entries; ++i)
    if (Reader(program.subspan(table + i * entry_size, 4)).u32le() == type_interpreter)
      return fail(Reject::type_unsupported, called + ", which needs a loader", "a static program",
                  "the image holds one program, and no libraries for it");
  return {};
}

}  // namespace glovebox::image
