# shunt_layer(NAME KNOWS...): lib/NAME/*.c as the static library shunt_NAME.
function(shunt_layer name)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/lib/${name}/*.c)
    if(sources)
        add_library(shunt_${name} STATIC ${sources})
        set(scope PUBLIC)
        set_property(GLOBAL APPEND PROPERTY SHUNT_OBJECTS $<TARGET_OBJECTS:shunt_${name}>)
    else()
        add_library(shunt_${name} INTERFACE)
        set(scope INTERFACE)
    endif()
    target_include_directories(shunt_${name} ${scope} ${PROJECT_SOURCE_DIR}/include
                               ${PROJECT_SOURCE_DIR}/lib)
    target_link_libraries(shunt_${name} ${scope} ${ARGN})
endfunction()

# shunt_program(NAME FOLDER LINKED...): FOLDER/*.c as one program; none while the folder is empty.
function(shunt_program name folder)
    file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.c)
    if(sources)
        add_executable(${name} ${sources})
        target_link_libraries(${name} PRIVATE ${ARGN})
    endif()
endfunction()
