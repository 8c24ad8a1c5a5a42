#include "nasnet/detect/region_stage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

/// Two pictures of squares, whose regions the paper's head sees in lots of so many.
class Lots {
 public:
  explicit Lots(int regions, BatchNorm norms = BatchNorm::kFrozen)
      : detector_(
            paper_detector(2, norms, false, regions * int64_t{17 * 17 * 80 * sizeof(float)})) {}

  int64_t at_a_time() const {
    return RegionStage::images_at_a_time(detector_->head(), detector_->settings().regions);
  }
  std::vector<std::vector<Detected>> detect() const { return detector_->detect(batch()); }
  DetectionLosses learn(std::vector<Tensor>& gradients) const {
    fused::GradientPlaces places;
    for (const Tensor& tensor : detector_->tensors()) gradients.emplace_back(tensor.shape());
    for (Tensor& gradient : gradients) places.push_back(gradient.change().data());
    return detector_->add_gradients(batch(), {squares(0).target, squares(1).target},
                                    {.training = true, .seed = 5}, 1, places);
  }

 private:
  ImageBatch batch() const {
    const Picture first = squares(0), second = squares(1);
    return make_batch({&first, &second}, kNormalization);
  }
  std::unique_ptr<Detector> detector_;
};

TEST(RegionStage, FindsTheSameInLotsOfAnySize) {
  const Lots whole(1000), lots(7);
  EXPECT_EQ(whole.at_a_time(), 1000);
  EXPECT_EQ(lots.at_a_time(), 7);
  const auto expected = whole.detect(), found = lots.detect();
  for (size_t n = 0; n < expected.size(); ++n) {
    ASSERT_EQ(found[n].size(), expected[n].size());
    EXPECT_FALSE(expected[n].empty());
    for (size_t k = 0; k < expected[n].size(); ++k) {
      EXPECT_EQ(found[n][k].box, expected[n][k].box);
      EXPECT_EQ(found[n][k].label, expected[n][k].label);
      EXPECT_EQ(found[n][k].score, expected[n][k].score);
    }
  }
}

TEST(RegionStage, LearnsTheSameInLotsOfAnySizeFromFrozenNorms) {
  std::vector<Tensor> expected, found;
  const DetectionLosses whole = Lots(1000).learn(expected), lots = Lots(7).learn(found);
  EXPECT_EQ(lots.sum(), whole.sum());
  for (size_t k = 0; k < expected.size(); ++k) {
    double largest = 0, difference = 0;
    for (size_t i = 0; i < expected[k].values().size(); ++i) {
      largest = std::max(largest, double{std::abs(expected[k].values()[i])});
      difference =
          std::max(difference, double{std::abs(expected[k].values()[i] - found[k].values()[i])});
    }
    EXPECT_LE(difference, 1e-4 * largest) << "of tensor " << k;
  }
}

TEST(RegionStage, LearnedNormsSeeALotEach) {
  std::vector<Tensor> of_whole, of_lots;
  const double whole = Lots(1000, BatchNorm::kLearned).learn(of_whole).sum();
  const double lots = Lots(7, BatchNorm::kLearned).learn(of_lots).sum();
  EXPECT_NE(lots, whole);
  EXPECT_NEAR(lots, whole, 0.2 * whole);
}

}  // namespace
}  // namespace nasnet::detect
