#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "nasnet/network/fused_network.h"
#include "nasnet/network/optimizer.h"
#include "nasnet/network/weight_average.h"

namespace nasnet::network {

/// Training on the project's own kernels.
class FusedLearner final : public Learner {
 public:
  FusedLearner(FusedNetwork& network, const LearningRule& rule);

  Later<PartResult> contribute(const Tensor& images, const Truths& truths, Part part,
                               const Pass& pass, double share, size_t place) override;
  void add(size_t to, size_t from) override { place(to).take(place(from)); }
  void lend(size_t places, const std::function<void(Rows)>& use) override;
  Later<double> step(double rate, int64_t steps) override;
  std::vector<NamedTensor> optimizer_state() const override { return optimizer_.state(); }
  std::vector<NamedTensor> average() const override;
  void set_state(const std::vector<Tensor>& optimizer, const std::vector<Tensor>& average) override;
  void use_average() override;

 private:
  Contribution& place(size_t number);

  FusedNetwork& network_;
  LearningRule rule_;
  Optimizer optimizer_;
  std::vector<size_t> statistics_;   // see running_statistics()
  std::deque<Contribution> places_;  // a deque's stay where they are
  std::optional<WeightAverage> average_;
};

}  // namespace nasnet::network
