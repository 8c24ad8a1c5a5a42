#include <fstream>

#include "tests/data/listing.h"
#include "tests/data/make_archives.h"
#include "tests/data/one_list.h"

namespace nasnet::data {
namespace {

class TarInPlace : public WithFolder {};

TEST_F(TarInPlace, NoByteIsCopiedBeforeItIsWanted) {
  write({{"set.tar", make_tar({{"cat/1.png", "one"}, {"dog/2.png", "two"}})}});
  const ImageTree tree = list_images(path("set.tar"));
  // The same size and the same time: it is the place that is read.
  const auto time = std::filesystem::last_write_time(path("set.tar"));
  std::fstream file(path("set.tar"), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(512).write("new", 3);
  file.close();
  std::filesystem::last_write_time(path("set.tar"), time);
  EXPECT_EQ(contents(tree), (Files{{"cat/1.png", "new"}, {"dog/2.png", "two"}}));
  EXPECT_EQ(tree.images[0].read_beginning(2), "ne");
}

TEST_F(TarInPlace, ATarOfTarsIsAFolderAClass) {
  const std::string cats = make_tar({{"1.png", "a"}, {"2.png", "b"}});
  const std::string dogs = make_tar({{"1.png", "c"}, {"deep/2.png", "d"}});
  const std::vector<std::string> list = {"train cat cat/1.png: a", "train cat cat/2.png: b",
                                         "train dog dog/1.png: c", "train dog dog/deep/2.png: d",
                                         "cat dog "};
  write({{"train.tar", make_tar({{"cat.tar", cats}, {"dog.tar", dogs}})},
         {"folder/cat.tar", cats},
         {"folder/dog.tar", dogs},
         {"splits/train/cat.tar", cats},
         {"splits/train/dog.tar", dogs},
         {"splits/val/cat/9.png", "e"}});
  EXPECT_EQ(one_list(path("train.tar")), list);
  EXPECT_EQ(one_list(path("folder")), list);
  EXPECT_EQ(
      one_list(path("splits")),
      (std::vector<std::string>{"train cat train/cat/1.png: a", "train cat train/cat/2.png: b",
                                "train dog train/dog/1.png: c", "train dog train/dog/deep/2.png: d",
                                "test cat val/cat/9.png: e", "cat dog "}));
}

TEST_F(TarInPlace, ATarBesidePicturesOrFoldersIsLeftOut) {
  const std::string tar = make_tar({{"1.png", "a"}});
  write({{"set/cat/1.png", "a"},
         {"set/dog/1.png", "b"},
         {"set/cat.tar", tar},
         {"set/dog/dog.tar", tar}});
  const ImageTree tree = list_images(path("set"));
  EXPECT_EQ(contents(tree), (Files{{"cat/1.png", "a"}, {"dog/1.png", "b"}}));
  EXPECT_EQ(left_out(tree), (Files{{".tar", "2: cat.tar"}}));
}

TEST_F(TarInPlace, AnInnerTarThatIsNoneOrIsCutIsSaid) {
  const std::string cats = make_tar({{"1.png", std::string(600, 'a')}});
  write({{"set.tar", make_tar({{"cat.tar", cats.substr(0, 1536)}, {"dog.tar", "no tar at all"}})}});
  const ImageTree tree = list_images(path("set.tar"));
  EXPECT_EQ(faults(tree),
            (Files{{path("set.tar"), "in cat.tar: " + path("set.tar") +
                                         " is not a whole archive (its end is missing); copy or "
                                         "download it again"}}));
  EXPECT_EQ(contents(tree), (Files{{"cat/1.png", std::string(600, 'a')}}));
  EXPECT_EQ(left_out(tree), (Files{{".tar", "1: dog.tar"}}));
}

TEST_F(TarInPlace, MembersWithHolesAreUnpacked) {
  // GNU's form of a file whose zeros are not stored: 8 bytes at 1024 of 2048.
  std::string header = make_tar({{"cat/1.png", "", 'S'}}).substr(0, 512);
  const auto put = [&](size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(124, "00000000010");
  put(257, std::string("ustar  \0", 8));
  put(386, "00000002000");
  put(398, "00000000010");
  put(410, "00000004000");
  put(422, "00000000000");
  put(483, "00000004000");
  put(148, "        ");
  uint32_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char digits[8];
  std::snprintf(digits, sizeof(digits), "%06o", sum);
  put(148, std::string(digits, 7));
  const std::string after = make_tar({{"dog/2.png", "two"}});
  write({{"set.tar", header + "12345678" + std::string(504, '\0') + after}});
  const Files read = contents(list_images(path("set.tar")));
  EXPECT_EQ(read.at("dog/2.png"), "two");
  EXPECT_EQ(read.at("cat/1.png"),
            std::string(1024, '\0') + "12345678" + std::string(2048 - 1032, '\0'));
}

TEST_F(TarInPlace, AReplacedTarIsNamedWithTheMember) {
  write({{"set.tar", make_tar({{"cat/1.png", "one"}, {"dog/2.png", "two"}})}});
  const ImageTree tree = list_images(path("set.tar"));
  write({{"set.tar", make_tar({{"cat/1.png", "oops"}})}});
  EXPECT_EQ(refusal([&] { tree.images[0].read(); }),
            "cat/1.png: " + path("set.tar") + " has changed since it was listed");
}

TEST_F(TarInPlace, SlowTwentyGigabytesAreIndexedByTheirHeaders) {
  constexpr int kMembers = 20'000;
  constexpr uint64_t kSize = 1'000'000;
  {
    std::ofstream tar(path("set.tar"), std::ios::binary);
    std::string header = make_tar({{"n0000/00000.JPEG", ""}}).substr(0, 512);
    for (int i = 0; i < kMembers; ++i) {
      char name[32];
      std::snprintf(name, sizeof(name), "n%04d/%05d.JPEG", i % 100, i);
      header.replace(0, 16, name);
      header.replace(124, 11, "00003641100");  // 1,000,000 in octal
      header.replace(148, 8, "        ");
      uint32_t sum = 0;
      for (const char c : header) sum += static_cast<unsigned char>(c);
      char digits[8];
      std::snprintf(digits, sizeof(digits), "%06o", sum);
      header.replace(148, 7, std::string(digits, 7));
      // The contents are holes: the file is large, and takes little of the disk.
      tar.seekp(static_cast<std::streamoff>(i * (512 + (kSize + 511) / 512 * 512)));
      tar.write(header.data(), 512);
    }
    tar.seekp(static_cast<std::streamoff>(kMembers * (512 + (kSize + 511) / 512 * 512)));
    tar.write(std::string(1024, '\0').data(), 1024);
  }
  const auto bytes_read = [] {
    std::ifstream io("/proc/self/io");
    std::string name;
    uint64_t bytes = 0;
    io >> name >> bytes;
    return bytes;
  };
  const uint64_t before = bytes_read();
  const ImageTree tree = list_images(path("set.tar"));
  EXPECT_LT(bytes_read() - before, kMembers * 8192U) << "headers alone are read";
  ASSERT_EQ(tree.images.size(), static_cast<size_t>(kMembers));
  EXPECT_EQ(tree.images[123].size(), kSize);
  EXPECT_EQ(tree.images[123].read(), std::string(kSize, '\0'));
}

}  // namespace
}  // namespace nasnet::data
