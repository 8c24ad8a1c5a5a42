#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Two splits of pictures of 100 x 80, with boxes in COCO's form.
class DetectionData : public testing::Test {
 protected:
  DetectionData() {
    for (const std::string split : {"train", "val"}) {
      json file = {{"images", json::array()},
                   {"categories", {{{"id", 3}, {"name", "cat"}}, {{"id", 9}, {"name", "dog"}}}},
                   {"annotations", json::array()}};
      for (int id = 1; id <= 3; ++id) {
        const std::string name = split + std::to_string(id) + ".png";
        write_png(folder_ / ("set/images/" + name), 100, 80, 200, 200, 200, id);
        file["images"].push_back({{"id", id}, {"file_name", name}, {"width", 100}, {"height", 80}});
      }
      add(file, 3, {10, 10, 50, 50});
      add(file, 9, {10, 10, 20, 20});
      files_[split] = file;
    }
    put();
  }
  static void add(json& file, int category, const json& box) {
    file["annotations"].push_back({{"id", file["annotations"].size()},
                                   {"image_id", 1},
                                   {"category_id", category},
                                   {"bbox", box}});
  }
  void put() const {
    for (const auto& [split, file] : files_)
      write_text(folder_ / ("set/annotations/" + split + ".json"), file.dump());
  }
  Outcome data(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"data", "set"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return nasnet(arguments, folder_.path());
  }

  Folder folder_;
  std::map<std::string, json> files_;
};

TEST_F(DetectionData, CountsImagesAndBoxes) {
  const auto before = folder_.files();
  const Outcome outcome = data();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const std::string part :
       {"COCO: 6 images with 4 boxes of 2 classes",
        "\ntrain                            3         2",
        "\ncat                              2         1         1         0         2         0",
        "\ndog                              2         1         1         2         0         0",
        "image sizes: 100x80 (6)"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  const json result = last_json(data({"--json"}));
  EXPECT_EQ(result["form"], "COCO");
  EXPECT_EQ(result["boxes"], 4);
  EXPECT_EQ(result["empty_images"], 4);
  EXPECT_EQ(result["classes"][1]["id"], 9);
  EXPECT_EQ(result["classes"][1]["label"], 1);
  EXPECT_EQ(result["classes"][0]["medium"], 2);
  EXPECT_EQ(result["classes"][0]["splits"]["val"]["boxes"], 1);
  EXPECT_EQ(result["problems"], json::array());
  EXPECT_EQ(folder_.files(), before);
}

TEST_F(DetectionData, ManyProblemsOfAKindAreFewLines) {
  for (int i = 0; i < 2000; ++i) add(files_["train"], 3, {i % 90, 7, 0, 5});
  put();
  const Outcome outcome = data();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("\n2,000 boxes without width or height: not trained on\n"
                             "  annotations/train.json: annotation 2 of image 1 (train1.png): x 0 "
                             "to 0, y 7 to 12, in an image of 100 x 80\n"),
            std::string::npos)
      << outcome.out;
  EXPECT_NE(outcome.out.find("\n  and 1,997 more\n"), std::string::npos) << outcome.out;
  const json problem = last_json(data({"--json"}))["problems"].at(0);
  EXPECT_EQ(problem["kind"], "no_size");
  EXPECT_EQ(problem["count"], 2000);
  EXPECT_EQ(problem["first"].size(), 1000u);
}

TEST_F(DetectionData, ErrorsAreListedAndEndIt) {
  files_["train"]["images"][1]["width"] = 90;
  put();
  write_text(folder_ / "set/images/val3.png", "this is no picture");
  Outcome outcome = data();
  EXPECT_NE(outcome.out.find("image images/train2.png has 100 x 80 pixels, its annotation says 90 "
                             "x 80"),
            std::string::npos)
      << outcome.out;
  outcome.out.clear();
  expect_refused(outcome, {"set: 2 errors, listed above", "--skip-unreadable"});
  outcome = data({"--skip-unreadable", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome)["images"], 4);
}

TEST_F(DetectionData, DamagedFilesAreNamed) {
  const std::string whole = read_text(folder_ / "set/annotations/val.json");
  write_text(folder_ / "set/annotations/val.json", whole.substr(0, whole.size() / 2));
  expect_refused(data(), {"annotations/val.json is damaged at byte"});
  write_text(folder_ / "set/annotations/val.json", "");
  EXPECT_EQ(last_json(data({"--json"}))["splits"].size(), 1u) << "an empty file is no set";
}

TEST_F(DetectionData, DrawsPictures) {
  const Outcome outcome = data({"--draw", "seen", "--draw-count", "2"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("4 pictures with boxes drawn in seen\n"), std::string::npos)
      << outcome.out;
  EXPECT_TRUE(fs::exists(folder_ / "seen/train/images_train1.png.png"));
  EXPECT_TRUE(fs::exists(folder_ / "seen/val/images_val2.png.png"));
}

TEST_F(DetectionData, OneFileOfAnnotationsMayBeNamed) {
  const Outcome outcome = nasnet({"data", "set/annotations/val.json", "--json"}, folder_.path());
  EXPECT_EQ(last_json(outcome)["images"], 3) << outcome.err;
  fs::rename(folder_ / "set/images", folder_ / "pictures");
  expect_refused(nasnet({"data", "set/annotations/val.json"}, folder_.path()),
                 {"none of the 3 annotated images is there", "--images"});
  const Outcome named = nasnet(
      {"data", "set/annotations/val.json", "--images", "pictures", "--json"}, folder_.path());
  EXPECT_EQ(last_json(named)["images"], 3) << named.err;
}

TEST_F(DetectionData, AVerbThatTakesClassesSaysThatItHasBoxes) {
  expect_refused(nasnet({"search", "--data", "set", "--evaluator", "child"}, folder_.path()),
                 {"set is a COCO set, for the detection of objects (annotations/train.json)",
                  "`nasnet data` shows its boxes"});
}

TEST_F(DetectionData, FoldersOfClassesAreMentioned) {
  for (const std::string split : {"train", "val"})
    for (int id = 1; id <= 3; ++id) {
      const std::string name = split + std::to_string(id) + ".png";
      fs::create_directories(folder_ / ("set/class" + std::to_string(id)));
      fs::rename(folder_ / ("set/images/" + name),
                 folder_ / ("set/class" + std::to_string(id) + "/" + name));
    }
  fs::remove(folder_ / "set/images");
  const Outcome outcome = data();
  EXPECT_NE(outcome.out.find("the folders of the images tell 3 classes besides (class1, class2, "
                             "...); to classify by them, name the images' folder alone"),
            std::string::npos)
      << outcome.out << outcome.err;
}

}  // namespace
}  // namespace nasnet::test
