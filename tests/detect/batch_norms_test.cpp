#include "nasnet/detect/batch_norms.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

using graph::ParameterRole;

TEST(BatchNorms, StayFrozenFromAClassifierAndLearnFromScratch) {
  EXPECT_EQ(choose_batch_norm(BatchNorm::kAuto, true, 32), BatchNorm::kFrozen);
  EXPECT_EQ(choose_batch_norm(BatchNorm::kAuto, false, 32), BatchNorm::kLearned);
  EXPECT_EQ(choose_batch_norm(BatchNorm::kAffine, true, 32), BatchNorm::kAffine);
  EXPECT_EQ(choose_batch_norm(BatchNorm::kLearned, true, 32), BatchNorm::kLearned);
}

TEST(BatchNorms, CannotBeFrozenFromScratch) {
  for (const BatchNorm norms : {BatchNorm::kFrozen, BatchNorm::kAffine})
    EXPECT_THROW(choose_batch_norm(norms, false, 4), InputError);
}

TEST(BatchNorms, OfFewImagesAStepAreWarnedOf) {
  const auto warning = [](BatchNorm norms, bool from_classifier, int batch) {
    testing::internal::CaptureStderr();
    choose_batch_norm(norms, from_classifier, batch);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_NE(warning(BatchNorm::kAuto, false, 1).find("from 1 image a step"), std::string::npos);
  EXPECT_NE(warning(BatchNorm::kLearned, true, 3).find("from 3 images a step"), std::string::npos);
  EXPECT_EQ(warning(BatchNorm::kAuto, false, 4), "");
  EXPECT_EQ(warning(BatchNorm::kAuto, true, 1), "");
}

/// The roles of the parameters that three steps of training have changed.
std::vector<ParameterRole> changed_by_training(Detector& detector) {
  const auto before = weights_of(detector);
  DetectorTrainer trainer(detector, source(3), kNormalization,
                          {.epochs = 3, .batch = 3, .warmup_steps = 0}, 7);
  trainer.run();
  const auto after = weights_of(detector);
  std::vector<ParameterRole> roles;
  for (size_t k = 0; k < before.size(); ++k) {
    const ParameterRole role = detector.parameters()[k].role;
    if (before[k] != after[k] && std::ranges::find(roles, role) == roles.end())
      roles.push_back(role);
  }
  std::ranges::sort(roles);
  return roles;
}

/// Of the backbone's cells, and of the paper's second stage.
TEST(BatchNorms, ChangeInTrainingAsTheyAreSetTo) {
  using enum ParameterRole;
  const std::vector<ParameterRole> frozen = {kConvWeight, kDepthwiseWeight, kBias},
                                   affine = {kConvWeight, kDepthwiseWeight, kBias, kGamma, kBeta},
                                   learned = {kConvWeight, kDepthwiseWeight, kBias,          kGamma,
                                              kBeta,       kMovingMean,      kMovingVariance};
  for (const auto& [norms, roles] : {std::pair{BatchNorm::kFrozen, frozen},
                                     {BatchNorm::kAffine, affine},
                                     {BatchNorm::kLearned, learned}}) {
    SCOPED_TRACE(to_text(norms));
    EXPECT_EQ(changed_by_training(*small_detector(Neck::kPyramid, 2, norms)), roles);
    std::vector<ParameterRole> of_paper = changed_by_training(*paper_detector(2, norms));
    std::erase(of_paper, kLinearWeight);  // its heads
    EXPECT_EQ(of_paper, roles);
  }
}

}  // namespace
}  // namespace nasnet::detect
