#include "nasnet/space/cell_difference.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace nasnet::space {
namespace {

/// The most blocks whose pairings are all tried: 7! = 5,040 of them.
constexpr int kTried = 7;
constexpr int kNobody = -1;

int marks_in(const BlockMarks& marks) {
  return marks.combine + marks.left_op + marks.left + marks.right_op + marks.right;
}

int marks_in(const std::vector<BlockMarks>& all) {
  return std::accumulate(all.begin(), all.end(), 0,
                         [](int sum, const BlockMarks& one) { return sum + marks_in(one); });
}

struct Half {
  int state;
  Operation operation;
};

/// Two cells with their blocks in pairs: `partner[i]` is the other's block, or kNobody.
class Pairing {
 public:
  Pairing(const Cell& cell, const Cell& other) : cell_(cell), other_(other) {}

  std::vector<BlockMarks> marks(const std::vector<int>& partner) const {
    std::vector<BlockMarks> all;
    for (size_t i = 0; i < cell_.blocks.size(); ++i) all.push_back(marks_of(i, partner));
    return all;
  }

  BlockMarks marks_of(size_t i, const std::vector<int>& partner) const {
    if (partner[i] == kNobody) return {true, true, true, true, true};
    const Block& mine = cell_.blocks[i];
    const Block& theirs = other_.blocks[static_cast<size_t>(partner[i])];
    const Half left = {mine.left, mine.left_op}, right = {mine.right, mine.right_op};
    const Half a = {theirs.left, theirs.left_op}, b = {theirs.right, theirs.right_op};
    const auto against = [&](const Half& first, const Half& second) {
      return BlockMarks{mine.combine != theirs.combine, left.operation != first.operation,
                        !same_state(left.state, first.state, partner),
                        right.operation != second.operation,
                        !same_state(right.state, second.state, partner)};
    };
    const BlockMarks straight = against(a, b), crossed = against(b, a);
    return marks_in(crossed) < marks_in(straight) ? crossed : straight;
  }

 private:
  /// Inputs are themselves; blocks are their partners. A partner that is not chosen yet may still
  /// be that one.
  bool same_state(int mine, int theirs, const std::vector<int>& partner) const {
    if (mine < cell_.inputs || theirs < other_.inputs)
      return mine == theirs && mine < other_.inputs;
    const auto block = static_cast<size_t>(mine - cell_.inputs);
    return partner[block] == theirs - other_.inputs;
  }

  const Cell& cell_;
  const Cell& other_;
};

/// Blocks in their order, each with the best partner that is left.
std::vector<int> pair_one_by_one(const Pairing& pairing, size_t mine, size_t theirs) {
  std::vector<int> partner(mine, kNobody);
  std::vector<bool> taken(theirs, false);
  for (size_t i = 0; i < mine; ++i) {
    int best = kNobody, fewest = 0;
    for (size_t k = 0; k < theirs; ++k) {
      if (taken[k]) continue;
      partner[i] = static_cast<int>(k);
      const int marks = marks_in(pairing.marks_of(i, partner));
      // Of equal ones that at the same place.
      if (best == kNobody || marks < fewest || (marks == fewest && k == i)) {
        best = static_cast<int>(k);
        fewest = marks;
      }
    }
    partner[i] = best;
    if (best != kNobody) taken[static_cast<size_t>(best)] = true;
  }
  return partner;
}

}  // namespace

std::vector<BlockMarks> differing_parts(const Cell& cell, const Cell& other) {
  const Pairing pairing(cell, other);
  const size_t mine = cell.blocks.size(), theirs = other.blocks.size();
  const size_t larger = std::max(mine, theirs);
  if (larger > kTried) return pairing.marks(pair_one_by_one(pairing, mine, theirs));
  // Those beyond the other's blocks stand for nobody. The first is each block with its like: what
  // is as good comes later and is not taken.
  std::vector<int> order(larger);
  std::iota(order.begin(), order.end(), 0);
  std::vector<BlockMarks> best;
  do {
    std::vector<int> partner(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(mine));
    for (int& one : partner)
      if (one >= static_cast<int>(theirs)) one = kNobody;
    std::vector<BlockMarks> marks = pairing.marks(partner);
    if (best.empty() || marks_in(marks) < marks_in(best)) best = std::move(marks);
  } while (std::next_permutation(order.begin(), order.end()));
  return best;
}

GenotypeMarks differing_parts(const Genotype& genotype, const Genotype& other) {
  return {differing_parts(genotype.normal, other.normal),
          differing_parts(genotype.reduction, other.reduction)};
}

int count_marks(const GenotypeMarks& marks) {
  return marks_in(marks.normal) + marks_in(marks.reduction);
}

}  // namespace nasnet::space
