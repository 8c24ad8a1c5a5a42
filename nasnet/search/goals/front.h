#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nasnet::search {

/// A candidate's place among several goals: a number a goal, less is better. Goals that are to be
/// maximized stand with the opposite sign.
using Losses = std::vector<double>;

/// True where `a` is nowhere worse than `b`, and somewhere better.
bool dominates(const Losses& a, const Losses& b);

/// The places of points that no other dominates: Pareto's front. They stand in the order of their
/// last loss, then of the others; of equal points there is the one that comes first.
/// O(n log n) for two goals, O(n x front) for more.
std::vector<size_t> pareto_front(const std::vector<Losses>& points);

/// How many fronts must be taken away before each point is on one: 0 for the front's own. Equal
/// points have equal ranks.
std::vector<int> pareto_ranks(const std::vector<Losses>& points);

/// How much room each point has among those of its rank: over the goals, the sum of the distances
/// between its two neighbours, each as a share of the goal's span; infinite for the least and the
/// greatest of a goal (Deb et al., IEEE Trans. Evol. Comput. 6, 2002, section III B).
std::vector<double> crowding(const std::vector<Losses>& points, const std::vector<int>& ranks);

/// A front that grows point by point.
class Front {
 public:
  struct Member {
    Losses losses;
    int64_t id = 0;
  };
  /// False where a member is at least as good.
  bool admits(const Losses& losses) const;
  /// Does nothing and returns false where the front does not admit the point. Members that the
  /// point dominates leave.
  bool add(const Losses& losses, int64_t id);
  /// In the order in which they came.
  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

}  // namespace nasnet::search
