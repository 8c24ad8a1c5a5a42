#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// True for a graph of which training changes the classifier alone, the linear layer on the
/// features that the last map's pool gives.
bool learns_classifier_alone(const graph::Graph& graph);

/// Such a network on the processor: its features are made by inference, and a network of the
/// classifier alone is trained on them, so that nothing is kept for a way back. The features of a
/// picture that it has seen, whose values are the same, are taken from memory.
class FeatureNetwork final : public Network {
 public:
  /// `most_bytes`: of features that are kept; beyond that they are computed again, to the same
  /// bits.
  FeatureNetwork(std::shared_ptr<const graph::Graph> graph, uint64_t seed, Computation computation,
                 int64_t most_bytes);

  const std::vector<Tensor>& tensors() const override;
  void set_tensors(const std::vector<Tensor>& values) override;
  Later<Tensor> start(const Tensor& images) override;
  std::unique_ptr<Learner> learn(const LearningRule& rule) override;
  /// None: no norm takes any.
  std::vector<Tensor> batch_statistics(const Tensor&) override { return {}; }

  /// Of images [first, first + count), as images of one pixel: count x channels x 1 x 1.
  Tensor features(const Tensor& images, Part part);
  /// Images whose features were computed, not remembered.
  int64_t computed() const { return computed_; }

 private:
  friend class FeatureLearner;
  size_t channels() const { return static_cast<size_t>(head_->graph().settings.input.channels); }

  std::unique_ptr<Network> head_;
  std::vector<size_t> of_head_;  // the whole's parameters that are the head's, in the head's order
  std::unique_ptr<fused::Runner> trunk_;
  mutable std::vector<Tensor> tensors_;                     // the head's are behind its own
  std::unordered_map<uint64_t, std::vector<float>> known_;  // by the hash of an image's values
  size_t most_known_;
  int64_t computed_ = 0;
};

}  // namespace nasnet::network
