// toml_guard.h: what toml++ 3.4 takes for granted and hostile text does not give: a table header begins with a key. Where it
// does not ("[+x]"), the library runs into an assumption that is undefined behaviour in a release build.
#pragma once
#include "base/result.h"

namespace glovebox {

// check_toml_headers refuses (malformed) a line that begins a table header, or looks like one, with what begins no key.
Status check_toml_headers(std::string_view toml);

}  // namespace glovebox
