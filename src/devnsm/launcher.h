// launcher.h: starts a program as a development enclave: measured, sealed so that what was measured is what runs, as
// confined as the machine allows, with a socket to its VirtualNsm as file descriptor 3.
#pragma once
#include "attestation/pcr.h"
#include "devnsm/test_root.h"

namespace glovebox::devnsm {

constexpr int nsm_fd = 3;  // in the started program; other inherited descriptors are closed, but 0, 1, 2
constexpr std::size_t program_size_max = std::size_t{512} << 20;

// measure_program returns PCR 0, 1, 2 of a program file, and 3 and 4 as a parent instance would set them.
Result<attestation::Pcrs> measure_program(const std::filesystem::path& program);

// run starts the program and answers its NSM requests until it ends; returns its exit status (128 + signal if it was
// killed). SIGTERM and SIGINT are passed on. It says on standard error what this is and how it is confined.
Result<int> run(const TestRoot& root, const std::filesystem::path& program, const std::vector<std::string>& arguments);

}  // namespace glovebox::devnsm
