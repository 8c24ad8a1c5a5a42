#include <fmt/format.h>
#include <nasnet/model.h>

#include <algorithm>
#include <iterator>

#include "nasnet/api/convert.h"
#include "nasnet/api/dataset_state.h"
#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/data/find_images.h"
#include "nasnet/train/evaluate.h"
#include "nasnet/train/export.h"
#include "nasnet/train/predict.h"
#include "nasnet/train/training_images.h"

// A trained model of the public library: loads the folder's manifest and weights, and answers for
// images in memory, files, and data sets by the same code as `nasnet predict`, `evaluate`,
// `export`.

namespace nasnet {
namespace {

/// Throws InputError for an unknown name, for the reference where there is none, and for bf16 that
/// the processor does not multiply.
network::Computation to_core(const Computation& computation) {
  return network::choose_computation(
      network::choose_device(parse_enum<network::DeviceChoice>(computation.device, "--device")),
      parse_enum<network::Kernels>(computation.kernels, "--kernels"),
      parse_enum<network::Precision>(computation.precision, "--precision"),
      threads_or_cores(computation.threads));
}

std::vector<Guess> to_public(const std::vector<train::Guess>& guesses) {
  std::vector<Guess> list;
  for (const train::Guess& guess : guesses) list.push_back({guess.label, guess.probability});
  return list;
}

/// Models prepare pictures as RGB; a grey image is three equal channels. Throws InputError where
/// the number of bytes is not that of the shape, which would be read beyond otherwise.
data::Image to_rgb(const ImageView& image) {
  const bool good =
      image.height > 0 && image.width > 0 && (image.channels == 1 || image.channels == 3) &&
      std::ssize(image.pixels) == int64_t{image.height} * image.width * image.channels;
  if (!good)
    throw InputError(
        fmt::format("an image has height x width x channels bytes, of 1 or 3 channels; this one of "
                    "{} x {} x {} has {}",
                    image.height, image.width, image.channels, image.pixels.size()));
  data::Image rgb{image.height, image.width, {}};
  const size_t copies = image.channels == 3 ? 1 : 3;
  for (const uint8_t value : image.pixels) rgb.pixels.insert(rgb.pixels.end(), copies, value);
  return rgb;
}

}  // namespace

/// `genotype` and `stack` are public copies of what `info` holds: the accessors return references.
struct Model::State {
  std::filesystem::path folder;
  train::ModelInfo info;
  std::unique_ptr<network::Network> network;
  int threads = 1;
  Genotype genotype;
  Stack stack;
};

Model::Model(std::unique_ptr<State> state) : state_(std::move(state)) {}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::load(const std::filesystem::path& folder, const Computation& computation) {
  auto state = std::make_unique<State>();
  state->folder = folder;
  state->info = train::load_model_info(folder);
  state->network = train::load_network(folder, state->info, to_core(computation));
  state->threads = threads_or_cores(computation.threads);
  state->genotype = api::to_public(state->info.genotype);
  state->stack = api::to_public(state->info.stack);
  return Model(std::move(state));
}

const Genotype& Model::genotype() const {
  return state_->genotype;
}

const Stack& Model::stack() const {
  return state_->stack;
}

const std::vector<std::string>& Model::classes() const {
  return state_->info.classes;
}

int64_t Model::epochs() const {
  return state_->info.state.epoch;
}

bool Model::is_finished() const {
  return state_->info.finished;
}

std::optional<double> Model::test_accuracy() const {
  return state_->info.test_accuracy;
}

std::vector<Guess> Model::predict(const ImageView& image, int top) {
  train::Classifier classifier(*state_->network, state_->info, std::max(top, 0));
  classifier.add(to_rgb(image), "the image");
  const std::vector<std::vector<train::Guess>> guesses = classifier.classify();
  NASNET_CHECK(guesses.size() == 1, "an answer for each image");
  return to_public(guesses[0]);
}

std::vector<Prediction> Model::predict_files(const std::vector<std::string>& paths, int top) {
  const data::ImageTree found = data::find_images(paths);
  if (found.images.empty() && found.unreadable.empty())
    throw InputError("no images to predict: give pictures, or folders or archives that hold some");
  std::vector<Prediction> predictions;
  // Unreadable files come as predictions with a fault (the last argument).
  for (const train::Prediction& one :
       train::predict(*state_->network, state_->info, found.images, std::max(top, 0), true))
    predictions.push_back({one.file, to_public(one.guesses), one.fault});
  for (const data::Unreadable& file : found.unreadable)
    predictions.push_back({file.file, {}, file.why});
  return predictions;
}

Evaluation Model::evaluate(const DataSet& data) {
  const train::ModelInfo& info = state_->info;
  const data::DataSet& core = data.state().data;
  // Classes and channels. The size is looked at apart: an option of DataSet::load() sets it.
  train::check_fit(info, core);
  if (data.height() != info.stack.input.height || data.width() != info.stack.input.width)
    throw InputError(fmt::format(
        "the model takes images of {} x {} pixels, those of {} have {} x {}; load it with the "
        "model's image_size",
        info.stack.input.width, info.stack.input.height, data.name(), data.width(), data.height()));
  // Imported models, and those of old versions, do not know the images that they were trained on.
  const train::TrainingImages trained =
      info.split.empty() ? train::TrainingImages()
                         : train::load_training_images(state_->folder, info.split);
  std::vector<int64_t> measured = train::unseen_images(core.test, trained);
  const int64_t left_out = core.test.size() - static_cast<int64_t>(measured.size());
  const train::Accuracy accuracy =
      train::evaluate(*state_->network, core.test, std::move(measured), info.normalization);
  return {accuracy.correct, accuracy.images, left_out, accuracy.loss(), accuracy.confusion};
}

OnnxFile Model::export_onnx(const std::filesystem::path& file, const OnnxOptions& options) {
  // The program's flags are checked by their ranges; here nobody has.
  if (options.opset < exchange::kOldestOpset || options.opset > exchange::kNewestOpset)
    throw InputError(fmt::format("opset is {}; it must be {} to {}", options.opset,
                                 exchange::kOldestOpset, exchange::kNewestOpset));
  const train::Exported exported = train::export_model(
      state_->folder, state_->info, file,
      {options.opset, options.fold_batch_norm, options.fixed_size}, state_->threads);
  return {exported.bytes, exported.difference, exported.largest_logit, exported.smallest_size};
}

}  // namespace nasnet
