#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/describe_training.h"
#include "cli/group_member.h"
#include "cli/program.h"
#include "cli/suggest.h"
#include "cli/train_flags.h"
#include "cli/train_result.h"
#include "cli/verb.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/shell.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/detect/detector_model.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/logs/training_events.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/training.h"

// `nasnet train`: fills a request from flags, configuration file, and, with --resume, the settings
// of the training in the folder; train::fit() does the rest. Stored settings, the recipe, what was
// given: Options puts them in this order. Where the data has boxes, a detector is trained
// (train_detector.cpp).

namespace nasnet::cli {
namespace {

/// The settings of the training that is resumed.
nlohmann::json settings_to_go_on_with(const TrainFlags& train) {
  const std::filesystem::path folder = folder_of(train);
  if (!train.resume || !train::is_model(folder)) return nlohmann::json::object();
  if (train::model_kind(folder) == train::ModelKind::kDetector)
    return detect::training_settings(detect::load_detector_info(folder));
  return train::training_settings(train::load_model_info(folder));
}

/// Has each epoch logged, too, where that is wanted.
std::unique_ptr<logs::TrainingEvents> log_training(const TrainFlags& train,
                                                   train::FitRequest& request) {
  if (train.logs.tensorboard.empty()) return nullptr;
  std::vector<train::EpochRecord> before;
  if (request.resume && train::is_model(request.folder))
    before = train::load_model_info(request.folder).state.history;
  auto events =
      std::make_unique<logs::TrainingEvents>(train.logs.tensorboard, request.folder, before);
  request.after_epoch = [events = events.get(),
                         say = request.after_epoch](const train::EpochRecord& epoch) {
    events->add(epoch);
    if (say) say(epoch);
  };
  return events;
}

void train_classifier(Options& options, TrainFlags& train, const Common& common,
                      group::Group* group) {
  options.take_only(names_of_settings(train),
                    fmt::format("is for detectors, and {} has no boxes; leave it out",
                                printable(train.data.data)));
  // Missing kernels or devices are told of before the data is read.
  network::choose_computation(network::choose_device(common.device), train.training.kernels,
                              train.training.precision);
  train::FitRequest request = begin_request(options, train);
  request.training = train.training;
  request.tuning = train.tuning;
  request.preparation = train.data.options().preparation;
  request.seed = common.seed;
  request.device = common.device;
  request.threads = common.threads;
  request.resume = train.resume;
  request.count_trained = train.count_trained;
  request.keep_checkpoints = train.keep_checkpoints;
  request.group = group;
  const bool leads = !group || group->leads();
  // Before the data set is read, which may take minutes.
  if (leads) train::demand_free(request.folder, request.resume);
  if (train::wants_pictures(train.training, train.tuning)) train.data.hold.clear();
  const data::DataSet data = load_data(train.data);
  if (!common.json && leads) {
    const graph::Counts counts = graph::count(
        graph::build(request.genotype, train::stack_for(request.stack, request.training, data)));
    fmt::print("{}: {} training images, {} classes; {:.3g} M parameters, {:.3g} M multiply-adds\n",
               data.name, data.train.size(), data.classes.size(),
               static_cast<double>(counts.parameters) / 1e6,
               static_cast<double>(counts.multiply_adds) / 1e6);
    // The size that pictures were brought to, as it decides what the network can see.
    fmt::print("{}\n", data::describe_size(data, train.data.options()));
    request.after_epoch = print_epoch;
    request.tell = [](const std::string& line) { print_line(line); };
  }
  const auto events = leads ? log_training(train, request) : nullptr;
  const train::ModelInfo info = train::fit(request, data);
  if (!leads) return;
  if (events) events->add(info);
  if (common.json) {
    fmt::print("{}\n", training_result(info, request.folder.string(), data).dump());
  } else {
    print_training_result(info, request.folder.string(), data);
  }
}

/// By what the data is: a detector where it has boxes.
void train_on_data(Options& options, TrainFlags& train, const Common& common, group::Group* group) {
  if (!train.data.data.empty())
    if (const auto set = boxes::find_detection_set(
            train.data.data,
            {.boxes = train.detector.boxes, .skip_unreadable = train.data.skip_unreadable})) {
      if (group)
        throw InputError(
            fmt::format("{} has boxes, and detectors are trained in one process; leave --processes "
                        "or the launcher out",
                        printable(set->source)));
      return train_detector(
          options, train.detector,
          {train.genotype, folder_of(train), train.resume, train.logs.tensorboard}, *set,
          train.data.skip_unreadable, common);
    }
  train_classifier(options, train, common, group);
}

void run(Options& options, TrainFlags& train, const Common& common) {
  if (!train.describe || train.resume)
    options.adopt(settings_to_go_on_with(train), folder_of(train).string());
  if (train.describe) return describe_training(train, common);
  if (train.processes > 1 && !is_launched())
    return run_in_processes(train.processes, train.restarts, train.peer_timeout);
  run_in_group(train.peer_timeout,
               [&](group::Group* group) { train_on_data(options, train, common, group); });
}

}  // namespace

void add_train(Program& program) {
  Options& options = program.add(
      "train", "Train a genotype's network on a data set: a classifier, or a detector of boxes");
  const auto train = std::make_shared<TrainFlags>();
  options.optional_argument("genotype", train->genotype, kGenotypeHelp).offers =
      space::genotype_names();
  options.add(*train);
  options.add(train->detector);
  options.add_preset("recipe", [settings = train.get()](const std::string& recipe) {
    const auto values = train::recipe_settings(parse_enum<train::TrainRecipe>(recipe, "recipe"));
    settings->training = values.training;
    settings->tuning = values.tuning;
  });
  options.add_preset("preset", [settings = train.get()](const std::string& preset) {
    if (preset == "paper") settings->detector.design = detect::paper_design();
  });
  options.example("nasnet train nasnet-a --data my-images --cells 1 --epochs 5 --out my-model");
  options.example("nasnet train nasnet-a --data my-images --out my-model --resume",
                  "resume it where it was stopped");
  options.example("nasnet train --from my-model --data my-images --recipe finetune --out my-tuned",
                  "a classifier that begins with another one's weights");
  options.example("nasnet train --recipe quick --epochs 30 --image-size 224 --describe",
                  "a recipe at ten points of its epochs");
  options.example("nasnet train nasnet-a --data my-boxes --out my-detector",
                  "a detector, where the data has boxes");
  options.example("nasnet train --from my-model --data my-boxes --out my-detector",
                  "a detector that begins with a classifier's weights");
  options.run([train, &options](const Common& common) { run(options, *train, common); });
}

}  // namespace nasnet::cli
