#include "nasnet/detect/detector_memory.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/detect/batch_order.h"
#include "nasnet/plan/pass_memory.h"
#include "nasnet/train/memory.h"

// Adds up the sizes that the plans tell. Passes of both stages share threads and memory: see
// Detector.

namespace nasnet::detect {
namespace {

using plan::PassMemory;

/// Images of a stage's graph in a pass.
struct StageImages {
  int64_t trained, inferred;
};

/// Of both plans of a stage.
struct StageMemory {
  PassMemory training, inference;

  StageMemory(const graph::Graph& graph, const plan::PlanSettings& of, plan::ValueType values,
              const StageImages& images)
      : training(plan::estimate_pass(graph, of, values, images.trained)),
        inference(plan::estimate_pass(graph, {.outputs = of.outputs}, values, images.inferred)) {}

  int64_t weights() const { return training.weights + inference.weights; }
  int64_t scratch() const { return std::max(training.scratch, inference.scratch); }
  int64_t outputs() const { return std::max(training.outputs, inference.outputs); }
};

}  // namespace

DetectorMemory estimate_memory(const Detector& detector, const PictureSource& pictures,
                               const DetectorTraining& settings, network::Precision precision) {
  const plan::ValueType values = network::value_type(precision);
  const int64_t batch = std::min<int64_t>(settings.batch, pictures.count);
  const auto [height, width] = largest_canvas(pictures, settings.batch);
  const graph::Shape canvas = {height, width, 3};
  const DenseGraph dense = detector.dense_graph(canvas);
  const HeadGraph& head = detector.head();
  const RegionSettings& regions = detector.settings().regions;
  // Images of the head's graph, which holds `rows` regions each, at a time.
  const auto head_images = [&](int64_t count) {
    return std::min((count + head.rows - 1) / head.rows,
                    RegionStage::images_at_a_time(head, regions));
  };
  const int64_t trained = head_images(batch * regions.sample.count);
  const int64_t inferred = head_images(detector.settings().proposals.kept);
  const StageMemory first(dense.graph, {.training = true, .outputs = dense.outputs}, values,
                          {.trained = batch, .inferred = 1});
  const StageMemory second(head.graph,
                           {.training = true, .outputs = head.outputs, .image_gradient = true},
                           values, {.trained = trained, .inferred = inferred});

  DetectorMemory memory;
  for (const graph::Graph* graph : {&dense.graph, &head.graph})
    memory.tensors += network::parameter_bytes(*graph) + 3 * network::gradient_bytes(*graph);

  int64_t anchors = 0;
  for (int level = 0; level < dense.levels(); ++level) {
    const auto output =
        static_cast<size_t>(dense.outputs[static_cast<size_t>(dense.objectness(level))]);
    anchors += dense.graph.operators[output].output.elements();
  }
  const int64_t sizes_kept = std::min<int64_t>(Detector::kDenseKept, canvas_sizes(pictures));
  // A matched anchor: its object for each image, and the overlap and object that are found with it.
  const int64_t matching = anchors * (batch + 2) * static_cast<int64_t>(sizeof(int));
  memory.maps = std::max({first.training.activations, first.inference.activations,
                          second.inference.activations}) +
                std::max(first.scratch(), second.scratch()) + first.outputs() + matching +
                sizes_kept * (first.weights() + anchors * static_cast<int64_t>(sizeof(boxes::Box)));

  memory.regions = second.training.activations + second.weights() + second.outputs() +
                   RegionStage::image_bytes(head) * std::max(2 * trained, inferred);

  const int64_t kept = pictures.bytes() <= kMostKept ? pictures.bytes() : 0;
  // Of the steps that wait, one being made and one in work; its canvases are floats, too.
  constexpr int64_t kMostSteps = TrainingPictures::kAhead + 2;
  const int64_t steps =
      std::min(kMostSteps, settings.epochs * batches_per_epoch(pictures.count, batch));
  memory.pictures = kept + batch * canvas.elements() * (steps + plan::kFloatBytes);
  return memory;
}

void check_memory(const DetectorMemory& estimate, int64_t memory) {
  const int64_t total = estimate.total() + train::kProcessBytes;
  const double least = static_cast<double>(total) / (1 + train::kEstimateError);
  if (memory == 0 || least <= static_cast<double>(memory)) return;
  const auto [most, advice] =
      std::max({std::pair{estimate.maps, "maps; choose a smaller --batch or --shortest"},
                {estimate.regions, "regions; choose a smaller --region-sample or fewer --filters"},
                {estimate.tensors, "parameters; choose fewer --filters or --cells"},
                {estimate.pictures, "pictures; choose a smaller --batch or --shortest"}});
  throw OutOfMemory(fmt::format(
      "out of memory: it takes an estimated {} to train the detector, and the machine, or the "
      "control group (container, job) of this process, has {}; {} are for {}",
      format_bytes(total), format_bytes(memory), format_bytes(most), advice));
}

}  // namespace nasnet::detect
