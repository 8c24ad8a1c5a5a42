#include "nasnet/kernels/bf16.h"
#include "nasnet/base/error.h"
#include "nasnet/fused/executor_of.h"

// The executor of bf16 values. The machine is asked here, before any plan is made.

namespace nasnet::fused {

std::shared_ptr<Executor::State> make_bf16_executor(std::shared_ptr<const graph::Graph> graph,
                                                    const ExecutorSettings& settings) {
  if (!kernels::can_multiply_bf16())
    throw SystemError("this processor has no bf16 products (AVX512-BF16); use --precision float32");
  return std::make_shared<ExecutorOf<kernels::Bf16>>(
      std::move(graph), settings.outputs,
      std::make_shared<SharedMemory<kernels::Bf16>>(settings.threads));
}

}  // namespace nasnet::fused
