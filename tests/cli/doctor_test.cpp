#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::vector<std::string> names_of(const json& diagnosis, const std::string& area) {
  std::vector<std::string> names;
  for (const json& finding : diagnosis.at("findings"))
    if (finding.at("area") == area) names.push_back(finding.at("name"));
  return names;
}

TEST(DoctorVerb, ExaminesTheMachine) {
  const Outcome outcome = nasnet({"doctor", "--json"});
  const json diagnosis = last_json(outcome);
  EXPECT_GE(diagnosis.at("facts").at("machine").at("allowed_cores"), 1);
  EXPECT_FALSE(diagnosis.at("facts").contains("data"));
  EXPECT_EQ(outcome.status, diagnosis.at("problems") > 0   ? 4
                            : diagnosis.at("warnings") > 0 ? 3
                                                           : 0);
}

TEST(DoctorVerb, ExaminesDataAndTellsByItsStatus) {
  const Folder folder;
  write_colour_classes(folder / "set/train", 30);
  write_colour_classes(folder / "set/test", 4);
  write_text(folder / "set/train/red/broken.png", "no picture");
  const Outcome outcome = nasnet({"doctor", "set", "--json"}, folder.path());
  EXPECT_EQ(outcome.status, 4);
  const json diagnosis = last_json(outcome);
  const std::vector<std::string> names = names_of(diagnosis, "data");
  EXPECT_NE(std::find(names.begin(), names.end(), "unreadable_images"), names.end());
  EXPECT_NE(std::find(names.begin(), names.end(), "leaked_copies"), names.end());
  for (const json& finding : diagnosis.at("findings"))
    EXPECT_GE(finding.at("count"), finding.at("examples").size());

  const Outcome text = nasnet({"doctor", "set"}, folder.path());
  EXPECT_EQ(text.status, 4);
  EXPECT_NE(text.out.find("broken.png"), std::string::npos);
  EXPECT_NE(text.out.find("more (--all)"), std::string::npos);
  const Outcome all = nasnet({"doctor", "set", "--all", "--threads", "3"}, folder.path());
  EXPECT_EQ(all.out.find("more (--all)"), std::string::npos);
}

TEST(DoctorVerb, ExaminesAStudy) {
  const Folder folder;
  write_colour_classes(folder / "data", 40);
  ASSERT_EQ(nasnet({"search", "--data", "data", "--study", "study.db", "--trials", "4",
                    "--generation", "2", "--validation-images", "20", "--epochs", "1", "--seeds",
                    "0", "--workers", "1", "--quiet"},
                   folder.path())
                .status,
            0);
  const Outcome outcome = nasnet({"doctor", "--study", "study.db", "--json"}, folder.path());
  EXPECT_EQ(outcome.status, 3);
  const json diagnosis = last_json(outcome);
  const std::vector<std::string> names = names_of(diagnosis, "study");
  EXPECT_NE(std::find(names.begin(), names.end(), "no_better_than_random"), names.end());
  EXPECT_FALSE(diagnosis.at("facts").contains("machine"));
  EXPECT_EQ(diagnosis.at("facts").at("studies").at(0).at("state"), "complete");
}

TEST(DoctorVerb, RefusesWhatIsNotThere) {
  const Folder folder;
  write_text(folder / "notes.txt", "no study");
  expect_refused(nasnet({"doctor", "nowhere"}, folder.path()), {"nowhere", "no such folder"});
  expect_refused(nasnet({"doctor", "--study", "notes.txt"}, folder.path()), {"notes.txt"});
  expect_refused(nasnet({"doctor", "--study", "none.db"}, folder.path()), {"none.db"});
}

}  // namespace
}  // namespace nasnet::test
