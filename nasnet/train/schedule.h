#pragma once

#include <cstdint>

#include "nasnet/train/settings.h"

namespace nasnet::train {

/// The learning rate of `step` (from 0): 0.5 initial (1 + cos(pi step / total_steps)), a single
/// half wave of the cosine, down to zero (Loshchilov & Hutter 2017).
double cosine_rate(double initial, int64_t step, int64_t total_steps);

/// The learning rate of `step` (from 0): initial factor^floor(step / steps_per_decay), TF-slim's
/// staircase. `steps_per_decay` need not be whole.
double exponential_rate(double initial, double factor, int64_t step, double steps_per_decay);

/// The rate that the schedule begins with: a replica's times the replicas with scale_rate.
double initial_rate(const TrainSettings& settings);

/// The learning rate of `step` (from 0, over all epochs) as the settings say. In the first
/// warmup_epochs it rises linearly from 0 to learning_rate, or with scale_rate to as many times
/// that as there are replicas; afterwards the schedule holds, which counts from step 0 (as in the
/// TPU AmoebaNet code). Epochs of the heads alone come before all of that, at the full rate.
double learning_rate(const TrainSettings& settings, int64_t step, int64_t steps_per_epoch,
                     int head_epochs = 0);

}  // namespace nasnet::train
