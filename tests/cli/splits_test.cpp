#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Ten pictures of each of three classes.
class Splits : public testing::Test {
 protected:
  Splits() { write_colour_classes(folder_ / "photos", 10); }
  json describe(const std::string& set) const {
    return last_json(nasnet({"data", set, "--json"}, folder_.path()));
  }
  void move_to(const std::string& from, const std::string& to) const {
    fs::create_directories((folder_ / to).parent_path());
    fs::rename(folder_ / from, folder_ / to);
  }
  Folder folder_;
};

TEST_F(Splits, AnUnlabelledTestFolderIsToldOfInEveryVerb) {
  move_to("photos", "set/Train");
  for (int i = 0; i < 4; ++i)
    write_png(folder_ / "set/Test" / (std::to_string(i) + ".png"), 16, 16, 90, 90, 90, i);
  const json set = describe("set");
  EXPECT_EQ(set["train_images"].get<int>() + set["test_images"].get<int>(), 30);
  EXPECT_EQ(set["own_test_split"], false);
  ASSERT_EQ(set["left_out"].size(), 1u);
  EXPECT_EQ(set["left_out"][0]["images"], 4);
  const std::string told = "4 images of Test/, without labels: left out (`nasnet predict`";
  EXPECT_NE(nasnet({"data", "set"}, folder_.path()).out.find(told), std::string::npos);
  const Outcome trained = nasnet({"train", "enas", "--data", "set", "--cells", "1", "--filters",
                                  "4", "--epochs", "1", "--out", "model"},
                                 folder_.path());
  EXPECT_EQ(trained.status, 0);
  EXPECT_NE(trained.err.find(told), std::string::npos) << trained.err;
}

TEST_F(Splits, CopiesAcrossSplitsAreToldOf) {
  move_to("photos", "set/train");
  for (const std::string colour : {"red", "green", "blue"})
    for (int i = 0; i < 3; ++i) {
      const std::string name = std::to_string(i) + ".png";
      write_text(folder_ / "set/test" / colour / ("copy-" + name),
                 read_text(folder_ / "set/train" / colour / name));
    }
  EXPECT_EQ(describe("set")["notes"],
            (json{"9 images of the test split equal training images: they are not measured on "
                  "unless --count-trained"}));
}

TEST_F(Splits, AListOfLabelsDoesInsteadOfFolders) {
  std::string list = "file,label,split\n";
  for (const std::string colour : {"red", "green", "blue"})
    for (int i = 0; i < 10; ++i) {
      const std::string name = colour + std::to_string(i);
      move_to("photos/" + colour + "/" + std::to_string(i) + ".png", "set/images/" + name + ".png");
      list += name + "," + colour + "," + (i < 8 ? "train" : "test") + "\n";
    }
  write_text(folder_ / "set/labels.csv", list);
  const json set = describe("set");
  EXPECT_EQ(set["train_images"], 24);
  EXPECT_EQ(set["test_images"], 6);
  EXPECT_EQ(set["classes"][0]["name"], "blue");
  write_text(folder_ / "set/labels.csv", list + "red1,blue,train\n");
  expect_refused(
      nasnet({"data", "set"}, folder_.path()),
      {"images/red1.png is listed with two labels, 'red'", "'blue' (labels.csv, line 32)"});
}

}  // namespace
}  // namespace nasnet::test
