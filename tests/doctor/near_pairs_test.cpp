#include "nasnet/doctor/near_pairs.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "nasnet/base/random.h"
#include "tests/doctor/textures.h"

namespace nasnet::doctor {
namespace {

/// Looks at pictures that lie in no file.
Looks looks_of(const std::vector<data::Image>& images) {
  Looks looks;
  looks.looks.resize(images.size());
  looks.thumbs.resize(images.size() * kThumbBytes);
  looks.gradients.resize(images.size() * kGradientBytes);
  for (size_t i = 0; i < images.size(); ++i)
    take_pixels(images[i], looks.looks[i], looks.thumbs.data() + i * kThumbBytes,
                looks.gradients.data() + i * kGradientBytes);
  return looks;
}

data::Image mirror(const data::Image& image) {
  data::Image mirrored = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c)
        mirrored.pixels[3 * (y * image.width + x) + c] =
            image.pixels[3 * (y * image.width + image.width - 1 - x) + c];
  return mirrored;
}

TEST(PerceptualHash, IsBlindToBrightnessAndKnowsItsMirrorImage) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const data::Image image = texture(seed, 64, 48);
    data::Image brighter = image;
    for (uint8_t& value : brighter.pixels) value = static_cast<uint8_t>(value / 2 + 60);
    const Looks looks = looks_of({image, brighter, mirror(image)});
    const PerceptualHash hash = looks.looks[0].hash;
    EXPECT_LE(std::popcount(hash.upright ^ looks.looks[1].hash.upright), 4);
    EXPECT_LE(std::popcount(hash.mirrored ^ looks.looks[2].hash.upright), 2);
    EXPECT_LE(std::popcount(hash.upright ^ looks.looks[2].hash.mirrored), 2);
  }
}

/// Against every pair by itself: all pictures have one thumb, so that hashes alone decide.
TEST(NearPairs, AreAllThoseWithinTheRadius) {
  constexpr int kImages = 1500;
  Looks looks = looks_of({texture(1, 32, 32)});
  looks.looks.resize(kImages, looks.looks[0]);
  const std::vector<uint8_t> thumb = looks.thumbs;
  for (int i = 1; i < kImages; ++i)
    looks.thumbs.insert(looks.thumbs.end(), thumb.begin(), thumb.end());
  Random random(7, 0, "hashes");
  for (int i = 0; i < kImages; ++i) {
    Look& look = looks.looks[i];
    look.content = i;
    // A third is some bits off an earlier one, most within the radius.
    look.hash.upright = uint64_t{random.next()} << 32 | random.next();
    if (i % 3 != 2) continue;
    look.hash.upright = looks.looks[random.below(i)].hash.upright;
    const uint32_t bits = random.below(16);
    for (uint32_t k = 0; k < bits; ++k) look.hash.upright ^= uint64_t{1} << random.below(64);
  }
  std::set<std::pair<int64_t, int64_t>> expected, found;
  for (int a = 0; a < kImages; ++a)
    for (int b = a + 1; b < kImages; ++b)
      if (std::popcount(looks.looks[a].hash.upright ^ looks.looks[b].hash.upright) <= kHashRadius)
        expected.insert({a, b});
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    const NearPairs near = find_near_pairs(looks, false, pool);
    EXPECT_TRUE(near.complete);
    found.clear();
    for (const NearPair& pair : near.pairs) found.insert({pair.a, pair.b});
    EXPECT_EQ(found, expected);
    EXPECT_EQ(found.size(), near.pairs.size());
  }
  EXPECT_GT(expected.size(), 300u);
}

TEST(NearPairs, HoldMirrorImagesWhereTheyAreAskedFor) {
  std::vector<data::Image> images;
  for (uint64_t seed = 0; seed < 30; ++seed) images.push_back(texture(seed, 40, 40));
  images.push_back(mirror(images[12]));
  const Looks looks = looks_of(images);
  ThreadPool pool(2);
  EXPECT_TRUE(find_near_pairs(looks, false, pool).pairs.empty());
  const NearPairs near = find_near_pairs(looks, true, pool);
  ASSERT_EQ(near.pairs.size(), 1u);
  EXPECT_EQ(near.pairs[0].a, 12);
  EXPECT_EQ(near.pairs[0].b, 30);
  EXPECT_TRUE(near.pairs[0].mirrored);
}

/// As of clothes on white: alike, but none a copy. One is a true copy of another all the same.
TEST(NearPairs, OfACrowdMustAgreeInDetail) {
  const data::Image base = texture(3, 32, 32);
  std::vector<data::Image> images;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    // Grain as large as a pixel of the thumbs.
    Random random(seed, 0, "grain");
    data::Image mixed = base;
    for (int y = 0; y < 32; y += 2)
      for (int x = 0; x < 32; x += 2) {
        const int grain = static_cast<int>(random.below(21)) - 10;
        for (const int at : {32 * y + x, 32 * y + x + 1, 32 * y + x + 32, 32 * y + x + 33})
          for (int c = 0; c < 3; ++c)
            mixed.pixels[3 * at + c] =
                static_cast<uint8_t>(std::clamp(base.pixels[3 * at + c] + grain, 0, 255));
      }
    images.push_back(mixed);
  }
  images.push_back(images[5]);
  for (uint8_t& value : images.back().pixels) value = static_cast<uint8_t>(value * 9 / 10);
  ThreadPool pool(2);
  const NearPairs near = find_near_pairs(looks_of(images), false, pool);
  ASSERT_EQ(near.pairs.size(), 1u);
  EXPECT_EQ(near.pairs[0].a, 5);
  EXPECT_EQ(near.pairs[0].b, 20);
}

TEST(NearPairs, LeaveOutPicturesOfOneColour) {
  std::vector<data::Image> images;
  for (int value = 0; value < 10; ++value)
    images.push_back({8, 8, std::vector<uint8_t>(192, static_cast<uint8_t>(20 * value))});
  ThreadPool pool(1);
  EXPECT_TRUE(find_near_pairs(looks_of(images), true, pool).pairs.empty());
}

}  // namespace
}  // namespace nasnet::doctor
