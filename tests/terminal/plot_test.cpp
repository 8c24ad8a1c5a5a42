#include "nasnet/terminal/plot.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nasnet/base/columns.h"

namespace nasnet::terminal {
namespace {

std::vector<std::string> texts(const std::vector<Line>& lines) {
  std::vector<std::string> texts;
  for (const Line& line : lines) texts.push_back(plain(line));
  return texts;
}

PlotAxes axes(double right) {
  return {0, right, [](double value) { return fmt::format("{:.1f}", value); }, "0",
          fmt::format("{:.0f}", right)};
}

TEST(Plot, DrawsStairsInAscii) {
  const Steps ours = {{{1, 0.2}, {5, 0.8}}, 10, Style::kSearch, false};
  const Steps chance = {{{2, 0.2}}, 10, Style::kRandom, true};
  EXPECT_EQ(texts(draw_steps({ours, chance}, axes(10), {24, 6, false})),
            (std::vector<std::string>{"0.8+         ***********", "0.6+         *",
                                      "   |         *", "0.4+         *",
                                      "0.2+ *********..........", "    0                 10"}));
}

TEST(Plot, DrawsStairsInBraille) {
  const Steps ours = {{{0, 0}, {5, 1}}, 10, Style::kSearch, false};
  // Two characters high, 16 wide: 32 dots, of which the 16th is the step.
  EXPECT_EQ(
      texts(draw_steps({ours}, axes(10), {20, 3, true})),
      (std::vector<std::string>{
          "0.6\u2524       \u28B8\u2809\u2809\u2809\u2809\u2809\u2809\u2809\u2809",
          "0.0\u2524\u28C0\u28C0\u28C0\u28C0\u28C0\u28C0\u28C0\u28F8", "    0             10"}));
}

TEST(Plot, OfNothingIsEmpty) {
  EXPECT_TRUE(draw_steps({}, axes(1), {40, 10, true}).empty());
  EXPECT_TRUE(draw_steps({Steps{}}, axes(1), {40, 10, true}).empty());
}

RC_GTEST_PROP(Plot, StaysWithinItsArea, ()) {
  Steps steps;
  for (int i = 0, n = *rc::gen::inRange(1, 30); i < n; ++i) {
    steps.at.emplace_back(steps.end, *rc::gen::inRange(-1000000, 1000000) / 1e3);
    steps.end += *rc::gen::inRange(0, 100);
  }
  const Area area{*rc::gen::inRange(20, 300), *rc::gen::inRange(3, 100),
                  *rc::gen::arbitrary<bool>()};
  const auto lines = draw_steps({steps}, axes(steps.end), area);
  RC_ASSERT(static_cast<int>(lines.size()) == area.rows);
  for (size_t i = 0; i + 1 < lines.size(); ++i)
    RC_ASSERT(display_width(plain(lines[i])) <= area.columns);
}

}  // namespace
}  // namespace nasnet::terminal
