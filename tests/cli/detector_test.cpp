#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "tests/cli/detector_set.h"

// A detector through the verbs: train, evaluate, predict, resume, from a classifier.

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using DetectorVerbs = DetectorSet;

TEST_F(DetectorVerbs, TrainMeasuresAsEvaluateAndAsTheResultsDo) {
  const Outcome trained = run(train("m", {"--json"}));
  ASSERT_EQ(trained.status, 0) << trained.err;
  const json result = last_json(trained);
  EXPECT_EQ(result["epochs"], 3);
  EXPECT_EQ(result["test_split"], "val");
  EXPECT_EQ(result["test_images"], 4);
  EXPECT_GE(result["numbers"]["AP"], 0);

  const json measured = last_json(run({"evaluate", "m", "--results", "found.json", "--json"}));
  EXPECT_EQ(measured["numbers"], result["numbers"]);
  EXPECT_EQ(measured["finished"], true);
  EXPECT_EQ(measured["classes"][0]["category_id"], 0) << "by ascending id";
  EXPECT_EQ(measured["classes"][0]["objects"], 3);
  const json again = last_json(run({"evaluate", "--annotations", "set/annotations/val.json",
                                    "--detections", "found.json", "--json"}));
  EXPECT_EQ(again["numbers"], result["numbers"]);

  EXPECT_EQ(last_json(run({"evaluate", "m", "--split", "train", "--json"}))["images"], 10);
  expect_refused(run({"evaluate", "m", "--split", "tran"}), {"no split 'tran'", "'train'"});
}

TEST_F(DetectorVerbs, AKilledTrainingGoesOnToTheSameWeights) {
  ASSERT_EQ(run(train("whole", {"--threads", "1"}, 40)).status, 0);
  for (const char* threads : {"1", "2"}) {
    const std::string model = std::string("killed-") + threads;
    for (const int step : {1, 40}) {
      std::vector<std::string> words = train(model, {"--threads", threads, "--resume"}, 40);
      words.insert(words.begin(), nasnet_path());
      Process process(words, folder_.path());
      while (process.running() && step_of(model) < step)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      process.signal(SIGKILL);
      process.wait();
    }
    ASSERT_EQ(run(train(model, {"--threads", threads, "--resume"}, 40)).status, 0);
    EXPECT_EQ(weights(model), weights("whole")) << threads << " threads";
  }
}

TEST_F(DetectorVerbs, AnotherTrainingIsNotResumed) {
  ASSERT_EQ(run(train("m")).status, 0);
  expect_refused(run(train("m")), {"m holds a model already", "--resume"});
  expect_refused(run(train("m", {"--resume", "--neck", "single"})),
                 {"--neck fpn instead of single"});
  // Settings that are not given are the training's own.
  const Outcome resumed = run({"train", "nasnet-a", "--data", "set", "--out", "m", "--resume"});
  EXPECT_EQ(resumed.status, 0) << resumed.err;
  write_split("train", 11);
  expect_refused(run(train("m", {"--resume"})), {"other images or boxes"});
}

TEST_F(DetectorVerbs, SettingsOfTheOtherWorkAreRefused) {
  expect_refused(run(train("m", {"--cutout", "4"})), {"--cutout is for classifiers", "set"});
  expect_refused(run(train("m", {"--image-size", "32"})), {"--image-size is for classifiers"});
  expect_refused(run({"train", "nasnet-a", "--data", "fashion-mnist", "--neck", "single"}),
                 {"--neck is for detectors"});
  expect_refused(run(train("m", {"--anchors", "8,16"})), {"--anchors takes 4 edges here, not 2"});
  expect_refused(run(train("m", {"--stack", "cifar"})), {"--stack cifar", "mobile"});
  expect_refused(run({"train", "--data", "set", "--out", "m"}), {"genotype"});
  EXPECT_FALSE(fs::exists(folder_ / "m")) << "nothing is left of trainings that never began";
  ASSERT_EQ(run(train("m")).status, 0);
  expect_refused(run({"evaluate", "m", "--count-trained"}), {"--count-trained", "m is a detector"});
  expect_refused(run({"predict", "m", "set", "--top", "2"}), {"--top", "m is a detector"});
  expect_refused(run({"evaluate", "m", "--data", "fashion-mnist"}), {"no set of boxes"});
}

using SlowDetectorVerbs = DetectorVerbs;

/// But for the order of sums, which a training makes more of.
TEST_F(SlowDetectorVerbs, ReferenceKernelsTrainTheSame) {
  const Outcome fused = run(train("m", {"--json"}));
  ASSERT_EQ(fused.status, 0) << fused.err;
  const Outcome reference = run(train("r", {"--json", "--kernels", "reference"}));
  if (reference.err.find("needs libtorch") != std::string::npos)
    GTEST_SKIP() << "this program has no libtorch";
  ASSERT_EQ(reference.status, 0) << reference.err;
  const double loss = json::parse(fused.out)["train_loss"];
  EXPECT_NEAR(json::parse(reference.out)["train_loss"].get<double>(), loss, 0.05 * loss);
  EXPECT_EQ(json::parse(read_text(folder_ / "r/manifest.json"))["kernels"], "reference");
}

TEST_F(DetectorVerbs, PlacesAreLearnedFromOverlaps) {
  const Outcome outcome = run(train("m", {"--json", "--box-loss", "giou"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(json::parse(read_text(folder_ / "m/manifest.json"))["design"]["box_loss"], "giou");
  expect_refused(run(train("n", {"--box-loss", "iou"})), {"--box-loss", "giou"});
}

TEST_F(DetectorVerbs, OtherClassesAreNamed) {
  ASSERT_EQ(run(train("m")).status, 0);
  json file = json::parse(read_text(folder_ / "set/annotations/val.json"));
  file["categories"][0]["name"] = "pebble";
  write_text(folder_ / "other/val.json", file.dump());
  fs::copy(folder_ / "set/images", folder_ / "other/images");
  expect_refused(run({"evaluate", "m", "--data", "other"}), {"pebble", "stone"});
  // The same classes in another order, with other ids, are the same classes.
  file["categories"] = {{{"id", 1}, {"name", "stone"}}, {{"id", 2}, {"name", "egg"}}};
  for (json& object : file["annotations"])
    object["category_id"] = object["category_id"] == 7 ? 1 : 2;
  write_text(folder_ / "other/val.json", file.dump());
  const json there = last_json(run({"evaluate", "m", "--data", "other", "--json"}));
  EXPECT_EQ(there["numbers"], last_json(run({"evaluate", "m", "--json"}))["numbers"]);
}

TEST_F(DetectorVerbs, PredictTellsBoxesAndDrawsThem) {
  ASSERT_EQ(run(train("m")).status, 0);
  write_text(folder_ / "notes.png", "this is no picture");
  expect_refused(run({"predict", "m", "notes.png"}), {"notes.png", "--skip-unreadable"});
  const Outcome outcome =
      run({"predict", "m", "set/images/val0.png", "notes.png", "--skip-unreadable", "--score",
           "0.02", "--draw", "seen", "--results", "found.json", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json list = last_json(outcome);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0]["file"], "set/images/val0.png");
  ASSERT_FALSE(list[0]["objects"].empty());
  for (const json& object : list[0]["objects"]) {
    EXPECT_GE(object["score"], 0.02);
    EXPECT_GE(object["bbox"][0], 0);
    EXPECT_LE(object["bbox"][0].get<double>() + object["bbox"][2].get<double>(), 96.0001);
  }
  EXPECT_TRUE(list[1].contains("error"));
  const json results = json::parse(read_text(folder_ / "found.json"));
  EXPECT_EQ(results.size(), list[0]["objects"].size());
  EXPECT_EQ(results[0]["file_name"], "set/images/val0.png");
  EXPECT_EQ(results[0]["bbox"], list[0]["objects"][0]["bbox"]);
  EXPECT_TRUE(fs::exists(folder_ / "seen/set_images_val0.png.png"));
}

TEST_F(DetectorVerbs, ClassesSuppressEachOtherOnRequest) {
  ASSERT_EQ(run(train("m")).status, 0);
  const auto count = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"predict", "m",    "set/images/val0.png",
                                      "--score", "0.02", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return last_json(run(words))[0]["objects"].size();
  };
  EXPECT_LT(count({"--nms-classes", "all"}), count({}));
  EXPECT_EQ(count({"--nms-classes", "each"}), count({}));
  EXPECT_EQ(run({"export", "m", "--nms-classes", "all"}).status, 0);
}

TEST_F(DetectorVerbs, ExportWritesAFileThatAgrees) {
  ASSERT_EQ(run(train("m")).status, 0);
  const Outcome outcome = run({"export", "m", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = last_json(outcome);
  EXPECT_EQ(result["file"], "m/model.onnx");
  EXPECT_LT(result["box_difference"], 1e-2);
  EXPECT_LT(result["score_difference"], 1e-4);
  const json manifest = json::parse(read_text(folder_ / "m/manifest.json"));
  EXPECT_EQ(manifest["exports"][0]["file"], "m/model.onnx");
  EXPECT_EQ(last_json(run({"evaluate", "m", "--json"}))["images"], 4) << "it is a model still";
}

/// A third of the images is empty, one is all crowd, boxes have no size, are swapped or lie
/// outside, ids are 0, 7 and 2^33, and two classes share a name.
TEST_F(DetectorVerbs, OddSetsAreToldOfAndTrainedOn) {
  const fs::path file = folder_ / "set/annotations/train.json";
  json set = json::parse(read_text(file));
  set["categories"] = {{{"id", 7}, {"name", "stone"}},
                       {{"id", 0}, {"name", "egg"}},
                       {{"id", int64_t{1} << 33}, {"name", "egg"}}};
  json objects = json::array();
  for (json& object : set["annotations"]) {
    if (object["image_id"] == 3 || object["image_id"] == 4) continue;  // empty, as is the last
    if (object["image_id"] == 5) object["iscrowd"] = 1;
    if (object["image_id"] == 6) object["category_id"] = int64_t{1} << 33;
    objects.push_back(object);
  }
  const auto add = [&](const json& box) {
    objects.push_back(
        {{"id", 1000 + objects.size()}, {"image_id", 0}, {"category_id", 7}, {"bbox", box}});
  };
  add({10, 10, 0, 5});
  add({30, 30, -10, -10});
  add({200, 200, 10, 10});
  add({nullptr, 1, 2, 3});
  set["annotations"] = objects;
  write_text(file, set.dump());

  std::map<std::string, int64_t> found;
  const json told = last_json(run({"data", "set", "--json"}));
  for (const json& problem : told["problems"]) {
    found[problem["kind"]] = problem["count"];
    EXPECT_EQ(problem["first"].size(), static_cast<size_t>(problem["count"])) << problem.dump();
  }
  for (const char* kind : {"no_size", "swapped", "outside", "no_numbers", "repeated_name"})
    EXPECT_EQ(found[kind], 1) << kind << " in " << told["problems"].dump();

  const Outcome outcome = run(train("m", {"--json"}, 10));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome)["epochs"], 10);  // of two steps
  EXPECT_TRUE(last_json(outcome)["train_loss"].is_number());
  for (const auto& [name, values] : weights("m"))
    for (const float value : values) ASSERT_TRUE(std::isfinite(value)) << name;
}

TEST_F(DetectorVerbs, AClassifierGivesItsTensorsBitForBit) {
  for (const std::string name : {"a", "b"})
    for (int k = 0; k < 4; ++k)
      write_png(folder_ / ("classes/" + name + "/" + std::to_string(k) + ".png"), 64, 64, 200,
                name == "a" ? 20 : 200, 30, k);
  const Outcome classifier =
      run({"train", "nasnet-a", "--data", "classes", "--stack", "mobile", "--cells", "1",
           "--filters", "4", "--image-size", "64", "--epochs", "1", "--out", "classifier"});
  ASSERT_EQ(classifier.status, 0) << classifier.err;
  const Outcome outcome =
      run({"train", "--from", "classifier", "--data", "set", "--out", "m", "--shortest", "64",
           "--epochs", "1", "--head-width", "16", "--learning-rate", "0"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto before = weights("classifier"), after = weights("m");
  int shared = 0;
  for (const auto& [name, values] : before) {
    const auto same = after.find(name);
    if (same == after.end()) continue;
    ++shared;
    EXPECT_EQ(same->second, values) << name;
  }
  EXPECT_GT(shared, 300);
  const json manifest = json::parse(read_text(folder_ / "m/manifest.json"));
  EXPECT_EQ(manifest["training"]["batch_norm"], "frozen");
  EXPECT_EQ(manifest["normalization"],
            json::parse(read_text(folder_ / "classifier/manifest.json"))["normalization"]);
  expect_refused(
      run({"train", "--from", "classifier", "--data", "set", "--out", "n", "--filters", "8"}),
      {"--filters 4", "leave these settings out"});
}

TEST_F(DetectorVerbs, AFileOfSettingsIsAsGoodAsFlags) {
  ASSERT_EQ(run(train("flags", {"--neck", "single", "--seed", "5"})).status, 0);
  write_text(folder_ / "detector.toml",
             "seed = 5\n[train]\nneck = \"single\"\ndata = \"set\"\nshortest = 64\nlongest = 96\n"
             "filters = 4\nepochs = 3\nbatch = 4\nhead-width = 16\nproposals = 20\n"
             "pyramid_channels = 8\n");
  const Outcome outcome = run({"train", "nasnet-a", "--out", "file", "--config", "detector.toml"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(weights("file"), weights("flags"));
}

}  // namespace
}  // namespace nasnet::test
