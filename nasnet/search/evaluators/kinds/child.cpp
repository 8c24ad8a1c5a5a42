#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/network/computation.h"
#include "nasnet/search/evaluators/child.h"
#include "nasnet/search/evaluators/child_scores.h"
#include "nasnet/search/evaluators/evaluator_kind.h"

namespace nasnet::search {
namespace {

std::unique_ptr<Evaluator> make_child(const AnySettings& own, const EvaluatorSetup& setup) {
  ChildSettings settings = own.as<ChildSettings>();
  settings.checkpoints = setup.checkpoints;
  auto data = std::make_shared<data::DataSet>(data::load(setup.data, data_options(settings)));
  if (settings.validation_images >= data->train.size())
    throw InputError(
        fmt::format("--validation-images is {}, but {} has only {} training images; "
                    "choose fewer",
                    settings.validation_images, data->name, data->train.size()));
  return make_child_evaluator(std::move(data), setup.space, settings, setup.seed, setup.device,
                              setup.worker);
}

void check_child(const AnySettings& own, const EvaluatorUse& use) {
  parse_scores(own.as<ChildSettings>().scores);
  const train::TrainSettings& training = own.as<ChildSettings>().training;
  network::choose_computation(network::choose_device(use.device), training.kernels,
                              training.precision);
}

std::string explain_child(const AnySettings& own) {
  const auto& settings = own.as<ChildSettings>();
  const int epochs = settings.training.epochs;
  return fmt::format(
      "Accuracies of short trainings (N={} F={}, {} epoch{}) on {} validation images: a ranking "
      "of\ncells, not the accuracy of the best one when it is trained fully. The best of many is "
      "also\nflattered by having been chosen.\n",
      settings.cells, settings.filters, epochs, epochs == 1 ? "" : "s", settings.validation_images);
}

}  // namespace

EvaluatorKind child_evaluator() {
  return {.name = "child",
          .help = "trains each candidate briefly and measures it on held-out images",
          .settings = ChildSettings(),
          .serves = [](const space::SearchSpace& space) { return space.has_genotypes(); },
          .make = make_child,
          .epochs = [](const AnySettings& own) -> int64_t {
            return own.as<ChildSettings>().training.epochs;
          },
          .check = check_child,
          .explain = explain_child,
          .takes_yardsticks = true,
          .make_older =
              [](AnySettings& own) { own.as<ChildSettings>().training = child_training_of_old(); }};
}

}  // namespace nasnet::search
