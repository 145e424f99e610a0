// hostile.h: a parser that was taken over, for tests of what a request's child can reach. Where plain data holds
// "GLOVEBOX-TEST-ATTACK=WHAT" up to a tab or a line's end, the child does WHAT instead of reading on:
//
//   scan:HEX,HEX,...  searches all of its readable memory for 16-byte targets, each written XOR 0xa5 so that the line
//                     itself is no find, and reports "found: N, N, ..." as the refusal's `found`
//   wait:N            counts to N thousand and reads on: time that depends on the data
//   write             overwrites all writable memory
//   pipe              writes garbage to every descriptor up to 1023, and ends
//   crash, spin, memory, syscall
//   beside:WHAT       another of its threads does WHAT, which is one of the last three lines; this one waits
//
// Of a slice, whose records hold no such line, it counts on for as long as the person has variants: the planted leak
// that the tests of what a host can time must find.
#pragma once
#include <optional>

#include "base/bytes.h"
#include "scan/workers.h"

namespace glovebox::enclave::hostile {

// take_over notes the child's other threads.
void take_over(scan::Workers& workers);
// prepare notes the memory map, before the child is confined and cannot read it any more.
void prepare();
// attack does what a piece of data says, and returns what came of it; nothing where it says nothing.
std::optional<Error> attack(View piece);
// dawdle takes time that depends on the records of a slice.
void dawdle(View slice);

}  // namespace glovebox::enclave::hostile
