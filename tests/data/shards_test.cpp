#include "nasnet/data/shards.h"

#include <sys/resource.h>

#include "nasnet/data/batches.h"
#include "tests/data/listing.h"
#include "tests/data/make_archives.h"
#include "tests/data/one_list.h"

namespace nasnet::data {
namespace {

using Lines = std::vector<std::string>;

class ShardsTest : public WithFolder {
 protected:
  /// The message of the InputError on loading what was written.
  std::string refused() const {
    return refusal([&] { one_list(path("set")); });
  }
};

TEST_F(ShardsTest, SamplesAreImagesWithTheirClassesAndSplits) {
  write({{"set/train-000000.tar",
          make_tar({{"0001.jpg", "a"}, {"0001.cls", "1"}, {"0002.cls", "0\n"}, {"0002.png", "b"}})},
         {"set/train-000001.tar", make_tar({{"x/0003.jpg", "c"}, {"x/0003.cls", "1"}})},
         {"set/validation-000000.tar", make_tar({{"0004.WebP", "d"}, {"0004.cls", "0"}})},
         {"set/classes.txt", "cat\ndog\n"}});
  EXPECT_EQ(one_list(path("set")),
            (Lines{"train dog 0001.jpg: a", "train cat 0002.png: b", "test cat 0004.WebP: d",
                   "train dog x/0003.jpg: c", "cat dog "}));
}

TEST_F(ShardsTest, LabelsMayBeJsonOrNames) {
  write({{"set/train-0.tar", make_tar({{"1.jpg", "a"},
                                       {"1.json", R"({"label": "cat", "width": 3})"},
                                       {"2.jpg", "b"},
                                       {"2.json", R"({"cls": "dog"})"},
                                       {"3.jpg", "c"},
                                       {"3.cls", "cat"},
                                       {"3.json", R"({"label": 7})"},
                                       {"4.jpg", "d"},
                                       {"4.json", R"({"class": "dog"})"}})}});
  EXPECT_EQ(one_list(path("set")), (Lines{"train cat 1.jpg: a", "train dog 2.jpg: b",
                                          "train cat 3.jpg: c", "train dog 4.jpg: d", "cat dog "}));
}

TEST_F(ShardsTest, NumbersStandForTheNamesThatLieBesideThem) {
  // Names that are numbers themselves show that it is the place that counts.
  write({{"set/_info.json", R"({"classes": ["1", "0"], "splits": {}})"},
         {"set/train/00.tar", make_tar({{"1.jpg", "a"}, {"1.cls", "0"}})},
         {"set/test/00.tar", make_tar({{"2.jpg", "b"}, {"2.cls", "0"}})},
         {"set/train/01.tar", make_tar({{"3.jpg", "c"}, {"3.cls", "1"}})}});
  EXPECT_EQ(one_list(path("set")),
            (Lines{"train 1 1.jpg: a", "test 1 2.jpg: b", "train 0 3.jpg: c", "1 0 "}));
  write({{"set/train/02.tar", make_tar({{"4.jpg", "d"}, {"4.cls", "2"}})}});
  EXPECT_EQ(refused(), path("set") + ": 4.jpg has label 2, but 2 classes are named");
}

TEST_F(ShardsTest, WithoutNamesClassesAreTheNumbersInTheirOrder) {
  write({{"set/train-0.tar",
          make_tar({{"1.jpg", "a"}, {"1.cls", "10"}, {"2.jpg", "b"}, {"2.cls", "9"}})}});
  EXPECT_EQ(one_list(path("set")), (Lines{"train 10 1.jpg: a", "train 9 2.jpg: b", "9 10 "}));
}

TEST_F(ShardsTest, NamesThatRecurFromShardToShardAreToldApart) {
  write({{"set/train-0.tar", make_tar({{"1.jpg", "a"}, {"1.cls", "cat"}})},
         {"set/train-1.tar", make_tar({{"1.jpg", "b"}, {"1.cls", "dog"}})}});
  EXPECT_EQ(one_list(path("set")),
            (Lines{"train cat train-0/1.jpg: a", "train dog train-1/1.jpg: b", "cat dog "}));
}

TEST_F(ShardsTest, OneTarIsASetAndMayBePacked) {
  const std::string tar = make_tar(
      {{"1.jpg", "a"}, {"1.cls", "cat"}, {"2.jpg", "b"}, {"2.cls", "dog"}, {"3.jpg", "c"}});
  const Lines list = {"train cat 1.jpg: a", "train dog 2.jpg: b", "cat dog "};
  write({{"all.tar", tar}, {"all.tar.gz", gzip(tar)}});
  EXPECT_EQ(one_list(path("all.tar")), list);
  EXPECT_EQ(one_list(path("all.tar.gz")), list);
}

TEST_F(ShardsTest, WhatHasNoCounterpartIsNamed) {
  write({{"set/train-0.tar", make_tar({{"1.jpg", "a"},
                                       {"1.cls", "cat"},
                                       {"1.txt", "a cat"},
                                       {"1.mask.png", "m"},
                                       {"2.jpg", "b"},
                                       {"2.cls", "dog"},
                                       {"3.jpg", "c"},
                                       {"4.cls", "dog"}})}});
  const ArrangedTree arranged = arrange_tree(list_images(path("set")), "set", {});
  EXPECT_EQ(left_out(arranged.tree), (Files{{".txt", "1: 1.txt"},
                                            {"label without an image", "1: 4.cls"},
                                            {"second image of a sample", "1: 1.mask.png"}}));
  ASSERT_EQ(arranged.arrangement.left_out.size(), 1U);
  EXPECT_EQ(arranged.arrangement.left_out[0].why,
            "that no list has: left out (the first is 3.jpg)");
  EXPECT_EQ(arranged.arrangement.notes, Lines{"the labels of 2 images come from the shards"});
}

TEST_F(ShardsTest, LitterOfSystemsIsNoSample) {
  write({{"set/train-0.tar", make_tar({{"./._1.jpg", "macOS"},
                                       {"./1.jpg", "a"},
                                       {"./._1.cls", "x"},
                                       {"./1.cls", "cat"},
                                       {"2.jpg", "b"},
                                       {"2.cls", "dog"}})}});
  EXPECT_EQ(one_list(path("set")), (Lines{"train cat 1.jpg: a", "train dog 2.jpg: b", "cat dog "}));
}

TEST_F(ShardsTest, AShardThatIsCutIsNamedWithWhatIsLost) {
  const std::string whole = make_tar({{"1.jpg", std::string(600, 'a')},
                                      {"1.cls", "cat"},
                                      {"2.jpg", std::string(600, 'b')},
                                      {"2.cls", "dog"}});
  for (size_t size = 1; size + 1024 < whole.size(); size += 97) {
    write({{"set/train-0.tar", whole.substr(0, size)}});
    const ImageTree tree = list_images(path("set"));
    ASSERT_FALSE(tree.unreadable.empty()) << size;
    EXPECT_NE(tree.unreadable[0].why.find(path("set/train-0.tar")), std::string::npos)
        << tree.unreadable[0].why;
    for (const auto& [name, content] : contents(tree))
      EXPECT_TRUE(content.size() == 600 || content.starts_with("! 1.jpg") ||
                  content.starts_with("! 2.jpg"))
          << name << ": " << content;
  }
}

TEST_F(ShardsTest, AShardThatChangesWhileItIsReadIsNamedWithTheMember) {
  write({{"set/train-0.tar", make_tar({{"1.jpg", "a"}, {"1.cls", "cat"}})}});
  const ImageTree tree = list_images(path("set"));
  EXPECT_EQ(tree.images[0].read(), "a");
  std::filesystem::resize_file(path("set/train-0.tar"), 512);
  EXPECT_EQ(refusal([&] { tree.images[0].read(); }),
            "1.jpg: " + path("set/train-0.tar") + " has changed since it was listed");
}

TEST_F(ShardsTest, AShardThatIsCutInATrainingIsNamedWithTheMember) {
  std::vector<TarMember> members;
  for (int i = 0; i < 20; ++i) {
    const std::string n = std::to_string(100 + i);
    members.push_back({n + ".png", flat_png(8, 8, static_cast<uint8_t>(i), 2, 3)});
    members.push_back({n + ".cls", i % 2 ? "cat" : "dog"});
  }
  const auto train = [&](bool skip) {
    write({{"set/train-0.tar", make_tar(members)}});
    const DataSet data = load(path("set"), {.image_size = 8, .skip_unreadable = skip, .hold = 0});
    Batches batches(data.train, {{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}, {.batch = 2, .shuffle = true});
    Batch batch;
    batches.start(0);
    batches.next(batch);
    std::filesystem::resize_file(path("set/train-0.tar"), 4000);
    for (int64_t epoch = 1; epoch < 3; ++epoch) {
      batches.start(epoch);
      while (batches.next(batch)) continue;
    }
  };
  const std::string message = refusal([&] { train(false); });
  EXPECT_NE(message.find(".png: " + path("set/train-0.tar") + " has changed since it was listed"),
            std::string::npos)
      << message;
  EXPECT_NE(refusal([&] { train(true); }).find("most images cannot be read"), std::string::npos);
}

TEST_F(ShardsTest, ThousandsAreReadWithFewHandles) {
  for (int i = 0; i < 2000; ++i)
    write({{"set/train-" + std::to_string(i) + ".tar",
            make_tar({{std::to_string(i) + ".jpg", std::to_string(i)},
                      {std::to_string(i) + ".cls", i % 2 ? "cat" : "dog"}})}});
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit few{64, before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &few);
  const ImageTree tree = list_images(path("set"));
  const Files read = contents(tree);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(faults(tree), Files{});
  ASSERT_EQ(read.size(), 2000U);
  for (const auto& [name, content] : read) EXPECT_EQ(name, content + ".jpg");
}

}  // namespace
}  // namespace nasnet::data
