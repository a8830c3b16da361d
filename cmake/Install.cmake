# What `cmake --install` puts in place: the library in both forms, headers, pkg-config and CMake
# packages, plugins, programs, manual pages, licence.
get_property(objects GLOBAL PROPERTY SHUNT_OBJECTS)
get_property(plugins GLOBAL PROPERTY SHUNT_PLUGINS)
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/Shunt)

add_library(plugin INTERFACE)
target_include_directories(plugin INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set(exported plugin)

# The library needs its top layer: before that exists there is nothing to install.
get_target_property(top shunt_server TYPE)
if(top STREQUAL "STATIC_LIBRARY")
    set(map ${PROJECT_SOURCE_DIR}/cmake/shunt.map)
    add_library(shunt SHARED ${objects})
    set_target_properties(shunt PROPERTIES VERSION ${PROJECT_VERSION}
                          SOVERSION ${PROJECT_VERSION_MAJOR} LINK_DEPENDS ${map}
                          LINKER_LANGUAGE C)
    target_link_options(shunt PRIVATE -Wl,--version-script=${map} -Wl,--no-undefined)
    target_link_libraries(shunt PRIVATE PkgConfig::URING PkgConfig::YAML PkgConfig::CRYPTO
                          PkgConfig::CRYPT PkgConfig::ZLIB PkgConfig::BROTLI
                          Threads::Threads m ${CMAKE_DL_LIBS})
    target_include_directories(shunt INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    add_library(shunt_archive STATIC ${objects})
    set_target_properties(shunt_archive PROPERTIES OUTPUT_NAME shunt LINKER_LANGUAGE C)
    list(APPEND exported shunt)
    install(TARGETS shunt_archive ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endif()

install(TARGETS ${exported} EXPORT ShuntTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT ShuntTargets NAMESPACE Shunt:: DESTINATION ${package_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/shunt
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(SHUNT_PLUGIN_INSTALL lib/shunt/plugins)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/ShuntConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/ShuntConfig.cmake
                              INSTALL_DESTINATION ${package_dir}
                              PATH_VARS SHUNT_PLUGIN_INSTALL)
# 0.x promises nothing from one minor version to the next.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ShuntConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ShuntConfig.cmake
              ${PROJECT_BINARY_DIR}/ShuntConfigVersion.cmake DESTINATION ${package_dir})
# Relative to the file itself, so that an installed tree can be moved.
file(RELATIVE_PATH SHUNT_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/shunt.pc.in ${PROJECT_BINARY_DIR}/shunt.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/shunt.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# All that `cmake --install` copies, and no test: what the demo builds.
add_custom_target(installable DEPENDS shunt-bench shuntd ${plugins})
if(TARGET shunt)
    add_dependencies(installable shunt shunt_archive)
endif()

foreach(target IN LISTS plugins)
    install(TARGETS ${target} LIBRARY DESTINATION lib/shunt/plugins)
endforeach()
foreach(target shuntd shunt-bench)
    if(TARGET ${target})
        install(TARGETS ${target} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/apps/shuntd/shuntd.yaml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/shunt)
# The unit names the program, so it is written when the prefix is known.
set(SHUNT_UNIT ${PROJECT_SOURCE_DIR}/apps/shuntd/shuntd.service)
install(CODE "configure_file(\"${SHUNT_UNIT}.in\" \"${PROJECT_BINARY_DIR}/shuntd.service\" @ONLY)")
install(FILES ${PROJECT_BINARY_DIR}/shuntd.service DESTINATION lib/systemd/system)
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
