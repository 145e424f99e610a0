// toml_guard.h: what toml++ 3.4 takes for granted and hostile text does not give. Where it is not given, the library
// runs into undefined behaviour in a release build; so text is looked through once before the library sees it.
#pragma once
#include "base/result.h"

namespace glovebox {

// check_toml refuses (malformed, with the line) what TOML 1.0 refuses anyway: a table header that begins with no key,
// and characters beyond ASCII outside strings and comments (a byte order mark at the front may stand). It also refuses
// characters beyond ASCII in quotes that begin within a word, which is more than TOML does: a quoted key behind a dot.
Status check_toml(std::string_view toml);

}  // namespace glovebox
