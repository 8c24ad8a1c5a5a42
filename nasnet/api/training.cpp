#include <nasnet/training.h>

#include "nasnet/api/convert.h"
#include "nasnet/api/dataset_state.h"
#include "nasnet/api/settings.h"
#include "nasnet/base/processors.h"
#include "nasnet/graph/build.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/recipe.h"

// Training of the public library: fills the request that `nasnet train` fills from its flags,
// trains, and loads the model that is left in the folder, so that the caller gets what is stored.

namespace nasnet {

std::vector<SettingFacts> training_settings() {
  train::TrainSettings settings;
  return api::facts_of(list_settings(settings));
}

Model train_model(const Genotype& genotype, const DataSet& data,
                  const std::filesystem::path& folder, const TrainingOptions& options) {
  train::FitRequest request;
  request.genotype = api::to_core(genotype);
  request.stack = graph::stack_settings(parse_enum<graph::StackKind>(options.stack, "stack"));
  request.stack.cells = options.cells;
  request.stack.filters = options.filters;
  // The recipe first: settings that are named win over it.
  const train::RecipeSettings recipe =
      train::recipe_settings(parse_enum<train::TrainRecipe>(options.recipe, "recipe"));
  request.training = recipe.training;
  request.tuning = recipe.tuning;
  api::apply(options.settings, list_settings(request.training));
  request.preparation = data.state().preparation;
  request.seed = options.seed;
  request.device = parse_enum<network::DeviceChoice>(options.device, "--device");
  request.threads = threads_or_cores(options.threads);
  request.folder = folder;
  request.resume = options.resume;
  if (options.after_epoch)
    request.after_epoch = [&](const train::EpochRecord& record) {
      options.after_epoch({record.epoch, record.loss, record.accuracy, record.learning_rate});
    };
  request.stop = options.stop;
  train::fit(request, data.state().data);
  // With the kernels and precision that it was trained with.
  return Model::load(folder, {.device = options.device,
                              .kernels = to_text(request.training.kernels),
                              .precision = to_text(request.training.precision),
                              .threads = options.threads});
}

}  // namespace nasnet
