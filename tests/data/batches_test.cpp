#include "nasnet/data/batches.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"

namespace nasnet::data {
namespace {

/// Image i has i in the first pixel's first channel; the rest is noise without zeros.
ImageSet numbered(int64_t count, int edge = 6, int channels = 3) {
  ImageSet images{edge, edge, channels, {}, {}};
  Random random(1, 0, "numbered");
  for (int64_t i = 0; i < count; ++i) {
    for (size_t k = 0; k < images.image_bytes(); ++k)
      images.pixels.push_back(static_cast<uint8_t>(k == 0 ? i : 1 + random.below(255)));
    images.labels.push_back(static_cast<int>(i));
  }
  return images;
}

const Normalization kPlain{{0, 0, 0}, {1 / 255.0, 1 / 255.0, 1 / 255.0}};  // gives the bytes

std::vector<Batch> all(Batches& batches, int64_t epoch, int64_t first = 0) {
  std::vector<Batch> list;
  batches.start(epoch, first);
  for (Batch batch; batches.next(batch);) list.push_back(batch);
  return list;
}

std::vector<int64_t> labels_of(const std::vector<Batch>& batches) {
  std::vector<int64_t> labels;
  for (const Batch& batch : batches)
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  return labels;
}

TEST(Batches, EveryImageOnceAnEpochInAnOrderOfItsOwn) {
  const ImageSet images = numbered(50);
  Batches batches(images, kPlain, {.batch = 8, .shuffle = true, .seed = 3});
  Batches again(images, kPlain, {.batch = 8, .shuffle = true, .seed = 3});
  EXPECT_EQ(batches.batches_per_epoch(), 7);
  const std::vector<int64_t> first = labels_of(all(batches, 0)),
                             second = labels_of(all(batches, 1));
  EXPECT_EQ(std::set<int64_t>(first.begin(), first.end()).size(), 50u);
  EXPECT_EQ(first.size(), 50u);
  EXPECT_NE(first, second);
  EXPECT_EQ(labels_of(all(again, 1)), second);
  EXPECT_EQ(labels_of(all(again, 0)), first);
}

TEST(Batches, PixelsAreThoseOfTheImageInChannelsLastMemory) {
  const ImageSet images = numbered(10);
  Batches batches(images, {7, 2, 9}, kPlain, {.batch = 2});
  const std::vector<Batch> list = all(batches, 0);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(labels_of(list), (std::vector<int64_t>{7, 2, 9}));
  EXPECT_EQ(list[0].images.shape(), (std::vector<int64_t>{2, 3, 6, 6}));
  for (size_t i = 0; i < images.image_bytes(); ++i)
    EXPECT_NEAR(list[0].images.values()[images.image_bytes() + i], images.image(2)[i], 1e-3);
}

TEST(Batches, StartInMidEpochNeedsNoReplay) {
  const ImageSet images = numbered(40);
  const BatchOptions options{.batch = 8,
                             .shuffle = true,
                             .augmentation = {.crop_padding = 2, .flip = true, .cutout = 3},
                             .seed = 9,
                             .drop_last = true};
  Batches whole(images, kPlain, options), part(images, kPlain, options);
  const std::vector<Batch> expected = all(whole, 5), rest = all(part, 5, 3);
  ASSERT_EQ(expected.size(), 5u);
  ASSERT_EQ(rest.size(), 2u);
  for (size_t i = 0; i < rest.size(); ++i)
    EXPECT_EQ(rest[i].images.row_major(), expected[i + 3].images.row_major());
}

TEST(Batches, AugmentationShiftsMirrorsAndBlanks) {
  const ImageSet images = numbered(1, 8, 1);
  const Normalization plain{{0}, {1 / 255.0}};
  Batches batches(images, plain,
                  {.batch = 1, .augmentation = {.crop_padding = 2, .flip = true, .cutout = 3}});
  std::set<std::vector<float>> seen;
  for (int64_t epoch = 0; epoch < 60; ++epoch) {
    const Batch batch = all(batches, epoch)[0];
    const std::vector<float> got = batch.images.row_major();
    seen.insert(got);
    // Some shift and mirroring explains every pixel that is not blank.
    bool explained = false;
    for (int dy = -2; dy <= 2 && !explained; ++dy)
      for (int dx = -2; dx <= 2 && !explained; ++dx)
        for (const bool flip : {false, true}) {
          int blank = 0;
          bool fits = true;
          for (int y = 0; y < 8; ++y)
            for (int x = 0; x < 8; ++x) {
              const int from_y = y + dy, from_x = (flip ? 7 - x : x) + dx;
              const bool inside = from_y >= 0 && from_y < 8 && from_x >= 0 && from_x < 8;
              const float value = got[8 * y + x];
              const float source = inside ? images.pixels[8 * from_y + from_x] : 0;
              if (std::abs(value - source) < 1e-3) continue;
              fits &= value == 0;
              ++blank;
            }
          explained |= fits && blank <= 9;
        }
    EXPECT_TRUE(explained) << epoch;
  }
  EXPECT_GT(seen.size(), 30u);
}

TEST(Batches, MeasuredNormalisationGivesMeanZeroAndDeviationOne) {
  const ImageSet images = numbered(100);
  Batches batches(images, measure_normalization(images), {.batch = 100});
  const Tensor x = all(batches, 0)[0].images;
  double sums[3] = {}, squares[3] = {};
  for (size_t i = 0; i < x.values().size(); ++i) {
    sums[i % 3] += x.values()[i];
    squares[i % 3] += x.values()[i] * x.values()[i];
  }
  for (int c = 0; c < 3; ++c) {
    const auto count = static_cast<double>(x.size()) / 3;
    EXPECT_NEAR(sums[c] / count, 0, 1e-4);
    EXPECT_NEAR(squares[c] / count, 1, 1e-3);
  }
}

TEST(Batches, EndsWellInMidEpoch) {
  const ImageSet images = numbered(200);
  for (int i = 0; i < 50; ++i) {
    Batches batches(images, kPlain, {.batch = 1, .shuffle = true});
    batches.start(i);
    Batch batch;
    for (int k = 0; k < i % 7; ++k) ASSERT_TRUE(batches.next(batch));
  }
  Batches none(images, {}, kPlain, {.batch = 1});
  EXPECT_EQ(none.images_per_epoch(), 0);
  EXPECT_THROW(Batches(images, {200}, kPlain, {.batch = 1}), InputError);
  EXPECT_THROW(Batches(images, kPlain, {.batch = 0}), InputError);
  EXPECT_THROW(Batches(images, {{0}, {1}}, {.batch = 1}), InputError);
}

}  // namespace
}  // namespace nasnet::data
