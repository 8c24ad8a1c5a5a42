#include "nasnet/train/cost.h"

#include "nasnet/base/check.h"

namespace nasnet::train {

double estimate_seconds(const TrainingWork& work, const MeasuredPace& measured) {
  NASNET_CHECK(measured.multiply_adds > 0, "a network computes");
  const double inference = measured.pace.inference / measured.multiply_adds;
  const double step = measured.by_inference ? kStepOfInference * inference
                                            : measured.pace.step / measured.multiply_adds;
  double seconds = work.evaluated * work.multiply_adds * inference;
  for (const CostSpan& span : work.spans)
    seconds += span.epochs * static_cast<double>(work.images) * span.multiply_adds *
               (span.by_inference ? inference : step);
  return seconds;
}

}  // namespace nasnet::train
