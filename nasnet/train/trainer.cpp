// The training loop. Losses are read back late on a GPU, but enter the state in their order;
// everything random is named by seed, step and purpose, so that a resumed training goes on with the
// same bits.

#include "nasnet/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/train/layer_groups.h"
#include "nasnet/train/schedule.h"
#include "nasnet/train/tree_sum.h"

namespace nasnet::train {
namespace {

/// Steps whose losses may wait on a GPU. Reading one back stops the processor until the GPU has
/// caught up, and the GPU then stands still until it is given work again.
constexpr size_t kMostUnread = 16;

}  // namespace

int preparing_threads(const network::Computation& computation) {
  if (!computation.device.cuda) return computation.threads;
  return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
}

network::LearningRule learning_rule(const TrainSettings& settings, const TuneSettings& tuning,
                                    const graph::Graph& graph) {
  return {.optimizer = settings.optimizer,
          .momentum = settings.momentum,
          .rmsprop_decay = settings.rmsprop_decay,
          .rmsprop_epsilon = settings.rmsprop_epsilon,
          .weight_decay = settings.weight_decay,
          .clip = settings.clip,
          .average = settings.ema,
          .label_smoothing = settings.label_smoothing,
          .auxiliary_weight = settings.auxiliary_weight,
          .rate_shares = rate_shares(graph, tuning.layer_decay)};
}

int64_t step_images(const TrainSettings& settings, int64_t images) {
  return std::min(int64_t{settings.batch} * settings.replicas, images);
}

Trainer::Trainer(network::Network& network, const data::ImageSet& images,
                 std::vector<int64_t> indices, const data::Normalization& normalization,
                 TrainSettings settings, uint64_t seed, int64_t parts, group::Group* group,
                 const TuneSettings& tuning, int recomputed_cells)
    : network_(network),
      settings_(settings),
      tuning_(tuning),
      seed_(seed),
      group_(group),
      recomputed_cells_(recomputed_cells),
      images_(step_images(settings, std::ssize(indices))),
      replicas_(std::min(settings.replicas * parts, images_)),
      own_(own_replicas(replicas_, group)),
      learner_(network.learn(learning_rule(settings, tuning, network.graph()))) {
  if (indices.empty()) throw InputError("there are no images to train on");
  if (group && replicas_ < group->size())
    throw InputError(
        fmt::format("a step is of {} replica{}, too few for {} processes; give --replicas {}, or "
                    "fewer --processes",
                    replicas_, replicas_ == 1 ? "" : "s", group->size(), group->size()));
  // The rest of the last batch is left out, as it would make a step with noisier statistics.
  batches_ = std::make_unique<data::Batches>(
      images, std::move(indices), normalization,
      data::BatchOptions{
          .batch = images_,
          .shuffle = true,
          .augmentation = {settings.crop_padding.value_or(images.width / 8), settings.flip,
                           settings.cutout, settings.augment},
          .seed = seed,
          .drop_last = true,
          .share = {images_ * own_.first / replicas_, images_ * own_.last / replicas_},
          .threads = preparing_threads(network.computation())});
}

int64_t Trainer::steps_per_epoch() const {
  return batches_->batches_per_epoch();
}

int64_t Trainer::total_steps() const {
  return steps_per_epoch() * settings_.epochs;
}

const TrainState& Trainer::state() const {
  read_back();
  return state_;
}

void Trainer::set_state(TrainState state) {
  const bool whole = state.epoch >= 0 && state.batch >= 0 && state.batch < steps_per_epoch() &&
                     state.step == state.epoch * steps_per_epoch() + state.batch;
  if (!whole)
    throw InputError(
        fmt::format("the saved training is damaged: step {} is not batch {} of epoch {}",
                    state.step, state.batch, state.epoch));
  unread_.clear();
  unread_norms_.clear();
  state_ = std::move(state);
}

void Trainer::fail(const char* what, int64_t step) const {
  throw NotANumber(
      fmt::format("the {} is not a number at step {} (epoch {}); try a lower --learning-rate", what,
                  step + 1, step / steps_per_epoch() + 1));
}

/// Takes the steps' losses into the state in their order, so that it does not matter when.
void Trainer::read_back() const {
  for (const UnreadNorm& unread : std::exchange(unread_norms_, {}))
    if (!std::isfinite(unread.norm())) fail("gradient", unread.step);
  for (const UnreadResult& unread : std::exchange(unread_, {})) {
    const network::PartResult result = unread.result();
    if (!std::isfinite(result.loss)) fail("loss", unread.step);
    state_.loss_sum += result.loss * static_cast<double>(unread.images);
    state_.correct += result.correct;
    state_.images += unread.images;
  }
}

/// Of the images that this process has of a step.
network::Part Trainer::images_of(int64_t replica) const {
  const int64_t own = images_ * own_.first / replicas_;
  const int64_t first = images_ * replica / replicas_, last = images_ * (replica + 1) / replicas_;
  return {first - own, last - first};
}

Trainer::UnreadResult Trainer::run_replica(const data::Batch& batch, int64_t number, size_t place) {
  network::Pass pass;
  pass.training = true;
  pass.progress = static_cast<double>(state_.step) / static_cast<double>(total_steps());
  pass.drop_path_keep = settings_.drop_path_keep;
  // The replicas' images must not share their draws of drop-path and dropout.
  pass.seed = number == 0 ? seed_ : Random(seed_, static_cast<uint64_t>(number), "part").next();
  pass.step = state_.step;
  pass.recomputed_cells = recomputed_cells_;
  if (tuning_.norm_momentum == NormMomentum::kEpoch)
    pass.norm_keep = std::max(1 - 10.0 / static_cast<double>(steps_per_epoch()), 0.9);
  NASNET_CHECK(pass.progress >= 0 && pass.progress < 1, "drop-path grows with the training");
  const network::Part part = images_of(number);
  const double share = static_cast<double>(part.count) / static_cast<double>(images_);
  return {state_.step, part.count,
          learner_->contribute(batch.images, {batch.labels, batch.others, batch.shares}, part, pass,
                               share, place)};
}

/// All replicas' results, in their order. A loss that is not a number ends all processes alike.
Trainer::Results Trainer::gather_results(const Results& own) const {
  std::string bytes;
  for (const UnreadResult& one : own) {
    const network::PartResult result = one.result();
    bytes.append(reinterpret_cast<const char*>(&result), sizeof result);
  }
  Results all;
  for (const std::string& theirs : group_->gather(bytes))
    for (size_t at = 0; at < theirs.size(); at += sizeof(network::PartResult)) {
      network::PartResult result;
      std::memcpy(&result, &theirs[at], sizeof result);
      if (!std::isfinite(result.loss)) fail("loss", state_.step);
      all.push_back({state_.step, images_of(std::ssize(all)).count, [result] { return result; }});
    }
  return all;
}

void Trainer::take(const Results& results) {
  unread_.insert(unread_.end(), results.begin(), results.end());
  // On the CPU nothing is waited for. An epoch's first step always counts, so that there is a mean.
  const bool waits = network_.computation().device.cuda;
  if (!waits || state_.images == 0 || unread_.size() >= kMostUnread) read_back();
}

void Trainer::train_on(const data::Batch& batch) {
  TreeSum sum(replicas_, [this](size_t to, size_t from) { learner_->add(to, from); });
  Results results;
  for (int64_t k = own_.first; k < own_.last; ++k) {
    results.push_back(run_replica(batch, k, sum.place()));
    sum.push_replica(k);
  }
  if (group_) {
    const AddTime add(waited_for_others_);
    results = gather_results(results);
    // The state has nothing of this step yet: where a process is lost the last one is whole.
    learner_->lend(sum.nodes().size(),
                   [&](network::Learner::Rows rows) { sum_over_group(*group_, replicas_, rows); });
  }
  take(results);
  unread_norms_.push_back({state_.step, learner_->step(rate_of(state_.step), state_.step + 1)});
  if (!network_.computation().device.cuda) read_back();
}

void Trainer::finish_epoch() {
  read_back();
  NASNET_CHECK(state_.images > 0 && state_.correct <= state_.images, "an epoch has a mean loss");
  ++state_.epoch;
  state_.history.push_back(
      {state_.epoch,
       state_.loss_sum / static_cast<double>(state_.images),
       static_cast<double>(state_.correct) / static_cast<double>(state_.images),
       rate_of(state_.step - 1),
       {},
       tuning_.sizes.empty() ? 0 : network_.graph().settings.input.height});
  state_.batch = 0;
  state_.loss_sum = 0;
  state_.correct = state_.images = 0;
}

double Trainer::rate_of(int64_t step) const {
  return learning_rate(settings_, step, steps_per_epoch(), tuning_.head_epochs);
}

bool Trainer::run(const AfterStep& after_step, std::optional<int64_t> last) {
  const int64_t end = last.value_or(settings_.epochs);
  while (state_.epoch < end) {
    NASNET_CHECK(state_.step == state_.epoch * steps_per_epoch() + state_.batch,
                 "epoch and batch say the same as the step");
    batches_->start(state_.epoch, state_.batch);
    data::Batch batch;
    while (batches_->next(batch)) {
      train_on(batch);
      ++state_.step;
      ++state_.batch;
      if (state_.batch == steps_per_epoch()) finish_epoch();
      const bool finished = state_.epoch == end;
      if (after_step && !after_step(state_) && !finished) return false;
      if (state_.batch == 0) break;
    }
  }
  return true;
}

}  // namespace nasnet::train
