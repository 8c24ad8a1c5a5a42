#include "nasnet/detect/detector.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

#include "nasnet/base/check.h"
#include "nasnet/boxes/coder.h"
#include "nasnet/boxes/nms.h"
#include "nasnet/detect/losses.h"
#include "nasnet/graph/initial_values.h"

// Both stages together. The dense network runs over whole images; its proposals are constants to
// the second stage, which runs over regions cut out of the maps. In training the second stage goes
// backward first, for its gradients of the regions belong to those of the maps.

namespace nasnet::detect {

using boxes::Box;

/// The dense network for one canvas size.
struct Detector::Dense {
  Dense(DenseGraph of, const DetectorSettings& settings, const fused::Executor& beside,
        ThreadPool& threads)
      : graph(std::move(of)),
        executor(std::make_shared<const graph::Graph>(graph.graph), graph.outputs, beside),
        proposals(settings.proposals, graph),
        cutter(settings.regions, graph, threads) {}

  DenseGraph graph;
  fused::Executor executor;
  ProposalStage proposals;
  RegionCutter cutter;
};

/// The regions that the second stage learns from, image after image.
struct Detector::Sampled {
  std::vector<Region> regions;
  std::vector<int> labels;     ///< 0 is background, k + 1 class k
  std::vector<Box> objects;    ///< of regions with a label above 0
  std::vector<double> shares;  ///< of each in the mean loss
};

Detector::Detector(MakeDense make_dense, HeadGraph head, int classes, DetectorSettings settings,
                   const network::Computation& computation, uint64_t seed)
    : make_dense_(std::move(make_dense)),
      classes_(classes),
      settings_(std::move(settings)),
      threads_(computation.threads),
      head_(std::move(head)) {
  // Parameters are the same for any canvas, so that a small one tells them.
  constexpr graph::Shape kAny = {64, 64, 3};
  const DenseGraph dense = make_dense_(kAny);
  parameters_ = dense.graph.parameters;
  dense_parameters_ = parameters_.size();
  NASNET_CHECK(head_.graph.operators.at(0).output.elements() ==
                   int64_t{head_.rows} * region_values(dense, settings_.regions.edge),
               "the head reads regions of the maps");
  parameters_.insert(parameters_.end(), head_.graph.parameters.begin(),
                     head_.graph.parameters.end());
  for (const graph::Parameter& parameter : parameters_) {
    tensors_.emplace_back(parameter.shape);
    tensors_.back().set_row_major(graph::initial_values(parameter, seed));
  }
  head_executor_ = std::make_unique<fused::Executor>(
      std::make_shared<const graph::Graph>(head_.graph),
      fused::ExecutorSettings{.bf16 = computation.precision == network::Precision::kBf16,
                              .threads = computation.threads,
                              .outputs = head_.outputs});
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
  dense_.push_front(
      std::make_unique<Dense>(make_dense_(canvas), settings_, *head_executor_, threads_));
  NASNET_CHECK(dense_.front()->graph.graph.parameters.size() == dense_parameters_,
               "parameters do not depend on the size of the images");
  return *dense_.front();
}

std::vector<Tensor> Detector::infer_dense(const ImageBatch& batch) {
  NASNET_CHECK(std::ssize(batch.content) == batch.images.extent(0), "every image has a size");
  return dense_for(batch.images)
      .executor.infer({batch.images.data(), batch.images.extent(0)}, dense_views());
}

int64_t Detector::head_images(size_t regions) const {
  return (static_cast<int64_t>(regions) + head_.rows - 1) / head_.rows;
}

std::vector<float> Detector::cut(const Dense& dense, const std::vector<Tensor>& maps,
                                 const std::vector<Region>& regions) const {
  std::vector<float> rows(
      static_cast<size_t>(head_images(regions.size()) * head_.rows * dense.cutter.row()));
  dense.cutter.cut(maps, regions, rows.data());
  return rows;
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

/// Tensors of the same shapes, for gradients to be added to.
std::vector<Tensor> zeros_like(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> zeros;
  for (const Tensor& tensor : tensors) zeros.emplace_back(tensor.shape());
  return zeros;
}

}  // namespace

std::vector<std::vector<Box>> Detector::propose(const ImageBatch& batch) {
  return propose(batch, infer_dense(batch));
}

std::vector<std::vector<Box>> Detector::propose(const ImageBatch& batch,
                                                const std::vector<Tensor>& outputs) {
  return propose_all(dense_for(batch.images).proposals, outputs, batch.content, false);
}

std::vector<Tensor> Detector::infer_head(const ImageBatch& batch,
                                         const std::vector<Tensor>& outputs,
                                         const std::vector<std::vector<Box>>& regions) {
  const std::vector<Region> all = joined(regions);
  const std::vector<float> rows = cut(dense_for(batch.images), outputs, all);
  return head_executor_->infer({rows.data(), head_images(all.size())}, head_views());
}

std::vector<std::vector<Detected>> Detector::detect(const ImageBatch& batch) {
  const std::vector<Tensor> outputs = infer_dense(batch);
  const std::vector<std::vector<Box>> regions = propose(batch, outputs);
  std::vector<std::vector<Detected>> found(regions.size());
  if (std::ranges::all_of(regions, &std::vector<Box>::empty)) return found;
  const std::vector<Tensor> results = infer_head(batch, outputs, regions);
  int64_t row = 0;
  for (size_t n = 0; n < regions.size(); ++n) {
    found[n] = choose(judge(regions[n], results[0].data() + row * (classes_ + 1),
                            results[1].data() + row * 4 * classes_, batch.content[n],
                            settings_.detections.score));
    row += std::ssize(regions[n]);
  }
  return found;
}

std::vector<Detected> Detector::judge(const std::vector<Box>& regions, const float* scores,
                                      const float* codes, const data::ImageSize& content,
                                      float least) const {
  std::vector<Detected> judged;
  for (size_t k = 0; k < regions.size(); ++k) {
    const float* logits = scores + k * static_cast<size_t>(classes_ + 1);
    // In double, and less the largest logit, so that no exponential overflows.
    const double largest = *std::max_element(logits, logits + classes_ + 1);
    double sum = 0;
    for (int c = 0; c <= classes_; ++c) sum += std::exp(logits[c] - largest);
    for (int c = 0; c < classes_; ++c) {
      const auto probability = static_cast<float>(std::exp(logits[c + 1] - largest) / sum);
      // Written so that a NaN is dropped, too: it would upset the order of scores.
      if (!(probability > least)) continue;
      const float* code = codes + 4 * (k * static_cast<size_t>(classes_) + static_cast<size_t>(c));
      const Box box = boxes::clip(
          boxes::decode({code[0], code[1], code[2], code[3]}, regions[k], boxes::kProposalWeights),
          static_cast<float>(content.width), static_cast<float>(content.height));
      judged.push_back({box, c, probability});
    }
  }
  return judged;
}

std::vector<Detected> Detector::choose(const std::vector<Detected>& judged) const {
  const DetectionSettings& wanted = settings_.detections;
  std::vector<Detected> found;
  std::vector<Box> boxes;
  std::vector<float> scores;
  std::vector<int> labels;
  for (const Detected& one : judged) {
    if (!boxes::has_edges(one.box, wanted.smallest)) continue;
    found.push_back(one);
    boxes.push_back(one.box);
    scores.push_back(one.score);
    labels.push_back(one.label);
  }
  const std::vector<int> best =
      wanted.nms_classes == NmsClasses::kAll
          ? boxes::nms(boxes, scores, wanted.overlap, wanted.most)
          : boxes::nms_by_class(boxes, scores, labels, wanted.overlap, wanted.most);
  std::vector<Detected> kept;
  for (const int index : best) kept.push_back(found[static_cast<size_t>(index)]);
  return kept;
}

/// From the stream (seed, step, purpose and the image's place in the batch).
boxes::Sample Detector::draw(const std::vector<int>& matches, const boxes::SampleSettings& settings,
                             const graph::Pass& pass, const char* purpose, size_t image) const {
  std::optional<Random> random;
  if (!settings_.first_samples)
    random.emplace(pass.seed, static_cast<uint64_t>(pass.step),
                   purpose + (" " + std::to_string(image)));
  return boxes::sample(matches, settings, random);
}

namespace {

/// By image: the share of each one that was drawn of it in the mean over all. Of an empty sample
/// the mean is 0, not 0 / 0.
std::vector<double> shares_of(const std::vector<size_t>& drawn, bool by_image) {
  const size_t all = std::accumulate(drawn.begin(), drawn.end(), size_t{0});
  std::vector<double> shares;
  for (const size_t count : drawn) {
    const size_t divisor = by_image ? count * drawn.size() : all;
    shares.push_back(1.0 / static_cast<double>(std::max<size_t>(divisor, 1)));
  }
  return shares;
}

}  // namespace

void Detector::learn_proposals(const Dense& dense, const std::vector<Tensor>& outputs,
                               const ImageBatch& batch, const std::vector<Target>& targets,
                               const graph::Pass& pass, double share, std::vector<Tensor>& above,
                               DetectionLosses& losses) const {
  std::vector<std::vector<int>> matches;
  std::vector<boxes::Sample> samples;
  std::vector<size_t> drawn;
  for (size_t n = 0; n < targets.size(); ++n) {
    matches.push_back(dense.proposals.match(targets[n], batch.content[n]));
    samples.push_back(draw(matches[n], settings_.proposals.sample, pass, "anchors", n));
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

/// Regions for the second stage to learn from, by image in the order of their index.
Detector::Sampled Detector::sample_regions(const std::vector<std::vector<Box>>& proposed,
                                           const std::vector<Target>& targets,
                                           const graph::Pass& pass) const {
  Sampled sampled;
  std::vector<size_t> drawn;
  for (size_t n = 0; n < proposed.size(); ++n) {
    const Target& target = targets[n];
    std::vector<Box> regions = proposed[n];
    if (settings_.regions.with_objects)
      regions.insert(regions.end(), target.objects.begin(), target.objects.end());
    const std::vector<int> matches =
        boxes::match(regions, target.objects, target.crowds, settings_.regions.match);
    const boxes::Sample sample = draw(matches, settings_.regions.sample, pass, "regions", n);
    std::vector<int> all = sample.objects;
    all.insert(all.end(), sample.background.begin(), sample.background.end());
    std::sort(all.begin(), all.end());
    drawn.push_back(all.size());
    for (const int index : all) {
      const int object = matches[static_cast<size_t>(index)];
      const bool is_object = object >= 0;
      sampled.regions.push_back({static_cast<int64_t>(n), regions[static_cast<size_t>(index)]});
      sampled.labels.push_back(is_object ? target.labels[static_cast<size_t>(object)] + 1 : 0);
      sampled.objects.push_back(is_object ? target.objects[static_cast<size_t>(object)] : Box{});
    }
  }
  const std::vector<double> shares = shares_of(drawn, settings_.mean_by_image);
  for (const Region& region : sampled.regions)
    sampled.shares.push_back(shares[static_cast<size_t>(region.image)]);
  return sampled;
}

void Detector::add_region_losses(const Sampled& sampled, size_t region,
                                 const std::vector<Tensor>& outputs, double share,
                                 std::vector<Tensor>& above, DetectionLosses& losses) const {
  const double each = sampled.shares[region];
  const auto classes = static_cast<size_t>(classes_);
  const int label = sampled.labels[region];
  const size_t row = region * (classes + 1);
  losses.classes +=
      each * softmax_cross_entropy(outputs[0].values().subspan(row, classes + 1), label,
                                   each * share, above[0].change().subspan(row, classes + 1));
  // Background has no codes to learn.
  if (label == 0) return;
  const size_t first = 4 * (region * classes + static_cast<size_t>(label - 1));
  const float* code = outputs[1].data() + first;
  const LossAtFour loss =
      box_loss(settings_.regions.box_loss, {code[0], code[1], code[2], code[3]},
               sampled.regions[region].box, sampled.objects[region], boxes::kProposalWeights);
  losses.boxes += each * loss.value;
  for (size_t i = 0; i < 4; ++i)
    above[1].change()[first + i] += static_cast<float>(each * share * loss.slope[i]);
}

void Detector::learn_regions(const Dense& dense, const std::vector<Tensor>& outputs,
                             const Sampled& sampled, const graph::Pass& pass, double share,
                             const fused::GradientPlaces& gradients, std::vector<Tensor>& above,
                             DetectionLosses& losses) {
  if (sampled.regions.empty()) return;
  const std::vector<float> rows = cut(dense, outputs, sampled.regions);
  fused::Executor::Trained head = head_executor_->train(
      {rows.data(), head_images(sampled.regions.size()), true}, pass, head_views());
  std::vector<Tensor> head_above = zeros_like(head.outputs);
  for (size_t k = 0; k < sampled.regions.size(); ++k)
    add_region_losses(sampled, k, head.outputs, share, head_above, losses);
  // Through the regions' rows back into the maps, on top of the first stage's gradients.
  std::vector<float> row_gradients(rows.size());
  head.pass->backward(
      head_above,
      {gradients.begin() + static_cast<std::ptrdiff_t>(dense_parameters_), gradients.end()},
      row_gradients.data());
  dense.cutter.add_gradients(row_gradients.data(), sampled.regions, above);
}

DetectionLosses Detector::add_gradients(const ImageBatch& batch, const std::vector<Target>& targets,
                                        const graph::Pass& pass, double share,
                                        const fused::GradientPlaces& gradients) {
  const int64_t images = batch.images.extent(0);
  NASNET_CHECK(std::ssize(targets) == images && batch.content.size() == targets.size() &&
                   gradients.size() == parameters_.size(),
               "one target and size an image, one place a parameter");
  Dense& dense = dense_for(batch.images);
  fused::Executor::Trained trained =
      dense.executor.train({batch.images.data(), images}, pass, dense_views());
  std::vector<Tensor> above = zeros_like(trained.outputs);
  DetectionLosses losses;
  learn_proposals(dense, trained.outputs, batch, targets, pass, share, above, losses);
  // Regions are constants to the second stage.
  const Sampled sampled = sample_regions(
      propose_all(dense.proposals, trained.outputs, batch.content, true), targets, pass);
  learn_regions(dense, trained.outputs, sampled, pass, share, gradients, above, losses);
  // Last, as `above` has the gradients of both stages by now.
  trained.pass->backward(
      above,
      {gradients.begin(), gradients.begin() + static_cast<std::ptrdiff_t>(dense_parameters_)});
  return losses;
}

}  // namespace nasnet::detect
