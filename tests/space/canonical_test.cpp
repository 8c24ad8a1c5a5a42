#include "nasnet/space/canonical.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "nasnet/base/random.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/search_space.h"

namespace nasnet::space {
namespace {

std::vector<size_t> random_order(size_t n, uint64_t seed) {
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  shuffle(order, Random(seed, 0, "order"));
  return order;
}

/// Node i becomes node order[i]; reads come in another order.
LabelledGraph renumbered(const LabelledGraph& graph, const std::vector<size_t>& order) {
  LabelledGraph result;
  result.nodes.resize(graph.nodes.size());
  for (size_t i = 0; i < order.size(); ++i) {
    LabelledGraph::Node node = graph.nodes[i];
    for (auto& read : node.reads) read.node = static_cast<int>(order[read.node]);
    std::reverse(node.reads.begin(), node.reads.end());
    result.nodes[order[i]] = std::move(node);
  }
  return result;
}

LabelledGraph sorted(LabelledGraph graph) {
  for (auto& node : graph.nodes) std::sort(node.reads.begin(), node.reads.end());
  return graph;
}

/// By trying every numbering.
bool isomorphic(const LabelledGraph& a, const LabelledGraph& b) {
  if (a.nodes.size() != b.nodes.size()) return false;
  std::vector<size_t> order(a.nodes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const LabelledGraph wanted = sorted(b);
  do {
    const LabelledGraph tried = sorted(renumbered(a, order));
    bool same = true;
    for (size_t i = 0; i < order.size(); ++i)
      same = same && tried.nodes[i].label == wanted.nodes[i].label &&
             tried.nodes[i].reads == wanted.nodes[i].reads;
    if (same) return true;
  } while (std::next_permutation(order.begin(), order.end()));
  return false;
}

LabelledGraph random_graph(int nodes, int labels, uint64_t seed) {
  Random random(seed, 0, "graph");
  const auto below = [&](int n) {
    return static_cast<int>(random.below(static_cast<uint32_t>(n)));
  };
  LabelledGraph graph;
  for (int i = 0; i < nodes; ++i) {
    LabelledGraph::Node node{std::string(1, static_cast<char>('a' + below(labels))), {}};
    for (int k = i == 0 ? 0 : below(3); k > 0; --k)
      node.reads.push_back({below(i), std::string(1, static_cast<char>('x' + below(labels)))});
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

RC_GTEST_PROP(CanonicalText, AgreesWithTryingEveryNumbering, (uint64_t seed)) {
  const int nodes = *rc::gen::inRange(1, 6), labels = *rc::gen::inRange(1, 3);
  const LabelledGraph a = random_graph(nodes, labels, seed);
  RC_ASSERT(canonical_text(a) == canonical_text(renumbered(a, random_order(a.nodes.size(), seed))));
  for (uint64_t other = 1; other < 8; ++other) {
    const LabelledGraph b = random_graph(nodes, labels, seed + other);
    RC_ASSERT((canonical_text(a) == canonical_text(b)) == isomorphic(a, b));
  }
}

TEST(CanonicalText, TellsAlikeNodesApartByWhatReadsThem) {
  // Two rings' worth of symmetry: pairs (0 1) (2 3) read across or straight are the same graph.
  LabelledGraph straight{{{"a", {}}, {"a", {}}, {"b", {{0, "x"}}}, {"b", {{1, "x"}}}}};
  LabelledGraph across{{{"a", {}}, {"a", {}}, {"b", {{1, "x"}}}, {"b", {{0, "x"}}}}};
  LabelledGraph both{{{"a", {}}, {"a", {}}, {"b", {{0, "x"}}}, {"b", {{0, "x"}}}}};
  EXPECT_EQ(canonical_text(straight), canonical_text(across));
  EXPECT_NE(canonical_text(straight), canonical_text(both));
}

TEST(CanonicalText, ManyAlikeNodesTakeNoTime) {
  LabelledGraph graph{{{"h", {}}}};
  for (int i = 0; i < 64; ++i) graph.nodes.push_back({"add", {{0, "id"}, {0, "id"}}});
  EXPECT_EQ(canonical_text(graph),
            canonical_text(renumbered(graph, random_order(graph.nodes.size(), 1))));
}

Choices random_choices(const SearchSpace& space, uint64_t seed) {
  Random random(seed, 0, "choices");
  Choices choices;
  for (const Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return choices;
}

/// The same cell with its blocks in another order that lets each read earlier ones, halves swapped
/// at random.
Cell relabelled(const Cell& cell, Random& random) {
  std::vector<int> place(static_cast<size_t>(cell.states()), -1);  // of each old state
  for (int i = 0; i < cell.inputs; ++i) place[i] = i;
  Cell result;
  result.inputs = cell.inputs;
  const auto placed = [&](int state) { return place[state]; };
  while (result.blocks.size() < cell.blocks.size()) {
    std::vector<size_t> ready;
    for (size_t i = 0; i < cell.blocks.size(); ++i)
      if (placed(cell.inputs + static_cast<int>(i)) < 0 && placed(cell.blocks[i].left) >= 0 &&
          placed(cell.blocks[i].right) >= 0)
        ready.push_back(i);
    const size_t i = ready[random.below(static_cast<uint32_t>(ready.size()))];
    Block block = cell.blocks[i];
    block.left = placed(block.left);
    block.right = placed(block.right);
    if (random.below(2) == 1) {
      std::swap(block.left, block.right);
      std::swap(block.left_op, block.right_op);
    }
    place[static_cast<size_t>(cell.inputs) + i] = result.states();
    result.blocks.push_back(block);
  }
  result.outputs = unused_states(result);
  return result;
}

RC_GTEST_PROP(NasnetCanonical, OrderOfBlocksAndHalvesDoesNotMatter, (uint64_t seed)) {
  NasnetSpace::Settings settings;
  settings.blocks = *rc::gen::inRange(1, 9);
  settings.operations.resize(static_cast<size_t>(*rc::gen::inRange(1, 13)));
  const NasnetSpace space(settings);
  const Choices choices = random_choices(space, seed);
  Genotype genotype = space.decode(choices);
  Random random(seed, 0, "relabel");
  genotype.normal = relabelled(genotype.normal, random);
  genotype.reduction = relabelled(genotype.reduction, random);
  RC_ASSERT(space.canonical(space.encode(genotype)) == space.canonical(choices));
}

RC_GTEST_PROP(NasnetCanonical, AnotherOperationIsAnotherFunction, (uint64_t seed)) {
  const NasnetSpace space;
  const Choices choices = random_choices(space, seed);
  Choices other = choices;
  const auto block = static_cast<size_t>(*rc::gen::inRange(0, 10));
  int& operation = other[5 * block + 2];
  // Not between identity and conv_1x1, which may be the same.
  const int conv = static_cast<int>(Operation::kConv1x1);
  do operation = (operation + 1) % 13;
  while (operation == 0 || operation == conv);
  RC_PRE(operation != choices[5 * block + 2]);
  RC_ASSERT(space.canonical(choices) != space.canonical(other));
}

TEST(NasnetCanonical, AnIdentityThatIsAConvolutionIsOne) {
  const NasnetSpace space({2, paper_operations(), {Combine::kAdd, Combine::kConcat}});
  const int identity = 0, conv = static_cast<int>(Operation::kConv1x1), pool = 4;
  const auto with = [&](int normal_first, int normal_second, int reduction_first, int combine) {
    // left, right, left_op, right_op, combine: block 1 reads block 0 and p.
    return space.canonical({0, 1, normal_first,    pool, combine, 2, 1, normal_second, pool, 0,  //
                            0, 1, reduction_first, pool, 0,       2, 1, pool,          pool, 0});
  };
  EXPECT_EQ(with(pool, pool, identity, 0), with(pool, pool, conv, 0));  // stride 2
  EXPECT_NE(with(identity, pool, pool, 0), with(conv, pool, pool, 0));  // of h: passes it on
  EXPECT_EQ(with(pool, identity, pool, 1), with(pool, conv, pool, 1));  // of 2F channels
  EXPECT_NE(with(pool, identity, pool, 0), with(pool, conv, pool, 0));  // of F channels
}

TEST(NasnetCanonical, SharedIsNotTwice) {
  const NasnetSpace space({4, paper_operations(), {Combine::kAdd}});
  const int conv = 9, identity = 0;
  Choices shared = {0, 1, conv, conv, 0, 0, 1, conv, conv, 0,  // two alike blocks
                    2, 2, conv, conv, 0, 3, 3, conv, conv, 0};
  const Choices rest(20, identity);
  Choices crossed = shared;
  crossed[11] = 3;
  crossed[15] = 2;
  shared.insert(shared.end(), rest.begin(), rest.end());
  crossed.insert(crossed.end(), rest.begin(), rest.end());
  EXPECT_NE(space.canonical(shared), space.canonical(crossed));
}

TEST(NasnetCanonical, DescribesACandidateInOneLine) {
  const NasnetSpace space({1, paper_operations(), {Combine::kAdd}});
  EXPECT_EQ(space.describe({0, 1, 0, 4, 0, 1, 1, 9, 10, 0}),
            "normal: 0=add(identity(h), avg_pool_3x3(p)); "
            "reduction: 0=add(conv_3x3(p), sep_conv_3x3(p))");
}

}  // namespace
}  // namespace nasnet::space
