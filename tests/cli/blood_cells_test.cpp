#include <gtest/gtest.h>

#include "tests/cli/program.h"

// Detectors on real pictures: blood cells (BCCD), in COCO's form. The bounds leave room to what was
// measured (docs/detection.md); a detector of this size, of torchvision or here, reaches them.

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kBloodCells = NASNET_SOURCE_DIR "/../shared/data/bccd-coco.tar.zst";

class SlowBloodCells : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(kBloodCells)) GTEST_SKIP() << "the blood cells are not there";
    const std::vector<std::string> unpack = {"tar", "--zstd", "-xf", kBloodCells.string()};
    ASSERT_EQ(Process(unpack, folder_.path()).wait().status, 0);
  }

  /// The training split with its first images alone.
  void keep_first(size_t images) const {
    const fs::path file = folder_ / "bccd/annotations/instances_train.json";
    json set = json::parse(read_text(file));
    auto& all = set["images"].get_ref<json::array_t&>();
    all.resize(images);
    json objects = json::array();
    for (const json& object : set["annotations"])
      if (std::ranges::any_of(all,
                              [&](const json& one) { return one["id"] == object["image_id"]; }))
        objects.push_back(object);
    set["annotations"] = objects;
    write_text(file, set.dump());
  }

  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"train", "nasnet-a",   "--data", "bccd",      "--out",
                                      "m",     "--shortest", "240",    "--longest", "320"};
    words.insert(words.end(), more.begin(), more.end());
    return nasnet(words, folder_.path());
  }
  json measure(const std::string& split) const {
    return last_json(nasnet({"evaluate", "m", "--split", split, "--json"}, folder_.path()));
  }

  Folder folder_;
};

TEST_F(SlowBloodCells, AreFoundInTestImages) {
  const Outcome outcome = train({"--epochs", "16", "--flip-vertically", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome)["test_images"], 72);
  const json result = measure("test");
  EXPECT_EQ(result["numbers"], last_json(outcome)["numbers"]);
  EXPECT_GE(result["numbers"]["AP50"], 0.80);
  EXPECT_GE(result["numbers"]["AP"], 0.42);
  for (const json& one : result["classes"]) EXPECT_GE(one["numbers"]["AP50"], 0.70) << one["name"];
}

TEST_F(SlowBloodCells, TwentyImagesAreLearnedByHeart) {
  keep_first(20);
  for (const auto& [neck, seed] :
       {std::pair{"fpn", "1"}, {"fpn", "2"}, {"fpn", "3"}, {"single", "1"}}) {
    fs::remove_all(folder_ / "m");
    const Outcome outcome =
        train({"--epochs", "50", "--no-flip", "--scale-jitter", "0", "--crop", "0", "--brightness",
               "0", "--contrast", "0", "--neck", neck, "--seed", seed});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_GT(measure("train")["numbers"]["AP50"], 0.9) << neck << ", seed " << seed;
  }
}

}  // namespace
}  // namespace nasnet::test
