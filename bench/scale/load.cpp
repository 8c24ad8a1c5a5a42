#include "bench/scale/load.h"

#include <cmath>

#include "nasnet/base/random.h"

namespace nasnet::scale {

constexpr double kSigma = 0.4, kStragglers = 0.02, kSlowness = 3, kFailures = 0.02;

Load::Attempt Load::attempt(const std::string& arm, int64_t trial, int64_t attempt,
                            double share) const {
  Random candidate(0, static_cast<uint64_t>(trial), "size " + arm);
  Random random(static_cast<uint64_t>(attempt), static_cast<uint64_t>(trial), "load " + arm);
  double seconds = share * mean_seconds / (1 + kStragglers * (kSlowness - 1)) *
                   std::exp(kSigma * candidate.normal() - kSigma * kSigma / 2);
  if (random.uniform() < kStragglers) seconds *= kSlowness;
  if (random.uniform() >= kFailures) return {seconds, search::Cause::kNone};
  seconds *= random.uniform();
  const bool killed = random.uniform() < 0.5;
  return {seconds, killed ? search::Cause::kKilled : search::Cause::kException};
}

}  // namespace nasnet::scale
