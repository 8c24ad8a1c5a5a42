#include "tests/cli/detector_set.h"

// `nasnet describe` of detectors and of models' folders.

namespace nasnet::test {
namespace {

using nlohmann::json;

json describe(const std::vector<std::string>& more) {
  std::vector<std::string> words = {"describe", "--json"};
  words.insert(words.end(), more.begin(), more.end());
  const Outcome outcome = nasnet(words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  return last_json(outcome);
}

json part(const json& parts, const std::string& name) {
  for (const json& one : parts)
    if (one["name"] == name) return one;
  return nullptr;
}

TEST(DescribeDetector, ThePapersLargeOneHasTheReleasedCounts) {
  const json large = describe({"nasnet-a", "--detector", "paper", "--stack", "large"});
  EXPECT_EQ(large["input"], (json{1200, 1200, 3}));
  EXPECT_EQ(part(large["image"], "trunk")["parameters"], 20'101'974);
  EXPECT_EQ(part(large["image"], "trunk")["multiply_adds"], 192'911'917'824);
  const json tower = part(part(large["image"], "proposals")["rows"], "3x3 convolution");
  EXPECT_EQ(tower["in"], (json{75, 75, 4032}));
  EXPECT_EQ(tower["parameters"], 18'579'968);
  EXPECT_EQ(tower["multiply_adds"], 104'509'440'000);
  EXPECT_EQ(part(large["proposal"], "tail")["parameters"], 64'618'176);
  EXPECT_EQ(part(large["proposal"], "tail")["multiply_adds"], 5'788'504'512);
  EXPECT_EQ(large["proposals"], 300);
  EXPECT_EQ(large["crop_bytes"], 1'398'297'600);
}

TEST(DescribeDetector, ThePapersMobileOneFollowsTheSameRule) {
  const json mobile = describe({"nasnet-a", "--detector", "paper"});
  EXPECT_EQ(mobile["input"], (json{600, 600, 3}));
  EXPECT_EQ(part(mobile["image"], "trunk")["parameters"], 1'043'506);
  EXPECT_EQ(part(mobile["image"], "trunk")["multiply_adds"], 2'757'403'652);
  EXPECT_EQ(part(part(mobile["image"], "proposals")["rows"], "3x3 convolution")["multiply_adds"],
            7'026'573'312);
  EXPECT_EQ(part(mobile["proposal"], "tail")["parameters"], 3'189'472);
  EXPECT_EQ(part(mobile["proposal"], "tail")["multiply_adds"], 295'294'560);
  const Outcome text = nasnet({"describe", "nasnet-a", "--detector", "paper"});
  for (const char* number : {"1,043,506", "2,757,403,652", "7,026,573,312", "3,189,472",
                             "295,294,560", "300 crops of 17x17x1056 take 366 MB"})
    EXPECT_NE(text.out.find(number), std::string::npos) << number;
}

TEST(DescribeDetector, ThePyramidsHeadsAreSharedByItsLevels) {
  const json fpn = describe({"nasnet-a", "--detector", "fpn", "--cells", "1", "--filters", "12",
                             "--classes", "3", "--input", "470x633x3"});
  EXPECT_EQ(fpn["input"], (json{480, 640, 3})) << "the canvas";
  const json tower = part(part(fpn["image"], "proposals")["rows"], "3x3 convolution");
  EXPECT_EQ(tower["parameters"], 48 * 48 * 9 + 48);
  // Strides 8, 16, 32, 64.
  EXPECT_EQ(tower["multiply_adds"], 48 * 48 * 9 * (60 * 80 + 30 * 40 + 15 * 20 + 8 * 10));
  const json head = part(fpn["proposal"], "box head");
  EXPECT_EQ(head["multiply_adds"], 7 * 7 * 48 * 128 + 128 * 128 + 128 * (4 + 12));
  int64_t once = 0;
  for (const json& one : fpn["image"]) once += one["multiply_adds"].get<int64_t>();
  EXPECT_EQ(fpn["multiply_adds"], once + 100 * head["multiply_adds"].get<int64_t>());
}

TEST(DescribeDetector, WhatCannotBeIsRefused) {
  expect_refused(nasnet({"describe", "nasnet-a", "--detector", "fpn", "--stack", "cifar"}),
                 {"--stack cifar cannot be a detector's"});
  expect_refused(nasnet({"describe", "nasnet-a", "--detector", "fpn", "--finest-stride", "6"}),
                 {"--finest-stride 6: it is 4 or 8"});
  expect_refused(nasnet({"describe", "nasnet-a", "--proposals", "9"}),
                 {"--proposals is for detectors", "--detector"});
  expect_refused(nasnet({"describe", "nasnet-a", "--detector", "fpn", "--auxiliary-head"}),
                 {"--auxiliary-head is for classifiers"});
}

using DescribeModel = DetectorSet;

TEST_F(DescribeModel, TellsWhatADetectorsFolderHolds) {
  const Outcome trained = run(train("m", {"--json"}));
  ASSERT_EQ(trained.status, 0) << trained.err;
  ASSERT_EQ(run({"export", "m"}).status, 0);
  const json model = last_json(run({"describe", "m", "--json"}));
  EXPECT_EQ(model["kind"], "detector");
  EXPECT_EQ(model["genotype"]["name"], "nasnet-a");
  EXPECT_EQ(model["classes"][1], (json{{"name", "stone"}, {"category_id", 7}}));
  EXPECT_EQ(model["finished"], true);
  EXPECT_EQ(model["epoch"], 3);
  EXPECT_EQ(model["settings"]["head_width"], 16);
  EXPECT_EQ(model["test"]["numbers"], last_json(trained)["numbers"]);
  EXPECT_EQ(model["exports"][0]["file"], "m/model.onnx");
  int64_t values = 0;
  for (const auto& [name, tensor] : weights("m"))
    if (name.find("moving_") == std::string::npos) values += std::ssize(tensor);
  EXPECT_EQ(model["parameters"], values);
  const Outcome text = run({"describe", "m"});
  for (const char* part :
       {"m, a detector", "2: egg, stone", "finished: 3 of 3 epochs", "m/model.onnx, opset 17"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  expect_refused(run({"describe", "m", "--cells", "3"}),
                 {"--cells is for genotypes", "m is a model"});
}

TEST_F(DescribeModel, TellsWhatAClassifiersFolderHolds) {
  write_colour_classes(folder_ / "colours", 4);
  ASSERT_EQ(run({"train", "nasnet-a", "--data", "colours", "--cells", "1", "--filters", "4",
                 "--epochs", "1", "--out", "m"})
                .status,
            0);
  const json model = last_json(run({"describe", "m", "--json"}));
  EXPECT_EQ(model["kind"], "classifier");
  EXPECT_EQ(model["classes"], (json{"blue", "green", "red"}));
  EXPECT_EQ(model["input"], (json{16, 16, 3}));
  EXPECT_EQ(model["exports"], json::array());
  EXPECT_EQ(model["parameters"],
            last_json(run({"describe", "nasnet-a", "--cells", "1", "--filters", "4", "--classes",
                           "3", "--input", "16x16x3", "--json"}))["parameters"]);
  write_text(folder_ / "m/manifest.json", "{");
  expect_refused(run({"describe", "m"}), {"m/manifest.json"});
}

}  // namespace
}  // namespace nasnet::test
