#include "nasnet/boxes/yolo_set.h"

#include "nasnet/boxes/yolo_labels.h"
#include "tests/boxes/golden.h"
#include "tests/boxes/with_set.h"

namespace nasnet::boxes {
namespace {

class YoloSet : public WithSet {
 protected:
  void add(const std::string& name, const std::string& text) const {
    picture("set/images/" + name + ".png", 100, 80);
    write({{"set/labels/" + name + ".txt", text}});
  }
  void yaml(const std::string& text) const { write({{"set/data.yaml", text}}); }
  static constexpr const char* kPlain = "train: images\nnc: 3\nnames: [a, b, c]\n";
};

TEST_F(YoloSet, ReadsTheGoldenFile) {
  NASNET_NEEDS_GOLDEN();
  const json yolo = golden("detection/readers.json")["yolo"];
  add("1", yolo["text"]);
  yaml(kPlain);
  const DetectionSet set = read();
  size_t expected = 0;
  for (const Object& object : set.splits.at(0).images.at(0).objects) {
    if (!object.usable) continue;
    const json& box = yolo["boxes"].at(expected++);
    EXPECT_EQ(object.label, box["label"]);
    const std::vector<float> found = edges(object.box), wanted = box["box"];
    for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(found[i], wanted[i], 1e-5) << expected;
  }
  EXPECT_EQ(expected, yolo["boxes"].size());
  EXPECT_EQ(problems_of(set), "no_size 1, clipped 1");
  EXPECT_NE(sentences(set, ProblemKind::kNoSize)[0].find("labels/1.txt line 5"), std::string::npos);
}

TEST_F(YoloSet, BadLinesAreErrorsWithTheirPlace) {
  NASNET_NEEDS_GOLDEN();
  const json errors = golden("detection/readers.json")["yolo"]["errors"];
  yaml(kPlain);
  for (const auto& [name, text] : errors.items()) add(name.substr(0, name.find('.')), text);
  add("good", "0 0.5 0.5 1 1\n");
  const DetectionSet set = read();
  EXPECT_EQ(problems_of(set), "unreadable_file 5, unused_category 2");
  EXPECT_EQ(sentences(set, ProblemKind::kUnreadableFile),
            (std::vector<std::string>{
                "labels/nan.txt line 1: 'nan' is no share of the image's width or height, 0 to 1",
                "labels/pixels.txt line 1: '50' is no share of the image's width or height, 0 to 1",
                "labels/seven.txt line 1: class 7 has no name in data.yaml, which has 3",
                "labels/short.txt line 1: 4 numbers, where a class and a box take 5",
                "labels/text.txt line 1: 'cat' is no number of a class"}));
  EXPECT_EQ(read({.skip_unreadable = true}).splits[0].images.size(), 1u)
      << "none of them becomes background";
}

TEST_F(YoloSet, ImagesWithoutATextHaveNoObjects) {
  add("1", "1 0.5 0.5 0.5 0.5\n");
  add("2", "");
  picture("set/images/3.png", 100, 80);
  yaml(kPlain);
  EXPECT_EQ(read().splits[0].images.size(), 3u);
  EXPECT_EQ(read({.boxes = {.drop_empty = true}}).splits[0].images.size(), 1u);
}

TEST_F(YoloSet, ReadsFoldersAsUltralyticsLaysThem) {
  picture("set/images/train2017/1.png", 100, 80);
  write({{"set/labels/train2017/1.txt", "1 0.5 0.5 0.5 0.5\n"}});
  yaml(
      "# COCO128\npath: ../datasets/set  # root\ntrain: images/train2017\nval: "
      "images/train2017\ntest:\nnames:\n  0: person\n  1: bicycle\ndownload: |\n  import os\n  x = "
      "[1, {2}]\n");
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 2u);
  EXPECT_EQ(set.categories[1], (Category{1, "bicycle"}));
  EXPECT_EQ(set.splits[0].images[0].objects[0].label, 1);
  EXPECT_EQ(problems_of(set), "shared_image 1, unused_category 1");
}

TEST_F(YoloSet, ReadsFoldersAsRoboflowLaysThem) {
  for (const std::string split : {"train", "valid"}) {
    picture("set/" + split + "/images/a.png", 100, 80);
    write({{"set/" + split + "/labels/a.txt", "0 0.5 0.5 0.5 0.5\n"}});
  }
  yaml("train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 1\nnames: ['a']\n");
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 2u);
  EXPECT_EQ(set.splits[1].images.at(0).objects.size(), 1u);
  EXPECT_EQ(problems_of(set), "missing_split 1");
}

TEST_F(YoloSet, ReadsListsOfImages) {
  add("1", "1 0.5 0.5 0.5 0.5\n");
  add("2", "1 0.5 0.5 0.5 0.5\n");
  add("3", "1 0.5 0.5 0.5 0.5\n");
  yaml("path: /elsewhere/set\ntrain: train.txt\nval: /elsewhere/set/val.txt\nnames: [a, b]\n");
  write({{"set/train.txt", "./images/1.png\n/elsewhere/set/images/2.png\n"},
         {"set/val.txt", "images/3.png\nimages/4.png\n"}});
  const DetectionSet set = read();
  EXPECT_EQ(set.splits[0].images.size(), 2u);
  EXPECT_EQ(set.splits[1].images.at(0).path, "images/3.png");
  EXPECT_EQ(problems_of(set), "missing_image 1, unused_category 1");
}

TEST_F(YoloSet, TheYamlMayLieElsewhere) {
  add("1", "1 0.5 0.5 0.5 0.5\n");
  write({{"configs/mine.yaml", "path: ../set\ntrain: images\nnames: [a, b]\n"}});
  EXPECT_EQ(read({}, "configs/mine.yaml").splits[0].images[0].objects.size(), 1u);
  EXPECT_EQ(read({}, "configs").splits[0].images[0].objects.size(), 1u);
}

TEST_F(YoloSet, AListOfClassesDoesWithoutAYaml) {
  picture("set/train/1.png", 100, 80);
  picture("set/val/2.png", 100, 80);
  write({{"set/train/1.txt", "1 0.5 0.5 0.5 0.5\n"}, {"set/classes.txt", "cat\ndog\n"}});
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 2u);
  EXPECT_EQ(set.categories[set.splits[0].images[0].objects[0].label].name, "dog");
}

TEST_F(YoloSet, AListOfClassesAloneIsNone) {
  for (const char* name : {"cat/1", "dog/2", "dog/3"})
    picture(std::string("set/") + name + ".png", 100, 80);
  write({{"set/classes.txt", "cat\ndog\n"}});
  EXPECT_FALSE(find_detection_set(path("set")));
}

TEST_F(YoloSet, FoldersOfClassesAreMentioned) {
  picture("set/cats/1.png", 100, 80);
  picture("set/dogs/2.png", 100, 80);
  write({{"set/cats/1.txt", "1 0.5 0.5 0.5 0.5\n"}, {"set/classes.txt", "cat\ndog\n"}});
  EXPECT_EQ(read().notes, std::vector<std::string>{
                              "the folders of the images tell 2 classes besides (cats, dogs); "
                              "to classify by them, name the images' folder alone"});
}

TEST_F(YoloSet, DamagedYamlIsAnErrorWithItsLine) {
  add("1", "1 0.5 0.5 0.5 0.5\n");
  yaml("train: images\nnames: [a, b\n");
  EXPECT_NE(refused().find("data.yaml line 3: "), std::string::npos) << refused();
  yaml("train: images\nnames: &n [a, b]\nval: *n\n");
  EXPECT_NE(refused().find("data.yaml line 3: an alias"), std::string::npos) << refused();
  yaml("train: images\nx: " + std::string(100, '[') + "\nnames: [a]\n");
  EXPECT_NE(refused().find("data.yaml line 2: more brackets"), std::string::npos) << refused();
  yaml("train: images\nnames: {0: a, 0: b}\n");
  EXPECT_NE(refused().find("class 0 is both 'a' and 'b'"), std::string::npos) << refused();
}

TEST_F(YoloSet, BoxesThatLieNowhereAreNamed) {
  picture("set/images/1.png", 100, 80);
  yaml(kPlain);
  EXPECT_NE(refused("set/data.yaml")
                .find("no image has a text of boxes; that of images/1.png "
                      "would be labels/1.txt"),
            std::string::npos)
      << refused("set/data.yaml");
}

}  // namespace
}  // namespace nasnet::boxes
