#pragma once

#include <memory>

#include "nasnet/network/backend.h"

namespace nasnet::libtorch {

/// libtorch as the core's other back end: give it to network::set_backend().
std::shared_ptr<const network::Backend> backend();

/// Sets libtorch up for the whole process, which is a front end's to do: the processor threads of
/// its operators; float32 on CUDA computed as such, not in TensorFloat-32's 10 bits, which
/// convolutions take by default; and errors without their stack, as reading it fails where memory
/// is refused, and would end a trial that runs out of memory without its cause.
void set_up_process(int threads);

}  // namespace nasnet::libtorch
