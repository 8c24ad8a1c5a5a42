#include "nasnet/train/held_out.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/data/hold_out.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/group_training.h"

// Everything here follows from the recorded history, so that a resumed training ends where an
// undisturbed one does. Accuracies are counts: they are the same for any number of processes.

namespace nasnet::train {

Parts hold_out_part(const data::ImageSet& images, double share) {
  Parts parts;
  std::vector<bool> held(images.labels.size());
  if (share > 0 && images.contents.size() != images.labels.size())
    throw InputError("--hold-out needs the contents of the images, which this data set has not");
  if (share > 0) held = data::hold_out(images.labels, images.contents, share);
  for (size_t i = 0; i < held.size(); ++i)
    (held[i] ? parts.held_out : parts.learned).push_back(static_cast<int64_t>(i));
  if (share > 0 && (parts.held_out.empty() || parts.learned.empty()))
    throw InputError(fmt::format(
        "--hold-out {} leaves {} training images to learn from and {} to measure on; some "
        "class needs two different pictures, or give --hold-out 0",
        share, parts.learned.size(), parts.held_out.size()));
  return parts;
}

HeldOut::HeldOut(const data::ImageSet& images, std::vector<int64_t> held_out,
                 const data::Normalization& normalization, const TuneSettings& tuning,
                 group::Group* group)
    : images_(images),
      held_out_(std::move(held_out)),
      normalization_(normalization),
      tuning_(tuning),
      group_(group) {}

void HeldOut::measure(Training& training) const {
  const TrainState& state = training.trainer.state();
  if (held_out_.empty() || state.batch > 0 || state.epoch == 0) return;
  if (state.epoch % tuning_.measure_every != 0 || state.history.back().held_out) return;
  // A network's raw weights are what is trained on.
  const std::vector<network::NamedTensor> average = training.trainer.learner().average();
  const std::vector<Tensor> raw = training.network->tensors();
  std::vector<Tensor> measured;
  for (const network::NamedTensor& one : average) measured.push_back(*one.tensor);
  if (!measured.empty()) training.network->set_tensors(measured);
  const double accuracy = accuracy_of(training);
  if (!measured.empty()) training.network->set_tensors(raw);
  training.trainer.record_held_out(accuracy);
  if (best_epoch(state.history) != state.epoch) return;
  training.best = measured.empty() ? raw : measured;
}

double HeldOut::accuracy_of(Training& training) const {
  const auto whole = training.network_of_stack();
  const Accuracy own =
      evaluate(whole ? *whole : *training.network, images_, own_share(group_, held_out_),
               normalization_, "", training.split.evaluation_batch);
  return accuracy_of_all(group_, own).share();
}

bool HeldOut::is_over(const TrainState& state) const {
  if (tuning_.patience == 0 || state.history.empty() || !state.history.back().held_out)
    return false;
  const int64_t since = std::max<int64_t>(best_epoch(state.history), tuning_.head_epochs);
  return state.epoch - since >= tuning_.patience;
}

int64_t best_epoch(const std::vector<EpochRecord>& history) {
  int64_t best = 0;
  double highest = -1;
  for (const EpochRecord& record : history)
    if (record.held_out && *record.held_out > highest) {
      highest = *record.held_out;
      best = record.epoch;
    }
  return best;
}

}  // namespace nasnet::train
