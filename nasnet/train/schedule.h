#pragma once

#include <cstdint>

#include "nasnet/train/settings.h"

namespace nasnet::train {

/// lr(t) = 0.5 lr0 (1 + cos(pi t / T)): a single period of the cosine, down to zero (Loshchilov &
/// Hutter 2017).
double cosine_rate(double initial, int64_t step, int64_t total_steps);

/// lr(t) = lr0 factor^floor(t / steps_per_decay): TF-slim's staircase. `steps_per_decay`
/// need not be whole.
double exponential_rate(double initial, double factor, int64_t step, double steps_per_decay);

/// The learning rate of step `step` (from 0) as the settings say. In the first warmup_epochs it
/// rises linearly from 0 to learning_rate; afterwards the schedule holds, which counts from step 0
/// (as in the TPU AmoebaNet code).
double learning_rate(const TrainSettings& settings, int64_t step, int64_t steps_per_epoch);

}  // namespace nasnet::train
