#include "cli/test_images.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/data/known.h"
#include "nasnet/data/placed.h"
#include "nasnet/train/settings.h"
#include "nasnet/train/training_images.h"

// The test images of `nasnet evaluate`. An accuracy on images that the model was trained on says
// nothing: they are found by their content, in whichever data set they lie, and left out unless
// asked for.

namespace nasnet::cli {
namespace {

/// Without --data the model's own data set, where it is still there.
void choose_source(const train::ModelInfo& info, DataSettings& settings) {
  if (!settings.data.empty()) return;
  settings.data = from_printable(info.data_source);
  if (settings.data.empty())
    throw InputError("--data is missing: an imported model has none; name a data set");
  if (!data::is_known(settings.data) && !std::filesystem::exists(settings.data))
    throw InputError(fmt::format(
        "the model was trained on {}, which is missing here; name its data set with --data",
        info.data_source));
}

/// Loads it with images told from others as in the model's training, by their pixels or by their
/// files: those that were trained on would not be found otherwise.
data::DataSet load_alike(const train::ModelInfo& info, DataSettings settings) {
  if (train::wants_pictures(info.training, info.tuning)) settings.hold.clear();
  data::DataSet data = data::load(settings.data, settings.options());
  if (info.data_contents.empty() || data.contents == info.data_contents) return data;
  settings.hold = data.test.stored || data.train.stored ? DataSettings{}.hold : "";
  data::DataSet other = data::load(settings.data, settings.options());
  return other.contents == info.data_contents ? std::move(other) : std::move(data);
}

/// A data set without a split was divided for a training; a model is measured on all of it.
void take_all(TestImages& chosen) {
  data::ImageSet& test = chosen.data.test;
  append_images(chosen.data.train, test);
  chosen.data.train = {};
  chosen.notes.push_back(fmt::format("{} has no test split: all its {} are test images",
                                     chosen.data.name, data::count_images(test.size())));
}

/// Compares with what the model says of its own data set.
void compare_data(const train::ModelInfo& info, TestImages& chosen) {
  if (info.data_contents.empty()) return;
  const data::DataSet& data = chosen.data;
  chosen.same_data = data.contents == info.data_contents;
  if (!*chosen.same_data)
    chosen.notes.push_back(fmt::format(
        "{} is not the data set that the model was trained on (its digest begins with {}, that of "
        "the model's with {})",
        data.name, data.contents.substr(0, 12), info.data_contents.substr(0, 12)));
}

/// The model's training images, where they are known.
std::optional<train::TrainingImages> find_training_images(const std::filesystem::path& model,
                                                          const train::ModelInfo& info,
                                                          bool count_trained) {
  if (info.split.empty()) return std::nullopt;
  try {
    return train::load_training_images(model, info.split);
  } catch (const InputError&) {
    // With --count-trained the images count anyway: a damaged list is then no obstacle.
    if (!count_trained) throw;
    return std::nullopt;
  }
}

/// Sets the images to measure, how many of them were trained on, and the note that says so.
void choose_images(const std::optional<train::TrainingImages>& trained, bool imported,
                   bool count_trained, TestImages& chosen) {
  const data::ImageSet& test = chosen.data.test;
  chosen.measured = train::unseen_images(test, {});
  if (!trained) {
    if (!imported)
      chosen.notes.push_back(
          "the model does not say which images it was trained on: those that it is measured on may "
          "be among them");
    return;
  }
  std::vector<int64_t> unseen = train::unseen_images(test, *trained);
  chosen.trained = test.size() - static_cast<int64_t>(unseen.size());
  if (chosen.trained == 0) return;
  chosen.notes.push_back(
      fmt::format("the model was trained on {} of the {} of {}: {}", *chosen.trained,
                  data::count_images(test.size()), chosen.data.name,
                  count_trained ? "they count, too" : "left out (--count-trained counts them)"));
  if (!count_trained) chosen.measured = std::move(unseen);
}

}  // namespace

TestImages load_test_images(const std::filesystem::path& model, const train::ModelInfo& info,
                            DataSettings settings, bool count_trained) {
  choose_source(info, settings);
  if (settings.image_size == 0 && info.stack.input.height == info.stack.input.width)
    settings.image_size = info.stack.input.height;
  // Pictures are prepared as in the training, but for what flags say otherwise.
  settings.unless_given = info.preparation;
  settings.classes = info.classes;
  // Limits apply at the end: which images are the first is known only once all are test images.
  const int64_t limit = settings.limit_test;
  settings.limit_train = settings.limit_test = 0;
  const auto trained = find_training_images(model, info, count_trained);
  TestImages chosen;
  chosen.data = load_alike(info, settings);
  chosen.notes = notes_of(chosen.data);
  train::check_fit(info, chosen.data);
  compare_data(info, chosen);
  if (!chosen.data.own_test_split) take_all(chosen);
  data::limit_images(chosen.data.test, limit);
  choose_images(trained, !info.imported.empty(), count_trained, chosen);
  return chosen;
}

}  // namespace nasnet::cli
