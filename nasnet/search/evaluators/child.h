#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/data/image_size.h"
#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/train/settings.h"
#include "nasnet/train/usual_stack.h"

namespace nasnet::search {

/// The training settings whose defaults are others for a child than for `train`: all of them, as
/// docs/proxy.md has measured them. A training so short wants many steps, and no crops.
inline train::TrainSettings child_training() {
  train::TrainSettings settings;
  settings.epochs = 2;
  settings.batch = 16;
  settings.learning_rate = 0.1;
  settings.crop_padding = 0;
  settings.auxiliary_weight = 0;
  return settings;
}

/// The same where a study was made before it could name them all, for what it does not name:
/// children then trained with drop-path whatever the settings.
inline train::TrainSettings child_training_of_old() {
  train::TrainSettings settings;
  settings.auxiliary_weight = 0;
  settings.drop_path_keep = 0.6;
  return settings;
}

/// The proxy task: how a candidate is trained to be judged. The paper's is N = 2, 20 epochs on
/// 45,000 images, 5,000 for validation (appendix A.2); the defaults here are for a laptop.
struct ChildSettings {
  int cells = 1;
  int filters = 8;
  /// The network that the best cells are meant for: goals and limits count it.
  int final_cells = train::kUsualCells, final_filters = train::kUsualFilters;
  std::string latency_table;
  train::TrainSettings training = child_training();
  int image_size = 0;
  data::Preparation preparation;  // --resize; the rest of it stays as it is
  int64_t train_images = 5000;
  int64_t validation_images = 2000;
  bool skip_unreadable = false;
  std::vector<std::string> scores = {};  // of the untrained child, to measure: see child_scores.h
  std::string checkpoints;  // of the study, no setting of the child's: see EvaluatorSetup
  bool operator==(const ChildSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, ChildSettings& s) {
  v.topic("Child networks");
  v("cells", s.cells, "N of the child: normal cells a stage", Range{1, 100}).everyone_needs_it();
  v("filters", s.filters, "F of the child: filters of its first stage", Range{1, 4096})
      .everyone_needs_it();
  v("final_cells", s.final_cells,
    "N of the network that the best cells are meant for, which --goal and --limit count",
    Range{1, 100});
  v("final_filters", s.final_filters, "its F", Range{1, 4096});
  v("latency_table", s.latency_table,
    "file that nasnet latency has made of that network: candidates then have the quantity "
    "latency_ms")
      .as("FILE")
      .lies_somewhere();
  data::visit_image_size(v, s.image_size).everyone_needs_it();
  data::visit_resize(v, s.preparation);
  v("train_images", s.train_images, "training images a child sees; 0 for all the rest",
    Range{0, 1e12})
      .everyone_needs_it();
  v("validation_images", s.validation_images,
    "images held out of the training split to measure the accuracy", Range{1, 1e12})
      .everyone_needs_it();
  data::visit_skip_unreadable(v, s.skip_unreadable);
  v("scores", s.scores,
    "scores of each child before its training, measured beside it, comma-separated: jacov, naswot, "
    "synflow");
  v.topic("Training of the children");
  visit_settings(v, s.training);
}

/// How the data set is read that children train on.
inline data::DataOptions data_options(const ChildSettings& settings) {
  return {.image_size = settings.image_size,
          .preparation = settings.preparation,
          .skip_unreadable = settings.skip_unreadable,
          .hold = train::wants_pictures(settings.training) ? 0 : data::DataOptions::kHold};
}

/// Evaluates candidates of a space with genotypes by a short training. The "accuracy" is that on
/// validation images held out of the data set's training split (never its test images). The split
/// is the same for all trials of a study; the child's weights and batches depend on (study seed,
/// arm, trial number). Runs on one thread, so that a result does not depend on the machine's cores.
/// `worker` is this process's number among those of the machine: it chooses among several GPUs.
///
/// Task::epochs: the training stops after so many epochs of its schedule, where the learning rate
/// is not 0 yet, and the child is measured as it is. With a folder of checkpoints the next longer
/// evaluation of the trial goes on from there; without one, or where the checkpoint is missing,
/// damaged or another's, it trains from the start, to the same result bit for bit.
///
/// TrainSettings::memory: see train/memory.h. A child that does not fit fails with OutOfMemory
/// before it starts. Also measured: "batch_parts", the parts that a batch was
/// split into, and "memory_estimate", of the whole process in bytes; the quantities of the final
/// stack (stack_counter.h); and each of ChildSettings::scores that is a number.
std::unique_ptr<Evaluator> make_child_evaluator(std::shared_ptr<const data::DataSet> data,
                                                std::shared_ptr<const space::SearchSpace> space,
                                                ChildSettings settings, uint64_t study_seed,
                                                network::DeviceChoice device, int worker = 0);

}  // namespace nasnet::search
