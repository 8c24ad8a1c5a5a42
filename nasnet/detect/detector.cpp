#include "nasnet/detect/detector.h"

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/detect/losses.h"
#include "nasnet/detect/samples.h"
#include "nasnet/graph/initial_values.h"

// Both stages together. The dense network runs over whole images; its proposals are constants to
// the second stage, which runs over regions cut out of the maps. In training the second stage goes
// backward first, for its gradients of the regions belong to those of the maps.

namespace nasnet::detect {

using boxes::Box;

/// The dense network for one canvas size.
struct Detector::Dense {
  Dense(DenseGraph of, const DetectorSettings& settings, Runners& runners, ThreadPool& threads)
      : graph(std::move(of)),
        runner(runners.make(graph.graph, graph.outputs)),
        proposals(settings.proposals, graph),
        cutter(settings.regions, graph, threads) {}

  DenseGraph graph;
  std::unique_ptr<fused::Runner> runner;
  ProposalStage proposals;
  RegionCutter cutter;
};

Detector::Detector(MakeDense make_dense, HeadGraph head, int classes, DetectorSettings settings,
                   const network::Computation& computation, uint64_t seed)
    : make_dense_(std::move(make_dense)),
      classes_(classes),
      settings_(std::move(settings)),
      threads_(computation.threads),
      runners_(computation),
      regions_(std::move(head), classes, settings_, runners_) {
  // Parameters are the same for any canvas, so that a small one tells them.
  constexpr graph::Shape kAny = {64, 64, 3};
  const DenseGraph dense = make_dense_(kAny);
  parameters_ = dense.graph.parameters;
  dense_parameters_ = parameters_.size();
  NASNET_CHECK(regions_.head().graph.operators.at(0).output.elements() ==
                   int64_t{regions_.head().rows} * region_values(dense, settings_.regions.edge),
               "the head reads regions of the maps");
  parameters_.insert(parameters_.end(), regions_.head().graph.parameters.begin(),
                     regions_.head().graph.parameters.end());
  for (const graph::Parameter& parameter : parameters_) {
    tensors_.emplace_back(parameter.shape);
    tensors_.back().set_row_major(graph::initial_values(parameter, seed));
  }
}

Detector::~Detector() = default;

std::vector<network::NamedTensor> Detector::named_tensors() const {
  std::vector<network::NamedTensor> named;
  for (size_t k = 0; k < parameters_.size(); ++k)
    named.push_back({parameters_[k].name, &tensors_[k]});
  return named;
}

void Detector::set_tensors(const std::vector<Tensor>& values) {
  std::vector<Tensor*> targets;
  for (Tensor& tensor : tensors_) targets.push_back(&tensor);
  replace_all(targets, values);
}

Detector::Dense& Detector::dense_for(const Tensor& images) {
  NASNET_CHECK(images.shape().size() == 4, "images are N x channels x height x width");
  const graph::Shape canvas = {static_cast<int>(images.extent(2)),
                               static_cast<int>(images.extent(3)),
                               static_cast<int>(images.extent(1))};
  const auto known = std::ranges::find(
      dense_, canvas, [](const auto& dense) { return dense->graph.graph.operators[0].output; });
  if (known != dense_.end()) {
    dense_.splice(dense_.begin(), dense_, known);
    return *dense_.front();
  }
  // Before the new one is made, so that there are never more.
  while (std::ssize(dense_) >= kDenseKept) dense_.pop_back();
  dense_.push_front(std::make_unique<Dense>(make_dense_(canvas), settings_, runners_, threads_));
  NASNET_CHECK(dense_.front()->graph.graph.parameters.size() == dense_parameters_,
               "parameters do not depend on the size of the images");
  return *dense_.front();
}

std::vector<Tensor> Detector::infer_dense(const ImageBatch& batch) {
  NASNET_CHECK(std::ssize(batch.content) == batch.images.extent(0), "every image has a size");
  return dense_for(batch.images)
      .runner->infer({batch.images.data(), batch.images.extent(0)}, dense_views());
}

namespace {

/// Regions of all images, image after image.
std::vector<Region> joined(const std::vector<std::vector<Box>>& by_image) {
  std::vector<Region> regions;
  for (size_t n = 0; n < by_image.size(); ++n)
    for (const Box& box : by_image[n]) regions.push_back({static_cast<int64_t>(n), box});
  return regions;
}

std::vector<std::vector<Box>> propose_all(const ProposalStage& stage,
                                          const std::vector<Tensor>& outputs,
                                          const std::vector<data::ImageSize>& content,
                                          bool training) {
  std::vector<std::vector<Box>> proposed;
  for (size_t n = 0; n < content.size(); ++n)
    proposed.push_back(stage.propose(outputs, static_cast<int64_t>(n), content[n], training));
  return proposed;
}

}  // namespace

std::vector<std::vector<Box>> Detector::propose(const ImageBatch& batch) {
  return propose(batch, infer_dense(batch));
}

std::vector<std::vector<Box>> Detector::propose(const ImageBatch& batch,
                                                const std::vector<Tensor>& outputs) {
  return propose_all(dense_for(batch.images).proposals, outputs, batch.content, false);
}

RegionOutputs Detector::infer_head(const ImageBatch& batch, const std::vector<Tensor>& outputs,
                                   const std::vector<std::vector<Box>>& regions) {
  return regions_.infer(dense_for(batch.images).cutter, outputs, joined(regions), head_views());
}

std::vector<std::vector<Detected>> Detector::detect(const ImageBatch& batch) {
  const std::vector<Tensor> outputs = infer_dense(batch);
  const std::vector<std::vector<Box>> regions = propose(batch, outputs);
  std::vector<std::vector<Detected>> found(regions.size());
  const RegionOutputs values = infer_head(batch, outputs, regions);
  int64_t row = 0;
  for (size_t n = 0; n < regions.size(); ++n) {
    found[n] = choose(judge(regions[n], values.scores.data() + row * (classes_ + 1),
                            values.codes.data() + row * 4 * classes_, batch.content[n],
                            settings_.detections.score, classes_),
                      settings_.detections);
    row += std::ssize(regions[n]);
  }
  return found;
}

void Detector::learn_proposals(const Dense& dense, const std::vector<Tensor>& outputs,
                               const ImageBatch& batch, const std::vector<Target>& targets,
                               const graph::Pass& pass, double share, std::vector<Tensor>& above,
                               DetectionLosses& losses) const {
  std::vector<std::vector<int>> matches;
  std::vector<boxes::Sample> samples;
  std::vector<size_t> drawn;
  for (size_t n = 0; n < targets.size(); ++n) {
    matches.push_back(dense.proposals.match(targets[n], batch.content[n]));
    samples.push_back(draw_sample(matches[n], settings_.proposals.sample, settings_.first_samples,
                                  pass, "anchors", n));
    drawn.push_back(samples[n].objects.size() + samples[n].background.size());
  }
  const std::vector<double> shares = shares_of(drawn, settings_.mean_by_image);
  for (size_t n = 0; n < targets.size(); ++n) {
    const ProposalStage::Losses some =
        dense.proposals.add_losses(outputs, static_cast<int64_t>(n), targets[n], matches[n],
                                   samples[n], shares[n], share, above);
    losses.objectness += some.objectness;
    losses.proposals += some.codes;
  }
}

DetectionLosses Detector::add_gradients(const ImageBatch& batch, const std::vector<Target>& targets,
                                        const graph::Pass& pass, double share,
                                        const fused::GradientPlaces& gradients) {
  const int64_t images = batch.images.extent(0);
  NASNET_CHECK(std::ssize(targets) == images && batch.content.size() == targets.size() &&
                   gradients.size() == parameters_.size(),
               "one target and size an image, one place a parameter");
  Dense& dense = dense_for(batch.images);
  fused::Runner::Trained trained =
      dense.runner->train({batch.images.data(), images}, pass, dense_views());
  std::vector<Tensor> above = zeros_like(trained.outputs);
  DetectionLosses losses;
  learn_proposals(dense, trained.outputs, batch, targets, pass, share, above, losses);
  // Regions are constants to the second stage.
  const RegionSample sampled = sample_regions(
      propose_all(dense.proposals, trained.outputs, batch.content, true), targets, settings_, pass);
  const auto first_of_head = gradients.begin() + static_cast<std::ptrdiff_t>(dense_parameters_);
  regions_.learn(dense.cutter, trained.outputs, sampled, pass, share, head_views(),
                 {first_of_head, gradients.end()}, above, losses);
  // Last, as `above` has the gradients of both stages by now.
  trained.pass->backward(above, {gradients.begin(), first_of_head});
  return losses;
}

}  // namespace nasnet::detect
