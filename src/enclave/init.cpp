#include "enclave/init.h"

#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>

#include "base/file.h"
#include "enclave/confine.h"
#include "wire/limits.h"

namespace glovebox::enclave {
namespace {

constexpr auto heartbeat_wait = std::chrono::seconds(10);
constexpr std::string_view option_prefix = "glovebox.";
constexpr std::size_t name_max = 4096;  // of a file of sysfs

struct Mount {
  const char* type;
  const char* at;
  unsigned long flags;
};
// proc for the command line, sysfs for the generator's name, dev for the module's device.
constexpr Mount mounts[] = {{"proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC},
                            {"sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY},
                            {"devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC}};

Result<std::string> read_line(const char* path, std::size_t max) {
  GLOVEBOX_TRY(bytes, read_file(path, max));
  std::string text(text_of(bytes));
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

Status set(BootOptions& options, std::string_view word) {
  if (word == "entropy=nsm")
    options.entropy = BootOptions::Entropy::module;
  else if (word == "entropy=processor")
    options.entropy = BootOptions::Entropy::processor;
  else
    return fail(Reject::config_invalid, std::string(option_prefix) + std::string(word) + " on the command line",
                "glovebox.entropy=nsm or processor");
  return {};
}

}  // namespace

Result<BootOptions> parse_boot_options(std::string_view command_line) {
  BootOptions options;
  std::set<std::string_view> seen;
  while (!command_line.empty()) {
    const std::size_t end = std::min(command_line.find_first_of(" \t\n"), command_line.size());
    std::string_view word = command_line.substr(0, end);
    command_line.remove_prefix(std::min(end + 1, command_line.size()));
    if (!word.starts_with(option_prefix)) continue;
    word.remove_prefix(option_prefix.size());
    if (!seen.insert(word.substr(0, word.find('='))).second)
      return fail(Reject::config_invalid, std::string(option_prefix) + std::string(word) + " beside another",
                  "each option once");
    GLOVEBOX_CHECK(set(options, word));
  }
  return options;
}

bool is_init(std::string_view program_name) {
  return ::getpid() == 1 && program_name == "/init";
}

Status heartbeat(http::Stream& parent, http::Deadline deadline) {
  const std::string expected = "the parent's answer to the heartbeat, 0xb7, on port " + std::to_string(heartbeat_port);
  const auto failed = [&](const Error& error) {
    return fail(error.reason == Reject::deadline ? Reject::deadline : Reject::unreachable, describe(error), expected,
                "nitro-cli answers it; an enclave that nobody waits for is not started");
  };
  const Array<1> beat = {heartbeat_byte};
  if (const Status sent = parent.write_all(beat, deadline); !sent) return failed(sent.error());
  Array<1> answer{};
  if (const Status got = parent.read_exactly(answer, deadline); !got) return failed(got.error());
  if (answer != beat) return fail(Reject::protocol_error, "0x" + to_hex(answer), expected);
  return {};
}

Status check_entropy(std::string_view current) {
  if (current == random_source) return {};
  return fail(Reject::entropy_unavailable,
              current.empty() ? "no generator" : "the generator " + std::string(current.substr(0, 64)),
              std::string(random_source) + ", the security module's",
              "another source must be allowed in the measured command line: glovebox.entropy=processor");
}

Status start_machine() {
  no_dumps();
  for (const auto& [type, at, flags] : mounts) {
    ::mkdir(at, 0755);
    if (::mount(type, at, type, flags, nullptr) != 0)
      return fail(Reject::internal, std::string("mount ") + at + ": " + std::strerror(errno), type);
  }
  GLOVEBOX_TRY(command_line, read_line("/proc/cmdline", kernel_command_line_max));
  GLOVEBOX_TRY(options, parse_boot_options(command_line));
  const auto deadline = http::Deadline::in(heartbeat_wait);
  auto parent = http::connect_vsock(wire::vsock_parent_cid, heartbeat_port, deadline);
  if (!parent)
    return fail(parent.error().reason, describe(parent.error()), "a parent that answers the heartbeat",
                "nitro-cli does; an enclave that nobody waits for is not started");
  GLOVEBOX_CHECK(heartbeat(**parent, deadline));
  if (options.entropy == BootOptions::Entropy::processor) {
    std::fputs("glovebox-enclave: random bytes: the processor's, as the measured command line says\n", stderr);
    return {};
  }
  const auto current = read_line("/sys/class/misc/hw_random/rng_current", name_max);
  return check_entropy(current ? *current : std::string());
}

void end_mounts() {
  for (const auto& mount : mounts) ::umount2(mount.at, MNT_DETACH);
}

long resident_kib() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

void power_off() {
  ::tcdrain(STDERR_FILENO);
  // An enclave's hypervisor takes a restart for its end; there is no power to switch off.
  ::reboot(RB_AUTOBOOT);
  ::_exit(1);  // the kernel panics at its init's end, which is an end as well
}

}  // namespace glovebox::enclave
