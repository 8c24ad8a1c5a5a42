# Uses the libtorch in the folder NASNET_LIBTORCH (a PyTorch package that pip installed, or an
# unpacked libtorch archive) without its own TorchConfig.cmake: that one insists on nvcc and the
# CUDA toolkit where the library was built with CUDA, and nothing here is written in CUDA.
# Sets TORCH_INCLUDE_DIRS and TORCH_LIBRARIES as find_package(Torch) does.

set(root ${NASNET_LIBTORCH})
if(NOT EXISTS ${root}/lib/libtorch_cpu.so OR NOT EXISTS ${root}/include/ATen)
  message(FATAL_ERROR "NASNET_LIBTORCH=${root} holds no lib/libtorch_cpu.so and include/ATen")
endif()
set(config ${root}/share/cmake/Torch/TorchConfig.cmake)
if(EXISTS ${config})
  file(STRINGS ${config} old_abi REGEX "_GLIBCXX_USE_CXX11_ABI=0")
  if(old_abi)
    message(FATAL_ERROR "${root} was built with the C++ ABI from before GCC 5, which the other "
                        "libraries do not have; take a newer PyTorch")
  endif()
endif()

# Its include folder also holds headers of libraries that are inside libtorch (fmt, protobuf, ...),
# of versions that do not fit the distribution's libraries: only libtorch's own are let through.
set(TORCH_INCLUDE_DIRS ${PROJECT_BINARY_DIR}/libtorch-include
                       ${root}/include/torch/csrc/api/include)
file(REMOVE_RECURSE ${PROJECT_BINARY_DIR}/libtorch-include)
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/libtorch-include)
foreach(folder ATen c10 caffe2 torch)
  if(EXISTS ${root}/include/${folder})
    file(CREATE_LINK ${root}/include/${folder} ${PROJECT_BINARY_DIR}/libtorch-include/${folder}
         SYMBOLIC)
  endif()
endforeach()

# No symbol of libtorch_cuda is used here: it is loaded for the devices and kernels that it
# registers, so the linker must not leave it out.
set(CMAKE_CXX_LINK_LIBRARY_USING_registering_SUPPORTED TRUE)
set(CMAKE_CXX_LINK_LIBRARY_USING_registering
    "LINKER:--push-state,--no-as-needed" "<LINK_ITEM>" "LINKER:--pop-state")
set(TORCH_LIBRARIES)
foreach(name torch_cuda c10_cuda)
  if(EXISTS ${root}/lib/lib${name}.so)
    list(APPEND TORCH_LIBRARIES $<LINK_LIBRARY:registering,${root}/lib/lib${name}.so>)
  endif()
endforeach()
list(APPEND TORCH_LIBRARIES ${root}/lib/libtorch_cpu.so ${root}/lib/libc10.so)

# One OpenMP in the process: the libgomp that libtorch brings, in its own folder or beside it under
# a name of its own, and the system's where it brings none.
find_package(OpenMP REQUIRED)
file(GLOB gomp ${root}/lib/libgomp*.so* ${root}/../torch.libs/libgomp*.so*)
if(gomp)
  list(GET gomp 0 gomp)
  add_library(nasnet_libtorch_openmp INTERFACE IMPORTED)
  target_compile_options(nasnet_libtorch_openmp INTERFACE ${OpenMP_CXX_FLAGS})
  target_link_libraries(nasnet_libtorch_openmp INTERFACE ${gomp})
  list(APPEND TORCH_LIBRARIES nasnet_libtorch_openmp)
else()
  list(APPEND TORCH_LIBRARIES OpenMP::OpenMP_CXX)
endif()
