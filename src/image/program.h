// program.h: whether a program can be an image's only one: static, and for the image's processor (System V ABI, ELF
// header and program headers).
#pragma once
#include "image/eif.h"

namespace glovebox::image {

// check_program: an ELF program of 64 bits for this processor that asks for no interpreter, so that nothing but itself
// need be in the ramdisk. type_unsupported, truncated; `name` is what errors call it.
Status check_program(View program, Architecture architecture, std::string_view name);

}  // namespace glovebox::image
