#include <atomic>
#include <thread>

#include "tests/data/listing.h"
#include "tests/data/make_archives.h"
#include "tests/data/one_list.h"

namespace nasnet::data {
namespace {

class ZipInPlace : public WithFolder {
 protected:
  ImageTree list(const std::string& zip, const std::string& name = "set.zip") const {
    write({{name, zip}});
    return list_images(path(name));
  }
  /// The content of the only picture, or why it cannot be read.
  std::string read_one(const std::string& zip) const { return contents(list(zip)).begin()->second; }
  std::string fault(const std::string& why) const {
    return "! cat/1.png cannot be unpacked (in " + path("set.zip") + ": " + why +
           "); copy or download it again";
  }
};

TEST_F(ZipInPlace, StoredAndDeflatedMembersAreReadWhereTheyLie) {
  const std::string text(100'000, 'x');
  const std::string zip = make_zip({{"cat/1.png", "one"},
                                    deflated_member("cat/2.png", text),
                                    deflated_member("dog/3.png", ""),
                                    {"dog/4.png", ""}});
  setenv("TMPDIR", "/nowhere", 1);  // nothing is unpacked there
  const ImageTree tree = list(zip);
  EXPECT_EQ(
      contents(tree),
      (Files{{"cat/1.png", "one"}, {"cat/2.png", text}, {"dog/3.png", ""}, {"dog/4.png", ""}}));
  unsetenv("TMPDIR");
  EXPECT_EQ(tree.images[1].size(), text.size());
  EXPECT_EQ(tree.images[1].read_beginning(5), "xxxxx");
  EXPECT_EQ(tree.images[0].read_beginning(9), "one");
}

TEST_F(ZipInPlace, SizesOf64BitsAreRead) {
  const std::string text(70'000, 'x');
  EXPECT_EQ(
      contents(list(make_zip({{"cat/1.png", "one"}, deflated_member("dog/2.png", text)}, true))),
      (Files{{"cat/1.png", "one"}, {"dog/2.png", text}}));
}

TEST_F(ZipInPlace, ACommentMayHoldTheMarkOfTheEnd) {
  std::string zip = make_zip({{"cat/1.png", "one"}});
  const std::string comment = "PK\5\6 and so on, which is no end " + std::string(60'000, 'c');
  zip.replace(zip.size() - 2, 2, little_endian(comment.size(), 2));
  EXPECT_EQ(contents(list(zip + comment)), (Files{{"cat/1.png", "one"}}));
}

TEST_F(ZipInPlace, WhatIsWrongWithAMemberIsSaidInOneLine) {
  std::string zip = make_zip({{"cat/1.png", "first"}});
  zip[zip.find("first")] ^= 1;
  EXPECT_EQ(read_one(zip), fault("its checksum is wrong"));

  ZipMember member = deflated_member("cat/1.png", std::string(1000, 'a') + "b");
  const std::string whole = member.content;
  member.content = whole.substr(0, whole.size() - 2);
  EXPECT_EQ(read_one(make_zip({member})), fault("it is cut off"));
  member.content = whole;
  member.unpacked = std::string(900, 'a');
  EXPECT_EQ(read_one(make_zip({member})), fault("it has more bytes than it says"));
  member.unpacked = std::string(1100, 'a');
  EXPECT_EQ(read_one(make_zip({member})), fault("it has fewer bytes than it says"));
  member.unpacked = std::string(40'000, 'a');
  EXPECT_EQ(read_one(make_zip({member})), fault("it claims more than it can hold"));
  member.content = std::string(40, '\xFF');
  EXPECT_EQ(read_one(make_zip({member})), fault("its packed bytes are damaged"));
  member = {.name = "cat/1.png", .content = "12345", .unpacked = "123"};
  EXPECT_EQ(read_one(make_zip({member})), fault("its sizes contradict each other"));

  zip = make_zip({{"cat/1.png", "first"}});
  zip[0] = 'p';  // then it is no zip at all
  zip = make_zip({{"cat/0.txt", "x"}, {"cat/1.png", "first"}});
  zip[zip.find("PK\3\4", 4)] = 'p';
  EXPECT_EQ(read_one(zip), fault("its header is not where the directory says"));
}

TEST_F(ZipInPlace, ADirectoryThatPointsBeyondTheFileIsCut) {
  std::string zip = make_zip({{"cat/1.png", "first"}});
  const size_t entry = zip.find("PK\1\2");
  for (const uint32_t place : {100u, 0x7FFFFFFFu, 0xFFFFFFFEu}) {
    zip.replace(entry + 42, 4, little_endian(place, 4));
    EXPECT_TRUE(read_one(zip).starts_with("! cat/1.png cannot be unpacked (in ")) << read_one(zip);
  }
}

TEST_F(ZipInPlace, AClaimTakesNoMemory) {
  // 4 GB of zeros by its own word, and by its packed bytes.
  ZipMember member = deflated_member("cat/1.png", std::string(100, 'a'));
  std::string zip = make_zip({member});
  const size_t entry = zip.find("PK\1\2");
  zip.replace(entry + 24, 4, little_endian(0xFFFFFFF0, 4));
  EXPECT_NE(read_one(zip).find("larger than"), std::string::npos) << read_one(zip);
  EXPECT_NE(refusal([&] { list(zip).images[0].read_beginning(10); }).find("claims more"),
            std::string::npos);
}

TEST_F(ZipInPlace, AnyThreadMayReadAnyMember) {
  std::vector<ZipMember> members;
  Files expected;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "cat/" + std::to_string(i) + ".png";
    const std::string text = std::to_string(i) + std::string(static_cast<size_t>(300 * i), 'x');
    members.push_back(i % 2 ? deflated_member(name, text) : ZipMember{name, text});
    expected[name] = text;
  }
  const ImageTree tree = list(make_zip(members));
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (const ImageFile& image : tree.images) wrong += image.read() != expected[image.path];
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(ZipInPlace, ZipsThatLieAloneAreFolders) {
  const std::string cats = make_zip({{"1.png", "a"}}), dogs = make_zip({{"1.png", "b"}});
  const std::vector<std::string> list = {"train cat cat/1.png: a", "train dog dog/1.png: b",
                                         "cat dog "};
  write({{"a/cat.zip", cats},
         {"a/dog.ZIP", dogs},
         {"a/readme.txt", "read me"},
         {"b/cat.tar", make_tar({{"1.png", "a"}})},
         {"b/dog.tar", make_tar({{"1.png", "b"}})},
         {"b/all.zip", cats}});
  EXPECT_EQ(one_list(path("a")), list);
  EXPECT_EQ(one_list(path("b")), list) << "tars go first: zips beside them may hold the same";
}

TEST_F(ZipInPlace, ManyZipsTakeFewHandles) {
  for (int i = 0; i < 100; ++i)
    write({{"set/" + std::to_string(100 + i) + ".zip",
            make_zip({{"1.png", std::to_string(i)}, deflated_member("2.png", "x")})}});
  const ImageTree tree = list_images(path("set"));
  ASSERT_EQ(tree.images.size(), 200U);
  const auto handles = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  };
  const auto before = handles();
  contents(tree);
  EXPECT_LE(handles() - before, 24);
}

TEST_F(ZipInPlace, AZipThatIsReplacedWhileItIsReadIsNamedWithTheMember) {
  const ImageTree tree = list(make_zip({{"cat/1.png", "one"}, {"dog/2.png", "two"}}));
  write({{"set.zip", make_zip({{"cat/1.png", "oops"}})}});
  EXPECT_EQ(refusal([&] { tree.images[0].read(); }),
            "cat/1.png: " + path("set.zip") + " has changed since it was listed");
}

TEST_F(ZipInPlace, MethodsThatZlibLacksAreLibarchives) {
  const std::string text(5000, 'b');
  // Of Python, whose zipfile writes bzip2 and LZMA.
  for (const char* method : {"ZIP_BZIP2", "ZIP_LZMA"}) {
    const std::string script =
        "import zipfile; z = zipfile.ZipFile('" + path("odd.zip") + "', 'w', zipfile." + method +
        "); z.writestr('cat/1.png', 'b' * 5000); z.writestr('dog/2.png', 'two'); z.close()";
    if (std::system(("python3 -c \"" + script + "\"").c_str()) != 0)
      GTEST_SKIP() << "Python with " << method << " is missing";
    EXPECT_EQ(contents(list_images(path("odd.zip"))),
              (Files{{"cat/1.png", text}, {"dog/2.png", "two"}}))
        << method;
  }
}

TEST_F(ZipInPlace, AZipWithoutItsEndIsReadFromItsFront) {
  const std::string zip =
      make_zip({{"cat/1.png", "1"}, {"cat/2.png", "2"}, {"cat/3.png", std::string(5000, '3')}});
  for (size_t size = 60; size < zip.size(); size += 41) {
    const ImageTree tree = list(zip.substr(0, size));
    EXPECT_FALSE(tree.unreadable.empty() && tree.images.size() < 3) << size;
    for (const auto& [name, content] : contents(tree))
      EXPECT_TRUE(content.starts_with("! " + name) || content.size() == 5000 || content.size() == 1)
          << size << ": " << content;
  }
}

}  // namespace
}  // namespace nasnet::data
