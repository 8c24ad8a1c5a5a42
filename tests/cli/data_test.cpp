#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

Outcome describe(const Folder& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments = {"data", "pictures"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return nasnet(arguments, folder.path());
}

TEST(Data, WithoutANameListsTheKnownSets) {
  const json list = last_json(nasnet({"data", "--json"}));
  std::vector<std::string> names;
  for (const json& entry : list) names.push_back(entry["name"]);
  EXPECT_EQ(names, (std::vector<std::string>{"fashion-mnist", "mnist", "cifar-10", "cifar-100"}));
}

TEST(Data, CountsAFolderOfPictures) {
  Folder folder;
  write_colour_classes(folder / "pictures", 20);
  const auto before = folder.files();
  const json result = last_json(describe(folder, {"--json"}));
  EXPECT_EQ(result["train_images"].get<int>() + result["test_images"].get<int>(), 60);
  EXPECT_GT(result["test_images"].get<int>(), 0);
  EXPECT_EQ(result["own_test_split"], false);
  EXPECT_EQ(result["height"], 16);
  EXPECT_EQ(result["channels"], 3);
  ASSERT_EQ(result["classes"].size(), 3u);
  for (const json& entry : result["classes"])
    EXPECT_EQ(entry["train"].get<int>() + entry["test"].get<int>(), 20);
  EXPECT_EQ(result["digest"], last_json(describe(folder, {"--json"}))["digest"]);
  EXPECT_EQ(folder.files(), before);
}

TEST(Data, TextNamesTheClasses) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  const Outcome outcome = describe(folder);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  for (const std::string name : {"red", "green", "blue"})
    EXPECT_NE(outcome.out.find("\n" + name), std::string::npos) << outcome.out;
}

TEST(Data, AnUnreadablePictureIsNamedAndSkippedOnRequest) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  const fs::path victim = folder / "pictures/green/3.png";
  const std::string whole = read_text(victim);
  write_text(victim, whole.substr(0, whole.size() / 2));
  write_text(folder / "pictures/red/4.png", "this is no picture");
  // All of them are listed, and the status says that something is wrong.
  Outcome listed = describe(folder);
  EXPECT_NE(listed.out.find("green/3.png cannot be read"), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("red/4.png cannot be read"), std::string::npos) << listed.out;
  listed.out.clear();
  expect_refused(listed, {"pictures: 2 unreadable files", "--skip-unreadable"});
  expect_refused(nasnet({"train", "nasnet-a", "--data", "pictures"}, folder.path()),
                 {"pictures: green/3.png cannot be read", "and 1 more", "--skip-unreadable"});
  EXPECT_EQ(folder.files().size(), 30u) << "nothing was written";
  const Outcome skipped = describe(folder, {"--skip-unreadable", "--json"});
  EXPECT_EQ(skipped.status, 0) << skipped.err;
  const json result = last_json(skipped);
  EXPECT_EQ(result["train_images"].get<int>() + result["test_images"].get<int>(), 28);
  ASSERT_EQ(result["unreadable"].size(), 2u);
  EXPECT_EQ(skipped.err, "");
  const Outcome text = describe(folder, {"--skip-unreadable"});
  EXPECT_NE(text.out.find("unreadable files: 2"), std::string::npos) << text.out;
}

TEST(Data, LongNamesKeepTheColumns) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  const std::string name(40, 'n');
  fs::rename(folder / "pictures/red", folder / "pictures" / name);
  const std::string out = describe(folder).out;
  const size_t head = out.find("\nclass ") + 1, row = out.find("\n" + name) + 1;
  EXPECT_EQ(out.find("test\n", head) + 4 - head, out.find('\n', row) - row) << out;
}

TEST(Data, FilesOfOtherKindsAreCounted) {
  Folder folder;
  write_colour_classes(folder / "pictures", 10);
  write_text(folder / "pictures/red/a.jxl", "x");
  write_text(folder / "pictures/red/b.JXL", "x");
  write_text(folder / "pictures/labels.csv", "x");
  EXPECT_EQ(last_json(describe(folder, {"--json"})).at("ignored"),
            (json{{".csv", 1}, {".jxl", 2}}));
  EXPECT_NE(describe(folder).out.find(".jxl (2)"), std::string::npos);
  write_text(folder / "scans/a.psd", "x");
  expect_refused(nasnet({"data", "scans"}, folder.path()), {"no images (JPEG, PNG", "1 .psd"});
}

TEST(Data, FoldersThatAreNoDataSetAreRefused) {
  Folder folder;
  fs::create_directories(folder / "pictures");
  expect_refused(describe(folder), {"pictures"});
  write_colour_classes(folder / "pictures", 5);
  fs::create_directories(folder / "pictures/yellow");
  expect_refused(describe(folder), {"yellow"});
  expect_refused(nasnet({"data", "pictores"}, folder.path()), {"pictores"});
  expect_refused(nasnet({"data", "fashion-mnits"}), {"'fashion-mnist'"});
}

TEST(Data, BrokenArchivesAreNamed) {
  Folder folder;
  for (const std::string name : {"a.tar", "a.tar.gz", "a.tar.zst", "a.zip"}) {
    write_text(folder / name, "PK\3\4 not an archive, whatever its name says");
    expect_refused(nasnet({"data", name}, folder.path()), {name});
    write_text(folder / name, "");
    expect_refused(nasnet({"data", name}, folder.path()), {name});
  }
}

TEST(Data, ADownloadThatFailsLeavesNoWholeFile) {
  Folder folder;
  const std::string mirror = "file://" + (folder / "nowhere").string() + "/";
  Process process({nasnet_path(), "data", "cifar-10", "--download", "--mirror", mirror},
                  folder.path(), {{"NASNET_DATA", (folder / "store").string()}});
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.status, 2) << outcome.err;
  for (const std::string& file : folder.files()) EXPECT_FALSE(file.ends_with(".gz")) << file;
  expect_refused(nasnet({"data", "fashion-mnist", "--download"}), {"cifar-10"});
}

}  // namespace
}  // namespace nasnet::test
