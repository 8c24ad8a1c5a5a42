#include "cli/train_detector.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/boxes_data.h"
#include "cli/metric_report.h"
#include "cli/suggest.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/shell.h"
#include "nasnet/base/text.h"
#include "nasnet/detect/fit_detector.h"
#include "nasnet/logs/training_events.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/memory.h"
#include "nasnet/train/model.h"

// `nasnet train` on a set of boxes: fills a request from the settings; detect::fit_detector() does
// the rest.

namespace nasnet::cli {
namespace {

/// Genotype and stack of the classifier that the training starts from.
void take_classifier(Options& options, const DetectorFlags& flags, bool has_genotype,
                     detect::DetectorRequest& request) {
  const train::ModelInfo classifier = train::load_model_info(flags.from);
  if (has_genotype && request.genotype != classifier.genotype)
    throw InputError(fmt::format("--from {} is of the genotype {}; leave {} out", flags.from,
                                 classifier.genotype.name, request.genotype.name));
  options.adopt({{"stack", to_text(classifier.stack.stack)},
                 {"cells", classifier.stack.cells},
                 {"filters", classifier.stack.filters}},
                flags.from);
  const detect::DetectorDesign& design = flags.design;
  if (design.stack != classifier.stack.stack || design.cells != classifier.stack.cells ||
      design.filters != classifier.stack.filters)
    throw InputError(fmt::format(
        "--from {} is a network of --stack {} --cells {} --filters {}; leave these settings out",
        flags.from, to_text(classifier.stack.stack), classifier.stack.cells,
        classifier.stack.filters));
  request.genotype = classifier.genotype;
  request.pooling = classifier.stack.pooling;
  request.from = flags.from;
}

detect::DetectorRequest make_request(Options& options, DetectorFlags& flags,
                                     const TrainingPlace& place, const Common& common) {
  detect::DetectorRequest request;
  if (!place.genotype.empty()) request.genotype = space::load_genotype(place.genotype);
  if (place.resume && train::is_model(place.folder)) {
    // Weights come from the folder, whatever they began with.
    const detect::DetectorInfo stored = detect::load_detector_info(place.folder);
    if (place.genotype.empty()) request.genotype = stored.genotype;
    request.pooling = stored.pooling;
  } else if (!flags.from.empty()) {
    take_classifier(options, flags, !place.genotype.empty(), request);
  }
  request.design = flags.design;
  request.training = flags.training;
  request.kernels = flags.kernels;
  request.precision = flags.precision;
  request.seed = common.seed;
  request.threads = common.threads;
  request.folder = place.folder;
  request.resume = place.resume;
  return request;
}

int64_t count_objects(const boxes::DetectionSplit& split) {
  int64_t count = 0;
  for (const boxes::DetectionImage& image : split.images) count += std::ssize(image.objects);
  return count;
}

void say_beginning(const boxes::DetectionSet& set, const boxes::TrainingSplits& splits,
                   const detect::DetectorInfo& info, const detect::Detector& detector,
                   const detect::DetectorMemory& memory) {
  int64_t parameters = 0;
  for (const graph::Parameter& one : detector.parameters())
    if (one.trainable()) parameters += one.elements();
  fmt::print("{}: {} training images with {} boxes of {} classes; {:.3g} M parameters to learn\n",
             set.name, thousands(std::ssize(splits.train.images)),
             thousands(count_objects(splits.train)), set.categories.size(),
             static_cast<double>(parameters) / 1e6);
  const detect::ResizeSettings resize = resize_of(info.design);
  fmt::print("pictures of {} by up to {} pixels, anchors of {}, about {} of memory\n",
             resize.shortest, resize.longest, info.design.anchors,
             format_bytes(memory.total() + train::kProcessBytes));
  std::fflush(stdout);
}

void report(const detect::DetectorInfo& info, const std::string& folder, bool json) {
  if (json) {
    nlohmann::ordered_json result = {{"model", printable(folder)},
                                     {"genotype", info.genotype.name},
                                     {"epochs", std::ssize(info.state.history)},
                                     {"train_loss", nullptr},
                                     {"test_split", nullptr},
                                     {"test_images", info.test_images},
                                     {"numbers", nullptr}};
    if (!info.state.history.empty()) result["train_loss"] = info.state.history.back().losses.sum();
    if (info.test) {
      result["test_split"] = printable(info.test_split);
      result["numbers"] = detect::numbers_to_json(*info.test);
    }
    fmt::print("{}\n", result.dump());
    return;
  }
  if (info.test)
    fmt::print("test AP {:.3f}, AP50 {:.3f}, AP75 {:.3f} ({}, {} images, final training)\n",
               info.test->ap, info.test->ap50, info.test->ap75, printable(info.test_split),
               info.test_images);
  fmt::print("model in {}\nnext: {} IMAGE...\n", printable(folder),
             suggested_command({"predict", as_argument(folder), "--draw", "seen"}));
}

/// Has each epoch logged, too, where that is wanted.
std::unique_ptr<logs::TrainingEvents> log_training(const TrainingPlace& place,
                                                   detect::DetectorRequest& request) {
  if (place.tensorboard.empty()) return nullptr;
  std::vector<detect::DetectorEpoch> before;
  if (place.resume && train::is_model(place.folder))
    before = detect::load_detector_info(place.folder).state.history;
  auto events = std::make_unique<logs::TrainingEvents>(place.tensorboard, place.folder, before);
  request.after_epoch = [events = events.get(),
                         say = request.after_epoch](const detect::DetectorEpoch& epoch) {
    events->add(epoch);
    if (say) say(epoch);
  };
  return events;
}

}  // namespace

void train_detector(Options& options, DetectorFlags& flags, const TrainingPlace& place,
                    const boxes::DetectionSet& set, bool skip_unreadable, const Common& common) {
  options.take_only(
      names_of_settings(flags, {"data", "skip_unreadable", "out", "resume", "tensorboard"}),
      fmt::format("is for classifiers, and {} has boxes to train a detector on; "
                  "leave it out",
                  printable(set.source)));
  demand_processor(common.device);
  train::demand_free(place.folder, place.resume);
  say_problems(set, skip_unreadable);
  const boxes::TrainingSplits splits = boxes::training_splits(set);
  detect::DetectorRequest request = make_request(options, flags, place, common);
  if (!common.json) {
    request.before_training = [&](const detect::DetectorInfo& info,
                                  const detect::Detector& detector,
                                  const detect::DetectorMemory& memory) {
      say_beginning(set, splits, info, detector, memory);
    };
    request.after_epoch = [](const detect::DetectorEpoch& epoch) {
      print_line(fmt::format("epoch {:>3}: loss {:.4f} (proposals {:.3f}, regions {:.3f})",
                             epoch.epoch, epoch.losses.sum(),
                             epoch.losses.objectness + epoch.losses.proposals,
                             epoch.losses.classes + epoch.losses.boxes));
    };
  }
  const auto events = log_training(place, request);
  const detect::DetectorInfo info = detect::fit_detector(request, set, splits);
  if (events) events->add(info);
  report(info, place.folder.string(), common.json);
}

}  // namespace nasnet::cli
