#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/cut.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/plan.h"
#include "nasnet/space/genotypes.h"
#include "tests/space/random_genotype.h"

namespace nasnet::plan {
namespace {

constexpr int kAll = 1000;

graph::Graph nasnet_a(graph::StackKind kind, int cells, int filters, int size) {
  return graph::build(space::named_genotype("nasnet-a"),
                      {kind, cells, filters, 10, {size, size, 3}, true});
}

Plan plan_with(const graph::Graph& graph, int cells) {
  return make_plan(graph, {.training = true, .outputs = {}, .recomputed_cells = cells});
}

size_t again_stages(const Plan& plan) {
  return static_cast<size_t>(
      std::count_if(plan.backward.begin(), plan.backward.end(),
                    [](const Stage& stage) { return goes_forward(stage.front()); }));
}

/// make_plan() checks what it has made.
TEST(Recompute, OfAnyGenotypeHolds) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    graph::Graph graph =
        graph::build(space::random_genotype(seed),
                     {graph::StackKind::kCifar, 2, 8, 10, {32, 32, 3}, seed % 2 == 0});
    if (seed % 3 == 0) {
      std::vector<bool> frozen(graph.sections.size());
      for (size_t i = 0; i < frozen.size(); ++i) frozen[i] = (seed * 7 + i * i) % 3 != 0;
      graph::freeze_sections(graph, frozen);
    }
    const Plan none = plan_with(graph, 0), all = plan_with(graph, kAll);
    EXPECT_EQ(again_stages(none), 0U);
    EXPECT_EQ(all.recomputed.cells, none.recomputed.of);
    EXPECT_EQ(again_stages(all), static_cast<size_t>(none.recomputed.of));
    EXPECT_LE(all.recomputed.share, 1);
    EXPECT_EQ(all.forward.size(), none.forward.size());
  }
}

TEST(Recompute, OfEachCellTakesAShareOfTheWayForward) {
  const graph::Graph graph = nasnet_a(graph::StackKind::kCifar, 3, 8, 32);
  double before = 0;
  const int all = plan_with(graph, 0).recomputed.of;
  EXPECT_GE(all, 11) << "nine normal cells and two that reduce";
  for (int cells = 0; cells <= all; ++cells) {
    const Recomputed one = plan_with(graph, cells).recomputed;
    EXPECT_EQ(one.cells, cells);
    EXPECT_GE(one.share, before);
    before = one.share;
  }
  EXPECT_GT(before, 0.5);
}

/// 29.3 MB an image become 9.7, 27.3 become 10.3, and 305 become 109.
TEST(Recompute, OfAllCellsLeavesTwoFifthsOfTheMemory) {
  for (const graph::Graph& graph : {nasnet_a(graph::StackKind::kCifar, 6, 32, 32),
                                    nasnet_a(graph::StackKind::kMobile, 4, 44, 224),
                                    nasnet_a(graph::StackKind::kLarge, 6, 168, 331)}) {
    const Plan none = plan_with(graph, 0), all = plan_with(graph, kAll);
    EXPECT_LT(all.values_per_image, 2 * none.values_per_image / 5);
  }
}

TEST(Recompute, ThatIsBrokenIsAnInternalError) {
  const graph::Graph graph = nasnet_a(graph::StackKind::kCifar, 2, 8, 32);
  const Plan whole = plan_with(graph, kAll);
  const auto again = [](Plan& plan) {
    return std::find_if(plan.backward.begin(), plan.backward.end(),
                        [](const Stage& stage) { return goes_forward(stage.front()); });
  };
  EXPECT_NO_THROW(check_plan(graph, whole));
  Plan plan = whole;
  plan.backward.erase(again(plan));
  EXPECT_THROW(check_plan(graph, plan), InternalError);
  plan = whole;
  again(plan)->pop_back();
  EXPECT_THROW(check_plan(graph, plan), InternalError);
  plan = whole;
  again(plan)->push_back(again(plan)->back());
  EXPECT_THROW(check_plan(graph, plan), InternalError);
  plan = whole;
  for (PlanBuffer& buffer : plan.buffers) buffer.again = {};
  EXPECT_THROW(check_plan(graph, plan), InternalError);
}

}  // namespace
}  // namespace nasnet::plan
