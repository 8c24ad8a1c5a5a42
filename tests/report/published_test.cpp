#include "nasnet/report/published.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/report/compare.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::report {
namespace {

/// The row of this table and model; a row without cutout where both exist.
const PublishedRow& find(const std::string& table, const std::string& model) {
  for (const PublishedRow& row : published_rows())
    if (row.table == table && row.model == model) return row;
  throw std::runtime_error("no row " + model);
}

Comparison compared(const std::string& table, const std::string& model) {
  return compare({find(table, model)}).at(0);
}

TEST(Published, TablesAreWhole) {
  std::map<std::string, int> rows, own;
  std::set<std::string> models;
  for (const PublishedRow& row : published_rows()) {
    ++rows[row.table];
    own[row.table] += row.is_nasnet();
    EXPECT_TRUE(models.insert(row.table + row.model).second) << row.model;
    EXPECT_EQ(row.model.find("cutout") != std::string::npos, row.cutout) << row.model;
    EXPECT_EQ(row.is_nasnet(), row.model.starts_with("NASNet-")) << row.model;
    EXPECT_NE(row.test_error > 0, row.top1 > 0) << row.model;
    EXPECT_EQ(row.top1 > 0, !row.multiply_adds.empty()) << row.model;
    EXPECT_GT(printed_value(row.parameters), 0) << row.model;
    if (row.genotype.empty()) continue;
    EXPECT_EQ(row.stack.input.height, row.input) << row.model;
  }
  EXPECT_EQ(rows["Table 1"], 15);
  EXPECT_EQ(rows["Table 2"], 11);
  EXPECT_EQ(rows["Table 3"], 6);
  EXPECT_EQ(own["Table 1"], 6);
  EXPECT_EQ(own["Table 2"], 3);
  EXPECT_EQ(own["Table 3"], 3);
  EXPECT_EQ(own["Real et al. 2019"], 0);
}

TEST(Published, RowsAreThoseOfThePaper) {
  EXPECT_EQ(find("Table 1", "NASNet-A (6 @ 768)").test_error, 3.41);
  EXPECT_EQ(find("Table 1", "NASNet-A (6 @ 768) + cutout").test_error, 2.65);
  EXPECT_EQ(find("Table 1", "NASNet-A (7 @ 2304) + cutout").test_error, 2.40);
  EXPECT_EQ(find("Table 1", "DenseNet-BC (L=100, k=40)").depth, 190);
  EXPECT_EQ(find("Table 1", "NAS v3 (more filters)").parameters, "37.4 M");
  const PublishedRow& large = find("Table 2", "NASNet-A (6 @ 4032)");
  EXPECT_EQ(large.top1, 82.7);
  EXPECT_EQ(large.top5, 96.2);
  EXPECT_EQ(large.multiply_adds, "23.8 B");
  EXPECT_EQ(large.input, 331);
  EXPECT_EQ(find("Table 2", "SENet").parameters, "145.8 M");
  const PublishedRow& mobile = find("Table 3", "NASNet-A (4 @ 1056)");
  EXPECT_EQ(mobile.top1, 74.0);
  EXPECT_EQ(mobile.multiply_adds, "564 M");
  EXPECT_EQ(find("Table 3", "Inception V1").multiply_adds, "1,448 M");
}

TEST(Published, SizesAreReadAsPrinted) {
  EXPECT_EQ(printed_value("5.3 M"), 5.3e6);
  EXPECT_EQ(printed_value("1,448 M"), 1448e6);
  EXPECT_EQ(printed_value("~5 M"), 5e6);
  EXPECT_EQ(printed_value("104 B"), 104e9);
  for (const char* bad : {"", "M", "5.3", "5.3M", "5.3 K", "5.3 M."})
    EXPECT_THROW(printed_value(bad), InputError) << bad;
}

TEST(Published, RoundingIsToThePrintedDigits) {
  EXPECT_TRUE(rounds_to(5'250'000, "5.3 M"));
  EXPECT_FALSE(rounds_to(5'249'999, "5.3 M"));
  EXPECT_TRUE(rounds_to(5'349'999, "5.3 M"));
  EXPECT_FALSE(rounds_to(5'350'000, "5.3 M"));
  EXPECT_TRUE(rounds_to(91'500'000, "92 M"));
  EXPECT_FALSE(rounds_to(91'400'000, "92 M"));
  EXPECT_TRUE(rounds_to(1'448'400'000, "1,448 M"));
}

TEST(Compare, ReleasedNetworksMatch) {
  const Comparison cifar = compared("Table 1", "NASNet-A (6 @ 768)");
  EXPECT_EQ(cifar.ours.parameters, 3'346'538);
  EXPECT_EQ(cifar.verdict(), "matches");
  const Comparison mobile = compared("Table 3", "NASNet-A (4 @ 1056)");
  EXPECT_EQ(mobile.ours.parameters, 5'289'978);
  EXPECT_EQ(mobile.ours.multiply_adds, 563'638'816);
  EXPECT_EQ(mobile.verdict(), "matches");
  // 88.75 M trainable parameters print as 88.8; with the statistics they are 88.95 M.
  const Comparison large = compared("Table 2", "NASNet-A (6 @ 4032)");
  EXPECT_EQ(large.ours.parameters, 88'753'150);
  EXPECT_EQ(large.ours.statistics, 196'668);
  EXPECT_EQ(large.ours.multiply_adds, 23'783'414'658);
  EXPECT_TRUE(large.matches());
  EXPECT_TRUE(large.with_statistics);
  EXPECT_EQ(large.verdict(), "matches, BN statistics counted");
}

TEST(Compare, WhatTheReleasedCellDoesNotReproduceIsSaid) {
  const Comparison wide = compared("Table 1", "NASNet-A (7 @ 2304)");
  const Comparison small = compared("Table 2", "NASNet-A (5 @ 1538)");
  const Comparison middle = compared("Table 2", "NASNet-A (7 @ 1920)");
  EXPECT_EQ(wide.ours.parameters, 32'590'954);
  EXPECT_EQ(small.ours.parameters, 12'247'544);
  EXPECT_EQ(small.ours.multiply_adds, 2'552'240'432);
  EXPECT_EQ(middle.ours.parameters, 24'595'884);
  EXPECT_EQ(middle.ours.multiply_adds, 5'226'678'524);
  for (const Comparison& each : {wide, small, middle}) {
    EXPECT_FALSE(each.matches());
    EXPECT_EQ(each.verdict(), "not reproduced by the released cell");
  }
  for (const char* model : {"NASNet-B (4 @ 1536)", "NASNet-C (3 @ 960)"})
    EXPECT_EQ(compared("Table 3", model).verdict(), "not reproduced: no cell was released");
}

TEST(Compare, PnasnetHasItsPublishedParameters) {
  const auto rows = compare(published_rows(space::named_genotype("pnasnet-5")));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].ours.parameters, 86'057'668);  // 86.1 M
  EXPECT_EQ(rows[1].ours.parameters, 5'064'487);   // 5.1 M
}

TEST(Compare, RowsBelongToCellsNotToNames) {
  space::Genotype genotype = space::named_genotype("nasnet-a");
  EXPECT_EQ(published_rows(genotype).size(), 8u);
  genotype.name = "mine";
  EXPECT_EQ(published_rows(genotype).size(), 8u);
  genotype.normal = space::named_genotype("nasnet-c").normal;
  genotype.name = "nasnet-a";
  EXPECT_TRUE(published_rows(genotype).empty());
  EXPECT_EQ(published_rows(space::named_genotype("nasnet-b")).size(), 2u);
  EXPECT_EQ(published_rows(space::named_genotype("nasnet-c")).size(), 2u);
  EXPECT_EQ(published_rows(space::named_genotype("pnasnet-5")).size(), 2u);
  EXPECT_EQ(published_rows(space::named_genotype("amoebanet-a")).size(), 5u);
  EXPECT_TRUE(published_rows(space::named_genotype("darts-v2")).empty());
}

TEST(Compare, EveryLineOfTheTableIsALine) {
  const auto all = compare(published_rows(space::named_genotype("nasnet-a")));
  ASSERT_EQ(all.size(), 8u);
  const std::string table = format_comparisons(all);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 9);
  EXPECT_NE(table.find("563,638,816"), std::string::npos);
  // Rows that share one count must not share more than that.
  EXPECT_EQ(all[0].row.test_error, 3.41);
  EXPECT_EQ(all[1].row.test_error, 2.65);
  EXPECT_EQ(all[0].ours, all[1].ours);
}

}  // namespace
}  // namespace nasnet::report
