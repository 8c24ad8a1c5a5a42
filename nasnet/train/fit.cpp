#include "nasnet/train/fit.h"

#include <fmt/format.h>

#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/text.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/save_pace.h"
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

/// A resumed training must be the one that was stopped, or its losses would not be the same.
void demand_same(const ModelInfo& stored, const ModelInfo& asked, const std::string& folder) {
  const auto demand = [&](bool same, const char* what) {
    if (!same)
      throw InputError(
          fmt::format("--resume: {} holds a training with another {}; give the same "
                      "settings, or another --out",
                      folder, what));
  };
  demand(stored.genotype == asked.genotype, "genotype");
  if (stored.classes != asked.classes)
    throw InputError(fmt::format(
        "--resume: {} holds a training with other classes: {}; give the same data set, or another "
        "--out",
        folder, describe_difference(stored.classes, "there", asked.classes, "in the data")));
  demand(stored.stack == asked.stack, "stack (cells, filters, input or classes)");
  demand(stored.training == asked.training, "recipe (epochs, batch, learning rate or the like)");
  demand(stored.seed == asked.seed, "seed");
  demand(stored.preparation == asked.preparation, "preparation of pictures (resize and the like)");
  demand(stored.data_digest == asked.data_digest, "data set");
}

class Saver {
 public:
  Saver(const FitRequest& request, ModelInfo& info, const network::Network& network,
        Trainer& trainer)
      : request_(request), info_(info), network_(network), trainer_(trainer) {}

  void save() {
    const auto begin = SavePace::Clock::now();
    info_.state = trainer_.state();
    save_model(request_.folder, info_, network_, trainer_);
    pace_.saved(begin, SavePace::Clock::now());
  }
  void save_where_due(const TrainState& state) {
    if (pace_.due(SavePace::Clock::now(), state.batch == 0)) save();
  }

 private:
  const FitRequest& request_;
  ModelInfo& info_;
  const network::Network& network_;
  Trainer& trainer_;
  SavePace pace_{request_.checkpoint_seconds, SavePace::Clock::now()};
};

}  // namespace

ModelInfo fit(const FitRequest& request, const data::DataSet& data) {
  const c10::Device device = network::parse_device(request.device);
  ModelInfo info = new_model(request, data);
  const bool going_on = request.resume && is_model(request.folder);
  if (going_on) {
    const ModelInfo stored = load_model_info(request.folder);
    demand_same(stored, info, request.folder.string());
    const std::string split = info.split;
    info = stored;
    if (info.finished) return info;
    info.split = split;  // an earlier nasnet did not keep it
  } else if (is_model(request.folder)) {
    throw InputError(
        fmt::format("{} holds a model already; go on with --resume, or choose another "
                    "--out",
                    request.folder.string()));
  }

  // A folder that cannot be written is said now, not after the training.
  AtomicFile(request.folder / "manifest.json");
  const TrainingImages trained = training_images(data.train);
  save_training_images(request.folder, trained);

  std::vector<int64_t> all(static_cast<size_t>(data.train.size()));
  std::iota(all.begin(), all.end(), 0);
  Training training({.genotype = info.genotype,
                     .stack = info.stack,
                     .settings = info.training,
                     .data = data,
                     .images = std::move(all),
                     .normalization = info.normalization,
                     .evaluation_images = data.test.size(),
                     .seed = info.seed,
                     .device = device});
  network::Network& network = training.network;
  Trainer& trainer = training.trainer;
  if (going_on) load_training(request.folder, info, network, trainer);

  Saver saver(request, info, network, trainer);
  size_t reported = trainer.state().history.size();
  {
    Progress progress("training", trainer.total_steps(), "images");
    const int64_t first_step = trainer.state().step;
    const bool finished = trainer.run([&](const TrainState& state) {
      for (; reported < state.history.size(); ++reported) {
        if (!request.after_epoch) continue;
        try {
          request.after_epoch(state.history[reported]);
        } catch (const SystemError&) {  // nobody reads the report any more
          saver.save();
          throw;
        }
      }
      const double loss =
          state.images > 0 ? state.loss_sum / state.images : state.history.back().loss;
      progress.update(state.step,
                      fmt::format("epoch {}/{}, loss {:.3f}",
                                  std::min<int64_t>(state.epoch + 1, info.training.epochs),
                                  info.training.epochs, loss),
                      (state.step - first_step) * training.batch);
      if (interrupted()) return false;
      saver.save_where_due(state);
      return true;
    });
    progress.finish();
    if (!finished) {
      saver.save();
      throw Interrupted(
          fmt::format("stopped at step {} of {}; the same command with --resume goes on from there",
                      trainer.state().step, trainer.total_steps()));
    }
  }
  saver.save();  // before the evaluation, which may be interrupted
  if (trainer.average()) trainer.average()->copy_to_network();
  std::vector<int64_t> tested =
      unseen_images(data.test, request.count_trained ? TrainingImages() : trained);
  info.test_left_out = data.test.size() - static_cast<int64_t>(tested.size());
  if (!tested.empty()) {
    const Accuracy accuracy = evaluate(network, data.test, std::move(tested), info.normalization,
                                       "testing", training.split.evaluation_batch);
    info.test_accuracy = accuracy.share();
    info.test_images = accuracy.images;
  }
  info.finished = true;
  save_model(request.folder, info, network, trainer);
  return info;
}

}  // namespace nasnet::train
