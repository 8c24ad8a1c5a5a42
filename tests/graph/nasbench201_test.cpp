#include "nasnet/graph/nasbench201.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <set>
#include <sstream>

#include "nasnet/base/error.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/nasbench201.h"

namespace nasnet::graph {
namespace {

using space::Choices;
using space::Nasbench201Space;

/// The `number`-th of all cells, in any order.
Choices cell(int number) {
  Choices choices;
  for (int e = 0; e < 6; ++e) {
    choices.push_back(number % Nasbench201Space::kChoices);
    number /= Nasbench201Space::kChoices;
  }
  return choices;
}

/// Dense convolutions of the paper's table: all edges 3x3, or none at all.
TEST(Nasbench201Graph, CountsAreThoseOfThePaper) {
  const Counts most = count(build_nasbench201(Choices(6, Nasbench201Space::kConv3x3)));
  EXPECT_EQ(most.parameters, 1531546);
  EXPECT_EQ(most.multiply_adds, 220119680);
  const Counts least = count(build_nasbench201(Choices(6, Nasbench201Space::kNone)));
  EXPECT_EQ(least.parameters, 73306);
  EXPECT_EQ(least.multiply_adds, 7783040);
}

/// Of all 15,625 cells, where the table is there. It has multiply-adds in millions, with five
/// digits, and counts the linear layer's ten biases among them.
TEST(Nasbench201Graph, CountsAreThoseOfTheTable) {
  const std::string table = std::string(NASNET_SOURCE_DIR) + "/../shared/data/nasbench201.csv.zst";
  if (!std::filesystem::exists(table)) GTEST_SKIP() << table << " is not there";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen(("zstdcat " + table + " 2>/dev/null").c_str(), "r"), pclose);
  std::string text;
  char block[4096];
  while (const size_t read = fread(block, 1, sizeof block, pipe.get())) text.append(block, read);
  if (text.empty()) GTEST_SKIP() << "zstdcat is not there";
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  std::vector<std::string> names;
  std::istringstream header(line);
  for (std::string name; std::getline(header, name, ',');) names.push_back(name);
  const auto place = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) - names.begin();
  };
  const auto arch = place("arch"), params = place("params"), mflops = place("mflops");
  ASSERT_LT(std::max({arch, params, mflops}), std::ssize(names));
  const Nasbench201Space space;
  std::set<std::pair<int64_t, int64_t>> different;
  int rows = 0;
  while (std::getline(lines, line)) {
    std::vector<std::string> values;
    std::istringstream row(line);
    for (std::string value; std::getline(row, value, ',');) values.push_back(value);
    const Counts found = count(build_nasbench201(space.parse(values.at(arch))));
    ASSERT_EQ(found.parameters, std::stoll(values.at(params))) << line;
    ASSERT_EQ(found.multiply_adds + 10, std::llround(1e6 * std::stod(values.at(mflops)))) << line;
    different.insert({found.parameters, found.multiply_adds});
    ++rows;
  }
  EXPECT_EQ(rows, Nasbench201Space::kCells);
  EXPECT_EQ(different.size(), 28u);
}

TEST(Nasbench201Graph, NamesEveryParameterOnce) {
  for (int number = 0; number < Nasbench201Space::kCells; number += 997) {
    const Graph graph = build_nasbench201(cell(number), {.cells = 2, .filters = 4});
    std::set<std::string> names;
    for (const Parameter& parameter : graph.parameters)
      EXPECT_TRUE(names.insert(parameter.name).second) << parameter.name;
  }
}

TEST(Nasbench201Graph, RefusesWhatIsNoNetwork) {
  EXPECT_THROW(build_nasbench201(Choices(5, 0)), InputError);
  EXPECT_THROW(build_nasbench201(Choices(6, 5)), InputError);
  EXPECT_THROW(build_nasbench201(Choices(6, 1), {.cells = 0}), InputError);
  EXPECT_THROW(build_nasbench201(Choices(6, 1), {.filters = 0}), InputError);
  EXPECT_THROW(build_nasbench201(Choices(6, 1), {.classes = 1}), InputError);
  EXPECT_THROW(build_nasbench201(Choices(6, 1), {.input = {30, 32, 3}}), InputError);
}

}  // namespace
}  // namespace nasnet::graph
