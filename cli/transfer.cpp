#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/data_options.h"
#include "cli/program.h"
#include "cli/train_flags.h"
#include "cli/train_result.h"
#include "cli/transfer_plan.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/quantity.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/export.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/held_out.h"
#include "nasnet/train/recipe.h"
#include "nasnet/train/transfer_choice.h"

// `nasnet transfer`: from a cell, or a model, to a trained, measured and exported network within a
// budget. The choice is written into the model's folder before anything is trained, so that the
// same command goes on with it, whatever the machine's speed is then.

namespace nasnet::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Transfer {
  std::string genotype, from, out, onnx;
  std::string time = "1h";
  double hold_out = 0.1;
  DataSettings data;
};

template <class Visitor>
void visit_settings(Visitor& v, Transfer& s) {
  v("time", s.time, "the whole command's budget, as 30m or 2h, by which the network is chosen")
      .as("TIME")
      .everyone_needs_it();
  v("from", s.from, "take the weights of this classifier, trained or imported, and its genotype")
      .as("FOLDER")
      .everyone_needs_it();
  v("out", s.out, "folder of the model; default: transfer-GENOTYPE")
      .as("FOLDER")
      .everyone_needs_it();
  v("onnx", s.onnx, "the exported file; default: OUT/model.onnx").as("FILE");
  v("hold_out", s.hold_out,
    "share of the training images on which the best epoch is found; 0 for the last epoch",
    Range{0, 0.9});
  visit_settings(v, s.data);
}

/// Edge of images that need not be resized, 0 for photos; the flag's, where it is given.
int own_size(const DataSettings& settings, const data::DataSet& data) {
  constexpr int kSmall = 96;
  if (settings.image_size > 0) return settings.image_size;
  const bool alike = data.original_sizes.size() <= 1 && data.train.height == data.train.width;
  return alike && data.train.height <= kSmall ? data.train.height : 0;
}

train::RecipeSettings training_of(const TransferPlan& plan) {
  train::RecipeSettings settings;
  // On small networks of large maps it takes ten times what all cells take.
  settings.training.auxiliary_weight = 0;
  if (!plan.from.empty()) {
    settings = train::recipe_settings(train::TrainRecipe::kFinetune);
    settings.tuning.head_epochs = std::min(settings.tuning.head_epochs, plan.epochs - 1);
  }
  settings.training.epochs = plan.epochs;
  settings.tuning.hold_out = plan.hold_out;
  return settings;
}

/// The parts of a plan that the flags decide. Throws InputError where they contradict each other.
TransferPlan begin_plan(const Transfer& flags) {
  TransferPlan plan;
  plan.hold_out = flags.hold_out;
  plan.from = flags.from;
  if (!flags.from.empty()) {
    const train::ModelInfo source = train::load_model_info(flags.from);
    demand_genotype(flags.genotype, flags.from, source);
    plan.genotype = source.genotype;
    plan.stack = source.stack;
    plan.preparation = source.preparation;
  } else if (flags.genotype.empty()) {
    throw InputError(
        "name a genotype: nasnet transfer mine-cells/best-1.json --data photos --time 2h");
  } else {
    plan.genotype = space::load_genotype(flags.genotype);
  }
  plan.preparation = flags.data.preparation.over(plan.preparation);
  return plan;
}

/// Chooses network and epochs by the machine's speed, and says why.
void choose(const Transfer& flags, const data::DataSet& data, double seconds, const Common& common,
            TransferPlan& plan) {
  const train::Parts parts = train::hold_out_part(data.train, plan.hold_out);
  train::TransferTask task{.genotype = plan.genotype,
                           .images = std::ssize(parts.learned),
                           .held_out = std::ssize(parts.held_out),
                           .tested = data.test.size(),
                           .classes = static_cast<int>(data.classes.size()),
                           .channels = data.train.channels,
                           .own_size = own_size(flags.data, data),
                           .size_is_given = flags.data.image_size > 0,
                           .seconds = seconds};
  if (!plan.from.empty()) task.source = plan.stack;
  const train::TrainSettings settings = training_of(plan).training;
  const network::Computation computation = network::choose_computation(
      network::choose_device(common.device), settings.kernels, settings.precision, common.threads);
  const train::TransferChoice choice =
      train::choose_transfer(task, [&](const graph::StackSettings& stack) {
        return train::measure_pace(task.genotype, stack, settings, computation);
      });
  plan.stack = choice.stack;
  plan.epochs = choice.epochs;
  plan.why = choice.why;
}

/// Throws InputError where a flag asks for another training than the one that the folder holds; the
/// budget alone may be another.
void demand_same(const TransferPlan& plan, const Transfer& flags, const fs::path& folder) {
  const auto demand = [&](bool same, const std::string& what) {
    if (!same)
      throw InputError(fmt::format("{} was begun with another {}; give the same, or another --out",
                                   printable(folder.string()), what));
  };
  demand(flags.genotype.empty() || space::load_genotype(flags.genotype) == plan.genotype,
         "genotype");
  demand(flags.from == plan.from, "--from");
  demand(flags.hold_out == plan.hold_out, "--hold-out");
  demand(flags.data.image_size == 0 || flags.data.image_size == plan.stack.input.height,
         "--image-size");
  demand(flags.data.preparation.over(plan.preparation) == plan.preparation,
         "--resize, --interpolation or --central-crop");
}

/// The plan of the folder, or a new one, which is stored there, and the images of its size.
TransferPlan settle_plan(const Transfer& flags, const fs::path& folder, const Common& common,
                         data::DataSet& data) {
  const Clock::time_point start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const double budget = parse_seconds(flags.time, "--time");
  if (budget == 0) throw InputError("--time is empty; write a budget, as 30m or 2h");
  DataSettings settings = flags.data;
  TransferPlan plan = has_plan(folder) ? load_plan(folder) : begin_plan(flags);
  if (plan.epochs > 0) demand_same(plan, flags, folder);
  settings.unless_given = plan.preparation;
  if (plan.epochs == 0) {
    data = load_data(settings);
    // Images of another size are read again. A tenth is left for what was not foreseen.
    constexpr double kForeseen = 0.9;
    choose(flags, data, kForeseen * (budget - 2 * elapsed()), common, plan);
    save_plan(folder, plan);
  }
  settings.image_size = plan.stack.input.height;
  if (data.train.size() == 0) data = load_data(settings);
  // Its notes were printed above.
  if (data.train.height != settings.image_size)
    data = data::load(settings.data, settings.options());
  return plan;
}

void say_plan(const TransferPlan& plan, const data::DataSet& data) {
  for (const std::string& line : plan.why) print_line(line);
  const train::Parts parts = train::hold_out_part(data.train, plan.hold_out);
  print_line(fmt::format(
      "chosen: {0} N={1} F={2} on {3}x{3} pixels, {4} epoch{5} of {6} images{7}",
      to_text(plan.stack.stack), plan.stack.cells, plan.stack.filters, plan.stack.input.height,
      plan.epochs, plan.epochs == 1 ? "" : "s", parts.learned.size(),
      parts.held_out.empty() ? "" : fmt::format(", {} held out", parts.held_out.size())));
}

void run(Transfer& flags, const Common& common) {
  train::FitRequest request;
  request.folder = flags.out.empty()
                       ? fs::path(named_folder("transfer-", begin_plan(flags).genotype))
                       : fs::path(flags.out);
  train::demand_free(request.folder, has_plan(request.folder));
  data::DataSet data;
  const TransferPlan plan = settle_plan(flags, request.folder, common, data);
  const train::RecipeSettings settings = training_of(plan);
  request.genotype = plan.genotype;
  request.stack = plan.stack;
  request.training = settings.training;
  request.tuning = settings.tuning;
  // Once weights lie in the folder, their source is needed no more.
  if (!plan.from.empty() && (!train::is_model(request.folder) || train::is_model(plan.from)))
    request.from = plan.from;
  request.preparation = plan.preparation;
  request.seed = common.seed;
  request.device = common.device;
  request.threads = common.threads;
  request.resume = true;
  if (!common.json) {
    say_plan(plan, data);
    request.after_epoch = print_epoch;
    request.tell = [](const std::string& line) { print_line(line); };
  }
  const train::ModelInfo info = train::fit(request, data);
  const fs::path file = flags.onnx.empty() ? request.folder / "model.onnx" : fs::path(flags.onnx);
  const train::Exported exported =
      train::export_model(request.folder, info, file, exchange::OnnxOptions{}, common.threads);
  if (common.json) {
    nlohmann::ordered_json result = training_result(info, request.folder.string(), data);
    result.update({{"stack", to_text(plan.stack.stack)},
                   {"cells", plan.stack.cells},
                   {"filters", plan.stack.filters},
                   {"image_size", plan.stack.input.height},
                   {"onnx", printable(file.string())},
                   {"onnx_difference", exported.difference}});
    fmt::print("{}\n", result.dump());
    return;
  }
  fmt::print("{}: logits agree with the network within {:.1e}\n", printable(file.string()),
             exported.difference);
  print_training_result(info, request.folder.string(), data);
}

}  // namespace

void add_transfer(Program& program) {
  Options& options = program.add(
      "transfer", "From a cell to a trained, measured and exported network within a budget");
  const auto transfer = std::make_shared<Transfer>();
  options.optional_argument("genotype", transfer->genotype, kGenotypeHelp).offers =
      space::genotype_names();
  options.add(*transfer);
  options.example("nasnet transfer mine-cells/best-1.json --data photos --time 2h --out mine-large",
                  "the same command resumes it");
  options.example("nasnet transfer --from mobile --data photos --time 30m",
                  "with the weights of a model");
  options.run([transfer](const Common& common) { run(*transfer, common); });
}

}  // namespace nasnet::cli
