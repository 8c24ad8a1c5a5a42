#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

using nlohmann::json;

/// Searches that learn from earlier ones, with a score as a column of their models.
class SearchLearnsFrom : public Searches {
 protected:
  static Arguments bananas(const std::string& study, Flags more = {}) {
    more.insert({"--strategy", "bananas"});
    more.insert({"--bananas-first", "2"});
    return search(study, more);
  }
  static Flags learning(const std::string& workers = "1") {
    return {{"--learn-from", "first.db"},
            {"--scores", "synflow"},
            {"--column", "synflow"},
            {"--trials", "12"},
            {"--workers", workers}};
  }
  void expect_refusal(const Arguments& arguments, const std::string& part) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 2);
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in " << outcome.err;
  }
};

TEST_F(SearchLearnsFrom, TheSameWithAnyNumberOfWorkersAndWithoutTheFileLater) {
  ASSERT_EQ(run(bananas("first.db")).status, 0);
  const Outcome one = run(bananas("one.db", learning()));
  ASSERT_EQ(one.status, 0) << one.err;
  EXPECT_EQ(findings(run(bananas("two.db", learning("2")))), findings(one));
  Flags part = learning();
  part["--trials"] = "4";
  ASSERT_EQ(run(bananas("part.db", part)).status, 0);
  std::filesystem::rename(folder_ / "first.db", folder_ / "gone.db");
  EXPECT_EQ(findings(run(bananas("part.db", learning("2")))), findings(one));

  const json study = last_json(one);
  const json& earlier = study.at("earlier_studies");
  EXPECT_EQ(earlier.at("arm"), "baseline");
  EXPECT_EQ(earlier.at("studies")[0].at("name"), "first.db");
  EXPECT_EQ(earlier.at("studies")[0].at("trials"), 12);
  const Outcome report = run({"report", "one.db", "--out", "one.html"});
  ASSERT_EQ(report.status, 0) << report.err;
  std::string page;
  {
    std::ifstream in(folder_ / "one.html");
    page.assign(std::istreambuf_iterator<char>(in), {});
  }
  EXPECT_NE(page.find("Learned from earlier studies"), std::string::npos);
  EXPECT_NE(page.find("--learn-from first.db"), std::string::npos);

  // Another list is another study; the same study takes no other.
  expect_refusal(bananas("part.db", {{"--learn-from", "gone.db"},
                                     {"--scores", "synflow"},
                                     {"--column", "synflow"},
                                     {"--trials", "12"}}),
                 "learn_from");
}

TEST_F(SearchLearnsFrom, NothingWhereItCannot) {
  ASSERT_EQ(run(bananas("first.db", {{"--trials", "2"}})).status, 0);
  expect_refusal(bananas("s.db", {{"--learn-from", "none.db"}}),
                 "--learn-from none.db: there is no study none.db");
  expect_refusal(search("s.db", {{"--learn-from", "first.db"}}), "add --strategy bananas");
  expect_refusal(bananas("s.db", {{"--learn-from", "first.db"}, {"--blocks", "3"}}),
                 "--learn-from first.db: its candidates are of another space");
  expect_refusal(bananas("s.db", {{"--learn-from", "data"}}), "--learn-from data");
  expect_refusal(bananas("s.db", {{"--column", "jacov"}}),
                 "--column jacov: it is not known before a candidate is evaluated");
  expect_refusal(search("s.db", {{"--column", "parameters"}}), "add --strategy bananas");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "s.db"));
}

}  // namespace
}  // namespace nasnet::test
