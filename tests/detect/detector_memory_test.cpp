#include "nasnet/detect/detector_memory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/process_memory.h"
#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

/// Grey pictures with one object, not kept.
PictureSource grey(int64_t count, const data::ImageSize& size) {
  PictureSource grey{.count = count};
  grey.size = [size](int64_t) { return size; };
  grey.picture = [size](int64_t) {
    Picture picture;
    picture.image = {size.height, size.width,
                     std::vector<uint8_t>(static_cast<size_t>(3 * size.height * size.width), 90)};
    picture.target = {{{5, 5, 45, 60}}, {0}, {}};
    return picture;
  };
  grey.name = [](int64_t) { return "grey"; };
  return grey;
}

DetectorMemory estimate(const Detector& detector, const PictureSource& pictures, int batch) {
  return estimate_memory(detector, pictures, {.epochs = 1, .batch = batch},
                         network::Precision::kFloat32);
}

TEST(DetectorMemory, GrowsWithWhatItIsFor) {
  const auto detector = small_detector(Neck::kPyramid, 1);
  const DetectorMemory small = estimate(*detector, grey(8, {96, 128}), 2);
  const DetectorMemory larger_batch = estimate(*detector, grey(8, {96, 128}), 4);
  EXPECT_GT(larger_batch.maps, small.maps);
  EXPECT_GT(larger_batch.regions, small.regions);
  EXPECT_GT(larger_batch.pictures, small.pictures);
  EXPECT_EQ(larger_batch.tensors, small.tensors);
  const DetectorMemory larger_pictures = estimate(*detector, grey(8, {320, 512}), 2);
  EXPECT_GT(larger_pictures.maps, small.maps);
  EXPECT_GT(larger_pictures.pictures, small.pictures);
  EXPECT_EQ(larger_pictures.regions, small.regions);
  const auto frozen = small_detector(Neck::kPyramid, 1, BatchNorm::kFrozen);
  EXPECT_LT(estimate(*frozen, grey(8, {96, 128}), 2).tensors, small.tensors);
}

TEST(DetectorMemory, WhatIsSurelyBeyondTheMachineIsRefusedWithTheSettingThatTakesIt) {
  const auto expect_advice = [](const DetectorMemory& memory, const std::string& advice) {
    EXPECT_NO_THROW(check_memory(memory, 0)) << "nobody knows";
    EXPECT_NO_THROW(check_memory(memory, memory.total())) << "perhaps it fits";
    try {
      check_memory(memory, memory.total() / 2);
      FAIL() << "it does not fit";
    } catch (const OutOfMemory& error) {
      EXPECT_NE(std::string(error.what()).find(advice), std::string::npos) << error.what();
    }
  };
  constexpr int64_t kMost = 4'000'000'000, kLess = 500'000'000;
  expect_advice({.maps = kMost, .regions = kLess},
                "4.00 GB are for maps; choose a smaller --batch");
  expect_advice({.maps = kLess, .regions = kMost}, "a smaller --region-sample");
  expect_advice({.tensors = kMost, .pictures = kLess}, "fewer --filters");
}

/// A detector's memory against the estimate, in a process of its own: kernels keep memory of
/// theirs.
template <class Make>
void expect_estimated(const std::string& name, const Make& make, const data::ImageSize& size,
                      int batch) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    keep_freed_memory();
    make();  // the program's own pages
    const int64_t base = resident_memory();
    forget_peak_memory();
    const PictureSource pictures = grey(2 * batch, size);
    const std::unique_ptr<Detector> detector = make();
    DetectorTrainer trainer(*detector, pictures, kNormalization, {.epochs = 1, .batch = batch}, 7);
    trainer.run();
    const Picture picture = pictures.picture(0);
    detector->detect(make_batch({&picture}, kNormalization));
    const auto measured = static_cast<double>(peak_memory() - base);
    // The pictures are made anew for each step here.
    const auto estimated =
        static_cast<double>(estimate(*detector, pictures, batch).total() - pictures.bytes());
    const double error = estimated / measured - 1;
    fmt::print("{:<18} estimated {:6.1f} MB, measured {:6.1f} MB, error {:+5.1f} %\n", name,
               estimated / 1e6, measured / 1e6, 100 * error);
    std::fflush(stdout);
    ::_exit(std::abs(error) < 0.15 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << name;
}

TEST(SlowDetectorMemory, IsEstimatedWithin15Percent) {
  const auto pyramid = [] { return small_detector(Neck::kPyramid, 1); };
  const auto single = [] { return small_detector(Neck::kSingle, 1); };
  const auto paper = [] { return paper_detector(1); };
  for (const int batch : {1, 4}) {
    expect_estimated(fmt::format("pyramid, batch {}", batch), pyramid, {480, 640}, batch);
    expect_estimated(fmt::format("single, batch {}", batch), single, {480, 640}, batch);
    expect_estimated(fmt::format("paper, batch {}", batch), paper, {480, 640}, batch);
  }
  expect_estimated("pyramid, large", pyramid, {800, 1333}, 2);
}

}  // namespace
}  // namespace nasnet::detect
