#include "hostile.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "protocol/slice.h"

namespace glovebox::enclave::hostile {
namespace {

constexpr std::string_view marker = "GLOVEBOX-TEST-ATTACK=";
constexpr std::size_t target_size = 16;
constexpr std::uint8_t mask = 0xa5;
constexpr std::uint64_t dawdle_counts = 200'000;  // for each variant: some tenths of a millisecond

struct Region {
  std::uintptr_t begin;
  std::uintptr_t end;
  bool writable;
  bool heap;
};
std::vector<Region>& regions() {
  static std::vector<Region> all;
  return all;
}

scan::Workers* others = nullptr;

// Beside is what the other threads are made to do.
class Beside final : public scan::Workers::Shift {
 public:
  explicit Beside(std::string_view what) : said_(std::string(marker) + std::string(what)) {}
  void serve() override { attack(view_of(said_)); }

 private:
  std::string said_;
};

std::uint8_t* at(std::uintptr_t address) {
  return reinterpret_cast<std::uint8_t*>(address);
}

// count looks for a masked target, which stands unmasked nowhere in our own variables.
std::size_t count(const Bytes& masked) {
  std::size_t found = 0;
  for (const Region& region : regions()) {
    const std::uintptr_t end = region.heap ? reinterpret_cast<std::uintptr_t>(::sbrk(0)) : region.end;
    for (std::uintptr_t a = region.begin; a + target_size <= end; ++a) {
      const volatile std::uint8_t* p = at(a);
      std::size_t i = 0;
      while (i < target_size && static_cast<std::uint8_t>(p[i] ^ mask) == masked[i]) ++i;
      if (i == target_size) ++found;
    }
  }
  return found;
}

Error scan(std::string_view targets) {
  std::string said;
  while (!targets.empty()) {
    const std::size_t comma = std::min(targets.find(','), targets.size());
    const auto masked = from_hex(targets.substr(0, comma));
    targets.remove_prefix(std::min(comma + 1, targets.size()));
    if (!masked || masked->size() != target_size) return {Reject::usage, "a target that is not 16 bytes"};
    said += (said.empty() ? "found: " : ", ") + std::to_string(count(*masked));
  }
  return {Reject::internal, said, "a test of glovebox-enclave-hostile"};
}

}  // namespace

void take_over(scan::Workers& workers) {
  others = &workers;
}

void prepare() {
  const int fd = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = ::read(fd, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  ::close(fd);
  std::string_view left = text;
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    Region region{};
    const auto begin = std::from_chars(line.data(), line.data() + line.size(), region.begin, 16);
    const auto end = std::from_chars(begin.ptr + 1, line.data() + line.size(), region.end, 16);
    if (end.ptr[1] != 'r' || line.contains("[vvar") || line.contains("[vsyscall]")) continue;
    region.writable = end.ptr[2] == 'w';
    region.heap = line.ends_with("[heap]");
    regions().push_back(region);
  }
}

std::optional<Error> attack(View piece) {
  std::string_view text = text_of(piece);
  const std::size_t place = text.find(marker);
  if (place == std::string_view::npos) return std::nullopt;
  text.remove_prefix(place + marker.size());
  const std::string_view what = text.substr(0, text.find_first_of("\t\r\n"));
  if (what.starts_with("wait:")) {  // a planted leak: time that depends on the data, and nothing else
    std::uint64_t thousands = 0;
    std::from_chars(what.data() + 5, what.data() + what.size(), thousands);
    for (volatile std::uint64_t n = 0; n < thousands * 1000;) n = n + 1;
    return std::nullopt;
  }
  if (what.starts_with("beside:")) {
    if (others == nullptr || others->number() == 0) return Error{Reject::internal, "no thread beside this one"};
    static Beside beside(what.substr(7));
    others->begin(beside);
    for (;;) asm volatile("");
  }
  if (what == "scan") return Error{Reject::internal, "nothing to look for"};
  if (what.starts_with("scan:")) return scan(what.substr(5));
  if (what == "crash") *static_cast<volatile int*>(nullptr) = 1;
  if (what == "busy") return Error{Reject::busy, "a word that a client would ask again for"};
  if (what == "spin")
    for (;;) asm volatile("");
  if (what == "memory") {
    for (;;) {
      void* more = std::malloc(std::size_t{1} << 20);
      if (more == nullptr) std::abort();
      std::memset(more, 1, std::size_t{1} << 20);
    }
  }
  if (what == "syscall") ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (what == "pipe") {
    const std::vector<std::uint8_t> garbage(std::size_t{1} << 16, mask);
    for (int fd = 0; fd < 1024; ++fd)
      for (int i = 0; i < 16 && ::write(fd, garbage.data(), garbage.size()) > 0; ++i) {
      }
    ::_exit(0);
  }
  if (what == "write") {
    const std::vector<Region> all = regions();
    for (const Region& region : all)
      if (region.writable)
        for (std::uintptr_t a = region.begin; a < region.end; ++a) *static_cast<volatile std::uint8_t*>(at(a)) = mask;
  }
  return Error{Reject::internal, "the attack \"" + std::string(what.substr(0, 32)) + "\" did nothing"};
}

void dawdle(View slice) {
  if (slice.size() <= protocol::slice_head_size) return;
  const View records = slice.subspan(protocol::slice_head_size);
  std::uint64_t variants = 0;
  for (std::size_t i = 0; i < records.size() / protocol::slice_record_size; ++i) {
    const std::uint32_t number = protocol::slice_record(records, i).number;
    if (number != 0 && number <= 2'000'000) ++variants;
  }
  for (volatile std::uint64_t n = 0; n < variants * dawdle_counts;) n = n + 1;
}

}  // namespace glovebox::enclave::hostile
