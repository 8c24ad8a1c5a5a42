#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/detect/batch_norms.h"
#include "nasnet/detect/training_pictures.h"
#include "nasnet/network/optimizer.h"
#include "nasnet/train/checkpoint.h"

namespace nasnet::detect {

/// Settings of a detector's training. AdamW along a cosine.
struct DetectorTraining {
  int epochs = 24;
  int batch = 4;
  double learning_rate = 2e-3;
  int warmup_steps = 30;
  double weight_decay = 1e-4;
  double clip = 5;
  double drop_path_keep = 1;
  /// The detector's maker, not the trainer, reads it: see BackboneSettings::batch_norm.
  BatchNorm batch_norm = BatchNorm::kAuto;
  PictureAugmentation augmentation;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorTraining& s) {
  v("epochs", s.epochs, "passes over the training images", Range{1, 100000}).everyone_needs_it();
  v("batch", s.batch, "images a step", Range{1, 65536}).everyone_needs_it();
  v("learning_rate", s.learning_rate, "learning rate of AdamW, before it falls along a cosine to 0",
    Range{0, 100})
      .everyone_needs_it();
  v("warmup_steps", s.warmup_steps, "steps in which the learning rate first rises from 0",
    Range{0, 1e9});
  v("weight_decay", s.weight_decay, "share of the weights that a step takes, in learning rates",
    Range{0, 1});
  v("clip", s.clip, "largest global norm of the gradient; 0 for no limit", Range{0, 1e9});
  v("drop_path_keep", s.drop_path_keep,
    "share of the last cell's branches kept at the end of training; 1 for no drop-path",
    Range{0.05, 1});
  v("batch_norm", s.batch_norm,
    "the cells' batch norms: 'learned' from each batch, 'frozen' as the classifier has them, or "
    "'affine', with its statistics but gamma and beta learned; 'auto' is frozen from a classifier, "
    "learned from scratch");
  visit_settings(v, s.augmentation);
}

/// Trains a detector. Order, augmentation, samples and learning rate are functions of the seed and
/// the step: same detector, images, settings and seed give the same weights, bit for bit, however
/// often it is stopped and started in between, and on any number of threads.
class DetectorTrainer : public train::Resumable {
 public:
  DetectorTrainer(Detector& detector, PictureSource images, data::Normalization normalization,
                  DetectorTraining settings, uint64_t seed);

  /// Called after every step; returning false pauses the training.
  using AfterStep = std::function<bool(const DetectorState&)>;
  /// Trains from the current state to the end; false where `after_step` paused it. Throws
  /// NotANumber where a loss or the gradient's norm is not finite, naming the step, its images and
  /// the largest object, before the weights are updated; and what the source of images throws.
  bool run(const AfterStep& after_step = {});

  int64_t steps_per_epoch() const;
  int64_t total_steps() const { return steps_per_epoch() * settings_.epochs; }
  const DetectorState& state() const { return state_; }

  /// Of the optimizer, under its parameters' names.
  std::vector<network::NamedTensor> optimizer_state() const { return optimizer_.state(); }
  /// Continues from a saved training, whose weights the caller restores. Throws InputError for a
  /// step that the training does not have, Error for tensors of other shapes.
  void set_state(DetectorState state, const std::vector<Tensor>& optimizer);

  /// "weights/NAME" and "optimizer/NAME".
  std::vector<network::NamedTensor> saved_tensors() const override;
  nlohmann::json saved_state() const override;
  void restore(const std::vector<Tensor>& values, const nlohmann::json& state) override;

 private:
  double rate_of(int64_t step) const;
  void train_on(const StepPictures& of);
  [[noreturn]] void fail(const char* what, const StepPictures& of) const;

  Detector& detector_;
  PictureSource source_;
  data::Normalization normalization_;
  DetectorTraining settings_;
  uint64_t seed_;
  network::Optimizer optimizer_;
  network::Contribution gradients_;
  DetectorState state_;
};

}  // namespace nasnet::detect
