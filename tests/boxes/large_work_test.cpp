// As large as people have it: memory stays small, and a file that is cut off is told with its byte.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/boxes/anchors.h"
#include "nasnet/boxes/coco_truth.h"
#include "nasnet/boxes/match.h"

namespace nasnet::boxes {
namespace {

/// The largest growth of memory by the work, in a process of its own, whose memory is fresh.
void expect_within(int64_t bytes, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int64_t base = resident_memory();
    forget_peak_memory();
    work();
    const int64_t grown = peak_memory() - base;
    if (grown > bytes) fmt::print(stderr, "grew by {:.1f} MB\n", static_cast<double>(grown) / 1e6);
    ::_exit(grown <= bytes ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

/// A matrix of all overlaps would take 3 GB.
TEST(LargeWork, ThreeThousandObjectsAreAssignedWithin100Megabytes) {
  Random random(1, 0, "objects");
  std::vector<Box> objects;
  for (int k = 0; k < 3000; ++k) {
    const auto x = static_cast<float>(random.uniform() * 4500),
               y = static_cast<float>(random.uniform() * 4500);
    const auto edge = static_cast<float>(4 + random.uniform() * 60);
    objects.push_back({x, y, x + edge, y + edge});
  }
  expect_within(100'000'000, [&] {
    const std::vector<Box> anchors = make_anchors(
        {.sizes = {32}}, {.height = 288, .width = 290, .stride_y = 16, .stride_x = 16});
    const std::vector<int> matches = match(anchors, objects, {}, {});
    if (matches.size() != 250'560) ::_exit(2);
    std::vector<bool> met(objects.size());
    for (const int object : matches)
      if (object >= 0) met[static_cast<size_t>(object)] = true;
    // Some objects' best anchors are better for others.
    if (std::count(met.begin(), met.end(), true) < 1000) ::_exit(3);
  });
}

class SlowLargeFile : public testing::Test {
 protected:
  void SetUp() override {
    file_ = testing::TempDir() + "large" + std::to_string(getpid()) + ".json";
    text_ = "[";
    for (int k = 0; text_.size() < 47'000'000; ++k)
      fmt::format_to(
          std::back_inserter(text_),
          R"({}{{"image_id":7,"category_id":3,"bbox":[{}.25,12.5,30.125,4.75],"score":0.{:05}}})",
          k == 0 ? "" : ",", k % 600, k % 100000);
  }
  void TearDown() override { std::filesystem::remove(file_); }
  /// The message that reading the first bytes of the file ends with.
  std::string refusal(size_t bytes) {
    write_file(file_, std::string_view(text_).substr(0, bytes));
    Truth truth;
    truth.images = {7};
    truth.categories = {3};
    try {
      read_detections(file_, truth);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no error";
  }
  std::string file_, text_;
};

TEST_F(SlowLargeFile, ThatIsCutOffIsAnErrorWithTheByte) {
  for (const size_t bytes : {text_.size(), text_.size() - 1, size_t{33'333'333}})
    EXPECT_NE(refusal(bytes).find(fmt::format("is damaged at byte {}: ", bytes + 1)),
              std::string::npos)
        << bytes << " bytes: " << refusal(bytes);
  text_ += "]";
  EXPECT_EQ(refusal(text_.size()), "no error");
}

}  // namespace
}  // namespace nasnet::boxes
