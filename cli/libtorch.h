#pragma once

namespace nasnet::cli {

/// Lets networks be computed by libtorch (--kernels reference, GPUs) where this nasnet was built
/// with it: the module nasnet_libtorch.so beside the program, or in lib/nasnet of where it is
/// installed, is loaded once it is needed. `threads`: of libtorch's operators.
void use_libtorch(int threads);

}  // namespace nasnet::cli
