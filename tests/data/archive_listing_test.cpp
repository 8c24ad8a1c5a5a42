#include "nasnet/data/find_images.h"
#include "tests/data/listing.h"
#include "tests/data/make_archives.h"

namespace nasnet::data {
namespace {

constexpr uint32_t kLink = uint32_t{0120777} << 16;

class ArchiveListing : public WithFolder {
 protected:
  ImageTree list(const std::string& bytes, const std::string& name = "packed") const {
    write({{name, bytes}});
    return list_images(path(name));
  }
};

TEST_F(ArchiveListing, NamesOfZipsAreReadInEveryForm) {
  const Files read = contents(list(make_zip({
      {"Äpfel/1.png", "flag", 0x800},
      {"Öl/1.png", "UTF-8 without the flag"},
      {"\x8Epfel2/1.png", "code page 437"},
      {"?/1.png", "extra", 0, 0, unicode_path("?/1.png", "猫/1.png")},
  })));
  EXPECT_EQ(read, (Files{{"Äpfel/1.png", "flag"},
                         {"Öl/1.png", "UTF-8 without the flag"},
                         {"Äpfel2/1.png", "code page 437"},
                         {"猫/1.png", "extra"}}));
}

TEST_F(ArchiveListing, JapaneseNamesOfZipsAreRead) {
  EXPECT_EQ(contents(list(make_zip({{"\x8C\xA2/1.png", "dog"},
                                    {"\x94\x4C/1.png", "cat"},
                                    {"\x83\x5C\x83\x74\x83\x67/\x95\x5C.png", "software"}}))),
            (Files{{"犬/1.png", "dog"}, {"猫/1.png", "cat"}, {"ソフト/表.png", "software"}}));
}

TEST_F(ArchiveListing, NamesOfZipsInOtherScriptsAreRead) {
  const auto zip_of = [](const std::string& a, const std::string& b) {
    return make_zip({{a + "/1.png", "1"}, {b + "/2.png", "2"}});
  };
  EXPECT_EQ(contents(list(zip_of("\xAA\xAE\xE8\xAA\xA8", "\xE1\xAE\xA1\xA0\xAA\xA8"))),
            (Files{{"кошки/1.png", "1"}, {"собаки/2.png", "2"}}));
  EXPECT_EQ(contents(list(zip_of("\xC3\xA8", "\xB9\xB7"))),
            (Files{{"猫/1.png", "1"}, {"狗/2.png", "2"}}));
}

TEST_F(ArchiveListing, NamesThatNoFormExplainsStayApart) {
  const ImageTree flagged =
      list(make_zip({{"\xC4/1.png", "1", 0x800}, {"\xC5/1.png", "2", 0x800}}));
  EXPECT_EQ(faults(flagged), (Files{{"member 1", "member 1 has a name that cannot be read"},
                                    {"member 2", "member 2 has a name that cannot be read"}}))
      << "flagged as UTF-8, which they are not";
  EXPECT_EQ(contents(list(make_tar(
                {{"\xC4pfel/1.png", "1"}, {"\xC5pfel/1.png", "2"}, {"Äpfel/1.png", "3"}}))),
            (Files{{"\\xC4pfel/1.png", "1"}, {"\\xC5pfel/1.png", "2"}, {"Äpfel/1.png", "3"}}));
}

TEST_F(ArchiveListing, PaxNamesAreRead) {
  const std::string name = "Äpfel/" + std::string(200, 'x') + ".png";
  const auto record = [](const std::string& key, const std::string& value) {
    const std::string rest = " " + key + "=" + value + "\n";
    return std::to_string(rest.size() + 3) + rest;
  };
  const std::string pax = record("path", name);
  ASSERT_EQ(pax.substr(0, 3), std::to_string(pax.size()));
  EXPECT_EQ(contents(list(make_tar({{"PaxHeader", pax, 'x'}, {"short", "1"}}))),
            (Files{{name, "1"}}));
}

TEST_F(ArchiveListing, OldToolsSeparateByBackslashes) {
  EXPECT_EQ(contents(list(make_zip({{"cat\\", ""}, {"cat\\1.png", "1"}, {"dog\\2.png", "2"}}))),
            (Files{{"cat/1.png", "1"}, {"dog/2.png", "2"}}));
  EXPECT_EQ(contents(list(make_tar({{"cat/a\\b.png", "1"}}))), (Files{{"cat/a\\b.png", "1"}}))
      << "elsewhere it is a character as any other";
}

TEST_F(ArchiveListing, PathsStayWithinTheArchive) {
  EXPECT_EQ(
      contents(list(make_tar(
          {{"/data/cat/1.png", "1"}, {"../../up/2.png", "2"}, {"data/./dog//../dog/3.png", "3"}}))),
      (Files{{"data/cat/1.png", "1"}, {"up/2.png", "2"}, {"data/dog/3.png", "3"}}));
}

TEST_F(ArchiveListing, HardLinksReadAsTheirTargets) {
  const ImageTree tree = list(make_tar({{"@eaDir/0.png", "litter"},
                                        {"cat/1.png", "first"},
                                        {"cat/2.png", "", '1', "cat/1.png"},
                                        {"dog/3.png", "", '1', "@eaDir/0.png"},
                                        {"dog/4.png", "", '1', "./later.bin"},
                                        {"dog/5.png", "", '1', "cat/2.png"},
                                        {"cat/1.png", "", '1', "cat/1.png"},
                                        {"dog/6.png", "", '1', "gone.png"},
                                        {"later.bin", "behind"}}));
  EXPECT_EQ(contents(tree), (Files{{"cat/1.png", "first"},
                                   {"cat/2.png", "first"},
                                   {"dog/3.png", "litter"},
                                   {"dog/4.png", "behind"},
                                   {"dog/5.png", "first"}}));
  EXPECT_EQ(faults(tree),
            (Files{{"dog/6.png", "dog/6.png is a link to /gone.png, which the archive lacks"}}));
  EXPECT_EQ(left_out(tree), (Files{{".bin", "1: later.bin"}}));
}

TEST_F(ArchiveListing, SymbolicLinksLeadWithinTheArchiveOnly) {
  write({{"secret.png", "outside"}});
  const Files expected = {
      {"store/dog/1.png", "dog"}, {"set/dog/1.png", "dog"}, {"set/cat/1.png", "blob"}};
  const Files wrong = {{"set/cat/2.png", "set/cat/2.png is a link that leads out of the archive"},
                       {"set/cat/3.png", "set/cat/3.png is a link in a circle"},
                       {"set/bird", "set/bird is a link to ../nest, which the archive lacks"}};
  const ImageTree tar = list(make_tar({{"set/dog", "", '2', "../store/dog"},
                                       {"set/up", "", '2', ".."},
                                       {"set/bird", "", '2', "../nest"},
                                       {"set/cat/1.png", "", '2', "/blobs/5f"},
                                       {"set/cat/2.png", "", '2', "../../../secret.png"},
                                       {"set/cat/3.png", "", '2', "3.png"},
                                       {"blobs/5f", "blob"},
                                       {"store/dog/1.png", "dog"}}));
  EXPECT_EQ(contents(tar), expected);
  EXPECT_EQ(faults(tar), wrong);
  EXPECT_EQ(tar.others.at("link in a circle").count, 1);
  const ImageTree zip = list(make_zip({{"set/dog", "../store/dog", 0, 0, "", kLink},
                                       {"set/bird", "../nest", 0, 0, "", kLink},
                                       {"set/cat/1.png", "/blobs/5f", 0, 0, "", kLink},
                                       {"set/cat/2.png", "../../../secret.png", 0, 0, "", kLink},
                                       {"set/cat/3.png", "3.png", 0, 0, "", kLink},
                                       {"blobs/5f", "blob"},
                                       {"store/dog/1.png", "dog"}}));
  EXPECT_EQ(contents(zip), expected);
  EXPECT_EQ(faults(zip), wrong);
}

TEST_F(ArchiveListing, AMemberThatIsThereTwiceIsTakenOnceAndNamed) {
  for (const std::string& bytes : {make_tar({{"cat/1.png", "old"}, {"cat/1.png", "new"}}),
                                   make_zip({{"cat/1.png", "old"}, {"cat/1.png", "new"}})}) {
    const ImageTree tree = list(bytes);
    EXPECT_EQ(contents(tree), (Files{{"cat/1.png", "new"}}));
    EXPECT_EQ(left_out(tree), (Files{{"replaced by a later member", "1: cat/1.png"}}));
  }
}

TEST_F(ArchiveListing, AFileWithAFoldersNameIsNamed) {
  const ImageTree tree = list(make_tar({{"cat", "file"}, {"cat/1.png", "1"}}));
  EXPECT_EQ(contents(tree), (Files{{"cat/1.png", "1"}}));
  EXPECT_EQ(faults(tree), (Files{{"cat", "cat is both a file and a folder of the archive"}}));
}

TEST_F(ArchiveListing, PipesInTarsAreNamed) {
  EXPECT_EQ(left_out(list(make_tar({{"cat/1.png", "", '6'}, {"cat/2.png", "2"}}))),
            (Files{{"pipe or device", "1: cat/1.png"}}));
}

TEST_F(ArchiveListing, LockedMembersAreNamed) {
  const ImageTree tree = list(make_zip({{"cat/1.png", "123456789012xyz", 1}, {"cat/2.png", "2"}}));
  EXPECT_EQ(contents(tree), (Files{{"cat/2.png", "2"}}));
  EXPECT_EQ(faults(tree),
            (Files{{"cat/1.png",
                    "cat/1.png is protected by a password; unpack the archive, and give the "
                    "folder"}}));
}

TEST_F(ArchiveListing, ADamagedMemberCostsNoOther) {
  std::string zip =
      make_zip({{"cat/1.png", "first"}, {"cat/2.png", "second"}, {"cat/3.png", "third"}});
  zip[zip.find("second")] ^= 1;
  Files read = contents(list(zip));
  EXPECT_TRUE(read["cat/2.png"].starts_with("! cat/2.png cannot be unpacked")) << read["cat/2.png"];
  read.erase("cat/2.png");
  EXPECT_EQ(read, (Files{{"cat/1.png", "first"}, {"cat/3.png", "third"}}));

  // Members whose packing is damaged end a reader's work: it begins again behind each.
  const std::string nonsense(40, '\xFF');
  read = contents(list(make_zip({{"a.png", "first"},
                                 {"b.png", nonsense, 0, 8},
                                 {"c.png", nonsense, 0, 8},
                                 {"d.png", "last"},
                                 {"e.png", "odd", 0, 97}})));
  EXPECT_EQ(read["a.png"], "first");
  EXPECT_EQ(read["d.png"], "last");
  EXPECT_TRUE(read["b.png"].starts_with("! b.png cannot be unpacked")) << read["b.png"];
  EXPECT_TRUE(read["c.png"].starts_with("! c.png cannot be unpacked")) << read["c.png"];
  EXPECT_NE(read["e.png"].find("nsupported"), std::string::npos) << read["e.png"];
}

TEST_F(ArchiveListing, MembersBeforeACutAreRead) {
  const std::string tar = make_tar({{"cat/1.png", "1"}, {"cat/2.png", std::string(9000, '2')}});
  const ImageTree cut = list(tar.substr(0, 3000));
  const Files read = contents(cut);
  EXPECT_EQ(read.at("cat/1.png"), "1");
  EXPECT_TRUE(read.at("cat/2.png").starts_with("! cat/2.png cannot be unpacked"));
  EXPECT_NE(faults(cut).at(path("packed")).find("is not a whole archive"), std::string::npos);
  const std::string zip = make_zip({{"cat/1.png", "1"}, {"cat/2.png", std::string(9000, '2')}});
  EXPECT_EQ(contents(list(zip.substr(0, 3000))).at("cat/1.png"), "1");
}

TEST_F(ArchiveListing, GzipsChecksumAndEndAreLookedAt) {
  const Files files = {{"cat/1.png", "1"}, {"cat/2.png", "2"}};
  const std::string tar = make_tar({{"cat/1.png", "1"}, {"cat/2.png", "2"}}), good = gzip(tar);
  for (const size_t from_end : {2, 6}) {  // of the length, of the checksum
    std::string bad = good;
    bad[bad.size() - from_end] ^= 0x55;
    const ImageTree tree = list(bad);
    EXPECT_NE(faults(tree).at(path("packed")).find("its gzip data are corrupt: incorrect"),
              std::string::npos);
    EXPECT_EQ(contents(tree), files) << "read all the same, for --skip-unreadable";
  }
  EXPECT_NE(faults(list(good.substr(0, good.size() - 3))).at(path("packed")).find("are cut off"),
            std::string::npos);
  for (const std::string& whole : {good + std::string(512, '\0'), good + "what is no gzip",
                                   gzip(tar.substr(0, 700)) + gzip(tar.substr(700))}) {
    const ImageTree tree = list(whole);
    EXPECT_EQ(contents(tree), files);
    EXPECT_TRUE(faults(tree).empty());
  }
}

TEST_F(ArchiveListing, PackedFilesThatAreCutAtOnceAreNoWholeArchives) {
  for (const char* format : {"tar.gz", "tar.bz2", "tar.xz", "tar.zst"}) {
    const std::string packed = read_file(pack({{"cat/1.png", "1"}}, format));
    const std::string message = refusal([&] { list(packed.substr(0, 20)); });
    EXPECT_NE(message.find("is not a whole archive"), std::string::npos) << format << message;
  }
}

TEST_F(ArchiveListing, StreamedZipsAreRead) {
  EXPECT_EQ(contents(list(make_zip(
                {{"cat/1.png", "1", 0, 0, "", 0, true}, {"dog/2.png", "two", 0, 0, "", 0, true}}))),
            (Files{{"cat/1.png", "1"}, {"dog/2.png", "two"}}));
}

TEST_F(ArchiveListing, EveryPackingIsRead) {
  const Files files = {{"cat/1.png", "1"}, {"dog/2.png", "2"}};
  for (const char* format :
       {"tar", "tar.gz", "tar.bz2", "tar.xz", "tar.lz4", "tar.zst", "zip", "7z"})
    EXPECT_EQ(contents(list_images(pack(files, format))), files) << format;
  std::filesystem::create_symlink("packed.zip", path("link"));
  EXPECT_EQ(contents(list_images(path("link"))), files);
}

TEST_F(ArchiveListing, ArchivesInArchivesAreCounted) {
  const ImageTree tree =
      list(make_zip({{"cat/1.png", "1"}, {"more.zip", make_zip({{"a.png", "a"}})}}));
  EXPECT_EQ(left_out(tree), (Files{{".zip", "1: more.zip"}}));
}

TEST_F(ArchiveListing, AFileThatIsNoArchiveSaysWhatWasExpected) {
  write({{"x.png", flat_png(2, 2, 1, 2, 3)}, {"empty.zip", ""}});
  for (const std::string name : {"x.png", "empty.zip"}) {
    const std::string message = refusal([&] { load(path(name)); });
    EXPECT_NE(message.find("is no archive"), std::string::npos) << message;
    EXPECT_NE(message.find("tar"), std::string::npos) << message;
    EXPECT_NE(message.find("folder"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace nasnet::data
