#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/search/evaluators/detector_child.h"
#include "nasnet/search/evaluators/evaluator_kind.h"

namespace nasnet::search {
namespace {

using SharedSet = std::shared_ptr<const boxes::DetectionSet>;

std::any open_set(const AnySettings& own, const std::string& data) {
  auto set = boxes::find_detection_set(
      data, {.skip_unreadable = own.as<DetectorChildSettings>().skip_unreadable});
  if (!set) return {};
  return SharedSet(std::make_shared<const boxes::DetectionSet>(std::move(*set)));
}

std::unique_ptr<Evaluator> make_detector(const AnySettings& own, const EvaluatorSetup& setup) {
  DetectorChildSettings settings = own.as<DetectorChildSettings>();
  settings.checkpoints = setup.checkpoints;
  const std::any opened = setup.opened.has_value() ? setup.opened : open_set(own, setup.data);
  if (!opened.has_value())
    throw InputError(fmt::format(
        "--evaluator detector: {} is no set of boxes; `nasnet data` shows its kind", setup.data));
  auto set = std::any_cast<SharedSet>(opened);
  if (!settings.skip_unreadable) set->problems.refuse_errors(setup.data);
  return make_detector_evaluator(std::move(set), setup.space, settings, setup.seed);
}

void check_detector(const AnySettings&, const EvaluatorUse& use) {
  if (use.device == network::DeviceChoice::kCuda)
    throw InputError("--device cuda: detectors run on the processor alone so far; leave it out");
}

std::string explain_detector(const AnySettings& own) {
  const auto& settings = own.as<DetectorChildSettings>();
  const int epochs = settings.training.epochs;
  return fmt::format(
      "Average precisions (IoU .50) of short trainings of detectors (N={} F={}, {} epoch{}) on "
      "{}\nvalidation images: a ranking of cells, not the precision of the best one when it is "
      "trained fully.\nThe best of many is also flattered by having been chosen.\n",
      settings.design.cells, settings.design.filters, epochs, epochs == 1 ? "" : "s",
      settings.validation_images);
}

}  // namespace

EvaluatorKind detector_evaluator() {
  return {.name = "detector",
          .help =
              "trains a detector on each candidate briefly, and measures its boxes on held-out "
              "images",
          .settings = DetectorChildSettings(),
          .serves = [](const space::SearchSpace& space) { return space.has_genotypes(); },
          .make = make_detector,
          .epochs = [](const AnySettings& own) -> int64_t {
            return own.as<DetectorChildSettings>().training.epochs;
          },
          .check = check_detector,
          .explain = explain_detector,
          .open = open_set,
          .objective = kAp50,
          .takes_yardsticks = true};
}

}  // namespace nasnet::search
