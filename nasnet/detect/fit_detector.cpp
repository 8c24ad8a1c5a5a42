#include "nasnet/detect/fit_detector.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/memory_group.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/text.h"
#include "nasnet/detect/evaluate_detector.h"
#include "nasnet/train/model.h"
#include "nasnet/train/paced_saver.h"

// A detector's whole training: the model's folder from the first save to the test's numbers,
// resumable at any step.

namespace nasnet::detect {
namespace {

DetectorInfo new_info(const DetectorRequest& request, const boxes::DetectionSet& set,
                      const boxes::TrainingSplits& splits, bool from_classifier) {
  DetectorInfo info;
  info.genotype = request.genotype;
  info.design = request.design;
  if (info.design.anchors.empty())
    info.design.anchors = measured_anchors(info.design, splits.train.images);
  info.pooling = request.pooling;
  info.categories = set.categories;
  info.seed = request.seed;
  info.training = request.training;
  info.training.batch_norm =
      choose_batch_norm(request.training.batch_norm, from_classifier, request.training.batch);
  info.kernels = request.kernels;
  info.precision = request.precision;
  info.started_from = request.from.string();
  info.data_source = set.source;
  info.data_digest = digest_of(set.categories, splits.train);
  info.test_split = splits.test.name;
  return info;
}

/// A resumed training must be the one that was stopped, or its losses would not be the same.
void demand_same(const DetectorInfo& stored, const DetectorInfo& asked, const std::string& folder) {
  std::string differences;
  const auto add = [&](const std::string& difference) {
    if (!difference.empty()) differences += (differences.empty() ? "" : "; ") + difference;
  };
  if (stored.genotype != asked.genotype) add("another genotype: " + stored.genotype.name);
  if (stored.categories != asked.categories)
    add("other categories: " + describe_difference(boxes::names_of(stored.categories), "there",
                                                   boxes::names_of(asked.categories),
                                                   "in the data"));
  add(differing_settings(training_settings(stored), training_settings(asked)));
  if (differences.empty() && stored.data_digest != asked.data_digest) add("other images or boxes");
  if (!differences.empty())
    throw InputError(
        fmt::format("--resume: {} holds a training with {}; give the same, or another --out",
                    folder, differences));
}

/// Copies the classifier's tensors into those of the same name. Throws InputError where one of the
/// detector's own network differs in shape, or none fits.
void start_from(const std::filesystem::path& folder, const train::ModelInfo& classifier,
                Detector& detector) {
  const auto network = train::load_network(folder, classifier);
  std::map<std::string, const Tensor*> trained;
  for (const network::NamedTensor& one : named_tensors(*network)) trained[one.name] = one.tensor;
  std::vector<Tensor*> targets;
  std::vector<Tensor> values;
  for (size_t k = 0; k < detector.parameters().size(); ++k) {
    const auto found = trained.find(detector.parameters()[k].name);
    if (found == trained.end()) continue;
    targets.push_back(&detector.tensors()[k]);
    values.push_back(*found->second);
    if (targets.back()->shape() != values.back().shape())
      throw InputError(fmt::format("--from {}: its tensor {} has another shape than the detector's",
                                   folder.string(), found->first));
  }
  if (values.empty())
    throw InputError(
        fmt::format("--from {}: none of its tensors is the detector's", folder.string()));
  replace_all(targets, values);
}

/// The mean loss of the current epoch so far, or of the last one where a new one begins.
double latest_loss(const DetectorState& state, int64_t steps_per_epoch) {
  const int64_t steps = state.step % steps_per_epoch;
  return steps > 0 ? state.sum.sum() / static_cast<double>(steps)
                   : state.history.back().losses.sum();
}

void train_to_the_end(const DetectorRequest& request, DetectorTrainer& trainer,
                      train::PacedSaver& saver) {
  size_t reported = trainer.state().history.size();
  const int64_t first_step = trainer.state().step;
  Progress progress("training", trainer.total_steps(), "images");
  const bool finished = trainer.run([&](const DetectorState& state) {
    train::report_epochs(state.history, reported, request.after_epoch, saver);
    const int64_t epoch = state.step / trainer.steps_per_epoch();
    progress.update(
        state.step,
        fmt::format("epoch {}/{}, loss {:.3f}",
                    std::min<int64_t>(epoch + 1, request.training.epochs), request.training.epochs,
                    latest_loss(state, trainer.steps_per_epoch())),
        (state.step - first_step) * request.training.batch);
    if (interrupted()) return false;
    saver.save_where_due(state.step % trainer.steps_per_epoch() == 0);
    return true;
  });
  progress.finish();
  saver.save();
  if (!finished) throw train::stopped_at(trainer.state().step, trainer.total_steps());
}

}  // namespace

DetectorInfo fit_detector(const DetectorRequest& request, const boxes::DetectionSet& set,
                          const boxes::TrainingSplits& splits) {
  const FolderLock lock = train::lock_for_training(request.folder, request.resume);
  const bool going_on = request.resume && train::is_model(request.folder);
  DetectorInfo info;
  if (going_on) {
    info = load_detector_info(request.folder);
    demand_same(info, new_info(request, set, splits, !info.started_from.empty()),
                request.folder.string());
    if (info.finished) return info;
  } else {
    info = new_info(request, set, splits, !request.from.empty());
  }
  // A folder that cannot be written is said now, not after the training.
  AtomicFile(request.folder / "manifest.json");

  const auto detector = make_detector(
      info.genotype, info.design, info.pooling, static_cast<int>(info.categories.size()),
      info.training.batch_norm, kMeasuredScore,
      {.kernels = info.kernels, .precision = info.precision, .threads = request.threads},
      info.seed);
  const ResizeSettings resize = resize_of(info.design);
  if (!going_on && !request.from.empty()) {
    const train::ModelInfo classifier = train::load_model_info(request.from);
    start_from(request.from, classifier, *detector);
    info.normalization = classifier.normalization;
  }
  PictureSource pictures = decoding_pictures(splits.train, resize);
  const DetectorMemory memory = estimate_memory(*detector, pictures, info.training, info.precision);
  check_memory(memory, MemoryGroup().limit());
  if (request.before_training) request.before_training(info, *detector, memory);
  pictures = keep_pictures(std::move(pictures));
  // Of a large set some are enough; kept ones need not be decoded again for it.
  constexpr int64_t kMeasuredPictures = 100;
  if (info.normalization.mean.empty())
    info.normalization = measure_colours(pictures, kMeasuredPictures);
  DetectorTrainer trainer(*detector, std::move(pictures), info.normalization, info.training,
                          info.seed);
  if (going_on) load_training(request.folder, info, *detector, trainer);
  train::PacedSaver saver(request.checkpoint_seconds, [&] {
    info.state = trainer.state();
    save_detector(request.folder, info, *detector, trainer);
  });
  train_to_the_end(request, trainer, saver);

  info.test_images = std::ssize(splits.test.images);
  if (info.test_images > 0)
    info.test = boxes::measure(truth_of(set, splits.test),
                               detect_split(*detector, splits.test, resize, info.normalization,
                                            categories_in(set, info.categories)))
                    .numbers();
  info.finished = true;
  save_detector(request.folder, info, *detector, trainer);
  return info;
}

}  // namespace nasnet::detect
