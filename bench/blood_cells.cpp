// A detector trained on a set of boxes beside its processor time, to compare with other programs:
//
//   bench_blood_cells SET [--epochs E] [--images N] [--neck fpn|single] [--threads T] [--seed S]
//
// With --images it overfits the first N training images and measures on them; else it trains on all
// and measures on the test images. SET: a folder of COCO's form, such as the blood cells.

#include <fmt/format.h>

#include <cstring>
#include <string>

#include "bench/processor_time.h"
#include "nasnet/base/error.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/boxes/training_splits.h"
#include "nasnet/detect/detector_design.h"
#include "nasnet/detect/detector_trainer.h"
#include "nasnet/detect/evaluate_detector.h"
#include "nasnet/space/genotypes.h"

using namespace nasnet;

namespace {

std::string text_of(int argc, char** argv, const char* flag, const char* otherwise) {
  for (int k = 2; k + 1 < argc; ++k)
    if (std::strcmp(argv[k], flag) == 0) return argv[k + 1];
  return otherwise;
}

void print(const char* title, const boxes::CocoMetric& metric) {
  const boxes::CocoNumbers all = metric.numbers();
  fmt::print("{}: AP {:.3f} AP50 {:.3f} AP75 {:.3f} AR100 {:.3f}; AP50 by class:", title, all.ap,
             all.ap50, all.ap75, all.ar100);
  for (int k = 0; k < metric.classes(); ++k) fmt::print(" {:.3f}", metric.of_class(k).ap50);
  fmt::print("\n");
  std::fflush(stdout);
}

/// The size of torchvision's detector that it is compared with.
detect::DetectorDesign small_design(bool single) {
  detect::DetectorDesign design;
  design.neck = single ? detect::Neck::kSingle : detect::Neck::kPyramid;
  design.shortest = 240;
  design.longest = 320;
  design.anchors = single ? "16,32,64,128" : "20,40,80,160";
  return design;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print("bench_blood_cells SET [--epochs E] [--images N] [--neck fpn|single]\n");
    return 2;
  }
  const auto number = [&](const char* flag, const char* otherwise) {
    return std::stod(text_of(argc, argv, flag, otherwise));
  };
  const auto overfitted = static_cast<size_t>(number("--images", "0"));
  const auto seed = static_cast<uint64_t>(number("--seed", "1"));
  const auto set = boxes::find_detection_set(argv[1]);
  if (!set) throw InputError("no set of boxes");
  boxes::TrainingSplits splits = boxes::training_splits(*set);
  if (overfitted > 0) splits.train.images.resize(std::min(overfitted, splits.train.images.size()));

  detect::DetectorTraining training;
  // Some five minutes of one thread, where all blood cells are trained on.
  training.epochs = static_cast<int>(number("--epochs", "110"));
  training.augmentation = {.flip_vertically = true};
  if (overfitted > 0)
    training.augmentation = {
        .flip = false, .scale_jitter = 0, .crop = 0, .brightness = 0, .contrast = 0};
  const detect::DetectorDesign design =
      small_design(text_of(argc, argv, "--neck", "fpn") == "single");
  const detect::ResizeSettings resize = resize_of(design);
  const auto detector = make_detector(
      space::named_genotype("nasnet-a"), design, graph::Pooling::kSlim,
      static_cast<int>(set->categories.size()), detect::BatchNorm::kLearned, detect::kMeasuredScore,
      {.threads = static_cast<int>(number("--threads", "1"))}, seed);
  const detect::PictureSource pictures =
      detect::keep_pictures(detect::decoding_pictures(splits.train, resize));
  const data::Normalization normalization = measure_colours(pictures, pictures.count);
  const auto measure = [&](const boxes::DetectionSplit& on) {
    return boxes::measure(detect::truth_of(*set, on),
                          detect::detect_split(*detector, on, resize, normalization,
                                               detect::categories_in(*set, set->categories)));
  };

  detect::DetectorTrainer trainer(*detector, pictures, normalization, training, seed);
  double used = 0, begin = bench::process_seconds();
  trainer.run([&](const detect::DetectorState& state) {
    // Between steps nothing is counted: others measure, too.
    used += bench::process_seconds() - begin;
    bool goes_on = true;
    if (state.step % 50 == 0) {
      fmt::print("step {}, {:.0f} processor s, {:.3f} s a step\n", state.step, used,
                 used / static_cast<double>(state.step));
      std::fflush(stdout);
      if (overfitted > 0) {
        const boxes::CocoMetric metric = measure(splits.train);
        print("on them", metric);
        goes_on = metric.numbers().ap50 <= 0.95;
      }
    }
    begin = bench::process_seconds();
    return goes_on;
  });
  if (overfitted == 0) print("test", measure(splits.test));
}
