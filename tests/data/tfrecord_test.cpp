#include "nasnet/data/tfrecord.h"

#include "nasnet/data/pack.h"
#include "tests/data/listing.h"
#include "tests/data/make_tfrecord.h"
#include "tests/data/one_list.h"

namespace nasnet::data {
namespace {

using Lines = std::vector<std::string>;

class TfRecord : public WithFolder {};

TEST_F(TfRecord, SlimsRecordsAreASet) {
  const std::string large(300'000, 'x');
  write({{"set/train-00000-of-00002",
          slim_record("n02_1.JPEG", "a", "n02", 2) + slim_record("n01_2.JPEG", large, "n01", 1)},
         {"set/train-00001-of-00002", slim_record("n01_3.JPEG", "c", "n01", 1)},
         {"set/validation-00000-of-00001", slim_record("val_1.JPEG", "d", "n02", 2)}});
  EXPECT_EQ(one_list(path("set")),
            (Lines{"train n01 n01_2.JPEG: " + large, "train n01 n01_3.JPEG: c",
                   "train n02 n02_1.JPEG: a", "test n02 val_1.JPEG: d", "n01 n02 "}));
}

TEST_F(TfRecord, NumbersCountNamesFromOneWhereNoneIsZero) {
  const auto record = [](const std::string& bytes, int64_t label) {
    return make_record(make_example({{"jpg", bytes}, {"label", "", label, true}}));
  };
  write({{"set/a.tfrecord", record("a", 2) + record("b", 1)}, {"set/classes.txt", "cat\ndog\n"}});
  EXPECT_EQ(one_list(path("set")), (Lines{"train dog a.tfrecord/000000.jpg: a",
                                          "train cat a.tfrecord/000001.jpg: b", "cat dog "}));
  write({{"set/a.tfrecord", record("a", 1) + record("b", 0)}});
  EXPECT_EQ(one_list(path("set"))[0], "train dog a.tfrecord/000000.jpg: a");
}

TEST_F(TfRecord, IsTheSameListAsTheFolderAndIsPackedAlike) {
  const Files files = {{"train/cat/1.jpg", "a"},
                       {"train/dog/1.jpg", "b"},
                       {"train/dog/2.png", "c"},
                       {"test/cat/9.jpg", "d"}};
  std::string train, test;
  for (const auto& [name, bytes] : files) {
    write({{"folder/" + name, bytes}});
    const bool is_cat = name.find("cat") != std::string::npos;
    (name.starts_with("test") ? test : train) +=
        slim_record(name, bytes, is_cat ? "cat" : "dog", 1);
  }
  write({{"records/train-00000-of-00001", train}, {"records/test-00000-of-00001", test}});
  EXPECT_EQ(one_list(path("records")), one_list(path("folder")));
  // Names without an ending that a reader of shards would know.
  write({{"plain/train-00000-of-00001",
          slim_record("first", "a", "cat", 1) + slim_record("second.x", "b", "dog", 2)}});
  data::pack(path("plain"), {.out = path("shards")});
  EXPECT_EQ(one_list(path("shards")), one_list(path("plain")));
}

TEST_F(TfRecord, NamesThatRecurAreToldApart) {
  write({{"set/a.tfrecord",
          slim_record("1.jpg", "a", "cat", 1) + slim_record("1.jpg", "b", "dog", 2)},
         {"set/b.tfrecord", slim_record("1.jpg", "c", "dog", 2)}});
  EXPECT_EQ(contents(list_images(path("set"))), (Files{{"a.tfrecord/1.jpg", "a"},
                                                       {"a.tfrecord/000001.jpg", "b"},
                                                       {"b.tfrecord/1.jpg", "c"}}));
}

TEST_F(TfRecord, RecordsWithoutAnImageAreCounted) {
  write({{"set/a.tfrecord", make_record(make_example({{"text", "no image"}})) +
                                slim_record("1.jpg", "a", "n01", 1)}});
  const ImageTree tree = list_images(path("set"));
  EXPECT_EQ(contents(tree), (Files{{"1.jpg", "a"}}));
  EXPECT_EQ(left_out(tree), (Files{{"record without an image", "1: a.tfrecord/000000.jpg"}}));
}

TEST_F(TfRecord, AFileThatIsCutAnywhereIsNamed) {
  const std::string first = slim_record("1.jpg", "a", "n01", 1);
  const std::string whole = first + slim_record("2.jpg", "b", "n02", 2);
  for (size_t size = 1; size < whole.size(); ++size) {
    write({{"set/a.tfrecord", whole.substr(0, size)}});
    const ImageTree tree = list_images(path("set"));
    EXPECT_EQ(contents(tree), size < first.size() ? Files{} : (Files{{"1.jpg", "a"}})) << size;
    EXPECT_EQ(faults(tree),
              size == first.size()
                  ? Files{}
                  : (Files{{"a.tfrecord", "record " + std::string(size < first.size() ? "1" : "2") +
                                              " of " + path("set/a.tfrecord") +
                                              " is cut off; copy or download the file again"}}))
        << size;
  }
}

TEST_F(TfRecord, DamageIsFoundByTheChecksums) {
  const std::string whole = slim_record("1.jpg", "abc", "n01", 1);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write({{"set/a.tfrecord", damaged}});
    const ImageTree tree = list_images(path("set"));
    std::string told;
    for (const auto& [name, why] : faults(tree)) told += why;
    for (const auto& [name, bytes] : contents(tree)) told += bytes;
    for (const auto& [kind, first] : left_out(tree)) told += kind;
    EXPECT_TRUE(told.find("set/a.tfrecord") != std::string::npos ||
                told.find("record without an image") != std::string::npos)
        << at << ": " << told;
  }
  // A length beyond all files, with a checksum that is right.
  const std::string length(8, '\x7f');
  write({{"set/a.tfrecord", length + little_endian(masked_crc32c(length), 4) + "rest"}});
  EXPECT_EQ(
      faults(list_images(path("set"))).at("a.tfrecord"),
      "record 1 of " + path("set/a.tfrecord") + " is cut off; copy or download the file again");
}

}  // namespace
}  // namespace nasnet::data
