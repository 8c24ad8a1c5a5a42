#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/search/trial.h"

namespace nasnet::search {

/// Successive halving (Jamieson and Talwalkar 2016; r, eta and R of Li et al. 2020's ASHA) under
/// any strategy: every candidate trains for r epochs; at each rung the best of a generation, one of
/// eta and at least one, go on to eta times as many, and the rest stop. Other than ASHA's, a
/// decision waits for its generation, so that it depends on results only and not on when they came;
/// workers meanwhile have the next generations' trials (see --lag).
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
  v("eta", s.eta, "at a rung one of so many goes on, to so many times the epochs", Range{2, 100});
}

/// Epochs of the rungs, from the first; the last is 0, the whole training. `epochs`: its length.
std::vector<int64_t> rung_epochs(const HalvingSettings& settings, int64_t epochs);

/// Decides over one generation of trials: those that are paused at a rung that no other trial of
/// the generation is still on its way to go on or are done. Trials that repeat others do not take
/// part. Returns the trials that were decided.
std::vector<Trial> decide_rungs(const std::vector<Trial>& generation,
                                const std::vector<int64_t>& rungs, int eta);

}  // namespace nasnet::search
