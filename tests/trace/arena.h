// arena.h: memory for recorded traces. While a run is watched, all that it allocates (operator new, and OpenSSL's own)
// lies one behind the other from a fixed address on, so that an address is a function of the sizes and of the order of
// the calls alone; what is freed is marked at its place. Runs that allocate, free and touch the same, and no other
// runs, have one trace. Any allocator that decides by sizes and order gives them one trace too.
#pragma once

namespace glovebox::trace {

// arena_prepare must be called before anything of OpenSSL's.
void arena_prepare();
// Between arena_begin and arena_end memory comes from the arena, which begins anew each time: nothing that a run
// allocates may outlive it.
void arena_begin();
void arena_end();

}  // namespace glovebox::trace
