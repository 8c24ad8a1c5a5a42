# Debian packages of what `cmake --install` installs (scripts/package): nasnet, the program;
# nasnet-torch, what it loads to compute by libtorch; and libnasnet-dev, the library.
set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")  # as Debian's own tools have it
if(maintainer STREQUAL " <>")
  set(maintainer "The nasnet developers <developers@nasnet.invalid>")
endif()
set(CPACK_PACKAGE_CONTACT ${maintainer})
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
# What Debian wants beside: a changelog, a copyright file, packed pages.
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/DebianFiles.cmake)
set(CPACK_NASNET_SOURCE ${PROJECT_SOURCE_DIR})

set(CPACK_GENERATOR DEB)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL library)
if(TARGET nasnet)
  list(APPEND CPACK_COMPONENTS_ALL program)
endif()
if(TARGET nasnet_libtorch_module)
  list(APPEND CPACK_COMPONENTS_ALL torch)
endif()
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME nasnet)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"neural architecture search for images
nasnet searches a convolutional network for a data set of images, as NASNet
does: a controller proposes pairs of small cells, each is trained briefly, its
validation accuracy teaches the controller, and the best cells are stacked
into a network and trained fully. The program trains, evaluates and exports
such networks, too.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS nasnet-torch)
set(CPACK_DEBIAN_TORCH_PACKAGE_NAME nasnet-torch)
set(CPACK_DEBIAN_TORCH_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TORCH_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TORCH_PACKAGE_DEPENDS "nasnet (= ${PROJECT_VERSION})")
set(CPACK_COMPONENT_TORCH_DESCRIPTION
"neural architecture search for images (libtorch)
The module that the program nasnet loads to compute networks by libtorch: the
reference kernels, and GPUs.")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libnasnet-dev)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libdevel)
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION
"neural architecture search for images (library)
The library behind the program nasnet, as an archive with its headers, a CMake
package and a pkg-config file: cells and their networks, data sets of images,
and the studies that searches make.")
# Who links the archive needs what it is linked with; scripts/deps has the one list of packages.
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/scripts/deps --list OUTPUT_VARIABLE packages
                ERROR_QUIET)
string(REGEX MATCHALL "[^\n]+-dev" packages "${packages}")
list(FILTER packages EXCLUDE REGEX "torch|cli11|tomlplusplus|nlohmann")
list(JOIN packages ", " CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS)
if(TARGET nasnet_torch)
  set(CPACK_DEBIAN_LIBRARY_PACKAGE_SUGGESTS libtorch-dev)
endif()
include(CPack)
