// init.h: the enclave program as the first process of its machine: what must hold before it may serve, and its end. All
// that goes to the console is the host's to read (docs/spec/image.md, "Boot").
#pragma once
#include "enclave/fd.h"
#include "http/stream.h"

namespace glovebox::enclave {

constexpr std::uint32_t heartbeat_port = 9000;  // of the parent
constexpr std::uint8_t heartbeat_byte = 0xb7;
constexpr std::string_view image_models = "/models";                     // in a measured ramdisk
constexpr std::string_view image_configuration = "/configuration.cbor";  // the same; where there is none, the default
constexpr std::string_view random_source = "nsm-hwrng";                  // as the kernel calls the module's generator
constexpr std::size_t kernel_command_line_max = 4096;

// BootOptions are the words of the kernel's command line that begin with "glovebox.": measured, as all of it is.
struct BootOptions {
  enum class Entropy { module, processor };
  Entropy entropy = Entropy::module;
  bool operator==(const BootOptions&) const = default;
};
// parse_boot_options: config_invalid for an unknown word or value, and for one that stands twice.
Result<BootOptions> parse_boot_options(std::string_view command_line);

// is_init says whether this process is a machine's first, started by its kernel, and not the first in a namespace.
bool is_init(std::string_view program_name);

// heartbeat tells the parent that the enclave has started, and waits for its answer: without one the parent will take
// this enclave down, or is none. unreachable, deadline, protocol_error.
Status heartbeat(http::Stream& parent, http::Deadline deadline);

// check_entropy: the kernel's random bytes come from the module's generator, whose name `current` must be;
// entropy_unavailable.
Status check_entropy(std::string_view current);

// start_machine mounts what is looked at, reads the options, answers for the random bytes and sends the heartbeat. The
// caller opens its devices and then calls end_mounts.
Status start_machine();
void end_mounts();

// resident_kib is the most memory that this process has held so far.
long resident_kib();

// power_off ends the machine: the console is written out first. Without an init there is nothing to go back to.
[[noreturn]] void power_off();

}  // namespace glovebox::enclave
