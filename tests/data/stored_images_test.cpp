#include "nasnet/data/stored_images.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "nasnet/base/random.h"
#include "nasnet/data/batches.h"
#include "nasnet/data/notes.h"
#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

/// A folder of 24 training and 7 test pictures of two classes and of many sizes.
class StoredSet : public WithFolder {
 protected:
  StoredSet() {
    Random random(1, 0, "pictures");
    for (int i = 0; i < 31; ++i) {
      const int width = 20 + static_cast<int>(random.below(30)),
                height = 20 + static_cast<int>(random.below(30));
      std::vector<uint8_t> pixels(int64_t{width} * height * 3);
      for (uint8_t& pixel : pixels) pixel = static_cast<uint8_t>(random.below(256));
      write({{name(i), png(width, height, PNG_FORMAT_RGB, pixels.data())}});
    }
  }

  static std::string name(int i) {
    return std::string(i < 24 ? "train/" : "test/") + (i % 2 ? "cat" : "dog") + "/" +
           std::to_string(100 + i) + ".png";
  }
  DataSet stored(bool skip = false) const {
    return load(folder_.string(), {.image_size = 16, .skip_unreadable = skip, .hold = 0});
  }
  DataSet held() const { return load(folder_.string(), {.image_size = 16}); }
};

std::vector<Batch> epoch_of(const ImageSet& images, BatchOptions options, int64_t epoch = 0) {
  options.seed = 5;
  Batches batches(images, {{0.5, 0.4, 0.3}, {0.2, 0.3, 0.4}}, options);
  std::vector<Batch> list;
  batches.start(epoch);
  for (Batch batch; batches.next(batch);) list.push_back(batch);
  return list;
}

void expect_equal(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].labels, b[i].labels);
    EXPECT_EQ(a[i].images.row_major(), b[i].images.row_major());
  }
}

const BatchOptions kTraining{.batch = 5,
                             .shuffle = true,
                             .augmentation = {.crop_padding = 2, .flip = true, .cutout = 3},
                             .drop_last = true};

TEST_F(StoredSet, MakesTheBatchesOfOneThatIsHeld) {
  const DataSet files = stored(), memory = held();
  ASSERT_TRUE(files.train.stored && files.test.stored);
  ASSERT_FALSE(memory.train.stored);
  EXPECT_EQ(files.classes, memory.classes);
  for (const int threads : {1, 3}) {
    BatchOptions options = kTraining;
    options.threads = threads;
    expect_equal(epoch_of(files.train, options, 2), epoch_of(memory.train, kTraining, 2));
  }
  expect_equal(epoch_of(files.test, {.batch = 3}), epoch_of(memory.test, {.batch = 3}));
}

TEST_F(StoredSet, HasTheColoursOfOneThatIsHeld) {
  const Normalization files = measure_normalization(stored().train),
                      memory = measure_normalization(held().train);
  EXPECT_EQ(files.mean, memory.mean);
  EXPECT_EQ(files.deviation, memory.deviation);
}

TEST_F(StoredSet, HoldsOutTestImagesAndKeepsLimits) {
  std::filesystem::remove_all(folder_ / "test");
  std::filesystem::rename(folder_ / "train/cat", folder_ / "cat");
  std::filesystem::rename(folder_ / "train/dog", folder_ / "dog");
  std::filesystem::remove(folder_ / "train");
  const DataSet all = stored();
  EXPECT_EQ(all.train.size() + all.test.size(), 24);
  EXPECT_EQ(all.test.size(), 2) << "a tenth of each class";
  const DataSet few = load(folder_.string(), {.image_size = 16, .limit_train = 4, .hold = 0});
  ASSERT_EQ(few.train.size(), 4);
  EXPECT_EQ(few.train.stored->size(), 4);
  EXPECT_EQ(epoch_of(few.train, {.batch = 4})[0].labels.size(), 4u);
}

TEST_F(StoredSet, IsReadOnlyWhenItsImagesAreWanted) {
  const DataSet data = stored();
  std::filesystem::remove(folder_ / name(3));
  const std::string message = refusal([&] { epoch_of(data.train, kTraining); });
  EXPECT_NE(message.find("train/cat/103.png"), std::string::npos) << message;
  EXPECT_NE(message.find("--skip-unreadable"), std::string::npos) << message;
}

TEST_F(StoredSet, PutsAnotherImageInThePlaceOfAnUnreadableOne) {
  const DataSet data = stored(true);
  write({{name(3), "no picture"}, {name(25), "neither"}});
  const std::vector<Batch> once = epoch_of(data.train, kTraining);
  for (const Batch& batch : once) EXPECT_EQ(batch.images.shape()[0], 5);
  BatchOptions threads = kTraining;
  threads.threads = 4;
  expect_equal(epoch_of(data.train, threads), once);
  // Evaluations count the images that there are.
  size_t measured = 0;
  for (const Batch& batch : epoch_of(data.test, {.batch = 2})) measured += batch.labels.size();
  EXPECT_EQ(measured, 6u);
  nlohmann::ordered_json told;
  add_left_out(told, data);
  ASSERT_EQ(told["unreadable"].size(), 2u);
  EXPECT_EQ(told["unreadable"][0]["file"], name(3));
  EXPECT_EQ(told["unreadable"][1]["file"], name(25));
}

TEST_F(StoredSet, NamesEachUnreadableImageOnce) {
  const DataSet data = stored(true);
  for (int i = 0; i < 20; i += 2) write({{name(i), "no picture"}});
  testing::internal::CaptureStderr();
  Batches batches(data.train, {{0.5, 0.4, 0.3}, {0.2, 0.3, 0.4}}, kTraining);
  for (int64_t epoch = 0; epoch < 5; ++epoch) {
    batches.start(epoch);
    for (Batch batch; batches.next(batch);) continue;
  }
  const std::string told = testing::internal::GetCapturedStderr();
  for (int i = 0; i < 20; i += 2) {
    const size_t at = told.find(name(i));
    EXPECT_NE(at, std::string::npos) << name(i);
    if (at != std::string::npos) {
      EXPECT_EQ(told.find(name(i), at + 1), std::string::npos) << name(i);
    }
  }
  EXPECT_EQ(told.find("more images"), std::string::npos) << told;
}

TEST_F(StoredSet, EndsWhereNothingCanBeRead) {
  const DataSet data = stored(true);
  for (int i = 0; i < 24; ++i) write({{name(i), "no picture"}});
  EXPECT_NE(refusal([&] { epoch_of(data.train, kTraining); }).find("most images cannot be read"),
            std::string::npos);
}

/// All laws at once, but for the crop.
Augmentation everything() {
  Augmentation augmentation{.flip = true, .cutout = 3};
  augmentation.laws = {.colour = ColourLaw::kFull,
                       .policy = Policy::kTrivial,
                       .erasing = 0.5,
                       .mixup = 0.5,
                       .cutmix = 1};
  return augmentation;
}

TEST_F(StoredSet, CropsOriginalPicturesAsTheyAreWithoutFiles) {
  BatchOptions options = kTraining;
  options.augmentation = {.laws = {.crop = CropLaw::kRandom}};
  const DataSet data = stored();
  std::vector<Batch> batches = epoch_of(data.train, options, 1);
  ASSERT_EQ(batches.size(), 4u);
  // The first image of the epoch, by the functions themselves.
  std::vector<int64_t> order(24);
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, Random(5, 1, "shuffle"));
  const Image whole = decode(read_file(folder_ / data.train.stored->path(order[0])), "x");
  Random random = Draws{5, 1}(order[0], "part");
  const Rect part = draw_part(options.augmentation.laws, {whole.height, whole.width}, random);
  std::vector<uint8_t> pixels(16 * 16 * 3);
  resize_part(whole, {.part = part, .to = {16, 16}, .interpolation = Interpolation::kArea},
              pixels.data());
  const auto tables = normalization_tables({{0.5, 0.4, 0.3}, {0.2, 0.3, 0.4}}, 3);
  for (size_t i = 0; i < pixels.size(); ++i)
    ASSERT_EQ(batches[0].images.values()[i], tables[i % 3][pixels[i]]) << i;
}

TEST_F(StoredSet, MixesEachImageWithTheNextOfTheWholeBatchInAnyShare) {
  BatchOptions options = kTraining;
  options.augmentation = everything();
  const DataSet data = stored();
  const std::vector<Batch> whole = epoch_of(data.train, options);
  for (const Batch& batch : whole) {
    ASSERT_EQ(batch.shares.size(), 5u);
    for (size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(batch.others[i], batch.labels[(i + 1) % 5]);
      EXPECT_GE(batch.shares[i], 0);
      EXPECT_LE(batch.shares[i], 1);
    }
  }
  for (const auto& [first, last] : {std::pair{0, 2}, {2, 3}, {3, 5}}) {
    options.share = {first, last};
    const std::vector<Batch> part = epoch_of(data.train, options);
    ASSERT_EQ(part.size(), whole.size());
    const auto values = static_cast<int64_t>(data.train.image_bytes());
    for (size_t b = 0; b < part.size(); ++b)
      for (int64_t i = 0; i < last - first; ++i) {
        EXPECT_EQ(part[b].shares[i], whole[b].shares[first + i]);
        EXPECT_TRUE(std::equal(part[b].images.data() + i * values,
                               part[b].images.data() + (i + 1) * values,
                               whole[b].images.data() + (first + i) * values));
      }
  }
}

TEST_F(StoredSet, RefusesColoursOfGreyImages) {
  ImageSet grey{4, 4, 1, std::vector<uint8_t>(16), {0}, {1}};
  EXPECT_NE(refusal([&] {
              Batches(grey, {{0.5}, {0.5}}, {.augmentation = everything()});
            }).find("three channels"),
            std::string::npos);
}

TEST_F(StoredSet, IsTheSameSetWhileFilesAndLabelsAre) {
  const std::string digest = stored().digest();
  EXPECT_EQ(stored().digest(), digest);
  write({{name(0), flat_png(3, 3, 1, 2, 3)}});
  EXPECT_NE(stored().digest(), digest) << "another size";
}

TEST_F(StoredSet, HasImagesOfTheirOwnSizeWhereThatIsSmall) {
  for (int i = 0; i < 31; ++i) write({{name(i), flat_png(24, 18, 1, 2, static_cast<uint8_t>(i))}});
  const DataSet data = load(folder_.string(), {.hold = 0});
  EXPECT_EQ(data.train.height, 18);
  EXPECT_EQ(data.train.width, 24);
  EXPECT_EQ(data.original_sizes[0].second, 31);
}

}  // namespace
}  // namespace nasnet::data
