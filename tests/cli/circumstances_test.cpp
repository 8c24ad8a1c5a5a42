#include <sys/stat.h>

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// Machines that are not as one expects: folders of others, no room, no home.
class Circumstances : public testing::Test {
 protected:
  Circumstances() { write_colour_classes(folder_ / "photos", 4); }

  Outcome run(const Words& arguments, const std::map<std::string, std::string>& environment) const {
    Words command = {nasnet_path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Process(command, folder_.path(), environment).wait(60);
  }
  /// As a user to whom nothing belongs; root may read everything.
  Outcome run_as_nobody(const Words& arguments) const {
    Words command = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", nasnet_path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Process(command, folder_.path()).wait(60);
  }
  Folder folder_;
};

TEST_F(Circumstances, ArchivesWithoutRoomForTheirPicturesSayWhere) {
  const auto pack = [&](const std::string& how, const std::string& name) {
    return std::system(("tar " + how + " " + (folder_ / name).string() + " -C " +
                        folder_.path().string() + " photos")
                           .c_str());
  };
  ASSERT_EQ(pack("cf", "photos.tar"), 0);
  ASSERT_EQ(pack("czf", "photos.tar.gz"), 0);
  EXPECT_EQ(run({"data", "photos.tar"}, {{"TMPDIR", "/proc"}}).status, 0) << "read in place";
  EXPECT_EQ(run({"data", "photos.tar.gz"}, {}).status, 0);
  expect_refused(run({"data", "photos.tar.gz"}, {{"TMPDIR", "/proc"}}),
                 {"cannot make a temporary file in /proc", "name another folder in TMPDIR"});
}

TEST_F(Circumstances, PipesAmongPicturesNeverHang) {
  ASSERT_EQ(::mkfifo((folder_ / "photos/red/pipe.png").c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo((folder_ / "photos/labels.csv").c_str(), 0600), 0);
  const Outcome outcome = run({"data", "photos"}, {});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("named pipe (2: labels.csv)"), std::string::npos) << outcome.out;
  expect_refused(run({"data", "photos/red/pipe.png"}, {}), {"neither a folder nor a regular file"});
}

TEST_F(Circumstances, WithoutAHomeOnlyDownloadsLackAPlace) {
  EXPECT_EQ(run({"data", "photos"}, {{"HOME", ""}}).status, 0);
  EXPECT_EQ(run({"data"}, {{"HOME", ""}}).status, 0);
}

TEST_F(Circumstances, WhatBelongsToOthersIsNamedAndNothingIsLeftOutSilently) {
  fs::permissions(folder_.path(), fs::perms(0755));
  if (run_as_nobody({"--help"}).status != 0)
    GTEST_SKIP() << "the program cannot be run as another user here";
  fs::permissions(folder_ / "photos/red/1.png", fs::perms::none);
  fs::permissions(folder_ / "photos/green", fs::perms::none);
  fs::create_directory(folder_ / "models");
  fs::permissions(folder_ / "models", fs::perms::all);
  const Words names = {"green cannot be read (Permission denied)", "red/1.png: Permission denied"};
  const Outcome listed = run_as_nobody({"data", "photos"});
  EXPECT_EQ(listed.status, 2);
  for (const std::string& name : names)
    EXPECT_NE(listed.out.find(name), std::string::npos) << listed.out;
  expect_refused(run_as_nobody({"train", "enas", "--data", "photos", "--out", "models/m"}),
                 {names[0], "--skip-unreadable"});
  fs::permissions(folder_ / "photos/blue", fs::perms::none);
  expect_refused(run_as_nobody({"data", "photos"}),
                 {"has only one class, 'red'", "2 of its files and folders cannot be read: blue"});
  fs::permissions(folder_ / "photos", fs::perms::none);
  expect_refused(run_as_nobody({"data", "photos"}), {"photos cannot be read (Permission denied)"});
  fs::permissions(folder_ / "photos", fs::perms::all);
}

}  // namespace
}  // namespace nasnet::test
