#include "nasnet/data/pack.h"

#include <nlohmann/json.hpp>

#include "nasnet/base/text.h"
#include "tests/data/listing.h"
#include "tests/data/make_archives.h"
#include "tests/data/one_list.h"

namespace nasnet::data {
namespace {

class PackTest : public WithFolder {
 protected:
  PackTest() {
    // Each name in its own way: dots, one stem twice, signs of other scripts and of other systems.
    for (const char* name :
         {"train/cat/1.jpg", "train/cat/1.png", "train/cat/a.b.jpg", "train/cat/.x/2.jpg",
          "train/dog/Äpfel 3.JPEG", "train/dog/__4__/4.webp", "train/1/back\\slash.png",
          "train/1/only.png", "val/cat/5.jpg", "val/dog/6.jpg", "test/1/7.jpg"})
      files_[name] = std::string("bytes of ") + name;
    files_["train/cat/" + std::string(150, 'x') + ".jpg"] = std::string(2000, 'x');
    for (const auto& [name, bytes] : files_) write({{"set/" + name, bytes}});
  }
  Packed pack_to(const std::string& name, PackSettings settings = {}) const {
    settings.out = path(name);
    return data::pack(path("set"), settings);
  }
  std::map<std::string, std::string> files_in(const std::string& name) const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(path(name)))
      files[entry.path().filename().string()] = read_file(entry.path());
    return files;
  }

  Files files_;
};

TEST_F(PackTest, ShardsReadAgainAreTheSource) {
  const auto whole = one_list(path("set"));
  const Packed packed = pack_to("shards");
  EXPECT_EQ(packed.shards, 3);
  EXPECT_EQ(packed.images, static_cast<int64_t>(whole.size() - 1));
  EXPECT_EQ(one_list(path("shards")), whole);
  // Many small ones hold the same.
  const Packed small = pack_to("small", {.shard_bytes = 4000});
  EXPECT_GT(small.shards, 5);
  EXPECT_EQ(one_list(path("small")), whole);
}

TEST_F(PackTest, AllFormsOfOneSetAreOneList) {
  const auto whole = one_list(path("set"));
  std::vector<TarMember> members;
  for (const auto& [name, bytes] : files_) {
    if (name.size() > 99) continue;
    members.push_back({name, bytes});
  }
  std::filesystem::remove(path("set/train/cat/" + std::string(150, 'x') + ".jpg"));
  const auto list = one_list(path("set"));
  ASSERT_EQ(list.size() + 1, whole.size());
  write({{"packed.tar", make_tar(members)}, {"packed.tar.gz", gzip(make_tar(members))}});
  EXPECT_EQ(one_list(path("packed.tar")), list);
  EXPECT_EQ(one_list(path("packed.tar.gz")), list);
  std::vector<ZipMember> zipped;
  for (const TarMember& member : members) zipped.push_back({member.name, member.content, 0x800});
  write({{"packed.zip", make_zip(zipped)}});
  EXPECT_EQ(one_list(path("packed.zip")), list);
  pack_to("shards");
  EXPECT_EQ(one_list(path("shards")), list);
  // Packed once more, from shards.
  data::pack(path("shards"), {.out = path("again")});
  EXPECT_EQ(one_list(path("again")), list);
}

TEST_F(PackTest, PackingAgainGivesTheSameFiles) {
  pack_to("a", {.shard_bytes = 3000});
  const auto a = files_in("a");
  const Packed again = pack_to("a", {.shard_bytes = 3000});
  EXPECT_EQ(again.shards_before, again.shards);
  EXPECT_EQ(files_in("a"), a);
  pack_to("b", {.shard_bytes = 3000});
  EXPECT_EQ(files_in("b"), a);
}

TEST_F(PackTest, WhatWasInterruptedGoesOn) {
  pack_to("whole", {.shard_bytes = 3000});
  const auto whole = files_in("whole");
  for (const auto& [lost, bytes] : whole) {
    if (!lost.ends_with(".tar")) continue;
    pack_to("part", {.shard_bytes = 3000});
    // All from this one on, as after a kill.
    for (const auto& [name, none] : whole)
      if (name >= lost && name.substr(0, 4) == lost.substr(0, 4))
        std::filesystem::remove(path("part/" + name));
    pack_to("part", {.shard_bytes = 3000});
    EXPECT_EQ(files_in("part"), whole) << lost;
  }
}

TEST_F(PackTest, OtherFilesAndOtherSettingsAreRefused) {
  write({{"own/notes.txt", "mine"}});
  EXPECT_EQ(refusal([&] { pack_to("own"); }),
            path("own") + " is there and holds no shards; name a new folder with --out");
  pack_to("a");
  for (const PackSettings& other : {PackSettings{.shard_bytes = 5000}, PackSettings{.max_side = 8}})
    EXPECT_EQ(refusal([&] { pack_to("a", other); }),
              path("a") +
                  " holds shards of other images, or packed with other settings; remove "
                  "it, or name another folder with --out");
  write({{"set/train/cat/new.png", "new"}});
  EXPECT_NE(refusal([&] { pack_to("a"); }), "");
}

TEST_F(PackTest, AShardThatWasCutIsNamed) {
  pack_to("a");
  std::filesystem::resize_file(path("a/train-000000.tar"), 3000);
  EXPECT_EQ(refusal([&] { pack_to("a"); }), path("a/train-000000.tar") +
                                                " is no shard of these images; remove it, and "
                                                "pack again");
}

TEST_F(PackTest, TheInfoTellsOtherReadersTheirNumbers) {
  pack_to("a", {.shard_bytes = 3000});
  const auto info = nlohmann::json::parse(read_file(path("a/_info.json")));
  EXPECT_EQ(info["classes"], (std::vector<std::string>{"1", "cat", "dog"}));
  const auto& train = info["splits"]["train"];
  EXPECT_EQ(train["num_samples"], 8);
  EXPECT_EQ(train["filenames"].size(), train["shard_lengths"].size());
  EXPECT_EQ(info["splits"]["validation"]["num_samples"], 2);
  EXPECT_EQ(info["splits"]["test"]["num_samples"], 1);
}

TEST_F(PackTest, PythonsTarfileAndWebdatasetReadTheSame) {
  const std::string python = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
  if (std::system((python + " -c 'import webdataset' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "webdataset is not there; scripts/oracles installs it";
  std::filesystem::remove(path("set/train/dog/Äpfel 3.JPEG"));
  const Packed packed = pack_to("shards", {.shard_bytes = 4000});
  ASSERT_EQ(std::system((python + " " + NASNET_SOURCE_DIR + "/tests/data/read_shards.py " +
                         folder_.string())
                            .c_str()),
            0);
  std::vector<std::string> by_tarfile, by_webdataset;
  std::map<std::string, std::string> labels, pictures;
  for (const std::string& line : lines_of(read_file(path("tarfile.txt")))) {
    by_tarfile.push_back(line);
    const size_t name = line.find(' ') + 1, bytes = line.find(' ', name) + 1;
    const std::string key = line.substr(name, line.rfind('.', bytes) - name);
    if (line.substr(name, bytes - name).ends_with(".cls ")) labels[key] = line.substr(bytes);
  }
  for (const std::string& line : lines_of(read_file(path("webdataset.txt"))))
    by_webdataset.push_back(line);
  EXPECT_EQ(static_cast<int64_t>(labels.size()), packed.images);
  ASSERT_EQ(static_cast<int64_t>(by_webdataset.size()), packed.images);
  const std::vector<std::string> names = {"1", "cat", "dog"};
  for (const std::string& line : by_webdataset) {
    const size_t label = line.find(' ') + 1, bytes = line.find(' ', label) + 1;
    const std::string key = line.substr(0, label - 1);
    EXPECT_EQ(line.substr(label, bytes - label - 1), labels[key]) << line;
    // The bytes of these files name their class.
    if (!line.substr(bytes).starts_with("x")) {
      EXPECT_NE(line.find("/" + names[std::stoul(labels[key])] + "/", bytes), std::string::npos)
          << line;
    }
  }
}

TEST_F(PackTest, LargePicturesAreMadeSmaller) {
  std::filesystem::remove_all(path("set"));
  write({{"set/cat/large.png", flat_png(40, 20, 200, 100, 50)},
         {"set/cat/small.png", flat_png(8, 4, 1, 2, 3)},
         {"set/dog/large.jpg", flat_jpeg(16, 32, 99)}});
  pack_to("a", {.max_side = 10});
  const ArrangedTree arranged = arrange_tree(list_images(path("a")), "a", {});
  ASSERT_EQ(arranged.tree.images.size(), 3U);
  std::map<std::string, std::string> sizes;
  for (const ImageFile& file : arranged.tree.images) {
    const Image image = decode(file.read(), file.path);
    sizes[file.path] = std::to_string(image.width) + "x" + std::to_string(image.height);
    EXPECT_NEAR(image.pixels[0], file.path == "cat/small.png" ? 1 : 99, 110) << file.path;
  }
  EXPECT_EQ(
      sizes,
      (Files{{"cat/large.png", "10x5"}, {"cat/small.png", "8x4"}, {"dog/large.jpg", "5x10"}}));
}

TEST_F(PackTest, AnUnreadablePictureIsNamedOrLeftOut) {
  std::filesystem::remove_all(path("set"));
  write({{"set/cat/1.png", flat_png(4, 4, 1, 2, 3)},
         {"set/cat/2.png", "no picture"},
         {"set/dog/3.png", flat_png(4, 4, 1, 2, 3)}});
  EXPECT_NE(refusal([&] { pack_to("a", {.max_side = 2}); }).find("cat/2.png"), std::string::npos);
  const Packed packed = pack_to("a", {.max_side = 2, .skip_unreadable = true});
  EXPECT_EQ(packed.images, 2);
  ASSERT_EQ(packed.unreadable.size(), 1U);
  EXPECT_EQ(packed.unreadable[0].file, "cat/2.png");
}

}  // namespace
}  // namespace nasnet::data
