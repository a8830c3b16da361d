# Compiler and linker flags of the whole tree.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(SHUNT_PLUGIN_OUTPUT ${PROJECT_BINARY_DIR}/lib/shunt/plugins)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

# -O2 and not -O3: the hot loops are written out by hand, and the instruction cache is shared by
# every connection.
set(CMAKE_C_FLAGS_RELEASE "-O2 -g -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O0 -g3")

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                    -Wno-variadic-macros -Werror -fno-common)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    # Says that ## before __VA_ARGS__ and empty __VA_ARGS__ are GNU, which gnu17 is.
    add_compile_options(-Wno-gnu-zero-variadic-macro-arguments)
endif()
# Paths in assertions and debug information are those of the source tree, on every machine.
add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)

if(SHUNT_SANITIZE)
    add_compile_options(-fsanitize=${SHUNT_SANITIZE} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer -O1 -g1)
    add_link_options(-fsanitize=${SHUNT_SANITIZE})
    if(SHUNT_FUZZ)
        # Of all layers: a fuzzer follows what it has covered, and is blind where it sees nothing.
        add_compile_options(-fsanitize=fuzzer-no-link)
    endif()
else()
    add_link_options(-Wl,-z,relro,-z,now)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        add_compile_options(-fstack-protector-strong)
    endif()
endif()
