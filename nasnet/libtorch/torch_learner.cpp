// A training step by autograd. Results stay on the device until they are asked for.

#include "nasnet/libtorch/torch_learner.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/libtorch/out_of_memory.h"
#include "nasnet/libtorch/tensors.h"
#include "nasnet/network/contribution.h"

namespace nasnet::libtorch {
namespace {

/// Copies of the tensors under their names, which `copies` holds.
std::vector<network::NamedTensor> named(const std::vector<NamedTensor>& tensors,
                                        std::vector<Tensor>& copies) {
  copies.clear();
  for (const NamedTensor& one : tensors) copies.push_back(to_core(one.tensor));
  std::vector<network::NamedTensor> result;
  for (size_t i = 0; i < tensors.size(); ++i) result.push_back({tensors[i].name, &copies[i]});
  return result;
}

std::vector<at::Tensor> without_names(const std::vector<NamedTensor>& named) {
  std::vector<at::Tensor> tensors;
  for (const NamedTensor& one : named) tensors.push_back(one.tensor);
  return tensors;
}

}  // namespace

TorchLearner::TorchLearner(TorchNetwork& network, const network::LearningRule& rule)
    : network_(network), rule_(rule), optimizer_(network.module_, rule) {
  if (rule.average > 0) average_.emplace(network.module_, rule.average);
  const std::vector<at::Tensor>& tensors = network.module_.tensors();
  for (size_t i = 0; i < tensors.size(); ++i)
    if (network.graph().parameters[i].trainable()) weights_.push_back(tensors[i]);
  for (const size_t i : network::running_statistics(network.graph()))
    statistics_.push_back(tensors[i]);
}

network::Later<network::PartResult> TorchLearner::contribute(const Tensor& images,
                                                             const network::Truths& of_batch,
                                                             network::Part part, const Pass& pass,
                                                             double share, size_t place) {
  network_.demand_shape(images);
  NASNET_CHECK(part.first >= 0 && part.count > 0 && part.first + part.count <= images.extent(0) &&
                   part.first + part.count <= std::ssize(of_batch.labels),
               "a part lies in its batch");
  const c10::Device device = network_.module_.device();
  const network::Truths own = of_batch.of(part);
  // Labels and images are borrowed where they lie on the CPU, and copied to a GPU.
  const auto here = [&](const auto& values, c10::ScalarType type) {
    auto* first = const_cast<void*>(static_cast<const void*>(values.data()));  // nothing writes
    return for_device(at::from_blob(first, {part.count}, at::TensorOptions(type)), device);
  };
  const at::Tensor truths = here(own.labels, c10::kLong);
  const bool mixed = !own.others.empty();
  const at::Tensor others = mixed ? here(own.others, c10::kLong) : at::Tensor();
  const at::Tensor shares = mixed ? here(own.shares, c10::kFloat) : at::Tensor();
  const at::Tensor batch = for_device(borrow(images).narrow(0, part.first, part.count), device);
  const auto cross_entropy = [&](const at::Tensor& logits) {
    const auto loss = [&](const at::Tensor& classes, int64_t reduction) {
      return at::cross_entropy_loss(logits, classes, {}, reduction, -100, rule_.label_smoothing);
    };
    if (!mixed) return loss(truths, at::Reduction::Mean);
    const at::Tensor first = loss(truths, at::Reduction::None),
                     second = loss(others, at::Reduction::None);
    return second.add(first.sub(second).mul(shares)).mean();
  };
  // Of several replicas each starts from the same statistics. A single one leaves its own in the
  // module, and its gradients with the weights: a GPU is spared hundreds of small copies.
  const bool single = share == 1;
  return explain_memory([&]() -> network::Later<network::PartResult> {
    std::vector<at::Tensor> before;
    if (!single)
      for (const at::Tensor& one : statistics_) before.push_back(one.clone());
    const Outputs outputs = network_.module_.forward(batch, pass);
    at::Tensor loss = cross_entropy(outputs.logits);
    // The main head's alone is reported; the auxiliary one only teaches.
    const at::Tensor main = loss.detach();
    const at::Tensor correct = at::argmax(outputs.logits.detach(), 1).eq(truths).sum();
    if (outputs.auxiliary_logits.defined())
      loss = loss.add(cross_entropy(outputs.auxiliary_logits), rule_.auxiliary_weight);
    // Replicas add up to the gradient of the mean over the step's images.
    if (!single) loss = loss.mul(share);
    loss.backward();
    if (!single) put_into(place, share, before);
    return [main, correct] {
      return network::PartResult{main.item<double>(), correct.item<int64_t>()};
    };
  });
}

/// Moves the gradients of the pass, and the statistics after it, into a place; those before it
/// become the module's again.
void TorchLearner::put_into(size_t place, double share, const std::vector<at::Tensor>& before) {
  const at::NoGradGuard no_gradients;
  if (places_.size() <= place) places_.resize(place + 1);
  std::vector<at::Tensor>& values = places_[place];
  for (at::Tensor& weight : weights_) {
    at::Tensor& gradient = weight.mutable_grad();
    values.push_back(gradient.defined() ? gradient : at::zeros_like(weight));
    gradient.reset();
  }
  for (size_t k = 0; k < statistics_.size(); ++k) {
    values.push_back(statistics_[k].mul(share));
    statistics_[k].copy_(before[k]);
  }
}

void TorchLearner::add(size_t to, size_t from) {
  const at::NoGradGuard no_gradients;
  at::_foreach_add_(places_.at(to), places_.at(from));
  places_[from].clear();
}

/// By copies in the processor's memory, tensor after tensor.
void TorchLearner::lend(size_t places, const std::function<void(Rows)>& use) {
  const at::NoGradGuard no_gradients;
  std::vector<std::vector<float>> copies(places);
  std::vector<std::span<float>> rows;
  for (size_t k = 0; k < places; ++k) {
    for (const at::Tensor& one : places_.at(k)) {
      const Tensor values = to_core(one);
      copies[k].insert(copies[k].end(), values.values().begin(), values.values().end());
    }
    rows.emplace_back(copies[k]);
  }
  use(rows);
  for (size_t k = 0; k < places; ++k) {
    size_t first = 0;
    for (at::Tensor& one : places_[k]) {
      Tensor values(one.sizes().vec());
      std::copy_n(&copies[k][first], values.size(), values.change().begin());
      first += static_cast<size_t>(values.size());
      copy_all({values}, {one});
    }
  }
}

/// Gives the sum in place 0, where there is one, to weights and statistics.
void TorchLearner::take_sum() {
  if (places_.empty()) return;
  const at::NoGradGuard no_gradients;
  const std::vector<at::Tensor> sum = std::exchange(places_[0], {});
  for (size_t i = 0; i < sum.size(); ++i) {
    if (i < weights_.size()) {
      weights_[i].mutable_grad() = sum[i];
    } else {
      statistics_[i - weights_.size()].copy_(sum[i]);
    }
  }
}

network::Later<double> TorchLearner::step(double rate, int64_t steps) {
  return explain_memory([&]() -> network::Later<double> {
    take_sum();
    const at::Tensor norm = optimizer_.step(rate, steps);
    if (average_) average_->update(steps);
    return [norm] { return norm.item<double>(); };
  });
}

std::vector<network::NamedTensor> TorchLearner::optimizer_state() const {
  return named(optimizer_.state(), optimizer_copies_);
}

std::vector<network::NamedTensor> TorchLearner::average() const {
  return named(average_ ? average_->state() : std::vector<NamedTensor>(), average_copies_);
}

void TorchLearner::set_state(const std::vector<Tensor>& optimizer,
                             const std::vector<Tensor>& average) {
  copy_all(optimizer, without_names(optimizer_.state()));
  if (average_) copy_all(average, without_names(average_->state()));
}

void TorchLearner::use_average() {
  if (average_) average_->copy_to_module();
}

}  // namespace nasnet::libtorch
