#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/train/pace.h"

namespace nasnet::train {

/// Epochs of a training that cost alike.
struct CostSpan {
  double epochs = 0;          ///< left of them, a fraction where one is under way
  double multiply_adds = 0;   ///< an image
  bool by_inference = false;  ///< the classifier alone learns, on features
};

/// The work that a training still has to do.
struct TrainingWork {
  std::vector<CostSpan> spans;
  int64_t images = 0;        ///< an epoch
  double evaluated = 0;      ///< images that inference goes over: held out and test images
  double multiply_adds = 0;  ///< of an image in evaluation
};

/// The pace of a network of so many multiply-adds an image. Where `by_inference`, its step is one
/// of inference.
struct MeasuredPace {
  Pace pace;
  double multiply_adds = 0;
  bool by_inference = false;
};

/// Seconds that it takes one process: times are as multiply-adds.
double estimate_seconds(const TrainingWork& work, const MeasuredPace& measured);

}  // namespace nasnet::train
