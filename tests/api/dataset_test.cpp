#include <nasnet/dataset.h>
#include <nasnet/error.h>

#include <stdexcept>

#include "tests/data/make_files.h"

namespace nasnet {
namespace {

/// Four red, three blue training pictures, and a test picture of each, of 8 x 6 pixels.
class PublicDataSet : public data::WithFolder {
 protected:
  PublicDataSet() {
    data::Files files;
    for (uint8_t i = 0; i < 4; ++i) {
      const auto name = [&](const std::string& folder) {
        return folder + "/" + std::to_string(i) + ".png";
      };
      files[name("train/red")] = data::flat_png(8, 6, 255, i, 0);
      if (i < 3) files[name("train/blue")] = data::flat_png(8, 6, 0, i, 255);
      if (i == 3) files[name("test/red")] = data::flat_png(8, 6, 250, i, 0);
      if (i == 3) files[name("test/blue")] = data::flat_png(8, 6, 0, i, 250);
    }
    files["train/red/notes.pdf"] = "%PDF";
    write(files);
  }
  std::string folder() const { return folder_.string(); }
};

TEST_F(PublicDataSet, SaysItsFacts) {
  const DataSet set = DataSet::load(folder());
  EXPECT_EQ(set.name(), folder_.filename().string());
  EXPECT_EQ(set.source(), folder());
  EXPECT_EQ(set.classes(), (std::vector<std::string>{"blue", "red"}));
  EXPECT_EQ(set.height(), 6);
  EXPECT_EQ(set.width(), 8);
  EXPECT_EQ(set.channels(), 3);
  EXPECT_EQ(set.size(Split::train), 7);
  EXPECT_EQ(set.size(Split::test), 2);
  EXPECT_TRUE(set.has_own_test_split());
  EXPECT_EQ(set.digest().size(), 64u);
  ASSERT_EQ(set.notes().size(), 1u);
  EXPECT_NE(set.notes()[0].find("notes.pdf"), std::string::npos) << set.notes()[0];
}

TEST_F(PublicDataSet, GivesImagesAndLabels) {
  const DataSet set = DataSet::load(folder());
  for (int64_t i = 0; i < set.size(Split::train); ++i) {
    const ImageView image = set.image(Split::train, i);
    ASSERT_EQ(image.pixels.size(), 8u * 6 * 3);
    const bool red = set.classes()[static_cast<size_t>(set.label(Split::train, i))] == "red";
    EXPECT_EQ(image.pixels[0], red ? 255 : 0);
    EXPECT_EQ(image.pixels[2], red ? 0 : 255);
  }
  EXPECT_THROW(set.image(Split::test, 2), std::out_of_range);
  EXPECT_THROW(set.label(Split::test, -1), std::out_of_range);
}

TEST_F(PublicDataSet, OptionsAreThoseOfTheProgram) {
  const DataSet set = DataSet::load(folder(), {.image_size = 4, .limit_train = 5});
  EXPECT_EQ(set.height(), 4);
  EXPECT_EQ(set.size(Split::train), 5);
  EXPECT_NE(set.digest(), DataSet::load(folder()).digest());
}

TEST_F(PublicDataSet, MistakesAreNamed) {
  EXPECT_NE(data::refusal([&] { DataSet::load(folder(), {.resize = "squash"}); }).find("resize"),
            std::string::npos);
  EXPECT_NE(data::refusal([&] { DataSet::load(folder(), {.image_size = -1}); }).find("0 to 1024"),
            std::string::npos);
  EXPECT_NE(data::refusal([&] { DataSet::load(folder(), {.limit_test = -1}); }).find("limit_test"),
            std::string::npos);
  EXPECT_NE(data::refusal([] { DataSet::load("fashion-mnits"); }).find("fashion-mnist"),
            std::string::npos);
}

TEST(KnownDataSets, BeginWithTheFirst) {
  EXPECT_EQ(known_data_sets().at(0).name, "fashion-mnist");
}

}  // namespace
}  // namespace nasnet
