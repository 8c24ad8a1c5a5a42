#include "nasnet/detect/detector.h"

#include <algorithm>
#include <cmath>
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
  Dense(DenseGraph of, const DetectorSettings& settings, const network::Computation& computation,
        ThreadPool& threads)
      : graph(std::move(of)),
        executor(std::make_shared<const graph::Graph>(graph.graph),
                 {.bf16 = computation.precision == network::Precision::kBf16,
                  .threads = computation.threads,
                  .outputs = graph.outputs}),
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
  std::vector<int> labels;   ///< 0 is background, k + 1 class k
  std::vector<Box> objects;  ///< of regions with a label above 0
};

Detector::Detector(MakeDense make_dense, HeadGraph head, int classes, DetectorSettings settings,
                   const network::Computation& computation, uint64_t seed)
    : make_dense_(std::move(make_dense)),
      classes_(classes),
      settings_(std::move(settings)),
      computation_(computation),
      seed_(seed),
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

Detector::Dense& Detector::dense_for(const Tensor& images) {
  NASNET_CHECK(images.shape().size() == 4, "images are N x channels x height x width");
  // Kept for the next batch: graph, plan and anchors belong to one size.
  std::unique_ptr<Dense>& known = dense_[{images.extent(2), images.extent(3)}];
  if (!known) {
    const graph::Shape canvas = {static_cast<int>(images.extent(2)),
                                 static_cast<int>(images.extent(3)),
                                 static_cast<int>(images.extent(1))};
    known = std::make_unique<Dense>(make_dense_(canvas), settings_, computation_, threads_);
    NASNET_CHECK(known->graph.graph.parameters.size() == dense_parameters_,
                 "parameters do not depend on the size of the images");
  }
  return *known;
}

std::vector<TensorView> Detector::views(size_t first, size_t count) {
  std::vector<TensorView> some;
  for (size_t k = first; k < first + count; ++k) some.emplace_back(tensors_[k]);
  return some;
}

/// Rows as the head's images take them: a multiple of its rows, the last ones zeros.
std::vector<Tensor> Detector::run_head(const std::vector<float>& rows, int64_t count) {
  return head_executor_->infer({rows.data(), count / head_.rows},
                               views(dense_parameters_, parameters_.size() - dense_parameters_));
}

std::vector<std::vector<Box>> Detector::propose(const ImageBatch& batch) {
  Dense& dense = dense_for(batch.images);
  const std::vector<Tensor> outputs = dense.executor.infer(
      {batch.images.data(), batch.images.extent(0)}, views(0, dense_parameters_));
  std::vector<std::vector<Box>> regions;
  for (size_t n = 0; n < batch.content.size(); ++n)
    regions.push_back(
        dense.proposals.propose(outputs, static_cast<int64_t>(n), batch.content[n], false));
  return regions;
}

namespace {

/// Regions of all images, image after image.
std::vector<Region> joined(const std::vector<std::vector<Box>>& by_image) {
  std::vector<Region> regions;
  for (size_t n = 0; n < by_image.size(); ++n)
    for (const Box& box : by_image[n]) regions.push_back({static_cast<int64_t>(n), box});
  return regions;
}

/// Rows rounded up to whole images of the head.
int64_t whole_images(size_t rows, int rows_each) {
  return (static_cast<int64_t>(rows) + rows_each - 1) / rows_each * rows_each;
}

}  // namespace

std::vector<std::vector<Detected>> Detector::detect(const ImageBatch& batch) {
  const int64_t images = batch.images.extent(0);
  NASNET_CHECK(batch.content.size() == static_cast<size_t>(images), "every image has a size");
  Dense& dense = dense_for(batch.images);
  const std::vector<Tensor> outputs =
      dense.executor.infer({batch.images.data(), images}, views(0, dense_parameters_));
  std::vector<std::vector<Box>> proposed;
  for (int64_t n = 0; n < images; ++n)
    proposed.push_back(
        dense.proposals.propose(outputs, n, batch.content[static_cast<size_t>(n)], false));
  const std::vector<Region> regions = joined(proposed);
  const int64_t padded = whole_images(regions.size(), head_.rows);
  std::vector<float> rows(static_cast<size_t>(padded * dense.cutter.row()));
  dense.cutter.cut(outputs, regions, rows.data());
  std::vector<std::vector<Detected>> found(static_cast<size_t>(images));
  if (regions.empty()) return found;
  const std::vector<Tensor> results = run_head(rows, padded);
  int64_t row = 0;
  for (size_t n = 0; n < proposed.size(); ++n) {
    found[n] = detections_of(proposed[n], results[0].data() + row * (classes_ + 1),
                             results[1].data() + row * 4 * classes_, batch.content[n]);
    row += static_cast<int64_t>(proposed[n].size());
  }
  return found;
}

/// The detections of one image, from its rows of the head's outputs.
std::vector<Detected> Detector::detections_of(const std::vector<Box>& regions, const float* scores,
                                              const float* codes,
                                              const data::ImageSize& content) const {
  const DetectionSettings& wanted = settings_.detections;
  std::vector<Box> found;
  std::vector<float> probabilities;
  std::vector<int> labels;
  for (size_t k = 0; k < regions.size(); ++k) {
    const float* logits = scores + k * static_cast<size_t>(classes_ + 1);
    // In double, and less the largest logit, so that no exponential overflows.
    const double largest = *std::max_element(logits, logits + classes_ + 1);
    double sum = 0;
    for (int c = 0; c <= classes_; ++c) sum += std::exp(logits[c] - largest);
    for (int c = 0; c < classes_; ++c) {
      const auto probability = static_cast<float>(std::exp(logits[c + 1] - largest) / sum);
      // Written so that a NaN is dropped, too: it would upset the order of scores.
      if (!(probability > wanted.score)) continue;
      const float* code = codes + 4 * (k * static_cast<size_t>(classes_) + static_cast<size_t>(c));
      const Box box = boxes::clip(
          boxes::decode({code[0], code[1], code[2], code[3]}, regions[k], boxes::kProposalWeights),
          static_cast<float>(content.width), static_cast<float>(content.height));
      if (!(box.width() >= wanted.smallest && box.height() >= wanted.smallest)) continue;
      found.push_back(box);
      probabilities.push_back(probability);
      labels.push_back(c);
    }
  }
  std::vector<Detected> kept;
  // Classes do not suppress each other: a rider may sit in the horse's box.
  for (const int index :
       boxes::nms_by_class(found, probabilities, labels, wanted.overlap, wanted.most)) {
    const auto k = static_cast<size_t>(index);
    kept.push_back({found[k], labels[k], probabilities[k]});
  }
  return kept;
}

/// Regions for the second stage to learn from, by image in the order of their index. They are
/// drawn from the stream (seed, step, "regions" and the image's place in the batch).
Detector::Sampled Detector::sample_regions(const std::vector<std::vector<Box>>& proposed,
                                           const std::vector<Target>& targets,
                                           const graph::Pass& pass) const {
  Sampled sampled;
  for (size_t n = 0; n < proposed.size(); ++n) {
    const Target& target = targets[n];
    std::vector<Box> regions = proposed[n];
    if (settings_.regions.with_objects)
      regions.insert(regions.end(), target.objects.begin(), target.objects.end());
    const std::vector<int> matches =
        boxes::match(regions, target.objects, target.crowds, settings_.regions.match);
    std::optional<Random> random;
    if (!settings_.first_samples)
      random.emplace(pass.seed, static_cast<uint64_t>(pass.step), "regions " + std::to_string(n));
    const boxes::Sample sample = boxes::sample(matches, settings_.regions.sample, random);
    std::vector<int> all = sample.objects;
    all.insert(all.end(), sample.background.begin(), sample.background.end());
    std::sort(all.begin(), all.end());
    for (const int index : all) {
      const int object = matches[static_cast<size_t>(index)];
      const bool is_object = object >= 0;
      sampled.regions.push_back({static_cast<int64_t>(n), regions[static_cast<size_t>(index)]});
      sampled.labels.push_back(is_object ? target.labels[static_cast<size_t>(object)] + 1 : 0);
      sampled.objects.push_back(is_object ? target.objects[static_cast<size_t>(object)] : Box{});
    }
  }
  return sampled;
}

DetectionLosses Detector::add_gradients(const ImageBatch& batch, const std::vector<Target>& targets,
                                        const graph::Pass& pass, double share,
                                        const fused::GradientPlaces& gradients) {
  const int64_t images = batch.images.extent(0);
  NASNET_CHECK(targets.size() == static_cast<size_t>(images) &&
                   batch.content.size() == targets.size() && gradients.size() == parameters_.size(),
               "one target and size an image, one place a parameter");
  Dense& dense = dense_for(batch.images);
  fused::Executor::Trained trained =
      dense.executor.train({batch.images.data(), images}, pass, views(0, dense_parameters_));
  const std::vector<Tensor>& outputs = trained.outputs;
  std::vector<Tensor> above;
  for (const Tensor& output : outputs) above.emplace_back(output.shape());
  DetectionLosses losses;

  // The first stage.
  std::vector<std::vector<int>> matches;
  std::vector<boxes::Sample> samples;
  // Sums are divided by the sample's size over the whole batch, which is known only after all
  // samples are drawn; of an empty one the loss is 0, not 0 / 0.
  size_t drawn = 0;
  for (size_t n = 0; n < targets.size(); ++n) {
    matches.push_back(dense.proposals.match(targets[n], batch.content[n]));
    std::optional<Random> random;
    if (!settings_.first_samples)
      random.emplace(pass.seed, static_cast<uint64_t>(pass.step), "anchors " + std::to_string(n));
    samples.push_back(boxes::sample(matches[n], settings_.proposals.sample, random));
    drawn += samples[n].objects.size() + samples[n].background.size();
  }
  const double weight = 1.0 / static_cast<double>(std::max<size_t>(drawn, 1));
  for (size_t n = 0; n < targets.size(); ++n) {
    const ProposalStage::Losses some = dense.proposals.add_losses(
        outputs, static_cast<int64_t>(n), targets[n], matches[n], samples[n], weight, share, above);
    losses.objectness += some.objectness;
    losses.proposals += some.codes;
  }

  // The second stage. Regions are constants to it.
  std::vector<std::vector<Box>> proposed;
  for (size_t n = 0; n < targets.size(); ++n)
    proposed.push_back(
        dense.proposals.propose(outputs, static_cast<int64_t>(n), batch.content[n], true));
  const Sampled sampled = sample_regions(proposed, targets, pass);
  if (!sampled.regions.empty()) {
    const int64_t padded = whole_images(sampled.regions.size(), head_.rows);
    std::vector<float> rows(static_cast<size_t>(padded * dense.cutter.row()));
    dense.cutter.cut(outputs, sampled.regions, rows.data());
    fused::Executor::Trained head =
        head_executor_->train({rows.data(), padded / head_.rows, true}, pass,
                              views(dense_parameters_, parameters_.size() - dense_parameters_));
    std::vector<Tensor> head_above;
    for (const Tensor& output : head.outputs) head_above.emplace_back(output.shape());
    const double each = 1.0 / static_cast<double>(sampled.regions.size());
    const auto classes = static_cast<size_t>(classes_);
    const std::span<float> score_gradients = head_above[0].change();
    const std::span<float> code_gradients = head_above[1].change();
    for (size_t k = 0; k < sampled.regions.size(); ++k) {
      const int label = sampled.labels[k];
      losses.classes +=
          each * softmax_cross_entropy(
                     head.outputs[0].values().subspan(k * (classes + 1), classes + 1), label,
                     each * share, score_gradients.subspan(k * (classes + 1), classes + 1));
      // Background has no codes to learn.
      if (label == 0) continue;
      const boxes::Code wanted =
          boxes::encode(sampled.objects[k], sampled.regions[k].box, boxes::kProposalWeights);
      const float target[] = {wanted.x, wanted.y, wanted.width, wanted.height};
      const size_t first = 4 * (k * classes + static_cast<size_t>(label - 1));
      for (size_t i = 0; i < 4; ++i) {
        const LossAt loss =
            smooth_l1(head.outputs[1].values()[first + i] - target[i], settings_.regions.smooth);
        losses.boxes += each * settings_.regions.code_weight * loss.value;
        code_gradients[first + i] +=
            static_cast<float>(each * share * settings_.regions.code_weight * loss.slope);
      }
    }
    // Through the regions' rows back into the maps, on top of the first stage's gradients.
    std::vector<float> row_gradients(rows.size());
    head.pass->backward(
        head_above,
        {gradients.begin() + static_cast<std::ptrdiff_t>(dense_parameters_), gradients.end()},
        row_gradients.data());
    dense.cutter.add_gradients(row_gradients.data(), sampled.regions, above);
  }
  // Last, as `above` has the gradients of both stages by now.
  trained.pass->backward(
      above,
      {gradients.begin(), gradients.begin() + static_cast<std::ptrdiff_t>(dense_parameters_)});
  return losses;
}

}  // namespace nasnet::detect
