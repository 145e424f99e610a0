// paths.cpp: the one test file that knows where this checkout lies; a compiler's cache serves all others in any clone.
namespace glovebox::test {

extern const char* const vectors_folder;
extern const char* const shared_folder;
extern const char* const build_folder;
const char* const vectors_folder = GLOVEBOX_VECTORS;
const char* const shared_folder = GLOVEBOX_SHARED;
const char* const build_folder = GLOVEBOX_BUILD;

}  // namespace glovebox::test
