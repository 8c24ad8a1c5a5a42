#include "nasnet/detect/augment.h"

#include <set>

#include "tests/detect/painted.h"

namespace nasnet::detect {
namespace {

using boxes::Box;

/// A copy at each call; of other sizes by number. Each has its red object elsewhere.
PictureSource painted_pictures(int64_t count) {
  PictureSource pictures{.count = count};
  pictures.size = [](int64_t k) {
    return data::ImageSize{60 + 10 * static_cast<int>(k % 3), 80 - 8 * static_cast<int>(k % 2)};
  };
  pictures.picture = [size = pictures.size](int64_t k) {
    Picture picture = black(size(k).height, size(k).width);
    const auto at = static_cast<float>(4 * k);
    paint(picture, {at, 10, at + 30, 50}, static_cast<int>(k) % 3);
    return picture;
  };
  pictures.name = [](int64_t) { return "painted"; };
  return pictures;
}

const PictureAugmentation kNone{.flip = false,
                                .flip_vertically = false,
                                .scale_jitter = 0,
                                .crop = 0,
                                .brightness = 0,
                                .contrast = 0,
                                .mosaic = 0};

Picture changed(const PictureAugmentation& settings, int64_t number, int64_t epoch = 0) {
  const PictureSource pictures = painted_pictures(6);
  return training_picture(pictures, number, settings, 3, epoch, 10);
}

TEST(Augment, NothingIsChangedWhereNothingIsAskedFor) {
  const Picture same = changed(kNone, 1), picture = painted_pictures(6).picture(1);
  EXPECT_EQ(same.image.pixels, picture.image.pixels);
  EXPECT_EQ(same.target.objects, picture.target.objects);
}

TEST(Augment, FlippedBoxesAreWhereTheirPixelsAre) {
  for (const bool down : {false, true}) {
    PictureAugmentation flips = kNone;
    (down ? flips.flip_vertically : flips.flip) = true;
    int flipped = 0;
    for (int64_t epoch = 0; epoch < 100; ++epoch) {
      const Picture picture = changed(flips, 2, epoch);
      expect_on_paint(picture, 0);
      if (picture.target.objects == painted_pictures(6).picture(2).target.objects) continue;
      ++flipped;
      EXPECT_EQ(picture.target.objects,
                (std::vector<Box>{down ? Box{8, 30, 38, 70} : Box{42, 10, 72, 50}}));
    }
    EXPECT_GT(flipped, 30);
    EXPECT_LT(flipped, 70);
  }
}

TEST(Augment, JitteredAndCroppedBoxesAreWhereTheirPixelsAre) {
  PictureAugmentation settings = kNone;
  settings.scale_jitter = 1;
  settings.crop = 0.5;
  settings.flip = settings.flip_vertically = true;
  std::set<int> heights;
  size_t objects = 0, ignored = 0;
  for (int64_t epoch = 0; epoch < 50; ++epoch)
    for (int64_t number = 0; number < 6; ++number) {
      const Picture picture = changed(settings, number, epoch);
      const data::ImageSize before = painted_pictures(6).size(number);
      EXPECT_LE(picture.image.height, before.height);
      EXPECT_LE(picture.image.width, before.width);
      EXPECT_GE(picture.image.height, before.height / 4);
      expect_on_paint(picture, 1.1F);
      heights.insert(picture.image.height);
      objects += picture.target.objects.size();
      ignored += picture.target.crowds.size();
    }
  EXPECT_GT(heights.size(), 20U);
  EXPECT_GT(objects, 230U);
  EXPECT_GT(ignored, 0U);
}

/// Twice as large and half as small at most, as often one as the other.
TEST(Augment, JitterIsEvenAmongFactors) {
  PictureAugmentation settings = kNone;
  settings.scale_jitter = 1;
  int smaller = 0;
  for (int64_t epoch = 0; epoch < 400; ++epoch)
    smaller += changed(settings, 0, epoch).image.height < 60 ? 1 : 0;
  EXPECT_NEAR(smaller, 200, 30);
}

TEST(Augment, ColoursChangeByAtMostWhatIsAskedFor) {
  PictureAugmentation settings = kNone;
  settings.brightness = 0.3;
  std::set<int> values;
  for (int64_t epoch = 0; epoch < 50; ++epoch)
    values.insert(changed(settings, 0, epoch).image.pixels[0]);
  EXPECT_GT(values.size(), 10U);
  EXPECT_LE(*values.rbegin(), 26);  // of black: 0.3 / 3 of 255
}

TEST(Augment, IsDrawnFromSeedImageAndEpoch) {
  PictureAugmentation settings;
  settings.mosaic = 0.5;
  const PictureSource pictures = painted_pictures(6);
  const auto pixels = [&](int64_t image, uint64_t seed, int64_t epoch) {
    return training_picture(pictures, image, settings, seed, epoch, 10).image.pixels;
  };
  EXPECT_EQ(pixels(1, 3, 4), pixels(1, 3, 4));
  EXPECT_NE(pixels(1, 3, 4), pixels(1, 3, 5));
  EXPECT_NE(pixels(1, 3, 4), pixels(1, 4, 4));
}

/// Of pictures each with one object of a label of its own.
TEST(Augment, AMosaicsBoxesAreWhereTheirPixelsAre) {
  const PictureSource pictures = painted_pictures(6);
  std::set<size_t> counts;
  for (int64_t epoch = 0; epoch < 60; ++epoch) {
    const Picture mosaic = mosaic_of(pictures, 1, 3, epoch);
    EXPECT_EQ((data::ImageSize{mosaic.image.height, mosaic.image.width}), pictures.size(1));
    counts.insert(mosaic.target.objects.size());
    // Two of one label cannot be told apart by their paint: all of a label lie around it.
    for (int label = 0; label < 3; ++label) {
      const Box paint = painted(mosaic.image, label);
      Box all{1000, 1000, 0, 0};
      for (size_t k = 0; k < mosaic.target.objects.size(); ++k) {
        const Box& box = mosaic.target.objects[k];
        if (mosaic.target.labels[k] == label)
          all = {std::min(all.x0, box.x0), std::min(all.y0, box.y0), std::max(all.x1, box.x1),
                 std::max(all.y1, box.y1)};
      }
      if (all.x1 == 0 || !mosaic.target.crowds.empty()) continue;
      EXPECT_NEAR(all.x0, paint.x0, 1.1);
      EXPECT_NEAR(all.y0, paint.y0, 1.1);
      EXPECT_NEAR(all.x1, paint.x1, 1.1);
      EXPECT_NEAR(all.y1, paint.y1, 1.1);
    }
  }
  EXPECT_EQ(*counts.rbegin(), 4U);
}

TEST(Augment, MosaicsEndWithATenthOfTheEpochsLeft) {
  PictureAugmentation settings = kNone;
  settings.mosaic = 1;
  const Picture plain = painted_pictures(6).picture(1);
  EXPECT_NE(changed(settings, 1, 8).image.pixels, plain.image.pixels);
  EXPECT_EQ(changed(settings, 1, 9).image.pixels, plain.image.pixels);
}

TEST(Augment, PicturesOfOnePixelAreTaken) {
  PictureSource dots{.count = 2};
  dots.size = [](int64_t) { return data::ImageSize{1, 1}; };
  dots.picture = [](int64_t) { return black(1, 1); };
  PictureAugmentation all;
  all.mosaic = all.crop = 1;
  for (int64_t epoch = 0; epoch < 20; ++epoch)
    EXPECT_EQ(training_picture(dots, 0, all, 1, epoch, 30).image.pixels.size(), 3U);
}

}  // namespace
}  // namespace nasnet::detect
