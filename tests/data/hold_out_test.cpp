#include "nasnet/data/hold_out.h"

#include <algorithm>

#include "nasnet/data/content.h"
#include "nasnet/data/dataset.h"
#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

using Contents = std::vector<uint64_t>;
using Chosen = std::vector<bool>;

TEST(HoldOut, TakesTheShareOfEachClassWithTheLowestContents) {
  EXPECT_EQ(hold_out({0, 0, 0, 0, 1, 1}, {9, 3, 7, 5, 8, 2}, 0.25),
            (Chosen{false, true, false, false, false, true}));
}

TEST(HoldOut, LeavesBothPartsAnImageOfAClassThatHasTwo) {
  EXPECT_EQ(hold_out({0, 0, 1}, {2, 1, 3}, 0.9), (Chosen{false, true, false}));
  EXPECT_EQ(hold_out({0, 0}, {1, 2}, 0.0), (Chosen{true, false}));
}

TEST(HoldOut, NeverDividesEqualPictures) {
  // Three copies of the lowest are more than the two that are wanted.
  EXPECT_EQ(hold_out({0, 0, 0, 0, 0, 0}, {1, 1, 1, 4, 5, 6}, 0.3),
            (Chosen{false, false, false, true, true, false}));
  EXPECT_EQ(hold_out({0, 0, 0, 0}, {1, 1, 2, 2}, 0.1), (Chosen{true, true, false, false}));
  EXPECT_EQ(hold_out({0, 0}, {1, 1}, 0.5), (Chosen{false, false}));
}

TEST(HoldOut, DoesNotTestOnAPictureOfTwoClasses) {
  EXPECT_EQ(hold_out({0, 0, 1, 1}, {1, 3, 1, 2}, 0.5), (Chosen{false, true, false, true}));
}

TEST(Content, IsThatOfThePixelsAndTheShape) {
  const std::vector<uint8_t> pixels = {1, 2, 3, 4, 5, 6};
  const uint64_t content = content_of(pixels.data(), {1, 2}, 3);
  EXPECT_EQ(content_of(pixels.data(), {1, 2}, 3), content);
  EXPECT_NE(content_of(pixels.data(), {2, 1}, 3), content);
  const std::vector<uint8_t> grey = {7, 9}, spread = {7, 7, 7, 9, 9, 9};
  EXPECT_EQ(content_of(grey.data(), {1, 2}, 1), content_of(spread.data(), {1, 2}, 3));
}

class HeldOut : public WithFolder {
 protected:
  static Contents sorted(Contents contents) {
    std::sort(contents.begin(), contents.end());
    return contents;
  }
  Files photos() const {
    Files files;
    for (int i = 0; i < 20; ++i)
      for (const int k : {0, 1})
        files[std::string(k ? "dog/" : "cat/") + std::to_string(i) + ".png"] =
            flat_png(8, 8, static_cast<uint8_t>(k), static_cast<uint8_t>(i), 0);
    return files;
  }
};

TEST_F(HeldOut, IsTheSameInEveryPackingAndPlace) {
  const Files files = photos();
  for (const auto& [name, content] : files) write_file(folder_ / "photos" / name, content);
  const DataSet folder = load(path("photos"));
  ASSERT_EQ(folder.test.size(), 4);
  Files wrapped, renamed;
  for (const auto& [name, content] : files) {
    wrapped["some/where/" + name] = content;
    renamed["set/" + name.substr(0, 4) + "new-" + name.substr(4)] = content;
  }
  for (const Files& set : {files, wrapped, renamed})
    for (const char* format : {"tar", "zip"}) {
      const DataSet packed = load(pack(set, format));
      EXPECT_EQ(sorted(packed.test.contents), sorted(folder.test.contents)) << format;
      EXPECT_EQ(packed.contents, folder.contents);
    }
  const auto here = std::filesystem::current_path();
  std::filesystem::current_path(path("photos"));
  EXPECT_EQ(load(".").digest(), folder.digest());
  std::filesystem::current_path(here);
}

TEST_F(HeldOut, IsTheSameAtEverySizeOfTheImages) {
  write(photos());
  DataOptions options;
  const Contents test = load(path("")).test.contents;
  options.image_size = 5;
  EXPECT_EQ(load(path(""), options).test.contents, test);
}

TEST_F(HeldOut, KeepsCopiesOnOneSide) {
  Files files = photos();
  for (const auto& [name, content] : photos()) files[name + ".copy.png"] = content;
  write(files);
  const DataSet data = load(path(""));
  EXPECT_EQ(data.test.size(), 8);
  const Duplicates duplicates = count_duplicates(data);
  EXPECT_EQ(duplicates.across, 0);
  EXPECT_EQ(duplicates.within, 36);
  EXPECT_EQ(duplicates.contradict, 0);
}

TEST_F(HeldOut, DuplicatesAcrossSplitsAndClassesAreCounted) {
  const std::string twin = flat_png(8, 8, 1, 1, 1);
  write({{"train/a/1.png", twin},
         {"train/a/2.png", flat_png(8, 8, 2, 2, 2)},
         {"train/b/3.png", flat_png(8, 8, 3, 3, 3)},
         {"train/b/4.png", flat_jpeg(8, 8, 200)},
         {"test/a/1.png", twin},
         {"test/b/5.png", twin}});
  const Duplicates duplicates = count_duplicates(load(path("")));
  EXPECT_EQ(duplicates.across, 2);
  EXPECT_EQ(duplicates.within, 0);
  EXPECT_EQ(duplicates.contradict, 3);
}

}  // namespace
}  // namespace nasnet::data
