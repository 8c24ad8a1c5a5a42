// A detector trained on a set of boxes beside its time, to compare with other programs:
//
//   bench_blood_cells SET [--minutes M] [--images N] [--neck fpn|single] [--threads T] [--seed S]
//
// With --images it overfits the first N training images and measures on them; else it trains on all
// and measures on the test images. SET: a folder of COCO's form, such as the blood cells.

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <numbers>
#include <string>

#include "bench/processor_time.h"
#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/detect/augment.h"
#include "nasnet/detect/backbone.h"
#include "nasnet/detect/evaluate_detector.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/optimizer.h"
#include "nasnet/space/genotypes.h"

using namespace nasnet;

namespace {

double process_seconds() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string text_of(int argc, char** argv, const char* flag, const char* otherwise) {
  for (int k = 2; k + 1 < argc; ++k)
    if (std::strcmp(argv[k], flag) == 0) return argv[k + 1];
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print("bench_blood_cells SET [--minutes M] [--images N] [--neck fpn|single]\n");
    return 2;
  }
  const auto number = [&](const char* flag, const char* otherwise) {
    return std::stod(text_of(argc, argv, flag, otherwise));
  };
  const double minutes = number("--minutes", "5");
  const auto overfitted = static_cast<size_t>(number("--images", "0"));
  const bool single = text_of(argc, argv, "--neck", "fpn") == "single";
  const auto seed = static_cast<uint64_t>(number("--seed", "1"));
  const int threads = static_cast<int>(number("--threads", "1"));
  const auto set = boxes::find_detection_set(argv[1]);
  if (!set) throw InputError("no set of boxes");

  detect::BackboneSettings backbone;
  backbone.stack = graph::stack_settings(graph::StackKind::kMobile);
  backbone.stack.cells = 1;
  backbone.stack.filters = 12;
  backbone.channels = 48;
  backbone.finest = 8;
  backbone.neck = single ? detect::Neck::kSingle : detect::Neck::kPyramid;
  detect::DetectorSettings settings;
  if (single) {
    settings.proposals.anchors = {{.sizes = {16, 32, 64, 128}}};
    backbone.anchors_per_place = 12;
  } else {
    for (const float size : {20.0F, 40.0F, 80.0F, 160.0F})
      settings.proposals.anchors.push_back({.sizes = {size}});
  }
  settings.proposals.per_level = 300;
  settings.proposals.per_level_training = 400;
  settings.proposals.kept = 100;
  settings.proposals.kept_training = 150;
  settings.proposals.sample.count = 128;
  settings.regions.sample.count = 64;
  settings.regions.canonical_edge = 112;
  settings.detections.score = 0.02F;
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  const auto dense = [&](const graph::Shape& canvas) {
    return detect::make_dense(genotype, backbone, canvas);
  };
  const int classes = static_cast<int>(set->categories.size());
  detect::Detector detector(
      dense,
      detect::make_head(region_values(dense({64, 64, 3}), settings.regions.edge), 128, classes),
      classes, settings, {.threads = threads}, seed);

  const detect::ResizeSettings resize{.shortest = 240, .longest = 320};
  const data::Normalization normalization{{0.66, 0.64, 0.68}, {0.15, 0.15, 0.15}};
  const auto split = [&](data::Split kind) -> const boxes::DetectionSplit& {
    for (const boxes::DetectionSplit& one : set->splits)
      if (one.kind == kind) return one;
    throw InputError("a split is missing");
  };
  boxes::DetectionSplit train = split(data::Split::kTrain);
  if (overfitted > 0) train.images.resize(std::min(overfitted, train.images.size()));
  std::vector<detect::Picture> pictures;
  for (const boxes::DetectionImage& image : train.images)
    pictures.push_back(detect::make_picture(image, resize));

  network::LearningRule rule{
      .optimizer = network::LearningRule::Optimizer::kAdamw, .weight_decay = 1e-4, .clip = 5};
  network::Optimizer optimizer(detector.parameters(), detector.tensors(), rule);
  const auto measure = [&](const boxes::DetectionSplit& on) {
    const auto found = detect::detect_split(detector, on, resize, normalization,
                                            detect::categories_in(*set, set->categories));
    return boxes::measure(detect::truth_of(*set, on), found);
  };
  const auto print = [&](const char* title, const boxes::CocoMetric& metric) {
    const boxes::CocoNumbers all = metric.numbers();
    fmt::print("{}: AP {:.3f} AP50 {:.3f} AP75 {:.3f} AR100 {:.3f}; AP50 by class:", title, all.ap,
               all.ap50, all.ap75, all.ar100);
    for (int k = 0; k < metric.classes(); ++k) fmt::print(" {:.3f}", metric.of_class(k).ap50);
    fmt::print("\n");
    std::fflush(stdout);
  };

  constexpr size_t kBatch = 4;
  std::vector<size_t> order;
  double used = 0;
  int64_t step = 0, epoch = -1;
  while (used < 60 * minutes) {
    const double begin = process_seconds();
    if (order.size() < kBatch) {
      std::vector<size_t> next(pictures.size());
      for (size_t k = 0; k < next.size(); ++k) next[k] = k;
      shuffle(next, Random(seed, static_cast<uint64_t>(++epoch), "order"));
      order.insert(order.end(), next.begin(), next.end());
    }
    std::vector<detect::Picture> changed;
    for (size_t k = 0; k < kBatch; ++k)
      changed.push_back(overfitted > 0
                            ? pictures[order[k]]
                            : detect::augmented(pictures[order[k]], {.flip_vertically = true}, seed,
                                                order[k], epoch));
    order.erase(order.begin(), order.begin() + kBatch);
    std::vector<const detect::Picture*> batch;
    std::vector<detect::Target> targets;
    for (const detect::Picture& picture : changed) {
      batch.push_back(&picture);
      targets.push_back(picture.target);
    }
    const double share = used / (60 * minutes);
    const double rate = 2e-3 * std::min(1.0, static_cast<double>(step + 1) / 30) *
                        (0.49 * (1 + std::cos(std::numbers::pi * std::min(1.0, share))) + 0.02);
    const detect::DetectionLosses losses = detector.add_gradients(
        detect::make_batch(batch, normalization), targets,
        {.training = true, .progress = share, .seed = seed, .step = step}, 1, optimizer.places());
    optimizer.step(rate, ++step);
    used += process_seconds() - begin;
    if (step % 50 == 0) {
      fmt::print(
          "step {}, {:.0f} processor s, {:.3f} s a step: objectness {:.3f} proposals {:.3f} "
          "classes {:.3f} boxes {:.3f}\n",
          step, used, used / static_cast<double>(step), losses.objectness, losses.proposals,
          losses.classes, losses.boxes);
      std::fflush(stdout);
      if (overfitted > 0) {
        const boxes::CocoMetric metric = measure(train);
        print("on them", metric);
        if (metric.numbers().ap50 > 0.95) break;
      }
    }
  }
  if (overfitted == 0) print("test", measure(split(data::Split::kTest)));
}
