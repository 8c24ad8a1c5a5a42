#include "nasnet/detect/picture_source.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/data/write_png.h"
#include "tests/data/made_file.h"
#include "tests/detect/painted.h"

namespace nasnet::detect {
namespace {

constexpr ResizeSettings kHalf{.shortest = 20, .longest = 40};

/// Pictures of 60 x 40 with an object each, which is elsewhere by number, and a difficult one.
boxes::DetectionSplit painted_split(int count, std::atomic<int>& decoded) {
  boxes::DetectionSplit split;
  for (int k = 0; k < count; ++k) {
    Picture picture = black(40, 60);
    const auto left = static_cast<float>(2 * k % 40);
    paint(picture, {left, 4, left + 20, 30}, 1);
    boxes::DetectionImage image;
    image.path = std::to_string(k) + ".png";
    image.width = 60;
    image.height = 40;
    image.file = data::made_file(image.path, [bytes = data::encode_png(picture.image), &decoded] {
      ++decoded;
      return bytes;
    });
    boxes::Object object;
    object.box = picture.target.objects[0];
    object.label = 1;
    image.objects = {object, object};
    image.objects[1].difficult = true;
    split.images.push_back(image);
  }
  return split;
}

TEST(PictureSource, IsTheSameKeptOrDecodedEachTime) {
  std::atomic<int> decoded = 0;
  const PictureSource decoding = decoding_pictures(painted_split(5, decoded), kHalf);
  EXPECT_EQ(decoding.count, 5);
  EXPECT_EQ(decoding.bytes(), 5 * 3 * 20 * 30);
  EXPECT_EQ(decoding.name(3), "3.png");
  EXPECT_EQ(decoded, 0);
  const PictureSource kept = keep_pictures(decoding, decoding.bytes());
  EXPECT_EQ(decoded, 5);
  for (int64_t k = 0; k < 5; ++k) {
    const Picture picture = kept.picture(k);
    EXPECT_EQ(kept.size(k), (data::ImageSize{picture.image.height, picture.image.width}));
    EXPECT_EQ(picture.target.objects.size(), 1U);
    EXPECT_EQ(picture.target.crowds.size(), 1U);
    expect_on_paint(picture, 1);
    EXPECT_EQ(decoding.picture(k).image.pixels, picture.image.pixels);
    EXPECT_EQ(decoding.picture(k).target.objects, picture.target.objects);
  }
  EXPECT_EQ(decoded, 15);
}

TEST(PictureSource, OfTooManyBytesIsNotKept) {
  std::atomic<int> decoded = 0;
  const PictureSource decoding = decoding_pictures(painted_split(5, decoded), kHalf);
  keep_pictures(decoding, decoding.bytes() - 1);
  EXPECT_EQ(decoded, 0);
}

TEST(PictureSource, ADamagedPictureIsAnErrorWithItsName) {
  std::atomic<int> decoded = 0;
  boxes::DetectionSplit split = painted_split(5, decoded);
  split.images[2].file = data::made_file("2.png", [] { return std::string("\x89PNG\r\n\x1a\n"); });
  try {
    keep_pictures(decoding_pictures(split, kHalf));
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("2.png"), std::string::npos) << error.what();
  }
}

TEST(PictureSource, CtrlCEndsItsDecoding) {
  std::atomic<int> decoded = 0;
  const boxes::DetectionSplit split = painted_split(500, decoded);
  const pid_t process = ::fork();
  if (process == 0) {
    catch_interrupts();
    ::raise(SIGINT);
    try {
      keep_pictures(decoding_pictures(split, kHalf));
    } catch (const Interrupted&) {
      ::_exit(decoded < 500 ? 0 : 2);
    }
    ::_exit(1);
  }
  int status = 0;
  ::waitpid(process, &status, 0);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace nasnet::detect
