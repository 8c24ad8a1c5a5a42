#pragma once

namespace nasnet {

/// Lets networks be computed by libtorch from here on: Computation's "reference" kernels, and CUDA
/// devices. To be called at the start of a program, before it has threads: `threads` are those of
/// libtorch's operators (0: one a core), TensorFloat-32 is off, and errors come without their
/// stack. Needs the target nasnet::torch (find_package(nasnet COMPONENTS torch)).
void use_libtorch(int threads = 0);

}  // namespace nasnet
