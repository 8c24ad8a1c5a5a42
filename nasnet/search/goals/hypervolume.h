#pragma once

#include <vector>

#include "nasnet/search/goals/front.h"

namespace nasnet::search {

/// The volume (for two goals: the area) of all places that the points dominate and that dominate
/// the reference (Zitzler & Thiele 1998). Points that do not dominate the reference in every goal
/// add nothing. Exact for any number of goals: by sweeping for two, else by the exclusive volumes
/// of While, Bradstreet & Barone (IEEE Trans. Evol. Comput. 16, 2012).
double hypervolume(std::vector<Losses> points, const Losses& reference);

/// By how much a point would let the hypervolume of the others grow.
double hypervolume_gain(const std::vector<Losses>& others, const Losses& point,
                        const Losses& reference);

/// IGD+ (Ishibuchi et al., EMO 2015): over the points of the true front, the mean of their
/// distances to the nearest point found, where only goals in which the latter is worse count. Each
/// goal is divided by the reference less the least of the true front; points of the front that do
/// not dominate the reference are left out. 0 where all of the front was found; infinite where
/// nothing was, NaN where the front has no point within the reference.
double igd_plus(const std::vector<Losses>& found, const std::vector<Losses>& front,
                const Losses& reference);

/// A front and its hypervolume, kept up to date point by point.
class FrontVolume {
 public:
  explicit FrontVolume(Losses reference) : reference_(std::move(reference)) {}
  /// Returns what the hypervolume has grown by.
  double add(const Losses& losses, int64_t id);
  const Front& front() const { return front_; }
  const Losses& reference() const { return reference_; }
  double volume() const { return volume_; }

 private:
  Losses reference_;
  Front front_;
  double volume_ = 0;
};

}  // namespace nasnet::search
