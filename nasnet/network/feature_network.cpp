// Features are those of inference, which are an image's own whatever batch it comes in: they are
// the same however often they are computed.

#include "nasnet/network/feature_network.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/builder.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/network/backend.h"

namespace nasnet::network {
namespace {

int features_of(const graph::Graph& graph) {
  return graph.endpoint("global_pool");
}

/// The classifier on images of one pixel, under the names that it has in the whole network.
graph::Graph classifier_of(const graph::Graph& whole) {
  graph::Graph graph;
  graph.settings = whole.settings;
  graph.settings.input = {1, 1, whole.operators[features_of(whole)].output.channels};
  graph.recipe = whole.recipe;
  graph::Builder builder(graph);
  builder.begin_section("FC", graph.settings.input, {});
  const int pooled = builder.global_pool(builder.input(graph.settings.input));
  const int kept = graph.recipe.dropout_keep < 1 ? builder.dropout(pooled) : pooled;
  graph.logits = builder.linear(kept, "final_layer/FC", graph.settings.classes);
  builder.end_section(graph.logits);
  return graph;
}

std::unique_ptr<fused::Runner> make_trunk(const std::shared_ptr<const graph::Graph>& graph,
                                          const Computation& computation) {
  const std::vector<int> outputs = {features_of(*graph)};
  if (computation.kernels == Kernels::kReference)
    return demand_backend("--kernels reference").make_runner(graph, outputs, computation.precision);
  return std::make_unique<fused::Executor>(
      graph, fused::ExecutorSettings{.bf16 = computation.precision == Precision::kBf16,
                                     .threads = computation.threads,
                                     .outputs = outputs});
}

}  // namespace

/// Trains the classifier.
class FeatureLearner final : public Learner {
 public:
  FeatureLearner(FeatureNetwork& network, LearningRule rule)
      : network_(network), averages_(rule.average > 0) {
    rule.rate_shares.clear();  // a head's is 1
    head_ = network.head_->learn(rule);
  }

  Later<PartResult> contribute(const Tensor& images, const Truths& truths, Part part,
                               const Pass& pass, double share, size_t place) override {
    NASNET_CHECK(part.first + part.count <= std::ssize(truths.labels), "a part lies in its batch");
    return head_->contribute(network_.features(images, part), truths.of(part), {0, part.count},
                             pass, share, place);
  }
  void add(size_t to, size_t from) override { head_->add(to, from); }
  void lend(size_t places, const std::function<void(Rows)>& use) override {
    head_->lend(places, use);
  }
  Later<double> step(double rate, int64_t steps) override { return head_->step(rate, steps); }
  std::vector<NamedTensor> optimizer_state() const override { return head_->optimizer_state(); }
  std::vector<NamedTensor> average() const override {
    if (!averages_) return {};
    std::vector<NamedTensor> all = named_tensors(network_);  // layers that stay are their average
    const std::vector<NamedTensor> own = head_->average();
    for (size_t k = 0; k < own.size(); ++k) all[network_.of_head_[k]] = own[k];
    return all;
  }
  void set_state(const std::vector<Tensor>& optimizer,
                 const std::vector<Tensor>& average) override {
    std::vector<Tensor> own;
    if (averages_)
      for (const size_t i : network_.of_head_) own.push_back(average.at(i));
    head_->set_state(optimizer, own);
  }
  void use_average() override { head_->use_average(); }

 private:
  FeatureNetwork& network_;
  bool averages_;
  std::unique_ptr<Learner> head_;
};

bool learns_classifier_alone(const graph::Graph& graph) {
  const graph::Operator& logits = graph.operators[graph.logits];
  for (const graph::Operator& op : graph.operators) {
    if (op.takes_statistics()) return false;
    for (int k = 0; k < op.parameter_count; ++k)
      if (graph.parameters[op.first_parameter + k].trainable() &&
          op.first_parameter != logits.first_parameter)
        return false;
  }
  return graph.auxiliary_logits < 0;
}

FeatureNetwork::FeatureNetwork(std::shared_ptr<const graph::Graph> graph, uint64_t seed,
                               Computation computation, int64_t most_bytes)
    : Network(std::move(graph), computation),
      head_(make_network(classifier_of(*graph_), seed, computation)),
      trunk_(make_trunk(graph_, computation)) {
  NASNET_CHECK(learns_classifier_alone(*graph_) && !computation.device.cuda,
               "features stay as they are, and are made on the processor");
  for (const graph::Parameter& parameter : graph_->parameters) {
    tensors_.emplace_back(parameter.shape);
    tensors_.back().set_row_major(graph::initial_values(parameter, seed));
  }
  for (const graph::Parameter& own : head_->graph().parameters) {
    const auto in_whole = std::ranges::find(graph_->parameters, own.name, &graph::Parameter::name);
    NASNET_CHECK(in_whole != graph_->parameters.end(), "the classifier is the whole's");
    of_head_.push_back(static_cast<size_t>(in_whole - graph_->parameters.begin()));
  }
  most_known_ = static_cast<size_t>(most_bytes) / (channels() * sizeof(float));
}

const std::vector<Tensor>& FeatureNetwork::tensors() const {
  const std::vector<Tensor>& own = head_->tensors();
  for (size_t k = 0; k < of_head_.size(); ++k) tensors_[of_head_[k]] = own[k];
  return tensors_;
}

void FeatureNetwork::set_tensors(const std::vector<Tensor>& values) {
  const std::vector<Tensor> before = tensors();
  std::vector<Tensor*> targets;
  for (Tensor& one : tensors_) targets.push_back(&one);
  replace_all(targets, values);
  std::vector<Tensor> own;
  for (const size_t i : of_head_) own.push_back(values[i]);
  head_->set_tensors(own);
  const std::set<size_t> heads(of_head_.begin(), of_head_.end());
  for (size_t i = 0; i < before.size(); ++i)
    if (!heads.contains(i) && !std::ranges::equal(before[i].values(), tensors_[i].values()))
      known_.clear();
}

Tensor FeatureNetwork::features(const Tensor& images, Part part) {
  demand_shape(images);
  const size_t values = static_cast<size_t>(images.size() / images.extent(0));
  const float* const first = images.data() + part.first * static_cast<int64_t>(values);
  std::vector<uint64_t> keys;
  std::vector<float> unknown;  // images, one after the other
  std::vector<size_t> places;  // of them, in the part
  for (size_t n = 0; n < static_cast<size_t>(part.count); ++n) {
    const float* image = first + n * values;
    keys.push_back(hash64({reinterpret_cast<const char*>(image), values * sizeof(float)}));
    if (known_.contains(keys.back())) continue;
    unknown.insert(unknown.end(), image, image + values);
    places.push_back(n);
  }
  Tensor result({part.count, static_cast<int64_t>(channels()), 1, 1});
  const std::span<float> rows = result.change();
  const auto row = [&](size_t n) { return rows.subspan(n * channels(), channels()); };
  for (size_t n = 0; n < keys.size(); ++n)
    if (const auto found = known_.find(keys[n]); found != known_.end())
      std::ranges::copy(found->second, row(n).begin());
  if (places.empty()) return result;
  computed_ += std::ssize(places);
  const std::vector<Tensor> made =
      trunk_->infer({.data = unknown.data(), .count = std::ssize(places)},
                    std::vector<TensorView>(tensors_.begin(), tensors_.end()));
  for (size_t k = 0; k < places.size(); ++k) {
    const std::span<const float> fresh = made[0].values().subspan(k * channels(), channels());
    std::ranges::copy(fresh, row(places[k]).begin());
    if (known_.size() < most_known_)
      known_.try_emplace(keys[places[k]], fresh.begin(), fresh.end());
  }
  return result;
}

Later<Tensor> FeatureNetwork::start(const Tensor& images) {
  demand_shape(images);
  if (images.extent(0) == 0)
    return head_->start(Tensor({0, static_cast<int64_t>(channels()), 1, 1}));
  return head_->start(features(images, {0, images.extent(0)}));
}

std::unique_ptr<Learner> FeatureNetwork::learn(const LearningRule& rule) {
  return std::make_unique<FeatureLearner>(*this, rule);
}

}  // namespace nasnet::network
