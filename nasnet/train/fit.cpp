// A whole training: the model's folder from the first epoch to the test accuracy, resumable at any
// step.

#include "nasnet/train/fit.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/train/fitting.h"
#include "nasnet/train/group_training.h"
#include "nasnet/train/image_sizes.h"
#include "nasnet/train/input_channels.h"
#include "nasnet/train/layer_groups.h"
#include "nasnet/train/source_model.h"
#include "nasnet/train/training_images.h"

namespace nasnet::train {
namespace {

ModelInfo new_model(const FitRequest& request, const data::DataSet& data) {
  ModelInfo info;
  info.genotype = request.genotype;
  info.stack = stack_for(request.stack, request.training, data);
  info.classes = data.classes;
  if (request.from.empty()) {
    info.normalization = data::measure_normalization(data.train);
  } else {
    const SourceModel source = load_source(request.from);
    info.normalization = normalization_for(source.info.normalization, data.train.channels);
    info.from = request.from.filename().string();
    info.from_digest = source.digest;
  }
  info.seed = request.seed;
  info.training = request.training;
  info.tuning = request.tuning;
  info.preparation = request.preparation;
  info.data_source = data.source;
  info.data_digest = data.digest();
  info.data_contents = data.contents;
  info.split = split_digest(training_images(data.train));
  return info;
}

std::string shape_text(const graph::Shape& shape) {
  return fmt::format("{}x{}x{}", shape.width, shape.height, shape.channels);
}

/// A resumed training must be the one that was stopped, or its losses would not be the same.
void demand_same(const ModelInfo& stored, const ModelInfo& asked, const std::string& folder) {
  std::string differences;
  const auto add = [&](const std::string& difference) {
    if (!difference.empty()) differences += (differences.empty() ? "" : "; ") + difference;
  };
  if (stored.genotype != asked.genotype)
    add(stored.genotype.name == asked.genotype.name
            ? "another genotype"
            : fmt::format("the genotype {} instead of {}", stored.genotype.name,
                          asked.genotype.name));
  if (stored.classes != asked.classes)
    add(fmt::format("other classes: {}",
                    describe_difference(stored.classes, "there", asked.classes, "in the data")));
  if (!asked.from.empty() && stored.from_digest != asked.from_digest)
    add(fmt::format("other weights to begin --from than {}'s", asked.from));
  add(differing_settings(training_settings(stored), training_settings(asked)));
  const auto is_square = [](const graph::Shape& shape) { return shape.height == shape.width; };
  if (stored.stack.input != asked.stack.input &&
      (stored.stack.input.channels != asked.stack.input.channels ||
       !is_square(stored.stack.input) || !is_square(asked.stack.input)))
    add(fmt::format("images of {} instead of {}", shape_text(stored.stack.input),
                    shape_text(asked.stack.input)));
  if (differences.empty() && stored.data_digest != asked.data_digest)
    add("other images or labels (--limit-train and --limit-test count, too)");
  if (!differences.empty())
    throw InputError(
        fmt::format("--resume: {} holds a training with {}; give the same, or another --out",
                    folder, differences));
}

/// Throws InputError for sizes of images that the network cannot have.
void check_sizes(const ModelInfo& info) {
  if (info.tuning.sizes.empty()) return;
  const graph::Shape& own = info.stack.input;
  if (own.height != own.width)
    throw InputError(
        fmt::format("--sizes are edges of squares, and the images have {}x{} pixels; "
                    "give --image-size, too",
                    own.width, own.height));
  if (info.stack.auxiliary_head)
    throw InputError(
        "--sizes: the auxiliary head is made for images of one size; give --auxiliary-weight 0, "
        "too");
  for (const SizeSpan& span : size_spans(info.tuning.sizes, own.height, info.training.epochs)) {
    graph::StackSettings stack = info.stack;
    stack.input.height = stack.input.width = span.edge;
    graph::build(info.genotype, stack);
  }
}

/// Throws InputError for layers that there are not, for such that would keep random weights, and
/// for patience with nothing to be measured.
void check_tuning(const ModelInfo& info) {
  const TuneSettings& tuning = info.tuning;
  if (tuning.patience > 0 && tuning.hold_out == 0)
    throw InputError("--patience waits for a better held-out accuracy; give --hold-out, too");
  graph::Graph graph = graph::build(info.genotype, info.stack);
  freeze_layers(graph, tuning.freeze);
  check_sizes(info);
  if (!info.from.empty() && tuning.head_epochs >= info.training.epochs)
    warn(fmt::format(
        "--head-epochs {} are all of the {} epochs: the heads alone learn; give more --epochs, or "
        "--head-epochs 0",
        tuning.head_epochs, info.training.epochs));
  if (!info.from.empty() || (tuning.freeze == "none" && tuning.head_epochs == 0)) return;
  throw InputError(fmt::format(
      "{} keeps the weights of other layers, which a training from scratch does not have; name a "
      "model to begin --from",
      tuning.head_epochs > 0 ? "--head-epochs" : "--freeze"));
}

/// Gives the values that the first process may have from the folder to all.
void share_beginning(group::Group* group, ModelInfo& info) {
  if (!group) return;
  const auto shared = nlohmann::json::parse(
      of_first(group, nlohmann::json{{"mean", info.normalization.mean},
                                     {"deviation", info.normalization.deviation},
                                     {"state", state_to_json(info.state)}}
                          .dump()));
  info.normalization.mean = shared.at("mean").get<std::vector<double>>();
  info.normalization.deviation = shared.at("deviation").get<std::vector<double>>();
  info.state = state_from_json(shared.at("state"));
}

}  // namespace

nlohmann::json training_settings(const ModelInfo& info) {
  nlohmann::json settings = settings_to_json(info.training);
  settings.update(settings_to_json(info.tuning));
  settings.update(settings_to_json(info.preparation));
  settings.update({{"stack", to_text(info.stack.stack)},
                   {"cells", info.stack.cells},
                   {"filters", info.stack.filters},
                   {"seed", info.seed}});
  const graph::Shape& input = info.stack.input;
  if (input.height == input.width) settings["image_size"] = input.height;
  return settings;
}

ModelInfo fit(const FitRequest& request, const data::DataSet& data) {
  group::Group* const group = request.group;
  const bool leads = !group || group->leads();
  network::choose_device(request.device);  // a device that is missing is said before all else
  std::optional<FolderLock> lock;
  if (leads) lock.emplace(lock_for_training(request.folder, request.resume));
  ModelInfo info = new_model(request, data);
  demand_same_training(group, training_settings(info).dump() + info.from_digest, info.data_digest);
  const bool going_on = leads && request.resume && is_model(request.folder);
  if (going_on) {
    const ModelInfo stored = load_model_info(request.folder);
    demand_same(stored, info, request.folder.string());
    const std::string split = info.split;
    info = stored;
    info.split = split;  // an earlier nasnet did not keep it
  } else if (leads) {
    check_tuning(info);
  }
  share_beginning(group, info);
  if (group ? group->any(info.finished) : info.finished) return info;

  const TrainingImages trained = training_images(data.train);
  if (leads) {
    // A folder that cannot be written is said now, not after the training.
    AtomicFile(request.folder / "manifest.json");
    save_training_images(request.folder, trained);
  }
  Fitting fitting(request, data, info);
  fitting.train(going_on);
  fitting.finish(trained);
  return info;
}

}  // namespace nasnet::train
