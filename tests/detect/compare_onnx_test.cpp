#include "nasnet/detect/compare_onnx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

constexpr data::ImageSize kSize = {64, 90};

class CompareOnnx : public testing::Test {
 protected:
  OnnxComparison compared() { return compare(*detector_, file_, kSize, true); }
  /// Gives the node another threshold of overlaps.
  void tighten(exchange::OnnxNode& suppression) {
    file_.model.constants["tight"] = {{1}, {0.01F}, {}, false};
    suppression.inputs[3] = "tight";
  }
  void change_weights(const std::string& name) {
    for (float& weight : file_.model.constants.at(name).floats) weight *= 1.01F;
  }
  static bool suppresses(const exchange::OnnxNode& node) {
    return node.type == "NonMaxSuppression";
  }

  const std::unique_ptr<Detector> detector_ = small_detector(Neck::kPyramid, 1);
  DetectorOnnx file_ = make_detector_onnx(*detector_, {});
};

TEST_F(CompareOnnx, FindsNoDifferenceInAFileAsItIsMade) {
  const OnnxComparison same = compared();
  EXPECT_LT(same.network, 1e-5);
  EXPECT_EQ(same.region, 0);
  EXPECT_LT(same.box, 1e-3);
  EXPECT_LT(same.score, 1e-5);
  EXPECT_GT(same.regions, 5);
  EXPECT_GT(same.detections, 5);
}

TEST_F(CompareOnnx, FindsOtherWeightsOfEitherNetwork) {
  const auto of_head = std::ranges::find(detector_->parameters(), "box_head/hidden_0/weights",
                                         &graph::Parameter::name);
  for (const std::string& name : {detector_->parameters()[0].name, of_head->name}) {
    file_ = make_detector_onnx(*detector_, {});
    change_weights(name);
    EXPECT_GT(compared().network, 1e-4) << name;
  }
}

TEST_F(CompareOnnx, FindsOtherRegionsAndOtherDetectionsOfTheSameValues) {
  tighten(*std::ranges::find_if(file_.model.nodes, suppresses));
  EXPECT_GT(compared().region, 1);
  file_ = make_detector_onnx(*detector_, {});
  tighten(*std::find_if(file_.model.nodes.rbegin(), file_.model.nodes.rend(), suppresses));
  const OnnxComparison other = compared();
  EXPECT_EQ(other.region, 0);
  EXPECT_GT(other.box, 1);
}

}  // namespace
}  // namespace nasnet::detect
