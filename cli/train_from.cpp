#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/train_flags.h"
#include "cli/train_result.h"
#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/model.h"

// A classifier's training begins with a genotype's random weights, with another model's, or with
// its own folder's.

namespace nasnet::cli {
namespace {

/// Gives the flags that were not given the model's values. Throws InputError for those that were
/// given others.
void take_model(Options& options, TrainFlags& flags, const train::ModelInfo& model) {
  const graph::StackSettings& stack = model.stack;
  nlohmann::json values = settings_to_json(model.preparation);
  values.update(
      {{"stack", to_text(stack.stack)}, {"cells", stack.cells}, {"filters", stack.filters}});
  if (stack.input.height == stack.input.width) values["image_size"] = stack.input.height;
  options.adopt(values, flags.from);
  if (flags.stack != stack.stack || flags.cells != stack.cells || flags.filters != stack.filters)
    throw InputError(fmt::format(
        "--from {} is a network of --stack {} --cells {} --filters {}; leave these settings out",
        flags.from, to_text(stack.stack), stack.cells, stack.filters));
  if (const data::Preparation& own = model.preparation; flags.data.options().preparation != own)
    throw InputError(fmt::format(
        "--from {} takes pictures with --resize {} --interpolation {} --central-crop {}; leave "
        "these settings out",
        flags.from, to_text(own.resize), to_text(own.interpolation), own.central_crop));
}

}  // namespace

void demand_genotype(const std::string& genotype, const std::string& from,
                     const train::ModelInfo& model) {
  if (genotype.empty() || space::load_genotype(genotype) == model.genotype) return;
  throw InputError(fmt::format("--from {} is of the genotype {}; leave {} out", from,
                               model.genotype.name, genotype));
}

std::filesystem::path folder_of(const TrainFlags& flags) {
  if (!flags.out.empty()) return flags.out;
  if (flags.genotype.empty() && flags.from.empty())
    throw InputError(
        "name a genotype: nasnet train nasnet-a --data my-images; `nasnet train --help` says more");
  return named_folder("model-", flags.genotype.empty() ? train::load_model_info(flags.from).genotype
                                                       : space::load_genotype(flags.genotype));
}

train::FitRequest begin_request(Options& options, TrainFlags& flags) {
  train::FitRequest request;
  request.folder = folder_of(flags);
  if (flags.resume && train::is_model(request.folder)) {
    const train::ModelInfo stored = train::load_model_info(request.folder);
    request.genotype =
        flags.genotype.empty() ? stored.genotype : space::load_genotype(flags.genotype);
    request.stack = graph::stack_settings(flags.stack);
    request.stack.pooling = stored.stack.pooling;
    // The weights are in the folder; a source that is still there must be the same.
    if (!flags.from.empty() && train::is_model(flags.from)) request.from = flags.from;
  } else if (!flags.from.empty()) {
    const train::ModelInfo model = train::load_model_info(flags.from);
    demand_genotype(flags.genotype, flags.from, model);
    take_model(options, flags, model);
    request.genotype = model.genotype;
    request.stack = model.stack;
    request.from = flags.from;
  } else if (flags.genotype.empty()) {
    throw InputError("name a genotype: nasnet train nasnet-a --data my-images");
  } else {
    request.genotype = space::load_genotype(flags.genotype);
    request.stack = graph::stack_settings(flags.stack);
  }
  request.stack.cells = flags.cells;
  request.stack.filters = flags.filters;
  return request;
}

}  // namespace nasnet::cli
