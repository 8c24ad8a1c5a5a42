#pragma once

#include <filesystem>
#include <string>

#include "cli/data_options.h"
#include "cli/log_flags.h"
#include "cli/options.h"
#include "cli/train_detector.h"
#include "nasnet/graph/graph.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/recipe.h"
#include "nasnet/train/usual_stack.h"

namespace nasnet::cli {

/// The settings of `nasnet train`.
struct TrainFlags {
  std::string genotype;
  std::string out;
  graph::StackKind stack = graph::StackKind::kCifar;
  int cells = train::kUsualCells, filters = train::kUsualFilters;
  bool resume = false;
  bool count_trained = false;
  int64_t keep_checkpoints = 0;
  int processes = 1, restarts = 3;
  double peer_timeout = 60;
  train::TrainRecipe recipe = train::TrainRecipe::kNone;
  bool describe = false;
  LogFlags logs;
  DataSettings data;
  std::string from;
  train::TrainSettings training;
  train::TuneSettings tuning;
  DetectorFlags detector;  // settings of their own: see Options
};

template <class Visitor>
void visit_settings(Visitor& v, TrainFlags& s) {
  v.topic("Network and model");
  v("stack", s.stack,
    "network that the cells are stacked to: for small images (cifar), or a published one for "
    "ImageNet")
      .everyone_needs_it();
  v("cells", s.cells, "N, normal cells a stage", Range{1, 100}).everyone_needs_it();
  v("filters", s.filters, "F, filters of the first stage", Range{1, 4096}).everyone_needs_it();
  v("from", s.from,
    "begin with the weights of this classifier, trained or imported: its genotype, stack, "
    "normalisation and preparation of pictures are the new model's")
      .as("FOLDER")
      .everyone_needs_it();
  v("out", s.out, "folder of the model; default: model-GENOTYPE").as("FOLDER").everyone_needs_it();
  v("resume", s.resume, "resume the training in the model's folder").everyone_needs_it();
  visit_settings(v, s.data);
  v("count_trained", s.count_trained,
    "measure on test images that equal training images, too; without it they are left out");
  v("keep_checkpoints", s.keep_checkpoints,
    "keep the models of the last so many epochs, in OUT/checkpoints; 0 for none but the model "
    "itself, which has the best epoch's weights, too, where images are held out",
    Range{0, 1e6});
  visit_settings(v, s.logs);
  v.topic("Training");
  v("recipe", s.recipe,
    "values for all the settings below that are not given: the paper's, or those for a training on "
    "--from a model")
      .everyone_needs_it();
  v("describe", s.describe,
    "print rate, images' size and the like at ten points of the training, and its settings; train "
    "nothing");
  visit_settings(v, s.training);
  visit_settings(v, s.tuning);
  v.topic("Processes that train together");
  v("processes", s.processes,
    "processes on this machine, each with a share of the --replicas: the weights are those of one "
    "process, bit for bit",
    Range{1, 4096});
  v("restarts", s.restarts, "how often all are started again after one was lost", Range{0, 1e6});
  v("peer_timeout", s.peer_timeout,
    "seconds without a sign of life after which a process counts as lost", Range{0.1, 86400});
}

/// The model's: --out, or one named after the genotype. Throws InputError where neither a genotype
/// nor a classifier to start from was given.
std::filesystem::path folder_of(const TrainFlags& flags);

/// Throws InputError where a genotype was given that is not that of the model --from.
void demand_genotype(const std::string& genotype, const std::string& from,
                     const train::ModelInfo& model);

/// Genotype, stack and source of a classifier's training: of the flags, of the model --from which
/// it begins, or of the one that is resumed; what the flags leave open is adopted. Throws
/// InputError for flags that contradict the model.
train::FitRequest begin_request(Options& options, TrainFlags& flags);

}  // namespace nasnet::cli
