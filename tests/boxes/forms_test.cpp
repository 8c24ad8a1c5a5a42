#include <rapidcheck.h>

#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/boxes/count_boxes.h"
#include "nasnet/boxes/write_coco.h"
#include "tests/boxes/golden.h"
#include "tests/boxes/with_set.h"

namespace nasnet::boxes {
namespace {

/// One set of images in all forms.
class Forms : public WithSet {
 protected:
  static constexpr size_t kImages = 20;

  /// The first training images of the blood cells.
  DetectionSet cells() const {
    DetectionSet set = *find_detection_set(kGoldenFolder + "bccd-coco.tar.zst");
    set.splits.resize(1);
    set.splits[0].images.resize(kImages);
    return set;
  }
  static std::string name_of(const DetectionImage& image) {
    return image.path.substr(0, image.path.find('.'));
  }
  void write_pictures(const DetectionSet& set, const std::string& folder) const {
    for (const DetectionImage& image : set.splits[0].images)
      write({{folder + image.path, image.file.read()}});
  }
  void write_voc(const DetectionSet& set) const {
    write_pictures(set, "voc/JPEGImages/");
    for (const DetectionImage& image : set.splits[0].images) {
      std::string xml = fmt::format("<annotation><size><width>{}</width><height>{}</height></size>",
                                    image.width, image.height);
      for (const Object& object : image.objects) {
        const Rectangle& r = object.written;
        xml += fmt::format(
            "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax>"
            "<ymax>{}</ymax></bndbox></object>",
            set.categories[object.label].name, r.x + 1, r.y + 1, r.x + r.width, r.y + r.height);
      }
      write({{"voc/Annotations/" + name_of(image) + ".xml", xml + "</annotation>"}});
    }
  }
  void write_yolo(const DetectionSet& set) const {
    write_pictures(set, "yolo/images/train/");
    std::string names;
    for (const Category& category : set.categories) names += "  - " + category.name + "\n";
    write({{"yolo/data.yaml", "train: images/train\nnames:\n" + names}});
    for (const DetectionImage& image : set.splits[0].images) {
      std::string text;
      for (const Object& object : image.objects) {
        const Rectangle& r = object.written;
        text += fmt::format("{} {:.6f} {:.6f} {:.6f} {:.6f}\n", object.label,
                            (r.x + r.width / 2) / image.width, (r.y + r.height / 2) / image.height,
                            r.width / image.width, r.height / image.height);
      }
      write({{"yolo/labels/train/" + name_of(image) + ".txt", text}});
    }
  }
  /// Images, classes and boxes are the same, these within `pixels`.
  static void expect_same(const DetectionSet& a, const DetectionSet& b, float pixels) {
    ASSERT_EQ(a.splits.size(), 1u);
    ASSERT_EQ(b.splits.size(), 1u);
    ASSERT_EQ(a.splits[0].images.size(), b.splits[0].images.size());
    for (size_t i = 0; i < a.splits[0].images.size(); ++i) {
      const DetectionImage &one = a.splits[0].images[i], &other = b.splits[0].images[i];
      EXPECT_EQ(one.file.read(), other.file.read());
      EXPECT_EQ(one.width, other.width);
      EXPECT_EQ(one.height, other.height);
      ASSERT_EQ(one.objects.size(), other.objects.size()) << one.path;
      for (size_t k = 0; k < one.objects.size(); ++k) {
        const Object &x = one.objects[k], &y = other.objects[k];
        EXPECT_EQ(a.categories[x.label].name, b.categories[y.label].name);
        const std::vector<float> left = edges(x.box), right = edges(y.box);
        for (size_t e = 0; e < 4; ++e) EXPECT_NEAR(left[e], right[e], pixels) << one.path;
      }
    }
  }
};

TEST_F(Forms, CocoIsReadAsItWasWritten) {
  NASNET_NEEDS_GOLDEN();
  const DetectionSet set = cells();
  write_pictures(set, "set/");
  write_coco(set.splits[0], set.categories, path("set/train.json"));
  const DetectionSet again = read();
  expect_same(set, again, 0);
  EXPECT_EQ(again.categories, set.categories);
  for (size_t i = 0; i < kImages; ++i) {
    EXPECT_EQ(again.splits[0].images[i].id, set.splits[0].images[i].id);
    EXPECT_EQ(again.splits[0].images[i].objects, set.splits[0].images[i].objects);
  }
}

TEST_F(Forms, PascalVocsHasTheSameBoxes) {
  NASNET_NEEDS_GOLDEN();
  const DetectionSet set = cells();
  write_voc(set);
  expect_same(set, read({}, "voc"), 0);
}

TEST_F(Forms, YolosHasTheSameBoxesButForItsDigits) {
  NASNET_NEEDS_GOLDEN();
  const DetectionSet set = cells();
  write_yolo(set);
  expect_same(set, read({}, "yolo"), 0.01F);
}

TEST_F(Forms, CocoMiniHoldsWhatItsDescriptionSays) {
  NASNET_NEEDS_GOLDEN();
  const std::optional<DetectionSet> set = find_detection_set(kGoldenFolder + "coco-mini.tar.zst");
  ASSERT_TRUE(set);
  const SetCounts counts = count_boxes(*set);
  ASSERT_EQ(counts.splits.size(), 2u);
  EXPECT_EQ(counts.splits[0].boxes, 929);
  EXPECT_EQ(counts.splits[0].empty, 2);
  EXPECT_EQ(counts.splits[0].small, 500);
  EXPECT_EQ(counts.splits[0].medium, 272);
  EXPECT_EQ(counts.splits[0].large, 157);
  EXPECT_EQ(counts.splits[1].boxes, 898);
  EXPECT_EQ(set->categories.size(), 80u);
  EXPECT_EQ(set->categories.back(), (Category{90, "toothbrush"}));
}

TEST_F(Forms, AnySetIsReadAsItWasWritten) {
  for (int image = 0; image < 3; ++image) picture("set/" + std::to_string(image) + ".png", 60, 40);
  EXPECT_TRUE(rc::check("any set is read as it was written", [&] {
    DetectionSplit split{"train", data::Split::kTrain, {}};
    const auto categories = std::vector<Category>{
        {*rc::gen::inRange<int64_t>(-5, 3), *rc::gen::arbitrary<std::string>()},
        {*rc::gen::inRange<int64_t>(3, int64_t{1} << 53), "b\"\\\n"}};
    for (int i = 0; i < 3; ++i) {
      DetectionImage& image = split.images.emplace_back();
      image.path = std::to_string(i) + ".png";
      image.id = int64_t{1} << (20 * i);
      image.width = 60;
      image.height = 40;
      for (int k = *rc::gen::inRange(0, 4); k > 0; --k) {
        const auto number = [](int from, int to) { return *rc::gen::inRange(from, to) / 64.0; };
        Object object;
        object.written = {number(-999, 9999), number(-999, 9999), number(-99, 9999),
                          number(-99, 9999)};
        object.label = *rc::gen::inRange(0, 2);
        object.area = number(0, 99999);
        object.crowd = *rc::gen::arbitrary<bool>();
        object.difficult = *rc::gen::arbitrary<bool>();
        Problems none;
        settle(object, image, none, [] { return ""; });
        image.objects.push_back(object);
      }
    }
    write_coco(split, categories, path("set/train.json"));
    if (std::all_of(split.images.begin(), split.images.end(),
                    [](const DetectionImage& image) { return image.objects.empty(); }))
      return;
    const DetectionSet again = read({.boxes = {.honour_ignore = true}});
    for (size_t i = 0; i < 3; ++i) {
      RC_ASSERT(again.splits.at(0).images.at(i).id == split.images[i].id);
      RC_ASSERT(again.splits.at(0).images.at(i).objects == split.images[i].objects);
    }
  }));
}

/// Such as sets in the wild are: a third of the images empty, one all crowd,
/// boxes of every odd kind, ids from 0 to beyond 32 bits, and names that repeat.
TEST_F(Forms, OddSetsAreReadWithEachProblemToldOnce) {
  json file = {{"images", json::array()},
               {"categories",
                {{{"id", 0}, {"name", "a"}},
                 {{"id", 7}, {"name", "a"}},
                 {{"id", 8589934592}, {"name", "b"}}}},
               {"annotations", json::array()}};
  const int64_t ids[] = {0, 7, 8589934592, 3, 4, 5};
  for (const int64_t id : ids) {
    picture("set/" + std::to_string(id) + ".png", 60, 40);
    file["images"].push_back(
        {{"id", id}, {"file_name", std::to_string(id) + ".png"}, {"width", 60}, {"height", 40}});
  }
  const auto add = [&](int64_t image, int64_t category, json box, int crowd = 0) {
    file["annotations"].push_back({{"id", file["annotations"].size()},
                                   {"image_id", image},
                                   {"category_id", category},
                                   {"bbox", std::move(box)},
                                   {"iscrowd", crowd}});
  };
  add(0, 0, {1, 2, 3, 4});
  add(0, 7, {1, 2, 0, 4});
  add(7, 8589934592, {1, 2, -3, 4});
  add(8589934592, 0, {61, 2, 3, 4});
  add(8589934592, 0, {1, 2, 3, "nan"});
  add(3, 0, {0, 0, 60, 40}, 1);
  write({{"set/train.json", file.dump()}});
  const DetectionSet set = read();
  EXPECT_EQ(problems_of(set), "repeated_name 1, no_numbers 1, no_size 1, swapped 1, outside 1");
  const SetCounts counts = count_boxes(set);
  EXPECT_EQ(counts.all.images, 6);
  EXPECT_EQ(counts.all.empty, 2);
  EXPECT_EQ(counts.all.boxes, 4);
  EXPECT_EQ(counts.all.crowds, 1);
  EXPECT_EQ(counts.all.unusable, 3);
}

}  // namespace
}  // namespace nasnet::boxes
