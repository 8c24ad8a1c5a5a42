// Learning rates by step. A warm-up from 0 goes before either schedule, whose own steps count from
// the training's first.

#include "nasnet/train/schedule.h"

#include <cmath>

#include "nasnet/base/check.h"

namespace nasnet::train {

double cosine_rate(double initial, int64_t step, int64_t total_steps) {
  NASNET_CHECK(step >= 0 && total_steps > 0);
  return 0.5 * initial *
         (1.0 + std::cos(M_PI * static_cast<double>(step) / static_cast<double>(total_steps)));
}

double exponential_rate(double initial, double factor, int64_t step, double steps_per_decay) {
  NASNET_CHECK(step >= 0 && steps_per_decay > 0 && factor > 0, "a rate falls after some steps");
  // Where 2.4 epochs are a whole number of steps, rounding must not put the fall off by a step.
  constexpr double kRounding = 1e-9;
  const double falls = std::floor(static_cast<double>(step) / steps_per_decay + kRounding);
  return initial * std::pow(factor, falls);
}

double initial_rate(const TrainSettings& settings) {
  return settings.learning_rate * (settings.scale_rate ? settings.replicas : 1);
}

double learning_rate(const TrainSettings& settings, int64_t step, int64_t steps_per_epoch,
                     int head_epochs) {
  NASNET_CHECK(step >= 0 && steps_per_epoch > 0);
  const double initial = initial_rate(settings);
  step -= head_epochs * steps_per_epoch;
  if (step < 0) return initial;
  const auto epoch = static_cast<double>(steps_per_epoch);
  const double warmup = settings.warmup_epochs * epoch;
  if (static_cast<double>(step) < warmup) return initial * static_cast<double>(step) / warmup;
  if (settings.schedule == Schedule::kExponential)
    return exponential_rate(initial, settings.decay_factor, step, settings.decay_epochs * epoch);
  return cosine_rate(initial, step, steps_per_epoch * (settings.epochs - head_epochs));
}

}  // namespace nasnet::train
