#include "nasnet/exchange/names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::exchange {
namespace {

struct Row {
  std::string keras, torch, torch_shape;
};

/// The published tensors by slim variable; empty where the table is not on this machine.
std::map<std::string, Row> published(graph::StackKind stack) {
  std::map<std::string, Row> rows;
  std::ifstream file(std::string(NASNET_SOURCE_DIR) + "/../shared/spec/nasnet-" + to_text(stack) +
                     "-tensors.tsv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::vector<std::string> cells;
    std::istringstream text(line);
    for (std::string cell; std::getline(text, cell, '\t');) cells.push_back(cell);
    rows[cells.at(0)] = {cells.at(2) + "/" + cells.at(3), cells.at(5), cells.at(6)};
  }
  return rows;
}

void expect_published(graph::StackKind stack, size_t tensors, Convention torch) {
  const std::map<std::string, Row> rows = published(stack);
  if (rows.empty()) GTEST_SKIP() << "../shared/spec is not there";
  ASSERT_EQ(rows.size(), tensors);
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), graph::stack_settings(stack));
  const std::vector<std::string> keras = foreign_names(graph, Convention::kKeras);
  const std::vector<std::string> torch_names = foreign_names(graph, torch);
  EXPECT_EQ(graph.parameters.size(), tensors);
  for (size_t i = 0; i < graph.parameters.size(); ++i) {
    const graph::Parameter& parameter = graph.parameters[i];
    ASSERT_TRUE(rows.count(parameter.name)) << parameter.name;
    const Row& row = rows.at(parameter.name);
    EXPECT_EQ(keras[i], row.keras);
    EXPECT_EQ(torch_names[i], row.torch);
    EXPECT_EQ(fmt::format("{}", fmt::join(parameter.shape, "x")), row.torch_shape);
  }
}

TEST(Names, MobileEqualsThePublishedTable) {
  expect_published(graph::StackKind::kMobile, 1126, Convention::kCadeneMobile);
}

TEST(Names, LargeEqualsThePublishedTable) {
  expect_published(graph::StackKind::kLarge, 1546, Convention::kTorch);
}

/// Lines of a golden list beside this test (see list_ports.py).
std::vector<std::vector<std::string>> golden(const std::string& name) {
  std::ifstream file(std::string(NASNET_SOURCE_DIR) + "/tests/exchange/" + name);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    lines.emplace_back();
    for (std::string word; words >> word;) lines.back().push_back(word);
  }
  return lines;
}

TEST(Names, PnasnetEqualsTimmsList) {
  std::map<std::string, std::string> shapes;
  for (const auto& line : golden("pnasnet5large.tsv")) shapes[line.at(0)] = line.at(1);
  ASSERT_EQ(shapes.size(), 575u);
  const graph::Graph graph = graph::build(space::named_genotype("pnasnet-5"),
                                          graph::stack_settings(graph::StackKind::kPnasnetLarge));
  const std::vector<std::string> names = foreign_names(graph, Convention::kTorchPnasnet);
  size_t found = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    ASSERT_NE(names[i], "") << graph.parameters[i].name;
    const std::string module = names[i].substr(0, names[i].rfind('.'));
    ASSERT_TRUE(shapes.count(module + ".weight")) << names[i];
    if (module + ".weight" != names[i]) continue;
    ++found;
    EXPECT_EQ(fmt::format("{}", fmt::join(graph.parameters[i].shape, "x")), shapes[names[i]]);
  }
  EXPECT_EQ(found, shapes.size());
  EXPECT_EQ(names.size(), 1179u);
}

TEST(Names, KerasNumbersLayersInTheOrderOfItsModel) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          graph::stack_settings(graph::StackKind::kMobile));
  const std::vector<std::string> names = foreign_names(graph, Convention::kKeras);
  const std::vector<std::string> numbered = foreign_names(graph, Convention::kKerasNumbered);
  std::map<std::string, std::string> number;  // by layer
  for (const auto& line : golden("keras-mobile-layers.txt"))
    for (size_t i = 1; i < line.size(); ++i)
      number[line[i]] = i == 1 ? line[0] : fmt::format("{}_{}", line[0], i - 1);
  ASSERT_EQ(number.size(), 389u);
  for (size_t i = 0; i < names.size(); ++i)
    EXPECT_EQ(numbered[i].substr(0, numbered[i].find('/')),
              number[names[i].substr(0, names[i].find('/'))])
        << names[i];
}

TEST(Names, AreUniqueAndLeaveOthersOut) {
  graph::StackSettings settings = graph::stack_settings(graph::StackKind::kMobile);
  settings.auxiliary_head = true;
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), settings);
  for (const Convention convention : kConventions) {
    std::set<std::string> seen;
    const std::vector<std::string> names = foreign_names(graph, convention);
    for (size_t i = 0; i < names.size(); ++i) {
      if (convention != Convention::kSlim && graph.parameters[i].name.starts_with("aux_")) {
        EXPECT_EQ(names[i], "");
      } else {
        EXPECT_TRUE(seen.insert(names[i]).second) << names[i];
      }
    }
  }
}

}  // namespace
}  // namespace nasnet::exchange
