#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/train/recipe.h"

namespace nasnet::train {

/// A training at one of its steps, by its settings alone.
struct PlanPoint {
  double epoch = 0;          ///< done before it
  int64_t step = 0;          ///< from 0
  double rate = 0;           ///< learning rate of the heads, replicas counted (learning_rate())
  int image_size = 0;        ///< edge of its images
  double keep = 1;           ///< share of the last cell's branches (graph::drop_path_keep())
  double average_decay = 0;  ///< of the weights' average, once the step is done; 0 for none
  int64_t images = 0;        ///< of the step
  bool heads_only = false;   ///< all other layers stay as they are
};

/// At ten steps, those with which the training's tenths begin. `edge`: of the network's images.
std::vector<PlanPoint> plan_points(const RecipeSettings& settings, int64_t steps_per_epoch,
                                   int edge);

}  // namespace nasnet::train
