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
#include "nasnet/train/save_pace.h"

// A detector's whole training: the model's folder from the first save to the test's numbers,
// resumable at any step.

namespace nasnet::detect {
namespace {

/// Of pictures spread over the set: decoding all of a large one would take minutes.
data::Normalization measure_normalization(const std::vector<boxes::DetectionImage>& images,
                                          const ResizeSettings& resize) {
  constexpr size_t kMost = 100;
  const size_t count = std::min(kMost, images.size());
  std::vector<data::Image> pictures;
  Progress progress("measuring colours", static_cast<int64_t>(count), "images");
  for (size_t k = 0; k < count; ++k) {
    check_interrupt();
    pictures.push_back(make_picture(images[k * images.size() / count], resize).image);
    progress.update(static_cast<int64_t>(k) + 1);
  }
  progress.finish();
  return data::measure_normalization(pictures);
}

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
  info.precision = request.precision;
  info.started_from = request.from.string();
  info.data_source = set.source;
  info.data_digest = digest_of(set.categories, splits.train);
  info.test_split = splits.test.name;
  return info;
}

std::vector<std::string> names_of(const std::vector<boxes::Category>& categories) {
  std::vector<std::string> names;
  for (const boxes::Category& category : categories) names.push_back(category.name);
  return names;
}

/// A resumed training must be the one that was stopped, or its losses would not be the same.
void demand_same(const DetectorInfo& stored, const DetectorInfo& asked, const std::string& folder) {
  std::string differences;
  const auto add = [&](const std::string& difference) {
    if (!difference.empty()) differences += (differences.empty() ? "" : "; ") + difference;
  };
  if (stored.genotype != asked.genotype) add("another genotype: " + stored.genotype.name);
  if (stored.categories != asked.categories)
    add("other categories: " + describe_difference(names_of(stored.categories), "there",
                                                   names_of(asked.categories), "in the data"));
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

class Saver {
 public:
  Saver(const DetectorRequest& request, DetectorInfo& info, const Detector& detector,
        const DetectorTrainer& trainer)
      : request_(request), info_(info), detector_(detector), trainer_(trainer) {}

  void save() {
    const auto begin = train::SavePace::Clock::now();
    info_.state = trainer_.state();
    save_detector(request_.folder, info_, detector_, trainer_);
    pace_.saved(begin, train::SavePace::Clock::now());
  }
  void save_where_due(bool epoch_ended) {
    if (pace_.due(train::SavePace::Clock::now(), epoch_ended)) save();
  }

 private:
  const DetectorRequest& request_;
  DetectorInfo& info_;
  const Detector& detector_;
  const DetectorTrainer& trainer_;
  train::SavePace pace_{request_.checkpoint_seconds, train::SavePace::Clock::now()};
};

/// The mean loss of the current epoch so far, or of the last one where a new one begins.
double latest_loss(const DetectorState& state, int64_t steps_per_epoch) {
  const int64_t steps = state.step % steps_per_epoch;
  return steps > 0 ? state.sum.sum() / static_cast<double>(steps)
                   : state.history.back().losses.sum();
}

void train_to_the_end(const DetectorRequest& request, DetectorTrainer& trainer, Saver& saver) {
  size_t reported = trainer.state().history.size();
  const int64_t first_step = trainer.state().step;
  Progress progress("training", trainer.total_steps(), "images");
  const bool finished = trainer.run([&](const DetectorState& state) {
    for (; reported < state.history.size(); ++reported) {
      if (!request.after_epoch) continue;
      try {
        request.after_epoch(state.history[reported]);
      } catch (const SystemError&) {  // nobody reads the report any more
        saver.save();
        throw;
      }
    }
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
  if (!finished)
    throw Interrupted(
        fmt::format("stopped at step {} of {}; the same command with --resume resumes it",
                    trainer.state().step, trainer.total_steps()));
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
      {.precision = info.precision, .threads = request.threads}, info.seed);
  const ResizeSettings resize = resize_of(info.design);
  if (!going_on && !request.from.empty()) {
    const train::ModelInfo classifier = train::load_model_info(request.from);
    start_from(request.from, classifier, *detector);
    info.normalization = classifier.normalization;
  } else if (!going_on) {
    info.normalization = measure_normalization(splits.train.images, resize);
  }
  PictureSource pictures = decoding_pictures(splits.train, resize);
  const DetectorMemory memory = estimate_memory(*detector, pictures, info.training, info.precision);
  check_memory(memory, MemoryGroup().limit());
  if (request.before_training) request.before_training(info, *detector, memory);
  DetectorTrainer trainer(*detector, keep_pictures(std::move(pictures)), info.normalization,
                          info.training, info.seed);
  if (going_on) load_training(request.folder, info, *detector, trainer);
  Saver saver(request, info, *detector, trainer);
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
