#include "nasnet/base/folder_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"

namespace nasnet {
namespace {

namespace fs = std::filesystem;

TEST(FolderLock, HoldsAFolderForOneAtATime) {
  const fs::path folder = testing::TempDir() + "nasnet-lock-" + std::to_string(::getpid());
  {
    const auto first = FolderLock::try_lock(folder / "a");
    ASSERT_TRUE(first);
    EXPECT_FALSE(FolderLock::try_lock(folder / "a"));
    EXPECT_TRUE(FolderLock::try_lock(folder / "b"));
  }
  // One that was made and has nothing in it is taken away.
  EXPECT_FALSE(fs::exists(folder / "a"));
  {
    const auto again = FolderLock::try_lock(folder / "a");
    ASSERT_TRUE(again);
    write_file(folder / "a/file", "x");
  }
  EXPECT_TRUE(fs::exists(folder / "a/file"));
  {
    // The folder that has the name now is not the locked one, and stays.
    const auto lock = FolderLock::try_lock(folder / "c");
    fs::rename(folder / "c", folder / "d");
    fs::create_directories(folder / "c");
    EXPECT_TRUE(FolderLock::try_lock(folder / "c"));
  }
  EXPECT_TRUE(fs::exists(folder / "c"));
  write_file(folder / "plain", "x");
  EXPECT_THROW(FolderLock::try_lock(folder / "plain"), SystemError);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nasnet
