#include "nasnet/boxes/coco_set.h"

#include "nasnet/base/file.h"
#include "nasnet/boxes/count_boxes.h"
#include "tests/boxes/with_set.h"

namespace nasnet::boxes {
namespace {

class CocoSet : public WithSet {
 protected:
  /// Two pictures and a file of annotations, which `change` makes odd.
  json plain() const {
    return {{"images",
             {{{"id", 1}, {"file_name", "a.png"}, {"width", 100}, {"height", 80}},
              {{"id", 2}, {"file_name", "b.png"}, {"width", 50}, {"height", 40}}}},
            {"categories", {{{"id", 1}, {"name", "cat"}}, {{"id", 2}, {"name", "dog"}}}},
            {"annotations",
             {{{"id", 1}, {"image_id", 1}, {"category_id", 1}, {"bbox", {1, 2, 30, 40}}},
              {{"id", 2}, {"image_id", 2}, {"category_id", 2}, {"bbox", {5, 6, 7, 8}}}}}};
  }
  void put(const json& file, const std::string& name = "set/annotations/train.json") const {
    picture("set/images/a.png", 100, 80);
    picture("set/images/b.png", 50, 40);
    write({{name, file.dump()}});
  }
  DetectionSet read_changed(const std::function<void(json&)>& change) const {
    json file = plain();
    change(file);
    put(file);
    return read();
  }
};

TEST_F(CocoSet, ReadsTheGoldenFile) {
  const std::filesystem::path file = kShared / "detection/readers.json";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "../shared/data is not there";
  const json golden = json::parse(read_file(file))["coco"];
  write({{"set/train.json", golden["json"].dump()}});
  picture("set/a.jpg", 100, 80);
  picture("set/b.jpg", 50, 40);
  picture("set/c.jpg", 10, 10);
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 1u);
  ASSERT_EQ(set.splits[0].images.size(), golden["images"].size());
  for (size_t label = 0; label < set.categories.size(); ++label)
    EXPECT_EQ(golden["labels"][std::to_string(set.categories[label].id)], label);
  for (size_t i = 0; i < golden["images"].size(); ++i) {
    const DetectionImage& image = set.splits[0].images[i];
    const json& expected = golden["images"][i];
    EXPECT_EQ(image.id, expected["id"]);
    std::vector<Object> usable;
    for (const Object& object : image.objects)
      if (object.usable) usable.push_back(object);
    ASSERT_EQ(usable.size(), expected["boxes"].size()) << image.path;
    for (size_t k = 0; k < usable.size(); ++k) {
      const json& box = expected["boxes"][k];
      EXPECT_EQ(usable[k].label, box["label"]);
      EXPECT_EQ(edges(usable[k].box), box["box"].get<std::vector<float>>());
      EXPECT_EQ(usable[k].area, box["area"]);
      EXPECT_EQ(usable[k].crowd, box["crowd"]);
    }
  }
  EXPECT_EQ(sentences(set, ProblemKind::kNoSize),
            std::vector<std::string>{
                "train.json: annotation 8 of image 7 (a.jpg): x 5 to 5, y 5 to 14, in an image of "
                "100 x 80"});
  EXPECT_EQ(problems_of(set), "no_size 1, clipped 2");
}

TEST_F(CocoSet, ReadsBloodCellsFromTheirArchive) {
  const std::filesystem::path file = kShared / "bccd-coco.tar.zst";
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "../shared/data is not there";
  const std::optional<DetectionSet> set = find_detection_set(file.string());
  ASSERT_TRUE(set);
  EXPECT_EQ(problems_of(*set), "");
  const SetCounts counts = count_boxes(*set);
  EXPECT_EQ(counts.all.images, 364);
  EXPECT_EQ(counts.all.boxes, 4886);
  EXPECT_EQ(counts.all.small, 39);
  EXPECT_EQ(counts.all.medium, 1524);
  EXPECT_EQ(counts.all.large, 3323);
  ASSERT_EQ(set->splits.size(), 3u);
  EXPECT_EQ(set->splits[0].name, "train");
  EXPECT_EQ(counts.splits[0].boxes, 2804);
  EXPECT_EQ(counts.classes[0][0].boxes, 2381) << "red cells of the training split";
  const DetectionImage& image = set->splits[0].images[0];
  EXPECT_EQ(image.decode().width, 640);
}

TEST_F(CocoSet, TruncatedJsonIsNamedWithItsByte) {
  put(plain());
  const std::string whole = read_file(path("set/annotations/train.json"));
  write({{"set/annotations/train.json", whole.substr(0, 300)}});
  EXPECT_EQ(refused(), "annotations/train.json is damaged JSON at byte 300 of 300: it is cut off");
}

TEST_F(CocoSet, IdsMayBeAnyWholeNumbers) {
  const DetectionSet set = read_changed([](json& file) {
    file["images"][0]["id"] = 8589934592;
    file["images"][1]["id"] = 0;
    file["annotations"][0]["image_id"] = "8589934592";
    file["annotations"][1]["image_id"] = 0;
    file["categories"][0]["id"] = 0;
    file["annotations"][0]["category_id"] = 0;
  });
  const std::vector<DetectionImage>& images = set.splits[0].images;
  EXPECT_EQ(images[0].id, 0);
  EXPECT_EQ(images[1].id, 8589934592);
  EXPECT_EQ(set.categories[images[1].objects.at(0).label].name, "cat");
  EXPECT_EQ(problems_of(set), "text_id 1");
}

}  // namespace
}  // namespace nasnet::boxes
