#include "nasnet/data/disk_store.h"

#include "nasnet/data/image_tree.h"
#include "tests/data/listing.h"

namespace nasnet::data {
namespace {

class DiskStoreTest : public WithFolder {};

TEST_F(DiskStoreTest, FilesAreReadWhereverTheyLie) {
  write({{"a/1.png", "one"}, {"a/2.png", "two"}, {"b/1.png", "other"}, {"top.png", "top"}});
  DiskStore store;
  std::map<std::string, uint64_t> keys;
  for (const char* name : {"a/1.png", "b/1.png", "top.png", "a/2.png"})
    keys[name] = store.add(path(name));
  EXPECT_EQ(store.read(keys["a/1.png"], 3, ""), "one");
  EXPECT_EQ(store.read(keys["a/2.png"], 3, ""), "two");
  EXPECT_EQ(store.read(keys["b/1.png"], 5, ""), "other");
  EXPECT_EQ(store.read(keys["top.png"], 3, ""), "top");
  EXPECT_EQ(store.beginning(keys["b/1.png"], 2, ""), "ot");
  EXPECT_EQ(store.beginning(keys["b/1.png"], 200, ""), "other");
}

TEST_F(DiskStoreTest, WhatCannotBeReadIsNamed) {
  write({{"1.png", "four"}});
  DiskStore store;
  const uint64_t large = store.add(path("1.png")), missing = store.add(path("2.png"));
  EXPECT_EQ(refusal([&] { store.read(large, 3, ""); }),
            path("1.png") + " has 4 bytes, more than the 3 that such a file may have");
  for (const auto read : {&DiskStore::read, &DiskStore::beginning}) {
    try {
      (store.*read)(missing, 3, "");
      FAIL() << "no error";
    } catch (const SystemError& error) {
      EXPECT_NE(std::string(error.what()).find(path("2.png")), std::string::npos) << error.what();
    }
  }
}

TEST_F(DiskStoreTest, AFileWithoutAFolderIsOfTheOneThatTheProgramIsIn) {
  write({{"1.png", "one"}});
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  DiskStore store;
  EXPECT_EQ(store.read(store.add("1.png"), 3, ""), "one");
  std::filesystem::current_path(before);
}

TEST_F(DiskStoreTest, AMillionFilesTakeLittleMemory) {
  // Beside the path, whose letters lie elsewhere where it has more than 15.
  EXPECT_LE(sizeof(ImageFile), 72U);
}

}  // namespace
}  // namespace nasnet::data
