#include "nasnet/data/arrange.h"

#include <algorithm>

#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

class Tree : public WithFolder {
 protected:
  static Files pictures(const std::string& folder, int count, uint8_t value, int edge = 8) {
    Files files;
    for (int i = 0; i < count; ++i)
      files[folder + "/" + std::to_string(i) + ".png"] =
          flat_png(edge, edge, value, static_cast<uint8_t>(i), 0);
    return files;
  }
  static Files join(std::initializer_list<Files> parts) {
    Files all;
    for (const Files& part : parts) all.insert(part.begin(), part.end());
    return all;
  }
  std::string folder_refusal(const Files& files) {
    std::filesystem::remove_all(folder_ / "set");
    for (const auto& [name, content] : files) write_file(folder_ / "set" / name, content);
    std::filesystem::create_directories(folder_ / "set");
    return refusal([&] { load(path("set")); });
  }
};

TEST_F(Tree, FoldersAreClassesAndATenthIsHeldOut) {
  write(join(
      {pictures("cat", 50, 10), pictures("dog", 20, 20), {{".DS_Store", "x"}, {"a.csv", "x"}}}));
  const DataSet data = load(path(""));
  EXPECT_EQ(data.classes, (std::vector<std::string>{"cat", "dog"}));
  EXPECT_EQ(data.train.size(), 63);
  EXPECT_EQ(data.test.size(), 7);
  EXPECT_FALSE(data.own_test_split);
  EXPECT_EQ(data.train.height, 8);
  EXPECT_EQ(data.train.image(0)[0], 10);
  EXPECT_EQ(load(path("")).digest(), data.digest());
  EXPECT_EQ(std::count(data.test.labels.begin(), data.test.labels.end(), 1), 2);
}

TEST_F(Tree, ArchivesOfEveryKindEqualTheFolder) {
  const Files files = join({pictures("set/train/b", 3, 1),
                            pictures("set/train/a", 2, 2),
                            pictures("set/test/a", 1, 3),
                            {{"set/classes.txt", "b\na\n"}},
                            {{"__MACOSX/set/train/a/0.png", "junk"}}});
  for (const auto& [name, content] : files) write_file(folder_ / "folder" / name, content);
  const DataSet folder = load(path("folder"));
  EXPECT_EQ(folder.classes, (std::vector<std::string>{"b", "a"})) << "the order of classes.txt";
  EXPECT_TRUE(folder.own_test_split);
  EXPECT_EQ(folder.train.labels, (std::vector<int>{1, 1, 0, 0, 0}));
  EXPECT_EQ(folder.test.labels, (std::vector<int>{1}));
  for (const char* format : {"tar", "tar.gz", "tar.zst", "zip"})
    EXPECT_EQ(load(pack(files, format)).digest(), folder.digest()) << format;
}

TEST_F(Tree, ValidationImagesStandInForTestImages) {
  write(join({pictures("train/a", 2, 1), pictures("train/b", 2, 2), pictures("val/a", 1, 3),
              pictures("val/b", 1, 4)}));
  EXPECT_EQ(load(path("")).test.size(), 2);
  write(pictures("test/b", 3, 5));
  EXPECT_EQ(load(path("")).test.size(), 3);
}

TEST_F(Tree, SizesAreSettled) {
  write(join({pictures("a", 3, 1, 8), pictures("b", 3, 2, 9)}));
  EXPECT_EQ(load(path("")).train.height, 32) << "mixed sizes";
  DataOptions options;
  options.image_size = 5;
  const DataSet data = load(path(""), options);
  EXPECT_EQ(data.train.height, 5);
  EXPECT_EQ(data.original_sizes.size(), 2u);
  options.limit_train = 2;
  EXPECT_EQ(load(path(""), options).train.size(), 2);
}

TEST_F(Tree, WhatIsNoDataSetIsExplained) {
  EXPECT_NE(folder_refusal({}).find("holds no images (JPEG, PNG, WebP ...)"), std::string::npos);
  EXPECT_NE(folder_refusal(pictures("cat", 3, 1)).find("only one class, 'cat'"), std::string::npos);
  EXPECT_NE(folder_refusal(join({pictures("train/a", 2, 1), pictures("train/b", 2, 1),
                                 pictures("test/c", 1, 1)}))
                .find("class 'c' has test images but no training images"),
            std::string::npos);
  std::filesystem::remove_all(folder_ / "set");
  for (const auto& [name, content] : join({pictures("a", 2, 1), pictures("b", 2, 1)}))
    write_file(folder_ / "set" / name, content);
  std::filesystem::create_directories(folder_ / "set" / "c");
  EXPECT_NE(refusal([&] { load(path("set")); }).find("class 'c' has no images"), std::string::npos);
  EXPECT_NE(refusal([&] { load(path("nowhere")); }).find("no such folder"), std::string::npos);
  EXPECT_NE(refusal([&] { load("fashion-mnits"); }).find("did you mean 'fashion-mnist'?"),
            std::string::npos);
}

TEST_F(Tree, UnreadableFilesAreNamedOrSkipped) {
  const std::string picture = flat_png(8, 8, 1, 2, 3);
  write(join({pictures("a", 10, 1),
              pictures("b", 10, 2),
              {{"a/broken.png", picture.substr(0, picture.size() / 2)}, {"b/empty.jpg", ""}}}));
  const std::string message = refusal([&] { load(path("")); });
  EXPECT_NE(message.find("a/broken.png cannot be read"), std::string::npos) << message;
  EXPECT_NE(message.find("(and 1 more;"), std::string::npos) << message;
  EXPECT_NE(message.find("--skip-unreadable"), std::string::npos) << message;
  DataOptions options;
  options.skip_unreadable = true;
  const DataSet data = load(path(""), options);
  EXPECT_EQ(data.unreadable.size(), 2u);
  EXPECT_EQ(data.train.size() + data.test.size(), 20);
  write({{"c/only.png", "nothing"}});
  EXPECT_NE(refusal([&] { load(path(""), options); }).find("class 'c' has no readable"),
            std::string::npos);
}

TEST_F(Tree, CutArchivesAreRefused) {
  const Files files = join({pictures("a", 30, 1), pictures("b", 30, 2)});
  for (const char* format : {"tar", "tar.gz", "tar.zst", "zip"}) {
    const std::string file = pack(files, format);
    const std::string whole = read_file(file);
    write_file(file, whole.substr(0, whole.size() * 2 / 3));
    EXPECT_NE(refusal([&] { load(file); }).find("packed."), std::string::npos) << format;
  }
  // A tar cut between two members, one without the zeros at its end, and one with a damaged header.
  const std::string tar = pack(files, "tar");
  const std::string whole = read_file(tar);
  const size_t header = whole.find("b/15.png");
  ASSERT_EQ(header % 512, 0u);
  std::string damaged = whole;
  damaged[header] ^= 1;
  for (const std::string& bytes : {whole.substr(0, header), damaged}) {
    write_file(tar, bytes);
    EXPECT_NE(refusal([&] { load(tar); }).find("is not a whole archive"), std::string::npos);
  }
  write({{"text.tar", "this is no archive, whatever its name says"}});
  EXPECT_NE(refusal([&] { load(path("text.tar")); }).find("text.tar"), std::string::npos);
}

TEST_F(Tree, LinksInCirclesDoNotHang) {
  write(join({pictures("a", 3, 1), pictures("b", 3, 2)}));
  std::filesystem::create_directory_symlink("..", folder_ / "a" / "loop");
  EXPECT_EQ(load(path("")).classes.size(), 2u);
}

std::string shared(const std::string& name) {
  return std::string(NASNET_SOURCE_DIR) + "/../shared/data/" + name;
}

TEST(RealData, CifarPicturesInAnArchive) {
  const std::string file = shared("cifar-10-mini.tar.zst");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "not found: " << file;
  const DataSet data = load(file);
  EXPECT_EQ(data.train.size(), 5000);
  EXPECT_EQ(data.test.size(), 1000);
  EXPECT_EQ(data.classes.front(), "airplane");
  EXPECT_EQ(data.classes.back(), "truck");
  EXPECT_EQ(data.train.height, 32);
}

TEST(RealData, GreyPicturesAreExpanded) {
  const std::string file = shared("tiny-imagenet-20.tar.zst");
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "not found: " << file;
  const DataSet data = load(file);
  EXPECT_EQ(data.train.size(), 10000);
  EXPECT_EQ(data.test.size(), 1000);
  EXPECT_EQ(data.train.height, 64);
  int grey = 0;
  for (int64_t i = 0; i < data.train.size(); ++i) {
    const uint8_t* p = data.train.image(i);
    bool same = true;
    for (size_t k = 0; k < data.train.image_bytes() && same; k += 3)
      same = p[k] == p[k + 1] && p[k] == p[k + 2];
    grey += same;
  }
  EXPECT_GE(grey, 99);
}

TEST(RealData, FashionMnist) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
    GTEST_SKIP() << "not found: the package dataset-fashion-mnist";
  const DataSet data = load("fashion-mnist");
  EXPECT_EQ(data.train.size(), 60000);
  EXPECT_EQ(data.test.size(), 10000);
  EXPECT_EQ(data.classes[9], "Ankle boot");
  EXPECT_EQ(data.train.labels[0], 9);
  EXPECT_EQ(std::count(data.train.labels.begin(), data.train.labels.end(), 3), 6000);
}

}  // namespace
}  // namespace nasnet::data
