#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/search/store/trial.h"

namespace nasnet::search {

/// Successive halving (Jamieson and Talwalkar 2016; r, eta and R of Li et al. 2020's ASHA) under
/// any strategy: every candidate trains for r epochs; at each rung the best of a generation, one of
/// eta and at least one, go on to eta times as many, and the rest stop. Other than ASHA's, a
/// decision depends on the generation's results only and not on when they came: a trial goes on, or
/// stops, as soon as this is so whatever those that are missing turn out to be. The first go on
/// once all but one of eta have come, and few wait for the slowest; workers meanwhile have the next
/// generations' trials (see --lag).
struct HalvingSettings {
  int first_rung = 0;
  int eta = 3;
  bool operator==(const HalvingSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, HalvingSettings& s) {
  v("first_rung", s.first_rung,
    "epochs after which weak candidates are stopped first; 0: all are trained to the end",
    Range{0, 100000});
  v("eta", s.eta, "at a rung one candidate of ETA goes on, to ETA times the epochs", Range{2, 100});
}

/// Epochs of the rungs, r eta^k from the first on; the last is 0, the whole training, which has
/// `epochs` epochs.
std::vector<int64_t> rung_epochs(const HalvingSettings& settings, int64_t epochs);

/// The trials that an arm evaluates where it is asked for `trials`: decisions over rungs need whole
/// generations.
int64_t trials_with_rungs(const HalvingSettings& settings, int64_t trials, int64_t generation);

/// Decides over one generation of trials: those that are paused at a rung go on, or are done, where
/// no result that is still missing could change that. Trials that repeat others do not take part.
/// Returns the trials that were decided, rung by rung, the best first.
std::vector<Trial> decide_rungs(std::span<const Trial> generation,
                                const std::vector<int64_t>& rungs, int eta);

}  // namespace nasnet::search
