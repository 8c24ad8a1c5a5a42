#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/search/goals/goal.h"
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
  std::string rung_by;
  bool operator==(const HalvingSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, HalvingSettings& s) {
  v("first_rung", s.first_rung,
    "epochs after which weak candidates are stopped first; 0: all are trained to the end",
    Range{0, 100000});
  v("eta", s.eta, "at a rung one candidate of ETA goes on, to ETA times the epochs", Range{2, 100});
  v("rung_by", s.rung_by,
    "measurement that ranks candidates at a rung, as train_loss; the reward where none is "
    "given")
      .as("NAME");
}

/// Epochs of the rungs, r eta^k from the first on; the last is 0, the whole training, which has
/// `epochs` epochs.
std::vector<int64_t> rung_epochs(const HalvingSettings& settings, int64_t epochs);

/// The trials that an arm evaluates where it is asked for `trials`: decisions over rungs need whole
/// generations.
int64_t trials_with_rungs(const HalvingSettings& settings, int64_t trials, int64_t generation);

/// The measurement that ranks candidates at rungs; none for the reward. Throws InputError that
/// begins with --rung-by: a text that names no measurement with a direction; one without rungs; one
/// beside limits of the objective, by which rungs rank.
std::optional<Goal> rung_criterion(const HalvingSettings& settings, const Objective& objective);

/// Decides over one generation of trials: those that are paused at a rung go on, or are done, where
/// no result that is still missing could change that. Trials that repeat others do not take part,
/// and trials without the criterion are the worst. Returns the trials that were decided, rung by
/// rung, the best first.
std::vector<Trial> decide_rungs(std::span<const Trial> generation,
                                const std::vector<int64_t>& rungs, int eta,
                                const std::optional<Goal>& criterion = std::nullopt);

}  // namespace nasnet::search
