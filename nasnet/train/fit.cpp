// A whole training: the model's folder from the first epoch to the test accuracy, resumable at any
// step.

#include "nasnet/train/fit.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/text.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/group_training.h"
#include "nasnet/train/paced_saver.h"
#include "nasnet/train/training.h"
#include "nasnet/train/training_images.h"

namespace nasnet::train {
namespace {

ModelInfo new_model(const FitRequest& request, const data::DataSet& data) {
  ModelInfo info;
  info.genotype = request.genotype;
  info.stack = stack_for(request.stack, request.training, data);
  info.classes = data.classes;
  info.normalization = data::measure_normalization(data.train);
  info.seed = request.seed;
  info.training = request.training;
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

/// Throws Interrupted where it was stopped. Whatever ends it, the last whole step is saved.
void train_to_the_end(const FitRequest& request, Training& training, PacedSaver& saver) {
  Trainer& trainer = training.trainer;
  size_t reported = trainer.state().history.size();
  Progress progress("training", trainer.total_steps(), "images");
  const int64_t first_step = trainer.state().step;
  const int64_t epochs = request.training.epochs;
  const auto after_step = [&](const TrainState& state) {
    report_epochs(state.history, reported, request.after_epoch, saver);
    const double loss =
        state.images > 0 ? state.loss_sum / state.images : state.history.back().loss;
    progress.update(state.step,
                    fmt::format("epoch {}/{}, loss {:.3f}",
                                std::min<int64_t>(state.epoch + 1, epochs), epochs, loss),
                    (state.step - first_step) * training.batch);
    const bool stop = interrupted() || (request.stop && request.stop());
    if (request.group ? request.group->any(stop) : stop) return false;
    if (state.batch == 0) demand_same_weights(request.group, *training.network);
    saver.save_where_due(state.batch == 0);
    return true;
  };
  bool finished = false;
  try {
    finished = trainer.run(after_step);
  } catch (const group::PeerLost&) {
    saver.save();
    throw;
  }
  progress.finish();
  if (finished) return;
  saver.save();
  throw stopped_at(trainer.state().step, trainer.total_steps());
}

}  // namespace

nlohmann::json training_settings(const ModelInfo& info) {
  nlohmann::json settings = settings_to_json(info.training);
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
  const network::Device device = network::choose_device(request.device);
  std::optional<FolderLock> lock;
  if (leads) lock.emplace(lock_for_training(request.folder, request.resume));
  ModelInfo info = new_model(request, data);
  demand_same_training(group, training_settings(info).dump(), info.data_digest);
  const bool going_on = leads && request.resume && is_model(request.folder);
  if (going_on) {
    const ModelInfo stored = load_model_info(request.folder);
    demand_same(stored, info, request.folder.string());
    const std::string split = info.split;
    info = stored;
    info.split = split;  // an earlier nasnet did not keep it
  }
  if (group ? group->any(info.finished) : info.finished) return info;

  const TrainingImages trained = training_images(data.train);
  if (leads) {
    // A folder that cannot be written is said now, not after the training.
    AtomicFile(request.folder / "manifest.json");
    save_training_images(request.folder, trained);
  }

  std::vector<int64_t> all(data.train.size());
  std::iota(all.begin(), all.end(), 0);
  Training training({.genotype = info.genotype,
                     .stack = info.stack,
                     .settings = info.training,
                     .data = data,
                     .images = std::move(all),
                     .normalization = info.normalization,
                     .evaluation_images = data.test.size(),
                     .seed = info.seed,
                     .device = device,
                     .threads = request.threads,
                     .group = group});
  network::Network& network = *training.network;
  Trainer& trainer = training.trainer;
  if (going_on) load_training(request.folder, info, network, trainer);
  share_training(group, training);

  PacedSaver saver(request.checkpoint_seconds, [&] {
    if (!leads) return;
    info.state = trainer.state();
    save_model(request.folder, info, network, trainer);
  });
  train_to_the_end(request, training, saver);
  saver.save();  // before the evaluation, which may be interrupted
  trainer.learner().use_average();
  std::vector<int64_t> tested =
      unseen_images(data.test, request.count_trained ? TrainingImages() : trained);
  info.test_left_out = data.test.size() - std::ssize(tested);
  if (!tested.empty()) {
    const Accuracy own = evaluate(network, data.test, own_share(group, std::move(tested)),
                                  info.normalization, "testing", training.split.evaluation_batch);
    const std::vector<int64_t> counts = add_counts(group, {own.correct, own.images});
    info.test_images = counts[1];
    info.test_accuracy = Accuracy{.correct = counts[0], .images = counts[1]}.share();
  }
  info.finished = true;
  if (leads) save_model(request.folder, info, network, trainer);
  return info;
}

}  // namespace nasnet::train
