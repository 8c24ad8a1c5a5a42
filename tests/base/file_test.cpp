#include "nasnet/base/file.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/safetensors.h"

namespace nasnet {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(fs::temp_directory_path() / ("nasnet-file-" + std::to_string(getpid()))) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~FileTest() override { fs::remove_all(folder_); }
  int64_t files() const {
    return std::distance(fs::directory_iterator(folder_), fs::directory_iterator());
  }
  fs::path folder_;
};

TEST_F(FileTest, AppearsWholeOrNotAtAll) {
  const fs::path path = folder_ / "deep" / "file";
  write_file(path, "first");
  {
    AtomicFile file(path);
    file.write("half of the sec");
  }
  EXPECT_EQ(read_file(path), "first");
  write_file(path, "second");
  EXPECT_EQ(read_file(path), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "deep"), fs::directory_iterator()), 1);
}

TEST_F(FileTest, WhatCannotBeReadIsNamed) {
  for (const fs::path& path : {folder_, folder_ / "missing"}) {
    try {
      read_file(path);
      FAIL();
    } catch (const SystemError& error) {
      EXPECT_NE(std::string(error.what()).find(path.string()), std::string::npos);
    }
  }
  write_file(folder_ / "large", "0123456789");
  EXPECT_THROW(read_file(folder_ / "large", 9), InputError);
}

TEST_F(FileTest, PipesAreReadToTheirEnd) {
  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const std::string content(200000, 'x');
  for (const size_t limit : {content.size(), content.size() - 1}) {
    std::thread writer([&] { std::ofstream(pipe) << content; });
    if (limit == content.size()) {
      EXPECT_EQ(read_file(pipe, limit), content);
    } else {
      EXPECT_THROW(read_file(pipe, limit), InputError);
    }
    writer.join();
  }
}

TEST_F(FileTest, FullDiskLeavesNoHalfFile) {
  const fs::path disk = folder_ / "disk";
  fs::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0)
    GTEST_SKIP() << "a small disk can be mounted by root only";
  write_file(disk / "file", "small");
  try {
    write_file(disk / "file", std::string(1 << 20, 'x'));
    ADD_FAILURE() << "a mebibyte on a disk of 64 KiB";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("free some space"), std::string::npos);
  }
  EXPECT_EQ(read_file(disk / "file"), "small");
  EXPECT_EQ(std::distance(fs::directory_iterator(disk), fs::directory_iterator()), 1);
  ::umount(disk.c_str());
}

TEST_F(FileTest, Digests) {
  EXPECT_EQ(digest("abc", "md5"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(digest("", "sha256"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  const std::string large(3 << 20, 'a');
  write_file(folder_ / "large", large);
  EXPECT_EQ(file_digest(folder_ / "large", "sha256"), digest(large, "sha256"));
}

TEST(Nearest, IsMeant) {
  EXPECT_EQ(nearest("epoch", {"epochs", "batch"}), "epochs");
  EXPECT_EQ(nearest("bathc", {"epochs", "batch"}), "batch");
  EXPECT_EQ(nearest("zzzzzz", {"epochs", "batch"}), "");
  EXPECT_EQ(suggestion("zzzzzz", {"a", "b"}), "; choose from a, b");
}

/// A safetensors file of one header and some data.
std::string safetensors(const std::string& header, const std::string& data) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(header.size() >> (8 * i) & 0xff);
  return bytes + header + data;
}

std::string refusal(const std::string& bytes) {
  try {
    parse_safetensors(bytes, bytes.size(), "x");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_F(FileTest, SafetensorsComeBack) {
  const std::string a(24, 'a'), b(2, 'b');
  write_safetensors(folder_ / "t",
                    {{"a/b", "F32", {2, 3}, a}, {"c", "U8", {2}, b}, {"e", "F64", {0}, ""}},
                    {{"format", "pt"}});
  const SafetensorsFile file(folder_ / "t");
  ASSERT_EQ(file.header().tensors.size(), 3u);
  EXPECT_EQ(file.header().metadata.at("format"), "pt");
  EXPECT_EQ(file.header().data_begin % 64, 0u);
  const TensorEntry* entry = file.find("a/b");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->shape, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(file.bytes(*entry), a);
  EXPECT_EQ(file.bytes(*file.find("c")), b);
  EXPECT_EQ(file.find("d"), nullptr);
}

TEST(Safetensors, DamageIsRefused) {
  const std::string good =
      safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678");
  EXPECT_EQ(refusal(good), "");
  for (size_t size = 0; size < good.size(); ++size) EXPECT_NE(refusal(good.substr(0, size)), "");
  EXPECT_NE(refusal(good + "x"), "");
  EXPECT_NE(refusal(std::string(8, '\xff') + "{}").find("claims"), std::string::npos);
  const auto with = [](const std::string& header) {
    return refusal(safetensors(header, "12345678"));
  };
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"), "");
  EXPECT_NE(with(R"({"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}})"), "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})"), "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})"), "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}})"),
            "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                     "b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"),
            "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"), "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},
                     "a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})"),
            "");
  EXPECT_NE(with(R"({"a":{"dtype":"F32","shape":[2]}})"), "");
  EXPECT_NE(with(R"([1])"), "");
  EXPECT_NE(with(std::string(50000, '[')), "");
  EXPECT_NE(
      with(R"({"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})"), "");
}

TEST_F(FileTest, LinksStayAndPipesAreWrittenTo) {
  write_file(folder_ / "real/file", "old");
  fs::create_symlink("real/file", folder_ / "link");
  write_file(folder_ / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder_ / "link"));
  EXPECT_EQ(read_file(folder_ / "real/file"), "new");

  const fs::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = read_file(pipe); });
  write_file(pipe, "through");
  reader.join();
  EXPECT_EQ(received, "through");
  EXPECT_TRUE(fs::is_fifo(pipe));
}

}  // namespace
}  // namespace nasnet
