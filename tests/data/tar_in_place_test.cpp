#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>

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

/// A tar whose contents are holes: the file is large, and takes little of the disk.
void write_sparse_tar(const std::string& path, int members, uint64_t size,
                      const char* name_format) {
  std::ofstream tar(path, std::ios::binary);
  const uint64_t step = 512 + (size + 511) / 512 * 512;
  const std::string plain = make_tar({{"", ""}}).substr(0, 512);
  for (int i = 0; i < members; ++i) {
    std::string header = plain;
    char text[64];
    const int length = std::snprintf(text, sizeof(text), name_format, i % 1000, i);
    header.replace(0, static_cast<size_t>(length), text);
    std::snprintf(text, sizeof(text), "%011llo", static_cast<unsigned long long>(size));
    header.replace(124, 11, text);
    header.replace(148, 8, "        ");
    uint32_t sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    std::snprintf(text, sizeof(text), "%06o", sum);
    header.replace(148, 7, std::string(text, 7));
    tar.seekp(static_cast<std::streamoff>(static_cast<uint64_t>(i) * step));
    tar.write(header.data(), 512);
  }
  tar.seekp(static_cast<std::streamoff>(static_cast<uint64_t>(members) * step));
  tar.write(std::string(1024, '\0').data(), 1024);
}

/// A number that /proc/self has, in the unit that it has there.
uint64_t process_value(const char* file, const std::string& name) {
  std::ifstream stream(file);
  for (std::string word; stream >> word;)
    if (word == name) {
      stream >> word;
      return std::stoull(word);
    }
  return 0;
}

/// Kilobytes of memory that `action` takes at its peak, in a process of its own.
uint64_t peak_of(const std::function<void()>& action) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
    const uint64_t before = process_value("/proc/self/status", "VmRSS:");
    action();
    const uint64_t taken = process_value("/proc/self/status", "VmHWM:") - before;
    _exit(write(ends[1], &taken, sizeof(taken)) != sizeof(taken));
  }
  close(ends[1]);
  uint64_t taken = UINT64_MAX;
  EXPECT_EQ(read(ends[0], &taken, sizeof(taken)), static_cast<ssize_t>(sizeof(taken)));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return taken;
}

TEST_F(TarInPlace, SlowTwentyGigabytesAreIndexedByTheirHeaders) {
  constexpr int kMembers = 180'000;
  constexpr uint64_t kSize = 110'000;
  for (const char* names : {"n%08d/n%08d.JPEG", "ILSVRC2012_%04d_%08d.JPEG"}) {
    write_sparse_tar(path("set.tar"), kMembers, kSize, names);
    const uint64_t before = process_value("/proc/self/io", "rchar:");
    const ImageTree tree = list_images(path("set.tar"));
    EXPECT_LT(process_value("/proc/self/io", "rchar:") - before, kMembers * 8192U)
        << "headers alone are read";
    ASSERT_EQ(tree.images.size(), static_cast<size_t>(kMembers));
    EXPECT_EQ(tree.images[123].size(), kSize);
    EXPECT_EQ(tree.images[123].read(), std::string(kSize, '\0'));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    EXPECT_LT(peak_of([&] { list_images(path("set.tar")); }), 50'000U) << names;
#endif
  }
}

}  // namespace
}  // namespace nasnet::data
