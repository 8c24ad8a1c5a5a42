// A detector's training step on the fused kernels beside libtorch's operators one by one, the same
// detector on the same pictures, in turn: processor time of one thread, medians.
//
//   bench_detector_step [--json] [N F]
//
// NASNet-A, pyramid, 4 pictures of 320 x 240 with six boxes each.

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cstring>
#include <string>
#include <vector>

#include "bench/processor_time.h"
#include "nasnet/base/random.h"
#include "nasnet/detect/detector_design.h"
#include "nasnet/libtorch/backend.h"
#include "nasnet/network/backend.h"
#include "nasnet/space/genotypes.h"

using namespace nasnet;

namespace {

/// Grey noise with brighter boxes.
detect::Picture picture(uint64_t number) {
  constexpr int kWidth = 320, kHeight = 240;
  Random random(1, number, "pictures");
  detect::Picture result;
  result.image = {kHeight, kWidth, std::vector<uint8_t>(size_t{3} * kHeight * kWidth)};
  for (uint8_t& value : result.image.pixels) value = static_cast<uint8_t>(random.below(120));
  for (int k = 0; k < 6; ++k) {
    const auto edge = static_cast<int>(20 + random.below(80));
    const auto x = static_cast<int>(random.below(kWidth - 100)),
               y = static_cast<int>(random.below(kHeight - 100));
    for (int row = y; row < y + edge; ++row)
      for (int column = x; column < x + edge; ++column)
        result.image.pixels[static_cast<size_t>(3 * (row * kWidth + column) + k % 3)] = 220;
    result.target.objects.push_back({static_cast<float>(x), static_cast<float>(y),
                                     static_cast<float>(x + edge), static_cast<float>(y + edge)});
    result.target.labels.push_back(k % 3);
  }
  return result;
}

/// A detector, and where its gradients go.
struct Arm {
  Arm(const detect::DetectorDesign& design, network::Kernels kernels)
      : detector(detect::make_detector(space::named_genotype("nasnet-a"), design,
                                       graph::Pooling::kSlim, 3, detect::BatchNorm::kLearned, 0.5,
                                       {.kernels = kernels}, 1)) {
    for (const graph::Parameter& parameter : detector->parameters())
      gradients.emplace_back(parameter.shape);
    for (Tensor& gradient : gradients) places.push_back(gradient.change().data());
  }
  void step(const detect::ImageBatch& batch, const std::vector<detect::Target>& targets,
            int64_t number) {
    detector->add_gradients(batch, targets,
                            {.training = true, .seed = 1, .step = static_cast<int64_t>(number)}, 1,
                            places);
  }
  std::unique_ptr<detect::Detector> detector;
  std::vector<Tensor> gradients;
  fused::GradientPlaces places;
  std::vector<double> times;
};

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  std::vector<int> sizes;
  for (int k = 1; k < argc; ++k) {
    if (std::strcmp(argv[k], "--json") == 0) {
      json = true;
    } else {
      sizes.push_back(std::stoi(argv[k]));
    }
  }
  network::set_backend([] { return libtorch::backend(); });
  at::set_num_threads(1);
  detect::DetectorDesign design;
  design.anchors = "20,40,80,160";
  if (sizes.size() == 2) {
    design.cells = sizes[0];
    design.filters = sizes[1];
  }
  std::vector<detect::Picture> pictures;
  for (uint64_t k = 0; k < 4; ++k) pictures.push_back(picture(k));
  std::vector<const detect::Picture*> list;
  std::vector<detect::Target> targets;
  for (const detect::Picture& one : pictures) {
    list.push_back(&one);
    targets.push_back(one.target);
  }
  const detect::ImageBatch batch = make_batch(list, {{0.3, 0.3, 0.3}, {0.2, 0.2, 0.2}});
  Arm fused(design, network::Kernels::kFused), reference(design, network::Kernels::kReference);
  constexpr int kRuns = 11;
  for (int run = -2; run < kRuns; ++run)  // two to warm up
    for (Arm* arm : {&fused, &reference}) {
      const double begin = bench::seconds(true);
      arm->step(batch, targets, run + 2);
      if (run >= 0) arm->times.push_back(1e3 * (bench::seconds(true) - begin));
    }
  const double ours = bench::median(fused.times), theirs = bench::median(reference.times);
  if (json) {
    fmt::print(
        "{{\"name\": \"detector_step\", \"cells\": {}, \"filters\": {}, \"fused_ms\": {:.1f}, "
        "\"reference_ms\": {:.1f}, \"ratio\": {:.2f}}}\n",
        design.cells, design.filters, ours, theirs, theirs / ours);
  } else {
    fmt::print("N={} F={}: fused {:.1f} ms, libtorch's operators {:.1f} ms, ratio {:.1f}\n",
               design.cells, design.filters, ours, theirs, theirs / ours);
  }
}
