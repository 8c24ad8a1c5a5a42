// The type of the values is chosen once, when a network is made; all below is compiled for each of
// the two.

#include "nasnet/fused/executor.h"

#include "nasnet/fused/executor_of.h"

namespace nasnet::fused {

Executor::Executor(std::shared_ptr<const graph::Graph> graph, const ExecutorSettings& settings) {
  if (settings.bf16) {
    state_ = make_bf16_executor(std::move(graph), settings);
  } else {
    state_ = std::make_shared<ExecutorOf<float>>(
        std::move(graph), settings.outputs,
        std::make_shared<SharedMemory<float>>(settings.threads));
  }
}

Executor::Executor(std::shared_ptr<const graph::Graph> graph, std::vector<int> outputs,
                   const Executor& beside)
    : state_(beside.state_->beside(std::move(graph), std::move(outputs))) {}

Executor::~Executor() = default;

void Executor::set_threads(int threads) {
  state_->set_threads(threads);
}

std::vector<Tensor> Executor::infer(const Images& images,
                                    const std::vector<TensorView>& parameters) {
  return state_->infer(images, parameters);
}

Executor::Trained Executor::train(const Images& images, const graph::Pass& pass,
                                  const std::vector<TensorView>& parameters) {
  return state_->train(images, pass, parameters);
}

}  // namespace nasnet::fused
