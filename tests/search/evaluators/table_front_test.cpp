#include "bench/table_front.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/csv_file.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

const std::string kTableFile = NASNET_SOURCE_DIR "/../shared/data/nasbench201.csv.zst";
const std::string kLatencyFile = NASNET_SOURCE_DIR "/../shared/data/nasbench201-latency.csv.zst";

#define NEED_BOTH_TABLES()                                                            \
  if (!std::filesystem::exists(kTableFile) || !std::filesystem::exists(kLatencyFile)) \
  GTEST_SKIP() << "../shared/data has no nasbench201.csv.zst and nasbench201-latency.csv.zst"

/// Percent of error and a cost, cell by cell in the official order.
class Columns {
 public:
  Columns() : results_(kTableFile), latencies_(kLatencyFile) {}

  std::vector<Losses> points(const std::string& accuracy, const std::vector<std::string>& costs) {
    std::vector<Losses> points(results_.rows());
    for (size_t i = 0; i < points.size(); ++i) {
      points[i].push_back(100 - value(results_, i, accuracy));
      for (const std::string& cost : costs)
        points[i].push_back(results_.find_column(cost) ? value(results_, i, cost)
                                                       : value(latencies_, i, cost));
    }
    return points;
  }

 private:
  static double value(const CsvFile& csv, size_t row, const std::string& column) {
    return csv.number(row, *csv.find_column(column), 1e9, "of at least 0");
  }
  CsvFile results_, latencies_;
};

struct GoldenFront {
  const char* accuracy;
  const char* cost;
  size_t front, within;
  double dearest, hypervolume;
};

/// Computed apart, by a program of a few lines.
TEST(TableFronts, HaveTheMembersAndVolumesThatWereComputedApart) {
  NEED_BOTH_TABLES();
  Columns columns;
  for (const GoldenFront& golden :
       std::initializer_list<GoldenFront>{{"c10v_valid", "mflops", 10, 10, 220.11969, 2300.1323},
                                          {"c10_test", "mflops", 14, 14, 220.11969, 2882.8222},
                                          {"c10v_valid", "gold_6226", 31, 30, 20.3731, 178.3154},
                                          {"c10_test", "gold_6226", 36, 35, 20.3731, 224.5504},
                                          {"c10v_valid", "titan_rtx_1", 27, 23, 12.1831, 95.6215},
                                          {"c10v_valid", "raspi4", 45, 44, 98.8875, 1041.6214}}) {
    const std::string what = std::string(golden.accuracy) + " and " + golden.cost;
    const std::vector<Losses> points = columns.points(golden.accuracy, {golden.cost});
    const std::vector<size_t> front = pareto_front(points);
    EXPECT_EQ(front.size(), golden.front) << what;
    EXPECT_EQ(
        std::count_if(front.begin(), front.end(), [&](size_t i) { return points[i][0] < 20; }),
        golden.within)
        << what;
    double dearest = 0;
    for (const Losses& point : points) dearest = std::max(dearest, point[1]);
    EXPECT_EQ(dearest, golden.dearest) << what;
    const Losses reference = {20, dearest};
    EXPECT_NEAR(hypervolume(points, reference), golden.hypervolume, 1e-4) << what;
    std::vector<Losses> members;
    for (const size_t i : front) members.push_back(points[i]);
    EXPECT_EQ(igd_plus(members, members, reference), 0) << what;
  }
}

TEST(TableFronts, StandInTheOrderOfTheirCost) {
  NEED_BOTH_TABLES();
  Columns columns;
  EXPECT_EQ(pareto_front(columns.points("c10v_valid", {"mflops"})),
            (std::vector<size_t>{758, 8895, 10689, 10720, 13058, 8276, 6925, 14638, 10872, 6111}));
  EXPECT_EQ(pareto_front(columns.points("c10_test", {"mflops"})),
            (std::vector<size_t>{4384, 14346, 12382, 11972, 15000, 4659, 13987, 8592, 11472, 6584,
                                 10154, 5111, 3731, 6111}));
}

TEST(TableFronts, OfThreeGoalsHaveTheirMembers) {
  NEED_BOTH_TABLES();
  Columns columns;
  const std::vector<Losses> points = columns.points("c10v_valid", {"mflops", "gold_6226"});
  const std::vector<size_t> front = pareto_front(points);
  EXPECT_EQ(front.size(), 39u);
  // A third goal in which all are equal multiplies the area of two.
  std::vector<Losses> flat = columns.points("c10v_valid", {"mflops"});
  for (Losses& point : flat) point.push_back(3);
  EXPECT_NEAR(hypervolume(flat, {20, 220.11969, 5}), 2 * 2300.1323, 2e-4);
}

TEST(TableFronts, OfMeasurementsAreThoseOfTheColumns) {
  NEED_BOTH_TABLES();
  auto table = std::make_shared<Table>(kTableFile);
  table->add_latencies(kLatencyFile, "gold_6226");
  const TableFront problem(table, "latency_ms");
  EXPECT_NEAR(100 * problem.volume(), 178.3154, 1e-4);
  EXPECT_NEAR(100 * problem.volume(true), 224.5504, 1e-4);
}

TEST(TableLatencies, RefuseFilesThatAreOthers) {
  NEED_BOTH_TABLES();
  Table table(kTableFile);
  EXPECT_NE(message_of<InputError>([&] {
              table.add_latencies(kLatencyFile, "gold_6262");
            }).find("no column 'gold_6262'; did you mean 'gold_6226'"),
            std::string::npos);
  EXPECT_NE(message_of<InputError>([&] {
              table.add_latencies(kTableFile, "arch");
            }).find("must be a number of milliseconds"),
            std::string::npos);
}

double mean_share(TableFront& problem, StrategyKind kind, int budget, int seeds, int lag = 0) {
  double mean = 0;
  for (int seed = 0; seed < seeds; ++seed)
    mean += problem.run(kind, {}, static_cast<uint64_t>(seed), {budget}, 10, lag)[0].share / seeds;
  return mean;
}

/// Bounds below the intervals of 100 seeds (docs/goals.md), for the noise of fewer.
TEST(SlowTableFronts, AreFoundInFewEvaluations) {
  NEED_BOTH_TABLES();
  auto table = std::make_shared<Table>(kTableFile);
  table->add_latencies(kLatencyFile, "gold_6226");
  for (const auto& [cost, evolution, bananas] :
       {std::tuple("multiply_adds", 0.983, 0.988), {"latency_ms", 0.972, 0.982}}) {
    TableFront problem(table, cost);
    const double random = mean_share(problem, StrategyKind::kRandom, 300, 30);
    const double evolved = mean_share(problem, StrategyKind::kEvolution, 300, 30);
    const double modelled = mean_share(problem, StrategyKind::kBananas, 300, 30);
    EXPECT_GE(evolved, evolution) << cost;
    EXPECT_GE(modelled, bananas) << cost;
    EXPECT_GE(evolved, random + 0.015) << cost;
    // A lag of one generation costs little.
    EXPECT_GE(mean_share(problem, StrategyKind::kEvolution, 300, 30, 1), evolved - 0.006) << cost;
    EXPECT_GE(mean_share(problem, StrategyKind::kBananas, 300, 30, 1), modelled - 0.006) << cost;
  }
}

TEST(SlowTableFronts, UnderALimitTheBestIsFoundAndNothingIsBeyond) {
  NEED_BOTH_TABLES();
  auto table = std::make_shared<Table>(kTableFile);
  table->add_latencies(kLatencyFile, "gold_6226");
  for (const auto& [cost, limit, least] : {std::tuple("multiply_adds", "multiply_adds=50M", 90.35),
                                           {"multiply_adds", "multiply_adds=20M", 88.6},
                                           {"latency_ms", "latency_ms=8", 89.7}}) {
    TableFront problem(table, cost, {limit});
    double mean = 0;
    for (uint64_t seed = 0; seed < 30; ++seed) {
      const auto found = problem.run(StrategyKind::kBananas, {}, seed, {300}, 10, 0)[0];
      EXPECT_EQ(found.beyond_limits, 0);
      mean += found.best / 30;
    }
    EXPECT_GE(mean, least) << limit;
  }
}

}  // namespace
}  // namespace nasnet::search
