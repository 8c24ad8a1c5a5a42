#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST(Pack, ShardsAreTheSameDataSet) {
  Folder folder;
  write_colour_classes(folder / "pictures", 20);
  const json packed = last_json(
      nasnet({"data", "pack", "pictures", "--out", "shards", "--shard-size", "20kB", "--json"},
             folder.path()));
  EXPECT_EQ(packed["images"], 60);
  EXPECT_EQ(packed["shards_before"], 0);
  EXPECT_GT(packed["shards"].get<int>(), 2);
  const auto digest = [&](const std::string& set) {
    return last_json(nasnet({"data", set, "--json"}, folder.path()))["digest"];
  };
  EXPECT_EQ(digest("shards"), digest("pictures"));
  // Shards that are lost are written again, the others are passed over.
  fs::remove(folder / "shards/train-000001.tar");
  fs::remove(folder / "shards/train-000002.tar");
  const Outcome again = nasnet(
      {"data", "pack", "pictures", "--out", "shards", "--shard-size", "20kB"}, folder.path());
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_NE(again.out.find("60 images in "), std::string::npos) << again.out;
  EXPECT_EQ(digest("shards"), digest("pictures"));
}

TEST(Pack, VerbsTakeShardsByTheirNames) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  nasnet({"data", "pack", "pictures", "--out", "shards", "--shard-size", "10kB"}, folder.path());
  int last = 0;
  while (fs::exists(folder / ("shards/train-00000" + std::to_string(last + 1) + ".tar"))) ++last;
  ASSERT_GT(last, 0);
  ASSERT_LT(last, 9);
  const std::string train = "shards/train-{000000..00000" + std::to_string(last) + "}.tar";
  const auto images = [&](const std::string& set) {
    const json result = last_json(nasnet({"data", set, "--json"}, folder.path()));
    return result["train_images"].get<int>() + result["test_images"].get<int>();
  };
  EXPECT_EQ(images(train), 30);
  EXPECT_EQ(images("{shards/train-000000,shards/train-000001}.tar"),
            images("shards/train-{000000..000001}.tar"));
  const Outcome trained = nasnet({"train", "nasnet-a", "--data", train, "--epochs", "1", "--cells",
                                  "1", "--filters", "4", "--out", "model"},
                                 folder.path());
  EXPECT_EQ(trained.status, 0) << trained.err;
  for (const std::string verb : {"evaluate", "predict"}) {
    std::vector<std::string> words = {verb, "model", "shards/train-{000000..000001}.tar"};
    if (verb == "evaluate") words = {verb, "model", "--data", "shards/train-{000000..000001}.tar"};
    const Outcome outcome = nasnet(words, folder.path());
    EXPECT_EQ(outcome.status, 0) << verb << outcome.err;
  }
  for (const std::string verb : {"data", "train", "predict"}) {
    std::vector<std::string> words = {verb, "shards/train-{000000..000099}.tar"};
    if (verb == "train") words = {verb, "nasnet-a", "--data", words[1]};
    if (verb == "predict") words = {verb, "model", words[1]};
    expect_refused(nasnet(words, folder.path()),
                   {"shards/train-00000" + std::to_string(last + 1) + ".tar is missing"});
  }
}

TEST(Pack, AKillLeavesNoHalfShard) {
  Folder folder;
  write_colour_classes(folder / "pictures", 400);
  const std::vector<std::string> words = {nasnet_path(), "data",   "pack",         "pictures",
                                          "--out",       "shards", "--shard-size", "20kB"};
  const Outcome whole =
      nasnet({"data", "pack", "pictures", "--out", "whole", "--shard-size", "20kB"}, folder.path());
  ASSERT_EQ(whole.status, 0) << whole.err;
  int killed = 0;
  for (int i = 0; i < 20; ++i) {
    Process process(words, folder.path());
    // Later each time, by the shards that are there.
    const std::string until =
        "shards/train-" + std::string(i < 10 ? "00000" : "0000") + std::to_string(i) + ".tar";
    while (process.running() && !fs::exists(folder / until)) usleep(1000);
    process.signal(SIGKILL);
    killed += process.wait().status == 128 + SIGKILL;
  }
  EXPECT_GT(killed, 0);
  const Outcome last = nasnet(
      {"data", "pack", "pictures", "--out", "shards", "--shard-size", "20kB"}, folder.path());
  EXPECT_EQ(last.status, 0) << last.err;
  const auto count = [&](const std::string& name) {
    return std::distance(fs::directory_iterator(folder / name), {});
  };
  EXPECT_EQ(count("shards"), count("whole")) << "nothing is left beside the shards";
  for (const auto& entry : fs::directory_iterator(folder / "whole"))
    EXPECT_EQ(read_text(entry.path()), read_text(folder / "shards" / entry.path().filename()))
        << entry.path();
}

TEST(Pack, WordsThatFitNothingAreRefused) {
  Folder folder;
  write_colour_classes(folder / "pictures", 2);
  expect_refused(nasnet({"data", "pack", "pictures"}, folder.path()), {"--out"});
  expect_refused(nasnet({"data", "pictures", "other"}, folder.path()), {"nasnet data pack PATH"});
  expect_refused(nasnet({"data", "pictures", "--out", "shards"}, folder.path()), {"pack"});
  expect_refused(
      nasnet({"data", "pack", "pictures", "--out", "shards", "--shard-size", "x"}, folder.path()),
      {"--shard-size"});
  expect_refused(nasnet({"data", "pack", "nowhere", "--out", "shards"}, folder.path()),
                 {"nowhere"});
  EXPECT_FALSE(fs::exists(folder / "shards"));
}

}  // namespace
}  // namespace nasnet::test
