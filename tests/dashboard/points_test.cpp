#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/random.h"
#include "nasnet/dashboard/point_columns.h"
#include "nasnet/dashboard/thin_points.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::dashboard {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// A thousand rows, the middle ones of which match.
struct ManyPoints {
  std::vector<std::vector<double>> columns = std::vector<std::vector<double>>(3);
  std::vector<size_t> rows, front;
  std::vector<uint8_t> matches;

  explicit ManyPoints(size_t count) {
    Random random(5, count, "points");
    for (size_t i = 0; i < count; ++i) {
      for (auto& column : columns) column.push_back(random.uniform());
      if (i % 7 == 0) columns[2][i] = kNan;
      rows.push_back(i);
      matches.push_back(i >= count / 4 && i < count / 2);
    }
  }
  std::vector<size_t> thinned(size_t most) const {
    return thin_points({columns, rows, front, matches}, most);
  }
};

TEST(ThinPoints, AreAllWhereTheyAreFew) {
  const ManyPoints points(100);
  EXPECT_EQ(points.thinned(100), points.rows);
}

TEST(ThinPoints, KeepExtremesAndFront) {
  ManyPoints points(1000);
  points.front = {300, 310, 320, 330};
  for (const size_t most : {20, 50, 400}) {
    const std::vector<size_t> kept = points.thinned(most);
    EXPECT_EQ(kept.size(), most);
    EXPECT_TRUE(std::ranges::is_sorted(kept));
    const auto has = [&](size_t row) { return std::ranges::binary_search(kept, row); };
    for (const size_t row : points.front) EXPECT_TRUE(has(row)) << row;
    for (const bool matching : {true, false})
      for (const auto& column : points.columns) {
        size_t least = 0, greatest = 0;
        double low = 2, high = -1;
        for (const size_t row : points.rows) {
          if ((points.matches[row] != 0) != matching) continue;
          if (column[row] < low) low = column[least = row];
          if (column[row] > high) high = column[greatest = row];
        }
        EXPECT_TRUE(has(least) && has(greatest)) << most << " " << matching;
      }
  }
}

TEST(ThinPoints, ThatMatchComeFirst) {
  const ManyPoints points(1000);
  const std::vector<size_t> kept = points.thinned(200);
  const auto matching =
      std::ranges::count_if(kept, [&](size_t row) { return points.matches[row] != 0; });
  EXPECT_EQ(matching, 194) << "all but the extremes of the others";
}

TEST(ThinPoints, OfAStudyThatGrowsStay) {
  ManyPoints points(1000);
  std::ranges::fill(points.matches, 1);
  const std::vector<size_t> before = points.thinned(300);
  EXPECT_EQ(before, points.thinned(300));
  for (auto& column : points.columns) column.push_back(0.5);
  points.rows.push_back(1000);
  points.matches.push_back(1);
  const std::vector<size_t> after = points.thinned(300);
  std::vector<size_t> gone;
  std::ranges::set_difference(before, after, std::back_inserter(gone));
  EXPECT_LE(gone.size(), 1u);
}

TEST(ThinPoints, AFrontThatIsTooLongKeepsItsEnds) {
  ManyPoints points(1000);
  for (size_t i = 250; i < 500; ++i) points.front.push_back(i);
  const std::vector<size_t> kept = points.thinned(40);
  EXPECT_EQ(kept.size(), 40u);
  EXPECT_TRUE(std::ranges::binary_search(kept, size_t{250}));
  EXPECT_TRUE(std::ranges::binary_search(kept, size_t{499}));
}

TEST(PointColumns, HaveTheObjectivesDirections) {
  const space::NasnetSpace space({.blocks = 1});
  ArmTable table;
  table.measurements = {{"accuracy", {}}, {"calm", {}}, {"parameters", {}}, {"reward", {}}};
  const auto columns = point_columns({&table}, space,
                                     search::Objective("accuracy, calm <= 3, minimize noise around "
                                                       "2"));
  const auto find = [&](const std::string& name) {
    const auto found = std::ranges::find(columns, name, &PointColumn::name);
    if (found == columns.end()) throw std::runtime_error(name);
    return *found;
  };
  EXPECT_EQ(find("reward").direction, 1);
  EXPECT_EQ(find("reward").kind, ColumnKind::kTrial) << "a measurement of that name is another";
  EXPECT_EQ(find("accuracy").direction, 1);
  EXPECT_EQ(find("calm").direction, -1);
  EXPECT_EQ(find("parameters").direction, -1);
  EXPECT_EQ(find("core_seconds").direction, -1);
  EXPECT_EQ(find("number").direction, 0);
  EXPECT_EQ(find("normal.0.left").choices, (std::vector<std::string>{"h", "p"}));
  EXPECT_EQ(find("reduction.0.combine").choices, (std::vector<std::string>{"add", "concat"}));
  EXPECT_EQ(find("normal.0.left_op").choices.size(), 13u);
}

TEST(PointColumns, RangesAreRead) {
  const std::vector<ColumnRange> ranges = parse_ranges("reward:0.5:0.9,a:b:-1e3:2");
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].column, "reward");
  EXPECT_EQ(ranges[0].low, 0.5);
  EXPECT_EQ(ranges[0].high, 0.9);
  EXPECT_EQ(ranges[1].column, "a:b");
  EXPECT_EQ(ranges[1].low, -1000);
  EXPECT_TRUE(parse_ranges("").empty());
  for (const char* bad : {"reward", "reward:1", ":1:2x", "reward:nan:1", "reward::", ",", ":"})
    EXPECT_THROW(parse_ranges(bad), InputError) << bad;
}

}  // namespace
}  // namespace nasnet::dashboard
