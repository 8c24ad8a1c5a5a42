#include "nasnet/report/chart.h"

#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "nasnet/base/error.h"
#include "nasnet/report/axis.h"
#include "nasnet/report/labels.h"
#include "nasnet/report/published_chart.h"
#include "nasnet/report/svg.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::report {
namespace {

/// Every start tag has its end tag, nothing is open at the end, no bare & or < stands in a text.
bool is_well_formed(const std::string& svg) {
  static const std::regex entity("&(amp|lt|gt|quot|#39);");
  if (std::regex_replace(svg, entity, "").find('&') != std::string::npos) return false;
  std::vector<std::string> open;
  for (size_t at = 0; (at = svg.find('<', at)) != std::string::npos; ++at) {
    const size_t end = svg.find('>', at);
    if (end == std::string::npos || svg.find('<', at + 1) < end) return false;
    const std::string tag = svg.substr(at + 1, end - at - 1);
    if (tag.front() == '?' || tag.back() == '/') continue;
    if (tag.front() != '/') {
      open.push_back(tag.substr(0, tag.find(' ')));
    } else {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

/// All captures of the pattern, as numbers.
std::vector<std::vector<double>> numbers(const std::string& svg, const std::string& pattern) {
  std::vector<std::vector<double>> found;
  const std::regex regex(pattern);
  for (std::sregex_iterator it(svg.begin(), svg.end(), regex), end; it != end; ++it) {
    found.emplace_back();
    for (size_t k = 1; k < it->size(); ++k) found.back().push_back(std::stod((*it)[k]));
  }
  return found;
}

std::vector<std::vector<double>> marks_of(const std::string& svg) {
  return numbers(svg, "class='mark' transform='translate\\(([-0-9.]+),([-0-9.]+)\\)'");
}

std::vector<std::vector<double>> panels_of(const std::string& svg) {
  return numbers(svg,
                 "class='panel' x='([-0-9.]+)' y='([-0-9.]+)' width='([-0-9.]+)' "
                 "height='([-0-9.]+)'");
}

bool inside(const std::vector<double>& panel, const std::vector<double>& mark) {
  return mark[0] > panel[0] && mark[0] < panel[0] + panel[2] && mark[1] > panel[1] &&
         mark[1] < panel[1] + panel[3];
}

Panel panel_of(std::vector<Point> points, bool logarithmic = false) {
  return {"title", "x", "y", logarithmic, {{"all", "#000000", Mark::kDot, true, false, points}}};
}

TEST(Chart, PointsLieInThePanelInTheirOrder) {
  const std::string svg =
      draw_chart("t", {panel_of({{1, 5, "a"}, {10, 7, "b"}, {100, 6, "c"}}, true)});
  EXPECT_TRUE(is_well_formed(svg));
  const auto panels = panels_of(svg);
  const auto marks = marks_of(svg);
  ASSERT_EQ(panels.size(), 1u);
  ASSERT_EQ(marks.size(), 3u);
  for (const auto& mark : marks) EXPECT_TRUE(inside(panels[0], mark));
  // Equal factors are equal distances on the logarithmic axis; up is less in pixels.
  EXPECT_NEAR(marks[1][0] - marks[0][0], marks[2][0] - marks[1][0], 0.2);
  EXPECT_NEAR(marks[0][1] + marks[1][1], 2 * marks[2][1], 0.2);
  EXPECT_LT(marks[1][1], marks[0][1]);
}

TEST(Chart, TextIsEscaped) {
  Panel panel = panel_of({{1, 1, "<a & 'b'>\x01"}, {2, 2, ""}});
  panel.title = "p < q";
  panel.series[0].name = "\"&\"";
  const std::string svg = draw_chart("</svg>", {panel});
  EXPECT_TRUE(is_well_formed(svg));
  EXPECT_NE(svg.find("&lt;a &amp; &#39;b&#39;&gt;"), std::string::npos);
  EXPECT_NE(svg.find("p &lt; q"), std::string::npos);
  EXPECT_NE(svg.find("&quot;&amp;&quot;"), std::string::npos);
  EXPECT_NE(svg.find("<title>&lt;/svg&gt;</title>"), std::string::npos);
  EXPECT_EQ(svg.find('\x01'), std::string::npos);
  EXPECT_FALSE(is_well_formed("<svg><g></svg>"));
  EXPECT_FALSE(is_well_formed("<svg>a & b</svg>"));
}

TEST(Chart, SinglePointsAndEqualPointsAreDrawn) {
  EXPECT_EQ(marks_of(draw_chart("t", {panel_of({{3, 0, "only"}})})).size(), 1u);
  EXPECT_EQ(marks_of(draw_chart("t", {panel_of({{3, 4, "a"}, {3, 4, "b"}}, true)})).size(), 2u);
}

TEST(Chart, WhatAnAxisCannotShowIsRefused) {
  EXPECT_THROW(draw_chart("t", {panel_of({})}), InputError);
  EXPECT_THROW(draw_chart("t", {panel_of({{0, 1, ""}}, true)}), InputError);
  EXPECT_THROW(draw_chart("t", {panel_of({{-1, 1, ""}}, true)}), InputError);
  EXPECT_THROW(draw_chart("t", {panel_of({{NAN, 1, ""}})}), InputError);
  EXPECT_THROW(draw_chart("t", {panel_of({{1, INFINITY, ""}})}), InputError);
}

TEST(Axis, TicksAreRoundAndInside) {
  const Axis plain({69.8, 82.7}, false);
  EXPECT_EQ(plain.ticks(), (std::vector<double>{70, 75, 80}));
  const Axis wide({1, 37.4}, true);
  EXPECT_EQ(wide.ticks(), (std::vector<double>{1, 2, 5, 10, 20}));
  for (const double scale : {1e-6, 0.3, 1.0, 7.0, 1e9}) {
    for (const bool logarithmic : {false, true}) {
      const Axis axis({scale, 1.7 * scale, 2.5 * scale}, logarithmic);
      const std::vector<double> ticks = axis.ticks();
      EXPECT_GE(ticks.size(), 3u) << scale;
      EXPECT_LE(ticks.size(), 9u) << scale;
      for (const double tick : ticks) {
        EXPECT_GE(axis.position(tick), 0) << scale;
        EXPECT_LE(axis.position(tick), 1) << scale;
      }
    }
  }
  EXPECT_EQ(Axis::tick_text(0.30000000000000004), "0.3");
  EXPECT_EQ(Axis::tick_text(2000), "2000");
}

TEST(Labels, KeepClearOfOneAnotherAndOfMarks) {
  // A cluster that labels beside every mark would not fit.
  std::vector<Label> labels;
  Obstacles obstacles{{0, 0, 400, 300}, {}, {}};
  for (const double x : {190.0, 200.0, 210.0})
    for (const double y : {140.0, 150.0, 160.0}) {
      labels.push_back({{{x, y}, 5}, 60, 12});
      obstacles.marks.push_back({{x, y}, 5});
    }
  const auto placed = place_labels(labels, obstacles);
  ASSERT_EQ(placed.size(), labels.size());
  for (size_t i = 0; i < placed.size(); ++i) {
    const Box& box = placed[i].box;
    EXPECT_GE(box.left, 0);
    EXPECT_LE(box.right, 400);
    EXPECT_GE(box.top, 0);
    EXPECT_LE(box.bottom, 300);
    for (size_t k = 0; k < i; ++k) EXPECT_EQ(overlap(box, placed[k].box), 0) << i << " " << k;
    for (const Disc& mark : obstacles.marks) {
      const Position near = nearest_point(box, mark.at);
      EXPECT_GT(std::hypot(near.x - mark.at.x, near.y - mark.at.y), 4);
    }
  }
}

TEST(Labels, ALonelyMarkNeedsNoLine) {
  const auto placed =
      place_labels({{{{50, 50}, 5}, 40, 12}}, {{0, 0, 200, 100}, {{{50, 50}, 5}}, {}});
  ASSERT_EQ(placed.size(), 1u);
  EXPECT_FALSE(placed[0].leader);
}

TEST(PublishedChart, HoldsEveryRowOfTheTables) {
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  const std::string svg = draw_chart("t", published_panels(genotype, {}));
  EXPECT_TRUE(is_well_formed(svg));
  const auto panels = panels_of(svg);
  ASSERT_EQ(panels.size(), 3u);
  const auto marks = marks_of(svg);
  EXPECT_EQ(marks.size(), 17u + 17u + 15u);  // tables 2 and 3 twice, table 1 once
  for (const auto& mark : marks) {
    int holders = 0;
    for (const auto& panel : panels) holders += inside(panel, mark);
    EXPECT_EQ(holders, 1);
  }
  EXPECT_EQ(svg, draw_chart("t", published_panels(genotype, {})));
  EXPECT_EQ(svg.find("measured by you"), std::string::npos);
}

TEST(PublishedChart, TheMeasuredNetworkStandsAmongItsLike) {
  const space::Genotype genotype = space::named_genotype("darts-v2");
  Measured measured{"a <very> long name of a genotype that somebody wrote",
                    graph::StackKind::kMobile,
                    {4'700'000, 0, 574'000'000},
                    73.3};
  const auto stars = [&] {
    std::vector<std::vector<Point>> found;
    for (const Panel& panel : published_panels(genotype, measured)) {
      const Series& last = panel.series.back();
      found.push_back(last.mark == Mark::kStar ? last.points : std::vector<Point>{});
    }
    return found;
  };
  auto found = stars();
  ASSERT_EQ(found.size(), 3u);
  ASSERT_EQ(found[0].size(), 1u);
  ASSERT_EQ(found[1].size(), 1u);
  EXPECT_TRUE(found[2].empty());
  EXPECT_DOUBLE_EQ(found[0][0].x, 0.574);
  EXPECT_DOUBLE_EQ(found[0][0].y, 73.3);
  EXPECT_DOUBLE_EQ(found[1][0].x, 4.7);
  EXPECT_LE(found[0][0].label.size(), 40u);
  EXPECT_TRUE(is_well_formed(draw_chart("t", published_panels(genotype, measured))));

  measured.stack = graph::StackKind::kCifar;
  measured.top1 = 97.24;
  found = stars();
  EXPECT_TRUE(found[0].empty());
  ASSERT_EQ(found[2].size(), 1u);
  EXPECT_NEAR(found[2][0].y, 2.76, 1e-9);
}

TEST(PublishedChart, RowsOfLaterPapersJoinTheirGenotype) {
  const auto panels = published_panels(space::named_genotype("amoebanet-a"), {});
  EXPECT_EQ(panels[0].series.back().name, "AmoebaNet-A, Real et al. 2019");
  EXPECT_EQ(panels[0].series.back().points.size(), 3u);
  EXPECT_EQ(panels[2].series.back().points.size(), 2u);
}

}  // namespace
}  // namespace nasnet::report
