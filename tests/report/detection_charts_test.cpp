#include <gtest/gtest.h>

#include <regex>

#include "nasnet/report/confusion_chart.h"
#include "nasnet/report/curves_chart.h"

namespace nasnet::report {
namespace {

/// Classes of which class k has k objects, each an image with one box.
boxes::Truth many_classes(int count) {
  boxes::Truth truth;
  for (int k = 0; k < count; ++k) {
    truth.categories.push_back(k);
    truth.names.push_back("class number " + std::to_string(k));
    for (int n = 0; n < k; ++n) {
      truth.objects.push_back({.image = static_cast<int>(truth.images.size()),
                               .category = k,
                               .box = {0, 0, 10, 10},
                               .area = 100});
      truth.images.push_back(std::ssize(truth.images));
    }
  }
  return truth;
}

std::vector<boxes::Detection> all_found(const boxes::Truth& truth) {
  std::vector<boxes::Detection> found;
  for (const boxes::TruthObject& object : truth.objects)
    found.push_back(
        {.image = object.image, .category = object.category, .box = object.box, .score = 0.9});
  return found;
}

size_t matches(const std::string& svg, const std::string& pattern) {
  const std::regex regex(pattern);
  return static_cast<size_t>(
      std::distance(std::sregex_iterator(svg.begin(), svg.end(), regex), std::sregex_iterator()));
}

TEST(CurvesChart, OfManyClassesTheTenLargestAreNamed) {
  const boxes::Truth truth = many_classes(14);
  const std::string svg = draw_curves(truth, boxes::measure(truth, all_found(truth)));
  // Class 0 has no object and no curve.
  EXPECT_EQ(matches(svg, "<polyline"), 2u * (13 + 1));
  EXPECT_EQ(matches(svg, ">class number [0-9]+: AP50 1.000, AP75 1.000<"), 10u);
  EXPECT_EQ(matches(svg, ">class number 3:"), 0u);
  EXPECT_EQ(matches(svg, ">3 other classes<"), 1u);
}

TEST(CurvesChart, ACurveEndsWhereNothingIsFoundAnyMore) {
  boxes::Truth truth = many_classes(3);
  // Of the two objects of class 2 one is found: down to recall .5, and one point more at 0.
  const std::string svg = draw_curves(
      truth,
      boxes::measure(truth, {{.image = 1, .category = 2, .box = {0, 0, 10, 10}, .score = 1}}));
  std::smatch curve;
  const std::regex blue("points='([^']*)' fill='none' stroke='#0072b2'");
  ASSERT_TRUE(std::regex_search(svg, curve, blue));
  EXPECT_EQ(matches(curve[1], ","), 52u);
}

TEST(ConfusionChart, CellsShrinkSoThatTextsKeepApart) {
  for (const int count : {2, 13, 14, 29, 30, 100, 101, 130}) {
    const boxes::Truth truth = many_classes(count);
    const std::string svg = draw_confusion(truth, boxes::confuse(truth, all_found(truth)));
    const size_t side = static_cast<size_t>(std::min(count, 100)) + 1;
    EXPECT_EQ(matches(svg, "class='cell'"), side * side) << count;
    // Names of columns stand upright, one a cell's width from the next: at least their height.
    const std::regex name(
        "<text x='([0-9.]+)' y='([0-9.]+)' font-size='([0-9.]+)' "
        "text-anchor='start' transform");
    double before = 0;
    for (std::sregex_iterator it(svg.begin(), svg.end(), name), end; it != end; ++it) {
      EXPECT_GE(std::stod((*it)[1]) - before, std::stod((*it)[3]));
      before = std::stod((*it)[1]);
    }
    EXPECT_GT(before, 0) << "there are some";
  }
}

TEST(ConfusionChart, MoreThanAHundredClassesAreJoined) {
  const boxes::Truth truth = many_classes(130);
  const std::string svg = draw_confusion(truth, boxes::confuse(truth, all_found(truth)));
  // The 31 classes of 0 to 30 objects.
  EXPECT_EQ(matches(svg, "<title>31 others - 31 others: 465 \\(100.0 %\\)</title>"), 1u);
  EXPECT_EQ(matches(svg, "<title>class number 129 - class number 129: 129 \\(100.0 %\\)"), 1u);
  EXPECT_EQ(matches(svg, "class number 30 -"), 0u);
}

}  // namespace
}  // namespace nasnet::report
