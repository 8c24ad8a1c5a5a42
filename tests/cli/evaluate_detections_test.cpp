#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "program.h"

namespace nasnet::test {
namespace {

const std::string kFolder = NASNET_SOURCE_DIR "/../shared/data/coco-eval/";

Outcome evaluate(const std::string& annotations, const std::string& detections) {
  return nasnet({"evaluate", "--annotations", kFolder + annotations, "--detections",
                 kFolder + detections, "--json"});
}

class EvaluateDetections : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kFolder)) GTEST_SKIP() << "../shared/data/coco-eval is not there";
  }
};

TEST_F(EvaluateDetections, PrintsThePublishedNumbersWithoutAModel) {
  const Outcome run =
      nasnet({"evaluate", "--annotations", kFolder + "gt_val2014_100_boxes.json", "--detections",
              kFolder + "instances_val2014_fakebbox100_results.json"});
  ASSERT_EQ(run.status, 0) << run.err;
  for (const char* line : {"AP      0.505", "AP50    0.697", "AP75    0.573", "APs     0.586",
                           "APm     0.519", "APl     0.501", "AR1     0.387", "AR10    0.594",
                           "AR100   0.595", "ARs     0.640", "ARm     0.566", "ARl     0.564"})
    EXPECT_NE(run.out.find(line), std::string::npos) << line << "\n" << run.out;
}

TEST_F(EvaluateDetections, AsJsonWithNothingWhereNoObjectCounts) {
  const nlohmann::json result = last_json(evaluate("tiny_gt.json", "tiny_dt.json"));
  EXPECT_TRUE(result["numbers"]["APs"].is_null());
  EXPECT_EQ(result["images"], 3);
  EXPECT_EQ(result["classes"][0]["name"], "cloud");
  EXPECT_EQ(result["classes"][0]["objects"], 3);
}

TEST_F(EvaluateDetections, FilesTheWrongWayRoundAreRefused) {
  expect_refused(evaluate("tiny_dt.json", "tiny_gt.json"),
                 {"tiny_dt.json is one list, as files of results are"});
}

TEST(EvaluateDetectionsFlags, TheMissingOneIsNamed) {
  expect_refused(nasnet({"evaluate", "--annotations", "truth.json"}), {"--detections is missing"});
  expect_refused(nasnet({"evaluate", "--detections", "found.json"}), {"--annotations is missing"});
  expect_refused(nasnet({"evaluate"}), {"name a model", "--annotations"});
  expect_refused(nasnet({"evaluate", "m", "--annotations", "a", "--detections", "b"}),
                 {"without a model", "'m'"});
}

}  // namespace
}  // namespace nasnet::test
