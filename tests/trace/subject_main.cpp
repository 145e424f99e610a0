// trace_subject: runs under valgrind for trace_test, which reads what it prints.
//
//   trace_subject secret INPUTS   memcheck: each subject's secret is marked undefined while it runs; prints
//                                 "NAME<tab>leaks or constant<tab>what memcheck reported<tab>right or wrong"
//   trace_subject trace INPUTS    lackey: before and after each run a number is stored at a known address; prints
//                                 "NAME<tab>leaks or constant<tab>runs", in the order of the runs
#include <sys/mman.h>
#include <valgrind/memcheck.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "arena.h"
#include "markers.h"
#include "subjects.h"

namespace {
using namespace glovebox::trace;

int secret(std::size_t inputs) {
  if (RUNNING_ON_VALGRIND == 0) {
    std::fputs("needs memcheck\n", stderr);
    return 2;
  }
  for (const Subject& s : subjects(Size::small)) {
    Random random;
    bool right = true;
    const auto before = VALGRIND_COUNT_ERRORS;
    for (std::size_t i = 0; i < inputs; ++i) {
      s.draw(random);
      VALGRIND_MAKE_MEM_UNDEFINED(s.secret.data(), s.secret.size());
      s.run();
      VALGRIND_MAKE_MEM_DEFINED(s.secret.data(), s.secret.size());
      VALGRIND_MAKE_MEM_DEFINED(s.result.data(), s.result.size());
      right = s.right() && right;
    }
    const auto reports = VALGRIND_COUNT_ERRORS - before;
    std::printf("%s\t%s\t%u\t%s\n", s.name.c_str(), s.leaks ? "leaks" : "constant", static_cast<unsigned>(reports),
                right ? "right" : "wrong");
  }
  return 0;
}

int trace(std::size_t inputs) {
  void* page = mmap(reinterpret_cast<void*>(marker_begin), 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (page != reinterpret_cast<void*>(marker_begin)) return 2;
  auto* begin = reinterpret_cast<volatile std::uint64_t*>(marker_begin);
  auto* end = reinterpret_cast<volatile std::uint64_t*>(marker_end);
  std::string out;
  for (const Subject& s : subjects(Size::tiny)) {
    Random random;
    // A run of many rows is watched less often: each of its rows is an input.
    const std::size_t runs = s.rows == 1 ? inputs / s.seldom : 1 + inputs / s.rows;
    // What is made once, when it is first used, is made before.
    s.draw(random);
    s.run();
    for (std::size_t i = 0; i < runs; ++i) {
      s.draw(random);
      arena_begin();
      *begin = i;
      s.run();
      *end = i;
      arena_end();
    }
    out += s.name + "\t" + (s.leaks ? "leaks" : "constant") + "\t" + std::to_string(runs) + "\n";
  }
  std::fputs(out.c_str(), stdout);
  return 0;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto inputs = static_cast<std::size_t>(std::strtoul(argv[2], nullptr, 10));
  arena_prepare();
  if (std::string_view(argv[1]) == "secret") return secret(inputs);
  if (std::string_view(argv[1]) == "trace") return trace(inputs);
  return 2;
}
