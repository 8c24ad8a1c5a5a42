#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/train/cost.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/held_out.h"
#include "nasnet/train/image_sizes.h"
#include "nasnet/train/model.h"
#include "nasnet/train/training.h"
#include "nasnet/train/training_images.h"

namespace nasnet::train {

/// The training of one call of fit(), in phases: the heads alone, then all that is not frozen;
/// images of each size. Each phase is a network of its own, in which the layers that stay as they
/// are frozen.
class Fitting {
 public:
  /// All must live as long. `info`: of the model, whose progress and results it keeps.
  Fitting(const FitRequest& request, const data::DataSet& data, ModelInfo& info);

  /// From where the folder's training stands (`going_on`), or from the beginning. Throws
  /// Interrupted where it was stopped. Whatever ends it, the last whole step is saved.
  void train(bool going_on);

  /// Measures the finished network on the test images that are not among `trained`, and saves it.
  void finish(const TrainingImages& trained);

 private:
  struct Phase {
    bool heads_only = false;
    int edge = 0;  ///< of its images
    int64_t last_epoch = 0;
    bool trains_alike(const Phase& other) const {
      return heads_only == other.heads_only && edge == other.edge;
    }
  };
  std::vector<Phase> phases() const;
  bool is_behind(const Phase& phase) const;
  bool leads() const { return !request_.group || request_.group->leads(); }
  void tell(const std::string& line) const;
  void tell_rates(const Phase& phase) const;
  void tell_cost() const;
  TrainingWork work_left() const;
  void save();
  void begin(const Phase& phase);
  void take_weights_of_source();
  int64_t images_of_norms() const;
  static std::string describe_held_out(const TrainState& state);
  void run(const Phase& phase);

  const FitRequest& request_;
  const data::DataSet& data_;
  ModelInfo& info_;
  const Parts parts_;
  const HeldOut watch_;
  const std::vector<SizeSpan> sizes_;
  std::optional<data::ImageSet> sized_;  // training images of the phase's size, where it has one
  std::unique_ptr<Training> training_;   // of the phase
  Phase phase_;
};

}  // namespace nasnet::train
