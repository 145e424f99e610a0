# How programs are made: glovebox_program(NAME SOURCES ... LAYERS ... [LIBRARIES ...]) builds build/<preset>/bin/NAME.
#
# A release program is one static, position-independent file: it runs on any x86-64 Linux, in an empty folder, and the
# enclave can be measured as one file. Sanitizers need the shared libc, so their builds are dynamic.
if(GLOVEBOX_SANITIZE OR GLOVEBOX_FUZZ)
  set(static_default OFF)
else()
  set(static_default ON)
endif()
option(GLOVEBOX_STATIC "programs are static (static-pie)" ${static_default})

# Debian's libcrypto.a uses libz and libzstd without saying so: whoever links OpenSSL::Crypto gets them behind it.
find_package(OpenSSL 3.5 REQUIRED COMPONENTS Crypto SSL)
get_target_property(crypto_file OpenSSL::Crypto IMPORTED_LOCATION)
if(crypto_file MATCHES "\\.a$")
  set_property(TARGET OpenSSL::Crypto APPEND PROPERTY INTERFACE_LINK_LIBRARIES zstd z ${CMAKE_DL_LIBS})
endif()

function(glovebox_program name)
  cmake_parse_arguments(PARSE_ARGV 1 program "" "" "SOURCES;LAYERS;LIBRARIES")
  add_executable(${name} ${program_SOURCES})
  list(TRANSFORM program_LAYERS PREPEND glovebox_)
  target_link_libraries(${name} PRIVATE glovebox_options ${program_LAYERS} ${program_LIBRARIES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/apps)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  if(GLOVEBOX_IMAGE)
    target_link_options(${name} PRIVATE -Wl,-Map=$<TARGET_FILE:${name}>.map) # toolchain/image_tcb.py reads it
  endif()
  if(GLOVEBOX_STATIC)
    # --no-warnings: the linker's notes that dlopen and getaddrinfo in a static program want the same libc at run time.
    target_link_options(${name} PRIVATE -static-pie -Wl,--no-warnings)
  endif()
endfunction()
