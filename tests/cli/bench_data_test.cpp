#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Short, as no time is looked at.
std::vector<std::string> bench(const std::string& where, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"data", "bench", where, "--bench-seconds", "0.2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

TEST(BenchData, TellsTheCostOfEachPart) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  const auto before = folder.files();
  const json result = last_json(nasnet(
      bench("pictures", {"--json", "--image-size", "24", "--train-speed", "1e6"}), folder.path()));
  EXPECT_EQ(result["images"], 30);
  EXPECT_GE(result["measured"].get<int>(), 8);
  EXPECT_EQ(result["height"], 24);
  EXPECT_EQ(result["mean_width"], 16);
  EXPECT_EQ(result["unreadable"], 0);
  for (const char* part : {"reading_ms", "decoding_ms", "way_ms", "first_reading_ms",
                           "images_per_second", "images_per_second_core"})
    EXPECT_GT(result[part].get<double>(), 0) << part;
  const double way = result["way_ms"], share = result["reading_share"];
  EXPECT_GT(share, 0);
  EXPECT_LT(result["reading_ms"].get<double>(), way);
  EXPECT_NEAR(result["cores"].get<double>(), way * 1e3, 1);
  EXPECT_EQ(folder.files(), before) << "nothing is written";
}

TEST(BenchData, SaysItInWords) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  const Outcome outcome =
      nasnet(bench("pictures", {"--train-speed", "300", "--threads", "2"}), folder.path());
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const std::string part :
       {"pictures: 30 images", "16 x 16 pixels", "reading the file", "decoding all of it",
        "a training's way, 16 x 16", "Batches on 2 threads", "300 images/s is kept fed by"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  EXPECT_LE(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 24) << "one screen";
}

TEST(BenchData, TakesAllThatHoldsPictures) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  ASSERT_EQ(
      nasnet({"data", "pack", "pictures", "--out", "shards", "--shard-size", "10kB"}, folder.path())
          .status,
      0);
  for (const std::string where : {"shards", "shards/train-{000000..000001}.tar", "pictures/red"}) {
    const Outcome outcome = nasnet(bench(where, {"--json"}), folder.path());
    EXPECT_EQ(outcome.status, 0) << where << outcome.err;
    EXPECT_GE(last_json(outcome)["measured"].get<int>(), 8) << where;
  }
}

TEST(BenchData, RefusesInOneLine) {
  Folder folder;
  write_colour_classes(folder / "pictures", 4);
  fs::create_directories(folder / "empty");
  expect_refused(nasnet(bench("empty"), folder.path()), {"empty", "no images"});
  expect_refused(nasnet(bench("nowhere"), folder.path()), {"nowhere"});
  expect_refused(nasnet(bench("cifar-10"), folder.path()), {"cifar-10", "held in memory"});
  expect_refused(nasnet(bench("x-{0..2}.tar"), folder.path()), {"x-0.tar is missing"});
  write_text(folder / "pictures/red/4.png", "no picture");
  for (int i = 0; i < 4; ++i)
    write_text(folder / "pictures/red" / (std::to_string(i) + ".png"), "");
  expect_refused(nasnet(bench("pictures/red"), folder.path()),
                 {"pictures/red: ", ".png", "--skip-unreadable"});
  expect_refused(nasnet(bench("pictures/red", {"--skip-unreadable"}), folder.path()),
                 {"none of", "can be read"});
  const Outcome skipped = nasnet(bench("pictures", {"--skip-unreadable"}), folder.path());
  EXPECT_EQ(skipped.status, 0) << skipped.err;
  EXPECT_NE(skipped.out.find("left out: red/4.png"), std::string::npos) << skipped.out;
}

}  // namespace
}  // namespace nasnet::test
