#include "nasnet/boxes/coco_set.h"

#include "nasnet/base/file.h"
#include "nasnet/boxes/count_boxes.h"
#include "tests/boxes/golden.h"
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
  NASNET_NEEDS_GOLDEN();
  const json golden = boxes::golden("detection/readers.json")["coco"];
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
  NASNET_NEEDS_GOLDEN();
  const std::optional<DetectionSet> set = find_detection_set(kGoldenFolder + "bccd-coco.tar.zst");
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
  EXPECT_NE(refused().find("annotations/train.json is damaged at byte 301"), std::string::npos)
      << refused();
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

TEST_F(CocoSet, IdsThatAreNoWholeNumbersAreErrors) {
  json file = plain();
  file["annotations"][1]["image_id"] = "b2";
  put(file);
  EXPECT_NE(refused().find("the image_id of annotations[1] is the text 'b2'"), std::string::npos)
      << refused();
  file = plain();
  file["annotations"][1].erase("category_id");
  put(file);
  EXPECT_EQ(refused(), "annotations/train.json: annotations[1] has no category_id");
}

TEST_F(CocoSet, OddBoxesAreToldOfAndNotTrainedOn) {
  const DetectionSet set = read_changed([](json& file) {
    const auto add = [&](json box) {
      const size_t id = file["annotations"].size() + 1;
      file["annotations"].push_back(
          {{"id", id}, {"image_id", 1}, {"category_id", 1}, {"bbox", std::move(box)}});
    };
    add({10, 10, 0, 5});
    add({10, 10, -5, 5});
    add({100, 10, 5, 5});
    add({-3, 10, 5, 5});
    add({1, 2, 3});
    add({1, 2, 3, "4"});
    add({1, 2, 3, nullptr});
  });
  EXPECT_EQ(problems_of(set), "no_numbers 3, no_size 1, swapped 1, outside 1, clipped 1");
  EXPECT_EQ(sentences(set, ProblemKind::kOutside),
            std::vector<std::string>{
                "annotations/train.json: annotation 5 of image 1 (a.png): x 100 to 105, y 10 to "
                "15, in an image of 100 x 80"});
  const std::vector<Object>& objects = set.splits[0].images[0].objects;
  ASSERT_EQ(objects.size(), 5u) << "what has four numbers counts in an evaluation";
  EXPECT_EQ(std::count_if(objects.begin(), objects.end(),
                          [](const Object& object) { return object.usable; }),
            2);
  EXPECT_EQ(objects[4].written, (Rectangle{-3, 10, 5, 5}));
  EXPECT_EQ(objects[4].box, (Box{0, 10, 2, 15}));
}

TEST_F(CocoSet, NumbersThatAreNoneAreToldOf) {
  put(plain());
  std::string text = read_file(path("set/annotations/train.json"));
  const size_t at = text.find("[1,2,30,40]");
  text.replace(at, 11, "[NaN,-Infinity,30,40],\"area\":NaN,\"note\":\"NaN \\\" Infinity\"");
  write({{"set/annotations/train.json", text}});
  const DetectionSet set = read();
  EXPECT_EQ(problems_of(set), "unused_category 1, no_numbers 1");
}

TEST_F(CocoSet, WhatTheFileDoesNotListIsLeftOut) {
  const DetectionSet set = read_changed([](json& file) {
    file["annotations"][0]["image_id"] = 17;
    file["annotations"][1]["category_id"] = 18;
  });
  EXPECT_EQ(sentences(set, ProblemKind::kUnknownImage),
            std::vector<std::string>{"annotations/train.json: annotation 1 of image 17"});
  EXPECT_EQ(sentences(set, ProblemKind::kUnknownCategory),
            std::vector<std::string>{"annotations/train.json: annotation 2 of category 18"});
  EXPECT_EQ(set.splits[0].images.size(), 2u) << "empty images stay";
}

TEST_F(CocoSet, MissingImagesAreNamedAndOthersCounted) {
  const DetectionSet set = read_changed([](json& file) {
    file["images"].push_back({{"id", 3}, {"file_name", "c.png"}, {"width", 5}, {"height", 5}});
    file["images"].erase(0);
  });
  EXPECT_EQ(sentences(set, ProblemKind::kMissingImage),
            std::vector<std::string>{"annotations/train.json: c.png"});
  EXPECT_EQ(sentences(set, ProblemKind::kUnlistedImage), std::vector<std::string>{"images/a.png"});
}

TEST_F(CocoSet, NoImageAtAllIsAnError) {
  write({{"set/annotations/train.json", plain().dump()}});
  EXPECT_EQ(refused(),
            "none of the 2 annotated images is there, the first is annotations/train.json: a.png; "
            "name their folder with --images, or the folder above both");
}

TEST_F(CocoSet, RepetitionsAreToldOf) {
  json file = plain();
  file["images"].push_back({{"id", 3}, {"file_name", "a.png"}, {"width", 100}, {"height", 80}});
  file["annotations"][1]["id"] = 1;
  file["categories"][1]["name"] = "cat";
  put(file);
  put(plain(), "set/annotations/val.json");
  json renamed = plain();
  renamed["categories"][1]["name"] = "cat";
  write({{"set/annotations/val.json", renamed.dump()}});
  const DetectionSet set = read();
  EXPECT_EQ(problems_of(set), "repeated_image 1, shared_image 2, repeated_id 1, repeated_name 1");
  EXPECT_EQ(set.categories.size(), 2u);
}

TEST_F(CocoSet, OneIdCannotBeTwoThings) {
  json file = plain();
  file["images"][1]["id"] = 1;
  put(file);
  EXPECT_EQ(refused(), "annotations/train.json: image id 1 is both a.png and b.png");
  put(plain());
  file = plain();
  file["categories"][0]["name"] = "bird";
  write({{"set/annotations/val.json", file.dump()}});
  EXPECT_EQ(refused(),
            "annotations/val.json: category id 1 is 'bird', and 'cat' in annotations/train.json; "
            "an id must mean one category");
}

TEST_F(CocoSet, PicturesOfAnotherSizeAreErrorsThatNameBoth) {
  const DetectionSet set = read_changed([](json& file) { file["images"][0]["width"] = 90; });
  EXPECT_EQ(data::refusal([&] { set.problems.refuse_errors("set"); }),
            "set: image images/a.png has 100 x 80 pixels, its annotation says 90 x 80; mend it, or "
            "leave it out with --skip-unreadable");
  EXPECT_EQ(read({.skip_unreadable = true}).splits[0].images.size(), 1u);
}

TEST_F(CocoSet, SizesThatAreNotAnnotatedAreThePictures) {
  const DetectionSet set = read_changed([](json& file) { file["images"][0].erase("width"); });
  EXPECT_EQ(set.splits[0].images[0].width, 100);
  EXPECT_EQ(set.splits[0].images[0].height, 80);
}

TEST_F(CocoSet, IgnoreIsHonouredWhereAsked) {
  json file = plain();
  file["annotations"][0]["ignore"] = 1;
  put(file);
  EXPECT_FALSE(read().splits[0].images[0].objects[0].difficult);
  EXPECT_TRUE(read({.boxes = {.honour_ignore = true}}).splits[0].images[0].objects[0].difficult);
}

TEST_F(CocoSet, ImagesAreFoundWherePeopleHaveThem) {
  for (const char* folder :
       {"set/train2017/", "set/", "set/annotations/", "set/images/train/deep/"}) {
    std::filesystem::remove_all(path("set"));
    picture(folder + std::string("a.png"), 100, 80);
    picture(folder + std::string("b.png"), 50, 40);
    write({{"set/annotations/instances_train2017.json", plain().dump()},
           {"set/annotations/captions_train2017.json", R"({"images":[],"annotations":[]})"}});
    for (const char* where : {"set", "set/annotations/instances_train2017.json"}) {
      const DetectionSet set = read({}, where);
      EXPECT_EQ(problems_of(set), "") << folder << " " << where;
      EXPECT_EQ(set.splits.at(0).name, "train2017");
      EXPECT_EQ(set.splits.at(0).images.size(), 2u);
    }
  }
  const DetectionSet set =
      read({.boxes = {.images = path("set/images")}}, "set/annotations/instances_train2017.json");
  EXPECT_EQ(set.splits.at(0).images.size(), 2u);
}

TEST_F(CocoSet, ReadsWhatRoboflowExports) {
  for (const std::string split : {"train", "valid", "test"}) {
    picture("set/" + split + "/a.png", 100, 80);
    picture("set/" + split + "/b.png", 50, 40);
    write({{"set/" + split + "/_annotations.coco.json", plain().dump()},
           {"set/README.roboflow.txt", "x"}});
  }
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 3u);
  EXPECT_EQ(set.splits[1].name, "valid");
  EXPECT_EQ(set.splits[1].images[0].file.path, "valid/a.png");
  EXPECT_EQ(problems_of(set), "");
}

TEST_F(CocoSet, ArchivesAreReadLikeFolders) {
  const std::string a = data::flat_png(100, 80, 1, 2, 3), b = data::flat_png(50, 40, 1, 2, 3);
  for (const char* format : {"tar.gz", "zip"}) {
    pack({{"set/a.png", a}, {"set/b.png", b}, {"set/annotations.json", plain().dump()}}, format);
    const DetectionSet set = read({}, std::string("packed.") + format);
    EXPECT_EQ(problems_of(set), "") << format;
    EXPECT_EQ(set.splits.at(0).images.at(1).decode().width, 50);
  }
}

TEST_F(CocoSet, ClassesOfWholeImagesAreNoBoxes) {
  json file = plain();
  for (json& annotation : file["annotations"]) annotation.erase("bbox");
  put(file);
  EXPECT_FALSE(find_detection_set(path("set")));
}

}  // namespace
}  // namespace nasnet::boxes
