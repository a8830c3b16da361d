# Libraries from the system, each found by pkg-config, as Debian ships them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(URING REQUIRED IMPORTED_TARGET liburing>=2.3)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libxcrypt)
pkg_check_modules(BROTLI REQUIRED IMPORTED_TARGET libbrotlienc)

# Whoever builds to use Shunt needs neither; whoever says ON is told what is missing.
set(SHUNT_BUILD_TESTS OFF)
if(SHUNT_TESTS STREQUAL "AUTO" OR SHUNT_TESTS)
    set(required)
    if(NOT SHUNT_TESTS STREQUAL "AUTO")
        set(required REQUIRED)
    endif()
    pkg_check_modules(CRITERION ${required} IMPORTED_TARGET criterion)
    pkg_check_modules(SECCOMP ${required} IMPORTED_TARGET libseccomp)
    pkg_check_modules(BROTLI_DECODER ${required} IMPORTED_TARGET libbrotlidec) # comes with the encoder
    if(CRITERION_FOUND AND SECCOMP_FOUND)
        set(SHUNT_BUILD_TESTS ON)
    else()
        message(STATUS "Shunt's tests are not built: they need libcriterion-dev and libseccomp-dev")
    endif()
endif()

# For programs only: a library leaves the choice of the allocator to whoever links it, and the
# sanitizers bring their own.
add_library(shunt_malloc INTERFACE)
if(NOT SHUNT_SANITIZE)
    pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
    # Nothing refers to jemalloc by name: it takes malloc's place, and --as-needed must not drop it.
    target_link_libraries(shunt_malloc INTERFACE -Wl,--push-state,--no-as-needed
                          PkgConfig::JEMALLOC -Wl,--pop-state)
endif()
