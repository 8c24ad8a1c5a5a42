# `cmake --install`: the program with its manual and completions, and the library as one archive
# with its headers, a CMake package (find_package(nasnet)) and a pkg-config file. All of it may be
# moved: every path is relative to where it lies.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(NASNET_ZSH_FOLDER ${CMAKE_INSTALL_DATADIR}/zsh/site-functions
    CACHE STRING "Where zsh looks for completions, below the prefix")

add_custom_target(product)  # all that is installed

foreach(component library program)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR}
          COMPONENT ${component})
endforeach()

# --- The library ---

get_property(objects GLOBAL PROPERTY NASNET_CORE_OBJECTS)
add_library(nasnet_core STATIC ${objects})
set_target_properties(nasnet_core PROPERTIES OUTPUT_NAME nasnet EXPORT_NAME core
                                             LINKER_LANGUAGE CXX)
target_compile_features(nasnet_core INTERFACE cxx_std_20)
target_include_directories(nasnet_core INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(nasnet_core PRIVATE ${NASNET_LIBRARIES})
add_dependencies(product nasnet_core)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/nasnet)
install(TARGETS nasnet_core EXPORT nasnet ARCHIVE COMPONENT library)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        COMPONENT library)
install(EXPORT nasnet NAMESPACE nasnet:: DESTINATION ${package} FILE nasnetTargets.cmake
        COMPONENT library)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/nasnetConfig.cmake.in
                              ${PROJECT_BINARY_DIR}/nasnetConfig.cmake
                              INSTALL_DESTINATION ${package})
# Before 1.0 a new minor version may change what there is: docs/versions.md.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/nasnetConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/nasnetConfig.cmake
              ${PROJECT_BINARY_DIR}/nasnetConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/Dependencies.cmake
        DESTINATION ${package} COMPONENT library)

if(TARGET nasnet_libtorch)
  add_library(nasnet_torch STATIC ${PROJECT_SOURCE_DIR}/nasnet/api/libtorch.cpp
              $<TARGET_OBJECTS:nasnet_libtorch>)
  set_target_properties(nasnet_torch PROPERTIES EXPORT_NAME torch)
  target_include_directories(nasnet_torch PRIVATE ${PROJECT_SOURCE_DIR}
                                                  ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(nasnet_torch PUBLIC nasnet_core)  # libtorch: the package finds its own
  add_dependencies(product nasnet_torch)
  install(TARGETS nasnet_torch EXPORT nasnet_torch ARCHIVE COMPONENT library)
  install(EXPORT nasnet_torch NAMESPACE nasnet:: DESTINATION ${package}
          FILE nasnetTorchTargets.cmake COMPONENT library)
  install(FILES ${PROJECT_SOURCE_DIR}/cmake/Libtorch.cmake DESTINATION ${package}
          COMPONENT library)
endif()

file(RELATIVE_PATH to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
list(JOIN NASNET_MODULES " " modules)
set(gloo "")
if(NASNET_GLOO)
  set(gloo -lgloo)
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/nasnet.pc.in ${PROJECT_BINARY_DIR}/nasnet.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/nasnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig
        COMPONENT library)

# --- The program ---

if(TARGET nasnet)
  install(TARGETS nasnet RUNTIME COMPONENT program)
  if(TARGET nasnet_libtorch_module)
    # A libtorch that pip installed lies where no loader looks.
    set_target_properties(nasnet_libtorch_module PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
    install(TARGETS nasnet_libtorch_module LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/nasnet
            COMPONENT torch)
  endif()
  # The program writes its own manual and completions.
  set(written)
  function(nasnet_writes file destination)  # and the words that make it
    set(path ${PROJECT_BINARY_DIR}/${file})
    add_custom_command(OUTPUT ${path} COMMAND nasnet ${ARGN} > ${path} DEPENDS nasnet VERBATIM)
    install(FILES ${path} DESTINATION ${destination} COMPONENT program)
    list(APPEND written ${path})
    set(written ${written} PARENT_SCOPE)
  endfunction()
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/completions)
  nasnet_writes(nasnet.1 ${CMAKE_INSTALL_MANDIR}/man1 man)
  nasnet_writes(completions/nasnet ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
                completion bash)
  nasnet_writes(completions/_nasnet ${NASNET_ZSH_FOLDER} completion zsh)
  nasnet_writes(completions/nasnet.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
                completion fish)
  add_custom_target(documents ALL DEPENDS ${written})
  add_dependencies(product nasnet documents)
endif()
