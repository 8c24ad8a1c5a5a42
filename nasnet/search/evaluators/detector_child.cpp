#include "nasnet/search/evaluators/detector_child.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/boxes/training_splits.h"
#include "nasnet/detect/evaluate_detector.h"
#include "nasnet/kernels/target.h"
#include "nasnet/search/evaluators/child_checkpoints.h"
#include "nasnet/search/evaluators/detector_counter.h"
#include "nasnet/search/evaluators/training_code.h"
#include "nasnet/search/evaluators/yardstick.h"
#include "nasnet/space/json.h"

namespace nasnet::search {
namespace {

using detect::Detector;

/// Training images of a set that children train on, and those that measure them.
struct DetectorSplit {
  boxes::DetectionSplit train, validation;
  int64_t copies = 0;  ///< images that equal a validation image, and are not trained on
};

/// Drawn by the study's seed: the same for all of its children.
DetectorSplit split_for_children(const boxes::DetectionSet& set,
                                 const DetectorChildSettings& settings, uint64_t study_seed) {
  std::vector<boxes::DetectionImage> images = boxes::training_splits(set).train.images;
  const auto count = std::ssize(images);
  if (settings.validation_images >= count)
    throw InputError(fmt::format(
        "--detector-validation-images is {}, but {} has only {} training images; choose fewer",
        settings.validation_images, set.name, count));
  shuffle(images, Random(study_seed, 0, "detector split"));
  DetectorSplit split;
  std::set<std::string> validation;
  for (boxes::DetectionImage& image : images) {
    const int64_t trained = std::ssize(split.train.images);
    if (std::ssize(split.validation.images) < settings.validation_images) {
      validation.insert(digest(image.file.read(), "sha256"));
      split.validation.images.push_back(std::move(image));
    } else if (settings.train_images > 0 && trained == settings.train_images) {
      break;
    } else if (validation.contains(digest(image.file.read(), "sha256"))) {
      ++split.copies;
    } else {
      split.train.images.push_back(std::move(image));
    }
  }
  return split;
}

class DetectorEvaluator : public Evaluator {
 public:
  DetectorEvaluator(std::shared_ptr<const boxes::DetectionSet> set,
                    std::shared_ptr<const space::SearchSpace> space,
                    const DetectorChildSettings& settings, uint64_t study_seed)
      : set_(std::move(set)),
        space_(std::move(space)),
        settings_(settings),
        split_(split_for_children(*set_, settings_, study_seed)),
        truth_(detect::truth_of(*set_, split_.validation)),
        data_digest_(digest_of(set_->categories, split_.train) +
                     digest_of(set_->categories, split_.validation)),
        checkpoints_(settings_.checkpoints) {
    detect::DetectorDesign& design = settings_.design;
    if (design.anchors.empty())
      design.anchors = detect::measured_anchors(design, split_.train.images);
    settings_of(design);  // refuses wrong settings before any trial
    settings_.training.batch_norm =
        detect::choose_batch_norm(settings_.training.batch_norm, false, settings_.training.batch);
    counter_ = make_detector_counter(space_, design, static_cast<int>(set_->categories.size()),
                                     settings_.training.batch_norm);
    const detect::ResizeSettings resize = resize_of(design);
    train_ = detect::keep_pictures(detect::decoding_pictures(split_.train, resize));
    validation_ = detect::keep_pictures(detect::decoding_pictures(split_.validation, resize));
    // All of a child's few images are kept at its size: measuring them costs nothing.
    normalization_ = measure_colours(train_, train_.count);
    return_freed_memory();
  }

  std::vector<std::string> measurements() const override {
    std::vector<std::string> names = {"validation_images", "train_loss", "train_loss_sum",
                                      "parameters", "multiply_adds"};
    for (const char* name : kNumbers) names.emplace_back(name);
    return names;
  }
  std::shared_ptr<const Counter> counter() const override { return counter_; }
  /// It finds nothing.
  Measurements worthless() const override {
    Measurements nothing;
    for (const char* name : kNumbers) nothing[name] = 0;
    return nothing;
  }
  Identity identity() const override {
    return {{.name = "data_digest",
             .value = data_digest_,
             .subject = fmt::format("the data set {} (--data)", set_->name),
             .remedy = "its images or boxes differ: give the right one with --data, or "
                       "choose another --study"},
            {.name = "training_code",
             .value = detector_code(),
             .subject = "the code that trains children",
             .remedy = "use the same program, or resume with --other-program",
             .of_build = true}};
  }
  std::string machine() const override { return "cpu " + kernels::vector_target(); }
  std::vector<CurvePoint> learning_curve() const override { return curve_; }
  EvaluatorFacts facts() const override {
    EvaluatorFacts facts;
    const detect::ResizeSettings resize = resize_of(settings_.design);
    facts.headline = fmt::format(
        "{}: detectors of {} classes on {} images, measured on {}; pictures of {} by up to {} "
        "pixels, anchors of {}",
        set_->name, set_->categories.size(), split_.train.images.size(),
        split_.validation.images.size(), resize.shortest, resize.longest, settings_.design.anchors);
    facts.notes = set_->notes;
    for (std::string& line : set_->problems.summaries()) facts.notes.push_back(std::move(line));
    if (split_.copies > 0)
      facts.notes.push_back(
          fmt::format("{} training image{} equal to a validation image: not trained on",
                      split_.copies, split_.copies == 1 ? " is" : "s are"));
    return facts;
  }

  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    const ReturnMemory at_the_end;
    curve_.clear();
    const uint64_t seed = Random(task.seed, static_cast<uint64_t>(task.number), task.arm).next();
    const space::Genotype genotype = cells_of(*space_, task.arm, task.choices);
    const Rung rung(task, settings_.training.epochs);
    detect::DetectorTraining training = settings_.training;
    training.epochs = static_cast<int>(rung.schedule);
    const auto detector =
        make_detector(genotype, settings_.design, graph::Pooling::kSlim,
                      static_cast<int>(set_->categories.size()), training.batch_norm,
                      detect::kMeasuredScore, {.threads = 1}, seed);
    detect::DetectorTrainer trainer(*detector, train_, normalization_, training, seed);
    return checkpoints_.evaluate(
        rung, describe(genotype), trainer, [&] { train_to(rung.epochs, trainer, progress); },
        [&] { return measure(*detector, trainer.state().history); });
  }

 private:
  static constexpr const char* kNumbers[] = {"ap",        "ap50",     "ap75",      "ap_small",
                                             "ap_medium", "ap_large", "ar1",       "ar10",
                                             "ar100",     "ar_small", "ar_medium", "ar_large"};

  /// All that a training depends on beside its task and schedule.
  nlohmann::json describe(const space::Genotype& genotype) const {
    nlohmann::json settings = settings_to_json(settings_);
    settings.erase("detector_epochs");
    return {{"genotype", space::genotype_to_json(genotype)},
            {"settings", settings},
            {"data", data_digest_}};
  }

  void train_to(int64_t epochs, detect::DetectorTrainer& trainer,
                const std::function<void(int64_t)>& progress) {
    draw_curve(trainer.state());
    if (std::ssize(trainer.state().history) >= epochs) return;
    trainer.run([&](const detect::DetectorState& state) {
      check_interrupt();
      draw_curve(state);
      if (progress) progress(settings_.training.batch);
      return std::ssize(state.history) < epochs;
    });
  }

  void draw_curve(const detect::DetectorState& state) {
    if (curve_.size() == state.history.size()) return;
    curve_.clear();
    for (const detect::DetectorEpoch& epoch : state.history)
      curve_.push_back({epoch.epoch, epoch.losses.sum(), 0});
  }

  Measurements measure(Detector& detector,
                       const std::vector<detect::DetectorEpoch>& history) const {
    std::vector<boxes::Detection> found;
    for (int64_t n = 0; n < validation_.count; ++n) {
      check_interrupt();
      for (const detect::FoundObject& one :
           detect::find_objects(detector, validation_.picture(n), normalization_))
        found.push_back({static_cast<int>(n), one.label, one.box, one.score});
    }
    const std::array<double, 12> numbers = boxes::measure(truth_, std::move(found)).numbers().all();
    Measurements result = {{"validation_images", static_cast<double>(validation_.count)},
                           {"train_loss", history.back().losses.sum()}};
    for (const detect::DetectorEpoch& epoch : history)
      result["train_loss_sum"] += epoch.losses.sum();
    for (size_t k = 0; k < numbers.size(); ++k)
      // Where no object counts there is no number: none is made up.
      if (numbers[k] >= 0) result[kNumbers[k]] = numbers[k];
    result.merge(
        count_detector([&](const graph::Shape& canvas) { return detector.dense_graph(canvas); },
                       detector.head(), settings_.design));
    return result;
  }

  std::shared_ptr<const boxes::DetectionSet> set_;
  std::shared_ptr<const space::SearchSpace> space_;
  DetectorChildSettings settings_;
  DetectorSplit split_;
  boxes::Truth truth_;
  std::string data_digest_;
  std::shared_ptr<const Counter> counter_;
  RungCheckpoints checkpoints_;
  detect::PictureSource train_, validation_;
  data::Normalization normalization_;
  std::vector<CurvePoint> curve_;  // of the child that was trained last
};

}  // namespace

std::unique_ptr<Evaluator> make_detector_evaluator(std::shared_ptr<const boxes::DetectionSet> set,
                                                   std::shared_ptr<const space::SearchSpace> space,
                                                   const DetectorChildSettings& settings,
                                                   uint64_t study_seed) {
  return std::make_unique<DetectorEvaluator>(std::move(set), std::move(space), settings,
                                             study_seed);
}

}  // namespace nasnet::search
