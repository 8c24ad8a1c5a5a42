#include "nasnet/boxes/coco_metric.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "golden.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"

namespace nasnet::boxes {
namespace {

using nlohmann::json;

std::string sha256(const std::vector<double>& values) {
  return digest({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)},
                "sha256");
}

void expect_numbers(const CocoNumbers& numbers, const json& expected) {
  ASSERT_EQ(expected.size(), 12U);
  for (size_t k = 0; k < 12; ++k)
    EXPECT_NEAR(numbers.all()[k], expected[k].get<double>(), 1e-12) << coco_number_names()[k].key;
}

std::string write(const std::string& name, const json& content) {
  const std::string file =
      testing::TempDir() + "metric" + std::to_string(getpid()) + "_" + name + ".json";
  write_file(file, content.dump());
  return file;
}

/// The annotations' file with the images or categories of `kept` alone.
Truth only(const std::string& file, const char* list, const std::set<int64_t>& kept) {
  json truth = json::parse(std::ifstream(file));
  json entries = json::array();
  for (const json& entry : truth[list])
    if (kept.contains(entry["id"])) entries.push_back(entry);
  truth[list] = entries;
  return read_truth(write("only", truth));
}

class Golden : public testing::Test {
 protected:
  void SetUp() override { NASNET_NEEDS_GOLDEN(); }
  const std::string truth_file = kGoldenFolder + "detection/coco_random_gt.json";
  const std::string found_file = kGoldenFolder + "detection/coco_random_dt.json";
};

TEST_F(Golden, RandomDetectionsGiveTheOfficialArraysToTheLastBit) {
  const json expected = golden("detection/coco_random_expected.json");
  const Truth truth = read_truth(truth_file);
  const CocoMetric metric = measure(truth, read_detections(found_file, truth).found);
  EXPECT_EQ(sha256(metric.precision()), expected["precision"]["sha256"]);
  EXPECT_EQ(sha256(metric.recall()), expected["recall"]["sha256"]);
  expect_numbers(metric.numbers(), expected["stats"]);
  for (int k = 0; k < metric.classes(); ++k) {
    const json& row = expected["per_category"][static_cast<size_t>(k)];
    EXPECT_EQ(truth.categories[static_cast<size_t>(k)], row["id"]);
    const CocoNumbers numbers = metric.of_class(k);
    EXPECT_NEAR(numbers.ap, row["ap"], 1e-12);
    EXPECT_NEAR(numbers.ap50, row["ap50"], 1e-12);
    EXPECT_NEAR(numbers.ap_small, row["ap_small"], 1e-12);
    EXPECT_NEAR(numbers.ar100, row["ar100"], 1e-12);
  }
}

TEST_F(Golden, ClassesMayBeOneOrSome) {
  const json expected = golden("detection/coco_random_expected.json");
  const Truth truth = read_truth(truth_file);
  expect_numbers(measure(truth, read_detections(found_file, truth).found, false).numbers(),
                 expected["no_categories"]);
  const Truth three = only(truth_file, "categories", {1, 7, 62});
  expect_numbers(measure(three, read_detections(found_file, three).found).numbers(),
                 expected["three_categories"]["stats"]);
}

TEST_F(Golden, ImagesMayBeSome) {
  const json expected = golden("detection/coco_random_expected.json");
  const std::vector<int64_t> images = read_truth(truth_file).images;
  const Truth hundred = only(truth_file, "images", {images.begin(), images.begin() + 100});
  json found = json::array();
  for (const json& entry : json::parse(std::ifstream(found_file)))
    if (std::binary_search(hundred.images.begin(), hundred.images.end(),
                           entry["image_id"].get<int64_t>()))
      found.push_back(entry);
  expect_numbers(measure(hundred, read_detections(write("found", found), hundred).found).numbers(),
                 expected["first_hundred_images"]);
}

TEST_F(Golden, EdgesComeOutAsInTheOfficialCodeOrAsTheyMust) {
  const json edges = golden("detection/coco_edges.json");
  ASSERT_EQ(edges["cases"].size(), 31U);
  for (const json& edge : edges["cases"]) {
    SCOPED_TRACE(edge["name"].get<std::string>());
    json truth_json = {{"annotations", edge["annotations"]},
                       {"images", json::array()},
                       {"categories", json::array()}};
    for (const json& id : edge["images"]) truth_json["images"].push_back({{"id", id}});
    for (const json& id : edge["categories"]) truth_json["categories"].push_back({{"id", id}});
    const Truth truth = read_truth(write("truth", truth_json));
    const std::string found = write("found", edge["detections"]);
    if (edge["ours"] == "error") {
      EXPECT_THROW(read_detections(found, truth), InputError);
      continue;
    }
    const json& expected = edge["ours"] == "same" ? edge["official"] : edge["ours"];
    expect_numbers(measure(truth, read_detections(found, truth).found).numbers(), expected);
  }
}

TEST(CocoTruth, AnnotationsWithoutNumbersAreLeftOutWithANote) {
  const std::string file = testing::TempDir() + "nan" + std::to_string(getpid()) + ".json";
  write_file(file, R"({"images": [{"id": 1}], "categories": [{"id": 1}],
      "annotations": [{"image_id": 1, "category_id": 1, "bbox": [NaN, 2, Infinity, 4], "area": NaN},
                      {"image_id": 1, "category_id": 1},
                      {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "area": NaN}]})");
  const Truth truth = read_truth(file);
  ASSERT_EQ(truth.objects.size(), 1U);
  EXPECT_EQ(truth.objects[0].area, 12);
  EXPECT_EQ(truth.notes,
            std::vector<std::string>{"2 annotations without a bbox of four numbers: left out"});
}

TEST_F(Golden, PublishedNumbersComeOut) {
  const json expected = golden("coco-eval/expected.json");
  for (const auto& [name, row] : expected.items()) {
    if (!row.is_object()) continue;
    SCOPED_TRACE(name);
    const std::string file = kGoldenFolder + "coco-eval/" + row["gt"].get<std::string>();
    const Truth truth = row.contains("category_id")
                            ? only(file, "categories", {row["category_id"].get<int64_t>()})
                            : read_truth(file);
    const auto found =
        read_detections(kGoldenFolder + "coco-eval/" + row["dt"].get<std::string>(), truth).found;
    expect_numbers(measure(truth, found, row.value("useCats", 1) != 0).numbers(), row["stats"]);
  }
}

Truth one_class(std::vector<TruthObject> objects, int images = 1) {
  Truth truth;
  for (int k = 0; k < images; ++k) truth.images.push_back(k + 1);
  truth.categories = {1};
  truth.names = {"thing"};
  truth.objects = std::move(objects);
  return truth;
}

TEST(CocoMetric, AnObjectFlaggedToBeIgnoredIsNeitherFoundNorMissed) {
  const Rectangle here{0, 0, 50, 50}, there{100, 100, 50, 50};
  TruthObject flagged{.ignored = true, .box = here, .area = 2500};
  const TruthObject plain{.box = there, .area = 2500};
  const std::vector<Detection> both = {{0, 0, here, 0.9}, {0, 0, there, 0.8}};
  EXPECT_NEAR(measure(one_class({flagged, plain}), both).numbers().ap, 1, 1e-12);
  flagged.ignored = false;
  flagged.box = {300, 300, 50, 50};
  EXPECT_NEAR(measure(one_class({flagged, plain}), both).numbers().ar100, 0.5, 1e-12);
}

TEST(CocoMetric, AddingARightDetectionNeverLowersRecall) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> place(0, 400), size(5, 120), score(0, 1);
  for (int round = 0; round < 50; ++round) {
    std::vector<TruthObject> objects;
    std::vector<Detection> found;
    for (int k = 0; k < 12; ++k) {
      const Rectangle box{place(random), place(random), size(random), size(random)};
      objects.push_back({.image = k % 3, .box = box, .area = box.area()});
      if (k % 2 == 0) continue;
      Rectangle near = box;
      near.x += 3;
      found.push_back({k % 3, 0, near, score(random)});
    }
    const Truth truth = one_class(objects, 3);
    const CocoNumbers before = measure(truth, found).numbers();
    found.push_back({objects[0].image, 0, objects[0].box, score(random)});
    const CocoNumbers after = measure(truth, found).numbers();
    EXPECT_GE(after.ar100, before.ar100);
    EXPECT_LE(after.ap, after.ap50 + 1e-12);
  }
}

TEST(CocoTruth, WrongFilesAreNamedWithThePlace) {
  const auto message = [](const std::string& text) -> std::string {
    const std::string file = testing::TempDir() + "wrong" + std::to_string(getpid()) + ".json";
    write_file(file, text);
    try {
      const Truth truth = one_class({});
      if (text[0] == '[') {
        read_detections(file, truth);
      } else {
        read_truth(file);
      }
    } catch (const InputError& error) {
      const std::string all = error.what();
      return all.substr(all.find(".json") + 5);
    }
    return "no error";
  };
  EXPECT_EQ(message(R"({"images":[{"id":1}],"categories":[{"id":)"),
            " is damaged at byte 42: syntax error while parsing value - unexpected end of input; "
            "expected '[', '{', or a literal");
  EXPECT_EQ(message("nonsense"), " is no JSON of COCO's form: it begins with neither { nor [");
  EXPECT_EQ(message(R"([{"image_id":1,"category_id":1,"bbox":[1,2,3],"score":1}])"),
            ": the bbox of detections[0] is 3 numbers; it must be four numbers");
  EXPECT_EQ(message(R"([{"image_id":1,"category_id":1,"bbox":[1,2,3,4]}])"),
            ": detections[0] has no score");
  EXPECT_EQ(message(R"([{"image_id":"a.jpg"}])"),
            ": the image_id of detections[0] is the text 'a.jpg'; it must be a whole number");
  EXPECT_EQ(message(R"([{"image_id":1.5}])"),
            ": the image_id of detections[0] is 1.5; it must be a whole number");
  EXPECT_EQ(message(R"([{"score":true, "image_id":true}])"),
            ": the image_id of detections[0] is true; it must be a whole number");
  EXPECT_EQ(message(R"([{"bbox":{"x":1}}])"),
            ": the bbox of detections[0] is an object; it must be four numbers");
  EXPECT_EQ(message("[[]]"), ": detections[0] is a list; it must be an object");
  EXPECT_EQ(message(R"({"images":[],"annotations":[]})"),
            " has no list of categories; annotation files of COCO's form have images, annotations "
            "and categories");
}

TEST(CocoTruth, EntriesThatDoNotCountAreNoted) {
  const std::string file = testing::TempDir() + "notes" + std::to_string(getpid()) + ".json";
  write_file(file, R"({"categories":[{"id":8589934592,"name":"x"},{"id":0}],"info":{"images":[3]},
    "annotations":[{"id":0,"image_id":"7","category_id":0,"bbox":[1,2,3,4],
                    "segmentation":{"counts":[1,2],"size":[{"id":3}]}},
                   {"id":0,"image_id":9,"category_id":0,"bbox":[1,2,3,4]},
                   {"id":0,"image_id":7,"category_id":5,"bbox":[1,2,3,4]}],
    "images":[{"id":7.0},{"id":7}]})");
  const Truth truth = read_truth(file);
  EXPECT_EQ(truth.categories, (std::vector<int64_t>{0, 8589934592}));
  EXPECT_EQ(truth.names, (std::vector<std::string>{"category 0", "x"}));
  EXPECT_EQ(truth.images, std::vector<int64_t>{7});
  ASSERT_EQ(truth.objects.size(), 1U);
  EXPECT_EQ(truth.objects[0].area, 12);
  EXPECT_EQ(truth.notes,
            (std::vector<std::string>{
                file + " lists 1 image ids more than once",
                file + " writes ids as texts; they were read as numbers",
                "1 annotations of images that the annotations do not list (9): not counted",
                "1 annotations of categories that the annotations do not list (5): not counted"}));
}

}  // namespace
}  // namespace nasnet::boxes
