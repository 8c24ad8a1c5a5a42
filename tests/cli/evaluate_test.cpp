#include <gtest/gtest.h>

#include "tests/cli/program.h"
#include "tests/data/make_files.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Twenty pictures of each of three classes, trained on as a folder.
class SlowEvaluate : public data::WithFolder {
 protected:
  SlowEvaluate() { write_colour_classes(folder_ / "photos", 20); }

  Outcome run(std::vector<std::string> arguments) const { return nasnet(arguments, folder_); }
  json train(const std::string& set, const std::string& out = "model") const {
    return last_json(run({"train", "enas", "--data", set, "--cells", "1", "--filters", "4",
                          "--epochs", "2", "--out", out, "--json"}));
  }
  json evaluate(std::vector<std::string> more = {}) const {
    std::vector<std::string> command = {"evaluate", "model", "--json"};
    command.insert(command.end(), more.begin(), more.end());
    return last_json(run(command));
  }
  data::Files photos() const {
    data::Files files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_ / "photos"))
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(folder_ / "photos").string()] =
            read_text(entry.path());
    return files;
  }
  /// The photos in `above/`, packed.
  std::string packed(const std::string& above, const std::string& format) const {
    data::Files files;
    for (const auto& [name, content] : photos()) files[above + name] = content;
    return pack(files, format);
  }
};

TEST_F(SlowEvaluate, MeasuresTheSameImagesInEveryPacking) {
  const json trained = train("photos");
  ASSERT_EQ(trained["test_images"], 6);
  const json folder = evaluate();
  EXPECT_EQ(folder["images"], 6);
  EXPECT_EQ(folder["trained_images"], 54);
  EXPECT_EQ(folder["own_test_split"], false);
  EXPECT_EQ(folder["same_data"], true);
  EXPECT_EQ(folder["accuracy"], trained["test_accuracy"]);
  for (const std::string& file :
       {packed("", "zip"), packed("photos/", "tar.gz"), packed("a/b/photos/", "tar")}) {
    const json again = evaluate({"--data", file});
    for (const char* field : {"accuracy", "images", "trained_images", "same_data", "loss"})
      EXPECT_EQ(again[field], folder[field]) << field << " of " << file;
  }
  const Outcome told = run({"evaluate", "model", "--data", packed("", "zip")});
  EXPECT_NE(told.err.find("has no test split: all its 60 images are test images"),
            std::string::npos);
  EXPECT_NE(told.err.find("the model was trained on 54 of the 60 images of packed.zip: left out "
                          "(--count-trained counts them)"),
            std::string::npos)
      << told.err;
  EXPECT_EQ(evaluate({"--count-trained"})["images"], 60);
}

/// Pictures that are decoded on demand are told from others by their files.
TEST_F(SlowEvaluate, FindsTheTrainingImagesHoweverTheyWereRead) {
  const std::vector<std::string> ways[] = {{"--crop-law", "random"}, {"--hold", ""}, {}};
  for (size_t k = 0; k < 3; ++k) {
    const std::string model = "way-" + std::to_string(k);
    std::vector<std::string> words = {"train",    "nasnet-a", "--data",    "photos",
                                      "--cells",  "1",        "--filters", "4",
                                      "--epochs", "1",        "--out",     model};
    words.insert(words.end(), ways[k].begin(), ways[k].end());
    ASSERT_EQ(run(words).status, 0);
    for (const std::string hold : {"", "2GB"}) {
      const json result = last_json(run({"evaluate", model, "--hold", hold, "--json"}));
      EXPECT_EQ(result["images"], 6) << model << " " << hold;
      EXPECT_EQ(result["same_data"], true) << model << " " << hold;
    }
  }
}

TEST_F(SlowEvaluate, SaysThatTheDataSetIsAnother) {
  train("photos");
  for (const std::string colour : {"red", "green", "blue"})
    for (int i = 0; i < 3; ++i)
      fs::rename(folder_ / "photos" / colour / (std::to_string(i) + ".png"),
                 folder_ / "photos" / colour / ("new-" + std::to_string(i) + ".png"));
  EXPECT_EQ(evaluate()["same_data"], true) << "names are not content";
  write_png(folder_ / "photos/red/another.png", 16, 16, 180, 0, 0, 0);
  EXPECT_EQ(evaluate()["same_data"], false);
  EXPECT_EQ(evaluate()["images"], 7);
  const Outcome told = run({"evaluate", "model"});
  EXPECT_NE(told.err.find("photos is not the data set that the model was trained on"),
            std::string::npos)
      << told.err;
}

TEST_F(SlowEvaluate, WithoutATestImageThereIsNoNumber) {
  for (const auto& [name, content] : photos()) {
    write_text(folder_ / "twice/train" / name, content);
    if (name.ends_with("/3.png")) write_text(folder_ / "twice/test" / name, content);
  }
  const json trained = train("twice", "twice-model");
  EXPECT_EQ(trained["test_accuracy"], nullptr);
  EXPECT_EQ(trained["test_images"], 0);
  EXPECT_EQ(trained["test_images_left_out"], 3);
  const Outcome outcome = run({"evaluate", "twice-model", "--json"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find(
                "twice has no test image left to measure: the model was trained on all of them"),
            std::string::npos)
      << outcome.err;
  const json result = last_json(outcome);
  for (const char* field : {"accuracy", "interval", "loss"}) EXPECT_EQ(result[field], nullptr);
  EXPECT_EQ(result["images"], 0);
  expect_refused(run({"evaluate", "twice-model"}), {"twice has no test image"});
  EXPECT_EQ(last_json(run({"evaluate", "twice-model", "--count-trained", "--json"}))["images"], 3);
}

TEST_F(SlowEvaluate, AModelOfAnEarlierVersionSaysThatItDoesNotKnow) {
  train("photos");
  json manifest = json::parse(read_text(folder_ / "model/manifest.json"));
  manifest["data"].erase("split");
  manifest["data"].erase("contents");
  write_text(folder_ / "model/manifest.json", manifest.dump());
  const Outcome told = run({"evaluate", "model", "--json"});
  EXPECT_EQ(told.status, 0);
  EXPECT_NE(told.err.find("does not say which images it was trained on"), std::string::npos);
  EXPECT_EQ(last_json(told)["trained_images"], nullptr);
  EXPECT_EQ(last_json(told)["same_data"], nullptr);
}

TEST_F(SlowEvaluate, TheListOfTrainingImagesMustBeTheModels) {
  train("photos");
  const fs::path list = folder_ / "model/training-images.safetensors";
  std::string bytes = read_text(list);
  bytes.back() ^= 1;
  write_text(list, bytes);
  expect_refused(run({"evaluate", "model"}), {"training-images.safetensors", "--count-trained"});
  fs::remove(list);
  expect_refused(run({"evaluate", "model"}), {"training-images.safetensors is missing"});
}

}  // namespace
}  // namespace nasnet::test
