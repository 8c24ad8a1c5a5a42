#include <gtest/gtest.h>

#include <cstdint>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

using nlohmann::json;

/// A genotype that is well, to be broken.
json small_genotype() {
  const json block = {
      {"left", 0}, {"left_op", "sep_conv_3x3"}, {"right", 1}, {"right_op", "identity"}};
  const json cell = {{"blocks", {block, block}}};
  return {{"schema", "nasnet-genotype"},
          {"version", 1},
          {"name", "small"},
          {"normal", cell},
          {"reduction", cell}};
}

/// Draws the genotype from a file x.json.
Outcome draw(const std::string& text) {
  Folder folder;
  write_text(folder / "x.json", text);
  return nasnet({"draw", "x.json"}, folder.path());
}

TEST(Draw, InTheTerminalShowsBothCells) {
  const Outcome outcome = nasnet({"draw", "nasnet-a"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  for (const std::string part : {"Normal cell", "Reduction cell", "sep 5x5", "avg 3x3", "add"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part;
  EXPECT_EQ(outcome.out, nasnet({"draw", "nasnet-a"}).out);
}

TEST(Draw, JsonIsReadBackAsTheSameGenotype) {
  Folder folder;
  const Outcome first = nasnet({"draw", "nasnet-b", "--json"});
  ASSERT_EQ(first.status, 0);
  EXPECT_EQ(json::parse(first.out)["schema"], "nasnet-genotype");
  write_text(folder / "x.json", first.out);
  const Outcome second = nasnet({"draw", "x.json", "--json"}, folder.path());
  EXPECT_EQ(first.out, second.out);
}

TEST(Draw, SvgIsOneWholeFile) {
  Folder folder;
  const Outcome outcome = nasnet({"draw", "darts-v2", "--svg", "cell.svg"}, folder.path());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(folder.files(), std::vector<std::string>{"cell.svg"});
  const std::string svg = read_text(folder / "cell.svg");
  EXPECT_NE(svg.find("<svg"), std::string::npos);
  EXPECT_NE(svg.find("</svg>"), std::string::npos);
}

TEST(Draw, SvgThatCannotBeWrittenLeavesNothing) {
  Folder folder;
  write_text(folder / "file", "");
  expect_refused(nasnet({"draw", "nasnet-a", "--svg", "file/cell.svg"}, folder.path()),
                 {"file/cell.svg"});
  EXPECT_EQ(folder.files(), std::vector<std::string>{"file"});
}

TEST(Draw, UnknownNamesGetTheNearest) {
  expect_refused(nasnet({"draw", "nasnet-aa"}), {"'nasnet-aa'", "'nasnet-a'"});
  expect_refused(nasnet({"draw", "x/none.json"}), {"x/none.json"});
  expect_refused(nasnet({"describe", "darts-v3"}), {"'darts-v3'", "'darts-v2'"});
  expect_refused(nasnet({"draw", "."}), {"."});
}

TEST(Draw, TheSmallGenotypeIsWell) {
  EXPECT_EQ(draw(small_genotype().dump()).status, 0);
}

TEST(Draw, GenotypesThatAreNoneSayWhere) {
  json genotype = small_genotype();
  genotype["normal"]["blocks"][1]["left_op"] = "sep_conv_3x4";
  expect_refused(draw(genotype.dump()), {"x.json", "normal", "'sep_conv_3x4'", "'sep_conv_3x3'"});

  genotype = small_genotype();
  genotype["reduction"]["blocks"][0]["right"] = 9;
  expect_refused(draw(genotype.dump()), {"x.json", "reduction", "9"});

  genotype = small_genotype();
  genotype["normal"]["blocks"][1]["right"] = 3;  // its own result: a cycle
  expect_refused(draw(genotype.dump()), {"x.json", "normal", "3"});

  genotype = small_genotype();
  genotype["normal"]["blocks"][0]["left"] = -1;
  expect_refused(draw(genotype.dump()), {"x.json", "-1"});

  genotype = small_genotype();
  genotype["normal"]["blocks"] = json::array();
  expect_refused(draw(genotype.dump()), {"x.json", "normal"});

  genotype = small_genotype();
  genotype["normal"]["outputs"] = {7};
  expect_refused(draw(genotype.dump()), {"x.json", "normal", "7"});

  genotype = small_genotype();
  genotype["version"] = 2;
  expect_refused(draw(genotype.dump()), {"x.json", "version", "2"});

  genotype = small_genotype();
  genotype["normal"]["blocks"][0]["lefft"] = 1;
  expect_refused(draw(genotype.dump()), {"x.json", "lefft", "left"});

  genotype = small_genotype();
  genotype.erase("reduction");
  expect_refused(draw(genotype.dump()), {"x.json", "reduction"});
}

TEST(Draw, FilesThatAreNoJsonSayWhere) {
  expect_refused(draw(""), {"x.json"});
  expect_refused(draw(small_genotype().dump().substr(0, 60)), {"x.json"});
  expect_refused(draw(std::string("\xff\xfe\0\0", 4)), {"x.json"});
  expect_refused(draw(std::string(100'000, '[')), {"x.json"});
  expect_refused(draw(std::string((1 << 20) + 1, ' ')), {"x.json", "bytes"});
}

TEST(Describe, RowsAddUpToThePublishedTotal) {
  const json result = last_json(nasnet({"describe", "nasnet-a", "--json"}));
  EXPECT_EQ(result["parameters"], 3'346'538);
  EXPECT_EQ(result["statistics"], 37'248);
  EXPECT_EQ(result["multiply_adds"], 544'333'312);
  int64_t parameters = 0, multiply_adds = 0;
  for (const json& row : result["rows"]) {
    parameters += row["parameters"].get<int64_t>();
    multiply_adds += row["multiply_adds"].get<int64_t>();
  }
  EXPECT_EQ(parameters, 3'346'538);
  EXPECT_EQ(multiply_adds, 544'333'312);
  EXPECT_EQ(result["rows"].size(), 22u);
}

TEST(Describe, SettingsReachTheGraph) {
  const json result =
      last_json(nasnet({"describe", "nasnet-a", "--json", "--cells", "2", "--filters", "24"}));
  EXPECT_EQ(result["parameters"], 757'906);
  const json mobile = last_json(nasnet({"describe", "nasnet-a", "--json", "--stack", "mobile"}));
  EXPECT_EQ(mobile["parameters"], 5'289'978);
  EXPECT_EQ(mobile["multiply_adds"], 563'638'816);
  const json auxiliary = last_json(nasnet({"describe", "nasnet-a", "--json", "--auxiliary-head"}));
  EXPECT_EQ(auxiliary["parameters"], 4'978'036);
}

TEST(Describe, TheTableShowsTheTotal) {
  const Outcome outcome = nasnet({"describe", "nasnet-a"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("3,346,538"), std::string::npos);
  EXPECT_NE(outcome.out.find("6 @ 768"), std::string::npos);
}

TEST(Describe, ZeroIsNoNumberOfCellsFiltersOrClasses) {
  expect_refused(nasnet({"describe", "nasnet-a", "--cells", "0"}), {"cells is 0", "1 to 100"});
  expect_refused(nasnet({"describe", "nasnet-a", "--filters", "0"}), {"filters is 0", "1 to 4096"});
  expect_refused(nasnet({"describe", "nasnet-a", "--classes", "0"}), {"classes is 0", "2 to "});
  const Outcome help = nasnet({"describe", "--help"});
  EXPECT_NE(help.out.find("without it cifar 6, mobile 4, large 6"), std::string::npos) << help.out;
}

TEST(Describe, PublishedRowsStandBesideOurCounts) {
  const Outcome outcome = nasnet({"describe", "nasnet-a"});
  EXPECT_EQ(outcome.status, 0);
  const size_t block = outcome.out.find("published network");
  ASSERT_NE(block, std::string::npos) << outcome.out;
  for (const std::string part : {"NASNet-A (4 @ 1056)", "563,638,816", "88,753,150", "matches",
                                 "24,595,884", "not reproduced by the released cell"})
    EXPECT_NE(outcome.out.find(part, block), std::string::npos) << part;
  const Outcome without = nasnet({"describe", "darts-v2"});
  EXPECT_EQ(without.out.find("published"), std::string::npos) << without.out;
}

TEST(Describe, JsonHoldsThePublishedRows) {
  const json published = last_json(nasnet({"describe", "nasnet-a", "--json"}))["published"];
  ASSERT_EQ(published.size(), 8u);
  for (const json& row : published) {
    const std::string model = row["model"];
    const bool reproduced =
        model.find("6 @") != std::string::npos || model.find("4 @") != std::string::npos;
    EXPECT_EQ(row["matches"], reproduced) << model;
  }
  EXPECT_EQ(published[7]["parameters"], 5'289'978);
  EXPECT_EQ(published[7]["published_multiply_adds"], "564 M");
  EXPECT_EQ(published[0]["top1"], nullptr);
  EXPECT_EQ(last_json(nasnet({"describe", "enas", "--json"}))["published"], json::array());
}

TEST(Describe, ChartIsOneWholeFileAndSaysWhere) {
  Folder folder;
  const Outcome outcome = nasnet({"describe", "nasnet-c", "--stack", "mobile", "--accuracy", "72.1",
                                  "--chart", "out/networks.svg"},
                                 folder.path());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("out/networks.svg"), std::string::npos);
  EXPECT_EQ(folder.files(), std::vector<std::string>{"out/networks.svg"});
  const std::string svg = read_text(folder / "out/networks.svg");
  EXPECT_NE(svg.find("viewBox"), std::string::npos);
  EXPECT_NE(svg.find("measured by you"), std::string::npos);
  EXPECT_NE(svg.find("</svg>"), std::string::npos);
}

TEST(Describe, ChartsThatCannotBeAreRefused) {
  Folder folder;
  write_text(folder / "file", "");
  const auto describe = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"describe", "nasnet-a"});
    return nasnet(arguments, folder.path());
  };
  expect_refused(describe({"--chart", "file/x.svg"}), {"file/x.svg"});
  expect_refused(describe({"--accuracy", "70"}), {"--accuracy", "--chart"});
  expect_refused(describe({"--chart", "x.svg", "--accuracy", "101"}), {"accuracy is 101"});
  expect_refused(describe({"--chart", "x.svg", "--accuracy", "nan"}), {"accuracy"});
  EXPECT_EQ(folder.files(), std::vector<std::string>{"file"});
}

}  // namespace
}  // namespace nasnet::test
