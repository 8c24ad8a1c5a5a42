#include "nasnet/exchange/tensorflow_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/protobuf.h"
#include "nasnet/exchange/sorted_table.h"
#include "tests/exchange/make_table.h"
#include "tests/exchange/tensorflow_files.h"

namespace nasnet::exchange {
namespace {

namespace fs = std::filesystem;
using namespace std::string_literals;

using Files = std::map<std::string, std::string>;

const Files kSaver = {{".index", kSaverIndex}, {".data-00000-of-00001", kSaverData}};
const Files kObjects = {{".index", kObjectsIndex}, {".data-00000-of-00001", kObjectsData}};

/// The checkpoint "x" of these files, by their endings.
std::unique_ptr<WeightFile> open(const Files& files) {
  return open_checkpoint({"x", [files](const std::string& ending) -> std::unique_ptr<ByteSource> {
                            const auto found = files.find(ending);
                            if (found == files.end()) return nullptr;
                            return std::make_unique<OwnedBytes>(found->second, "x" + ending);
                          }});
}

std::vector<float> values(const WeightFile& file, const std::string& name) {
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    if (file.tensors()[i].name != name) continue;
    std::vector<float> result;
    file.read({i}, [&](size_t, const std::vector<float>& values) { result = values; });
    return result;
  }
  throw InputError("there is no " + name);
}

/// Of opening the files and reading all floats in them.
std::string refusal(const Files& files) {
  try {
    const auto file = open(files);
    for (const ForeignTensor& tensor : file->tensors())
      if (tensor.type.find('F') != std::string::npos && tensor.name != "parted")
        values(*file, tensor.name);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_refused(const Files& files, const std::string& what) {
  EXPECT_NE(refusal(files).find(what), std::string::npos) << refusal(files);
}

std::string entry(const std::string& key, const ProtoWriter& value) {
  return "\0"s + varint(key.size()) + varint(value.bytes().size()) + key + value.bytes();
}

/// A table of these entries, the first of which has a whole key.
std::string table_of(const std::string& entries, char packing = 0, const std::string& place = "") {
  return make_table(entries + "\0\0\0\0\1\0\0\0"s, packing, place);
}

/// A header that tells of one file of data, and a variable "a" that fills in as it likes.
std::string index_of(const std::function<void(ProtoWriter&)>& variable) {
  ProtoWriter header, body;
  header.integer(1, 1);
  variable(body);
  return table_of(entry("", header) + entry("a", body));
}

TEST(TensorflowCheckpoint, OfTheSaverIsRead) {
  const auto file = open(kSaver);
  EXPECT_EQ(values(*file, "conv0/weights"), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(values(*file, "half"), (std::vector<float>{1, 2.5}));
  EXPECT_EQ(values(*file, "brain"), (std::vector<float>{1, -3}));
  EXPECT_EQ(values(*file, "double"), (std::vector<float>{0.5}));
  ASSERT_EQ(file->tensors().size(), 6u);
  EXPECT_EQ(file->tensors()[1].shape, (std::vector<int64_t>{1, 1, 2, 3}));
  EXPECT_EQ(file->tensors()[3].type, "I64");
  EXPECT_EQ(file->layout(), TensorLayout::kTensorflow);
}

TEST(TensorflowCheckpoint, OfObjectsHasTheirNames) {
  const auto file = open(kObjects);
  ASSERT_EQ(file->tensors().size(), 3u);
  EXPECT_EQ(values(*file, "conv0_bn/gamma"), (std::vector<float>{1, 2}));
  EXPECT_EQ(values(*file, "adjust_bn_0/beta"), (std::vector<float>{3}));
  EXPECT_EQ(file->tensors()[2].name, "model/optimizer/step/.ATTRIBUTES/VARIABLE_VALUE");
}

TEST(TensorflowCheckpoint, PartsOfAVariableAreRefusedByItsName) {
  try {
    values(*open(kSaver), "parted");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "x: parted is kept in 2 parts (a partitioned variable), which is not read: save "
                 "the network with variables that are not partitioned");
  }
}

TEST(TensorflowCheckpoint, MissingFilesAreNamed) {
  expect_refused({kSaver.begin(), std::next(kSaver.begin())}, "x.index is missing");
  expect_refused({{".index", kSaverIndex}}, "x.data-00000-of-00001 is missing");
}

TEST(TensorflowCheckpoint, AnyCutIsRefused) {
  // The last twelve bytes of the saver's are those of "parted".
  const size_t not_read = 12;
  for (const Files& whole : {kSaver, kObjects})
    for (const auto& [ending, content] : whole)
      for (size_t size = 0; size < content.size() - not_read; ++size) {
        Files files = whole;
        files[ending] = content.substr(0, size);
        EXPECT_NE(refusal(files), "") << ending << " of " << size;
      }
  Files files = kSaver;
  files[".data-00000-of-00001"].resize(47);
  expect_refused(files,
                 "x.data-00000-of-00001 is cut off: it has 47 bytes, and the index tells of "
                 "48");
}

TEST(TensorflowCheckpoint, AnyByteThatCountsIsChecked) {
  size_t unnoticed = 0;
  for (size_t at = 0; at < kSaverIndex.size(); ++at) {
    Files files = kSaver;
    files[".index"][at] ^= 1;
    unnoticed += refusal(files).empty();
  }
  // Of the empty block about the table, 13 bytes, and its place and the filling of the footer.
  EXPECT_EQ(unnoticed, 13u + 3u + 34u);
  Files files = kSaver;
  files[".data-00000-of-00001"][5] ^= 1;
  expect_refused(files, "the checksum of conv0/weights is wrong");
}

TEST(TensorflowCheckpoint, ClaimsOfAnIndexAreChecked) {
  const auto expect = [](const std::function<void(ProtoWriter&)>& variable,
                         const std::string& what) {
    expect_refused({{".index", index_of(variable)}, {".data-00000-of-00001", ""}}, what);
  };
  const auto shape = [](std::initializer_list<int64_t> edges) {
    ProtoWriter shape;
    for (const int64_t edge : edges) {
      ProtoWriter dimension;
      dimension.integer(1, edge);
      shape.message(2, dimension);
    }
    return shape;
  };
  expect([](ProtoWriter& of) { of.integer(1, 1); }, "a has 0 bytes, and its shape takes 4");
  expect(
      [&](ProtoWriter& of) {
        of.message(2, shape({int64_t{1} << 40, int64_t{1} << 40}));
      },
      "the shape of a is none");
  expect([&](ProtoWriter& of) { of.message(2, shape({-1})); }, "a shape is none");
  expect([](ProtoWriter& of) { of.integer(3, 1); }, "a lies nowhere");
  expect([](ProtoWriter& of) { of.integer(4, 5); }, "is cut off: it has 0 bytes");
  expect(
      [](ProtoWriter& of) {
        of.integer(4, -1);
        of.integer(5, 2);
      },
      "a lies nowhere");
}

TEST(TensorflowCheckpoint, OthersThatLookAlikeAreNamed) {
  ProtoWriter first, big, none;
  first.text(1, "meta");
  expect_refused({{".index", table_of(entry("", first))}}, "TensorFlow's first version");
  big.integer(1, 1);
  big.integer(2, 1);
  expect_refused({{".index", table_of(entry("", big))}}, "big-endian");
  expect_refused({{".index", table_of(entry("", none))}}, "how many files");
  expect_refused({{".index", table_of("x", 1)}}, "packed with Snappy");
}

std::string table_refusal(const std::string& table) {
  try {
    read_sorted_table(MemoryBytes(table), [](std::string_view, std::string_view) {});
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

void expect_table_refused(const std::string& table, const std::string& what) {
  EXPECT_NE(table_refusal(table).find(what), std::string::npos) << table_refusal(table);
}

TEST(TensorflowCheckpoint, NamesArePrintable) {
  ProtoWriter header, number;
  header.integer(1, 1);
  number.integer(1, 9);
  number.integer(5, 8);
  const std::string index = table_of(entry("", header) + entry("a\n\xff", number));
  const auto file = open({{".index", index}, {".data-00000-of-00001", "12345678"}});
  EXPECT_EQ(file->tensors().at(0).name, "a\\x0A\\xFF");
}

TEST(SortedTable, PlacesAreNotBelieved) {
  const std::string block = entry("a", {});
  expect_table_refused(table_of(block, 0, varint(0) + varint(block.size() + 8)), "overlap");
  // With the five bytes behind a block the sum would be 2: LevelDB's own reader crashes.
  expect_table_refused(table_of(block, 0, varint(0) + varint(~uint64_t{0} - 2)),
                       "a block is longer than the file");
  expect_table_refused(table_of(block, 0, varint(~uint64_t{0} - 2) + varint(8)), "points at bytes");
}

TEST(SortedTable, BlocksHaveAnEnd) {
  for (const char* end : {"", "abc", "abcd", "abc\xff"})
    expect_table_refused(make_table(end), "a block is cut off");
  expect_table_refused(make_table("\2\0\0\0\2\0\0\0"s), "a block is cut off");
  EXPECT_EQ(table_refusal(make_table("\0\0\0\0\1\0\0\0"s)), "");
}

TEST(SortedTable, KeysAreInOrderAndNoLongerThanTheFile) {
  EXPECT_EQ(table_refusal(table_of(entry("a", {}) + entry("b", {}))), "");
  expect_table_refused(table_of(entry("b", {}) + entry("a", {})), "out of order");
  std::string block = entry(std::string(1000, 'a'), {});
  for (char last = 'b'; last < 'z'; ++last) block += varint(999) + "\1\0"s + last;
  expect_table_refused(table_of(block), "its keys are longer");
}

/// A folder to lay files of checkpoints in.
class CheckpointPaths : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("nasnet-checkpoints-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void lay(const std::string& prefix, const Files& files) {
    fs::create_directories((folder_ / prefix).parent_path());
    for (const auto& [ending, content] : files) write_file(folder_ / (prefix + ending), content);
  }
  /// How many tensors are there, or the refusal.
  std::string opened(const std::string& name) {
    try {
      return std::to_string(open_weight_file((folder_ / name).string())->tensors().size());
    } catch (const InputError& error) {
      return error.what();
    }
  }
  void expect_refused(const std::string& name, const std::string& what) {
    EXPECT_NE(opened(name).find(what), std::string::npos) << opened(name);
  }

  fs::path folder_;
};

TEST_F(CheckpointPaths, LeadToTheSameFiles) {
  lay("run/model.ckpt-77", kSaver);
  for (const char* name : {"run/model.ckpt-77", "run/model.ckpt-77.index",
                           "run/model.ckpt-77.data-00000-of-00001", "run", "run/"})
    EXPECT_EQ(opened(name), "6") << name;
  lay("saved/variables/variables", kObjects);
  EXPECT_EQ(opened("saved"), "3");
}

TEST_F(CheckpointPaths, OfAFolderAreThoseOfItsList) {
  lay("run/model.ckpt-1", kSaver);
  lay("run/model.ckpt-2", kObjects);
  expect_refused("run", "several checkpoints");
  // Where it was trained, the folder had another name.
  write_file(folder_ / "run/checkpoint",
             "model_checkpoint_path: \"/train/model.ckpt-2\"\n"
             "all_model_checkpoint_paths: \"/train/model.ckpt-1\"\n");
  EXPECT_EQ(opened("run"), "3");
  EXPECT_EQ(opened("run/checkpoint"), "3");
  write_file(folder_ / "run/checkpoint", "model_checkpoint_path: \"model.ckpt-3\"\n");
  expect_refused("run", "run/model.ckpt-3.index is missing");
  ProtoWriter first;
  first.text(1, "meta");
  write_file(folder_ / "run/model.ckpt-3", table_of(entry("", first)));
  expect_refused("run", "TensorFlow's first version");
  write_file(folder_ / "run/checkpoint", "model_checkpoint_path: \n");
  expect_refused("run", "names no checkpoint");
}

TEST_F(CheckpointPaths, ThatLackAFileAreRefusedByItsName) {
  lay("a", {{".index", kSaverIndex}});
  for (const char* name : {"a", "a.index"})
    expect_refused(name, "/a.data-00000-of-00001 is missing");
  lay("b", {{".data-00000-of-00001", kSaverData}});
  for (const char* name : {"b", "b.data-00000-of-00001"})
    expect_refused(name, "/b.index is missing");
  lay("c", {{".index (1)", kSaverIndex}});
  expect_refused("c.index (1)", "under another name");
  lay("d", {{".meta", "\x0a\x0b"}});
  expect_refused("d.meta", "the graph of a TensorFlow checkpoint");
}

TEST_F(CheckpointPaths, SlowTensorflowReadsAndWritesTheFilesOfTheTests) {
  const std::string source = NASNET_SOURCE_DIR, python = source + "/build/tensorflow/bin/python";
  if (!fs::exists(python))
    GTEST_SKIP() << "TensorFlow is not there; scripts/oracles --tensorflow installs it";
  const std::string make = python + " " + source + "/tests/exchange/make_tensorflow_files.py ";
  ASSERT_EQ(std::system((make + "--compare " + folder_.string() + " 2>/dev/null").c_str()), 0);
  ASSERT_EQ(std::system((make + folder_.string() + " 2>/dev/null").c_str()), 0);
  EXPECT_EQ(read_file(folder_ / "saver.data-00000-of-00001"), kSaverData);
  EXPECT_EQ(opened("saver"), "6");
  EXPECT_EQ(opened("objects"), "3");
}

}  // namespace
}  // namespace nasnet::exchange
