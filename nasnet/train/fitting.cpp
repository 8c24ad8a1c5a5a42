// The phases of a training, what is saved between them, and its end.

#include "nasnet/train/fitting.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/quantity.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/network/feature_network.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/group_training.h"
#include "nasnet/train/kept_checkpoints.h"
#include "nasnet/train/layer_groups.h"
#include "nasnet/train/paced_saver.h"
#include "nasnet/train/reestimate_norms.h"
#include "nasnet/train/schedule.h"
#include "nasnet/train/source_model.h"

namespace nasnet::train {
namespace {

/// Without augmentation features are made once.
bool pictures_stay(const TrainSettings& settings) {
  return !settings.flip && settings.crop_padding == 0 && settings.cutout == 0 &&
         settings.augment == data::AugmentSettings();
}

double multiply_adds_of(const graph::Graph& graph) {
  return static_cast<double>(graph::count(graph).multiply_adds);
}

}  // namespace

Fitting::Fitting(const FitRequest& request, const data::DataSet& data, ModelInfo& info)
    : request_(request),
      data_(data),
      info_(info),
      parts_(hold_out_part(data.train, info.tuning.hold_out)),
      watch_(data.train, parts_.held_out, info.normalization, info.tuning, request.group),
      sizes_(size_spans(info.tuning.sizes, info.stack.input.height, info.training.epochs)) {}

std::vector<Fitting::Phase> Fitting::phases() const {
  std::vector<Phase> all;
  for (int64_t epoch = 0; epoch < info_.training.epochs; ++epoch) {
    const Phase phase{epoch < info_.tuning.head_epochs, size_of_epoch(sizes_, epoch), epoch + 1};
    if (!all.empty() && all.back().trains_alike(phase)) {
      all.back() = phase;
    } else {
      all.push_back(phase);
    }
  }
  return all;
}

void Fitting::train(bool going_on) {
  const int own_edge = info_.stack.input.height;
  if (!info_.tuning.sizes.empty()) tell("images: " + describe(sizes_, own_edge));
  bool first = true;
  for (const Phase& phase : phases()) {
    if (is_behind(phase)) continue;
    begin(phase);
    if (going_on) {
      if (leads()) load_training(request_.folder, info_, *training_);
      going_on = false;
    }
    share_training(request_.group, *training_);
    if (first && leads() && request_.tell) tell_cost();
    first = false;
    run(phase);
    if (watch_.is_over(training_->trainer.state())) break;
  }
  // Measured and used at the network's own size.
  if (sized_) begin({phase_.heads_only, own_edge, phase_.last_epoch});
}

void Fitting::finish(const TrainingImages& trained) {
  network::Network& network = *training_->network;
  if (best_epoch(training_->trainer.state().history) > 0) {
    network.set_tensors(training_->best);
  } else {
    training_->trainer.learner().use_average();
  }
  if (info_.tuning.reestimate_norms)
    reestimate_norms(network, data_.train, parts_.learned, info_.normalization, images_of_norms(),
                     request_.group);
  std::vector<int64_t> tested =
      unseen_images(data_.test, request_.count_trained ? TrainingImages() : trained);
  info_.test_left_out = data_.test.size() - std::ssize(tested);
  if (!tested.empty()) {
    const Accuracy own =
        evaluate(network, data_.test, own_share(request_.group, std::move(tested)),
                 info_.normalization, "testing", training_->split.evaluation_batch);
    const Accuracy all = accuracy_of_all(request_.group, own);
    info_.test_images = all.images;
    info_.test_accuracy = all.share();
    info_.test_loss = all.loss();
  }
  info_.finished = true;
  save();
}

/// At a time, to measure norms: as many as a step has, or so many that they have no more pixels
/// than those of its largest images, which memory was found for.
int64_t Fitting::images_of_norms() const {
  const double edge = static_cast<double>(sizes_.back().edge) / info_.stack.input.height;
  return std::max<int64_t>(std::llround(static_cast<double>(training_->batch) * edge * edge), 1);
}

/// The end of a phase is its own, and was saved with its optimizer.
bool Fitting::is_behind(const Phase& phase) const {
  const TrainState& state = training_ ? training_->trainer.state() : info_.state;
  return state.epoch > phase.last_epoch || (state.epoch == phase.last_epoch && state.batch > 0);
}

void Fitting::tell(const std::string& line) const {
  if (request_.tell) request_.tell(line);
}

void Fitting::tell_rates(const Phase& phase) const {
  const TuneSettings& tuning = info_.tuning;
  if (!phase.heads_only && tuning.freeze == "none" && tuning.layer_decay == 1) return;
  tell(fmt::format("learning rates from epoch {}: {}",
                   phase.heads_only ? 1 : tuning.head_epochs + 1,
                   describe_rates(training_->network->graph(), tuning.layer_decay,
                                  initial_rate(info_.training))));
}

TrainingWork Fitting::work_left() const {
  const TrainState& state = training_->trainer.state();
  const double done =
      static_cast<double>(state.step) / static_cast<double>(training_->trainer.steps_per_epoch());
  TrainingWork work;
  double first = 0;
  for (const Phase& phase : phases()) {
    const auto last = static_cast<double>(phase.last_epoch);
    const graph::Graph graph =
        training_graph(info_.genotype, info_.stack, info_.tuning, phase.heads_only, phase.edge);
    const bool on_features = network::learns_classifier_alone(graph);
    double epochs = last - std::max(first, done);
    if (on_features && pictures_stay(info_.training)) epochs = std::min(epochs, 1.0);
    if (last > done) work.spans.push_back({epochs, multiply_adds_of(graph), on_features});
    first = last;
  }
  work.images = training_->trainer.steps_per_epoch() * training_->batch;
  const double turns = std::max(0.0, info_.training.epochs - done) / info_.tuning.measure_every;
  work.evaluated =
      static_cast<double>(data_.test.size()) + turns * static_cast<double>(parts_.held_out.size());
  work.multiply_adds = multiply_adds_of(graph::build(info_.genotype, info_.stack));
  return work;
}

/// The time that is left, by a few images before the first step.
void Fitting::tell_cost() const {
  network::Network& network = *training_->network;
  const int64_t replicas = std::max<int64_t>(info_.training.replicas * training_->split.parts, 1);
  // libtorch's learners do not leave a place as it was.
  const bool fused = network.computation().kernels == network::Kernels::kFused;
  const MeasuredPace measured{
      measure_pace(network, std::max<int64_t>(training_->batch / replicas, 1),
                   fused ? &training_->trainer.learner() : nullptr,
                   training_->split.recomputed_cells),
      multiply_adds_of(network.graph()), network::learns_classifier_alone(network.graph())};
  const int processes = request_.group ? request_.group->size() : 1;
  const double seconds = estimate_seconds(work_left(), measured) / processes;
  const Trainer& trainer = training_->trainer;
  const bool gpu = network.computation().device.cuda;
  const int units = processes * (gpu ? 1 : network.computation().threads);
  tell(fmt::format("estimated time: {}, {:.2g} {}-hours on {} {}{}, for {} steps of {} images",
                   format_seconds(seconds), seconds * units / 3600, gpu ? "GPU" : "core", units,
                   gpu ? "GPU" : "core", units == 1 ? "" : "s",
                   thousands(trainer.total_steps() - trainer.state().step), training_->batch));
}

void Fitting::save() {
  if (!leads()) return;
  info_.state = training_->trainer.state();
  save_model(request_.folder, info_, *training_);
}

/// A training of this phase, which goes on from the one before.
void Fitting::begin(const Phase& phase) {
  std::optional<Training::Handover> before;
  if (training_) before = training_->hand_over();
  const bool same_layers = before && phase.heads_only == phase_.heads_only;
  phase_ = phase;
  training_.reset();  // memory for one at a time
  sized_.reset();
  if (phase.edge != info_.stack.input.height)
    sized_ = at_size(data_.train, phase.edge, info_.preparation, request_.threads);
  training_ =
      std::make_unique<Training>(TrainingRequest{.genotype = info_.genotype,
                                                 .stack = info_.stack,
                                                 .settings = info_.training,
                                                 .data = data_,
                                                 .images = parts_.learned,
                                                 .normalization = info_.normalization,
                                                 .tuning = info_.tuning,
                                                 .heads_only = phase.heads_only,
                                                 .sized = sized_ ? &*sized_ : nullptr,
                                                 .evaluation_images = data_.test.size(),
                                                 .seed = info_.seed,
                                                 .device = network::choose_device(request_.device),
                                                 .threads = request_.threads,
                                                 .group = request_.group});
  if (before) {
    training_->take_over(*before, same_layers);
  } else if (leads() && !request_.from.empty() && info_.state.step == 0) {
    take_weights_of_source();
  }
  if (same_layers) return;
  tell(describe(training_->split));
  tell_rates(phase);
}

void Fitting::take_weights_of_source() {
  const TakenWeights taken = take_weights(load_source(request_.from), info_, *training_->network);
  Training::Handover beginning = training_->hand_over();
  if (!beginning.average.empty()) beginning.average = beginning.weights;
  if (!beginning.best.empty()) beginning.best = beginning.weights;
  training_->take_over(beginning);
  tell(describe(taken, request_.from.string()));
}

/// ", held out 71.2 %": of the last epoch that was measured.
std::string Fitting::describe_held_out(const TrainState& state) {
  for (auto epoch = state.history.rbegin(); epoch != state.history.rend(); ++epoch)
    if (epoch->held_out) return fmt::format(", held out {:.1f} %", 100 * *epoch->held_out);
  return "";
}

void Fitting::run(const Phase& phase) {
  Trainer& trainer = training_->trainer;
  PacedSaver saver(request_.checkpoint_seconds, [&] { save(); });
  const auto begin = std::chrono::steady_clock::now();
  const int64_t first_step = trainer.state().step;
  size_t reported = trainer.state().history.size();
  Progress progress("training", trainer.total_steps(), "images");
  const int64_t epochs = info_.training.epochs;
  bool over = false, stopped = false;
  const auto after_epoch = [&] {
    demand_same_weights(request_.group, *training_->network);
    watch_.measure(*training_);
    over = watch_.is_over(trainer.state());
  };
  const auto after_step = [&](const TrainState& state) {
    if (state.batch == 0) after_epoch();
    report_epochs(state.history, reported, request_.after_epoch, saver);
    const double loss =
        state.images > 0 ? state.loss_sum / state.images : state.history.back().loss;
    Waiting waiting = trainer.waiting();
    waiting.disk = saver.seconds();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    progress.update(
        state.step,
        fmt::format("epoch {}/{}, loss {:.3f}{}{}", std::min<int64_t>(state.epoch + 1, epochs),
                    epochs, loss, describe_held_out(state), describe(waiting, taken.count())),
        (state.step - first_step) * training_->batch);
    stopped = interrupted() || (request_.stop && request_.stop());
    if (request_.group) stopped = request_.group->any(stopped);
    if (stopped) return false;
    if (state.batch == 0 && request_.keep_checkpoints > 0) {
      saver.save();
      if (leads()) keep_checkpoint(request_.folder, state.epoch, request_.keep_checkpoints);
    } else {
      saver.save_where_due(state.batch == 0);
    }
    return !over;
  };
  // Before a phase's first step the folder holds the end of the one before, which has another
  // optimizer.
  const auto save_progress = [&] {
    if (trainer.state().step > first_step) saver.save();
  };
  try {
    // A training that was stopped after an epoch may not have measured it.
    if (trainer.state().batch == 0 && trainer.state().epoch > 0) after_epoch();
    if (!over) trainer.run(after_step, phase.last_epoch);
  } catch (const group::PeerLost&) {
    save_progress();
    throw;
  } catch (const Interrupted&) {
    save_progress();
    throw;
  }
  progress.finish();
  save_progress();
  if (stopped && trainer.state().epoch < epochs)
    throw stopped_at(trainer.state().step, trainer.total_steps());
}

}  // namespace nasnet::train
