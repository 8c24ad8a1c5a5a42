#include "nasnet/space/nasbench201.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"

namespace nasnet::space {
namespace {

Choices cell(int index) {
  Choices choices;
  for (int e = 0; e < 6; ++e, index /= 5) choices.push_back(index % 5);
  return choices;
}

TEST(Nasbench201, ArchStringsAreTheInverseOfChoices) {
  const Nasbench201Space space;
  std::set<std::string> texts;
  for (int i = 0; i < Nasbench201Space::kCells; ++i) {
    const std::string text = space.describe(cell(i));
    ASSERT_EQ(space.parse(text), cell(i));
    texts.insert(text);
  }
  EXPECT_EQ(texts.size(), 15625u);
  EXPECT_EQ(space.describe({4, 2, 1, 2, 1, 1}),
            "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+"
            "|nor_conv_1x1~0|skip_connect~1|skip_connect~2|");
}

TEST(Nasbench201, RefusesOtherTexts) {
  const Nasbench201Space space;
  const std::string good = space.describe({4, 2, 1, 2, 1, 1});
  for (size_t i = 0; i < good.size(); ++i) {
    EXPECT_THROW(space.parse(good.substr(0, i)), InputError);
    std::string other = good;
    other[i] = '?';
    EXPECT_THROW(space.parse(other), InputError) << other;
  }
  EXPECT_THROW(space.parse(good + "|"), InputError);
  EXPECT_THROW(space.canonical({0, 0, 0, 0, 0, 5}), InputError);
  EXPECT_THROW(space.canonical({0, 0, 0, 0, 0}), InputError);
}

/// Cells as functions of a pair of numbers modulo a prime: pooling is one linear map, a convolution
/// a random cubic map that takes nothing to nothing and whose coefficients stand for its weights.
class Functions {
 public:
  static constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;
  using Value = std::array<uint64_t, 2>;

  Functions() {
    Random random(7, 0, "maps");
    for (auto& map : maps_)
      for (auto& coefficient : map) coefficient = draw(random);
    for (auto& coefficient : pool_) coefficient = draw(random);
    input_ = {draw(random), draw(random)};
  }

  /// All outputs that some choice of different weights for its convolutions leads to: the same for
  /// two cells exactly when they are the same function up to the names of weights.
  std::set<Value> outputs(const Choices& choices) const {
    std::vector<size_t> convolutions;
    for (size_t e = 0; e < 6; ++e)
      if (choices[e] == Nasbench201Space::kConv1x1 || choices[e] == Nasbench201Space::kConv3x3)
        convolutions.push_back(e);
    std::set<Value> outputs;
    std::array<size_t, 6> weights{};
    std::array<bool, 6> taken{};
    const auto assign = [&](auto& self, size_t k) -> void {
      if (k == convolutions.size()) {
        outputs.insert(output(choices, weights));
        return;
      }
      for (size_t w = 0; w < 6; ++w) {
        if (taken[w]) continue;
        taken[w] = true;
        weights[convolutions[k]] = w;
        self(self, k + 1);
        taken[w] = false;
      }
    };
    assign(assign, 0);
    return outputs;
  }

 private:
  static uint64_t draw(Random& random) {
    return ((uint64_t{random.next()} << 32) | random.next()) % kPrime;
  }
  static uint64_t times(uint64_t a, uint64_t b) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(a) * b % kPrime);
  }
  static uint64_t plus(uint64_t a, uint64_t b) { return (a + b) % kPrime; }
  static Value linear(const uint64_t* m, const Value& x) {
    return {plus(times(m[0], x[0]), times(m[1], x[1])), plus(times(m[2], x[0]), times(m[3], x[1]))};
  }
  Value output(const Choices& choices, const std::array<size_t, 6>& weights) const {
    std::array<Value, 4> nodes{};
    nodes[0] = input_;
    for (size_t e = 0; e < 6; ++e) {
      const auto& edge = Nasbench201Space::edges()[e];
      const Value& from = nodes[edge.from];
      Value& to = nodes[edge.to];
      Value x{};
      if (choices[e] == Nasbench201Space::kSkip) x = from;
      if (choices[e] == Nasbench201Space::kAvgPool3x3) x = linear(pool_.data(), from);
      for (const int kind : {Nasbench201Space::kConv1x1, Nasbench201Space::kConv3x3}) {
        if (choices[e] != kind) continue;
        const auto& map = maps_[weights[e] + (kind == Nasbench201Space::kConv3x3 ? 6 : 0)];
        const Value cube = {times(from[0], times(from[0], from[0])),
                            times(from[1], times(from[1], from[1]))};
        const Value a = linear(map.data(), cube), b = linear(map.data() + 4, from);
        x = {plus(a[0], b[0]), plus(a[1], b[1])};
      }
      to = {plus(to[0], x[0]), plus(to[1], x[1])};
    }
    return nodes[3];
  }

  std::array<std::array<uint64_t, 8>, 12> maps_;
  std::array<uint64_t, 4> pool_;
  Value input_;
};

TEST(Nasbench201, CanonicalTextsAreEqualExactlyWhereFunctionsAre) {
  const Nasbench201Space space;
  const Functions functions;
  std::map<std::string, std::set<Functions::Value>> by_text;
  std::set<std::set<Functions::Value>> all;
  for (int i = 0; i < Nasbench201Space::kCells; ++i) {
    const auto outputs = functions.outputs(cell(i));
    const auto [found, added] = by_text.emplace(space.canonical(cell(i)), outputs);
    ASSERT_EQ(found->second, outputs) << space.describe(cell(i));
    if (added) all.insert(outputs);
  }
  EXPECT_EQ(by_text.size(), all.size());
  EXPECT_EQ(all.size(), 5044u);
}

/// The rule by which the paper counts: cells are unfolded into nested expressions.
std::string unfolded(const Choices& choices) {
  std::array<std::string, 4> nodes = {"0"};
  for (int to = 1; to < 4; ++to) {
    std::vector<std::string> terms;
    for (size_t e = 0; e < 6; ++e) {
      const auto& edge = Nasbench201Space::edges()[e];
      if (edge.to != to) continue;
      const std::string& from = nodes[edge.from];
      if (choices[e] == Nasbench201Space::kNone || from == "#")
        terms.push_back("#");
      else if (choices[e] == Nasbench201Space::kSkip)
        terms.push_back(from);
      else
        terms.push_back("(" + from + ")@" + std::to_string(choices[e]));
    }
    std::sort(terms.begin(), terms.end());
    std::string& node = nodes[to];
    for (const std::string& term : terms) node += (node.empty() ? "" : "+") + term;
  }
  return nodes[3];
}

TEST(Nasbench201, ThePapersRuleGivesThePapersCount) {
  std::set<std::string> texts;
  for (int i = 0; i < Nasbench201Space::kCells; ++i) texts.insert(unfolded(cell(i)));
  EXPECT_EQ(texts.size(), 6466u);
}

}  // namespace
}  // namespace nasnet::space
