#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "nasnet/base/columns.h"
#include "nasnet/base/program.h"
#include "nasnet/base/text.h"
#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

const std::vector<std::string> kVerbs = {"search", "train",  "transfer", "evaluate", "predict",
                                         "export", "import", "describe", "draw",     "data",
                                         "doctor", "worker", "top",      "report",   "completion",
                                         "man",    "latency"};

Outcome with_columns(const std::string& columns, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), nasnet_path());
  return Process(arguments, "/", {{"COLUMNS", columns}}).wait();
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Help, OfSearchIsWhatEveryoneNeeds) {
  const std::string few = nasnet({"search", "--help"}).out;
  const std::string all = nasnet({"search", "--help-all"}).out;
  for (const std::string flag : {"--data", "--study", "--trials", "--time", "--strategy", "--json"})
    EXPECT_TRUE(holds(few, "\n  " + flag)) << flag;
  for (const std::string flag : {"--lease", "--slurm-options", "--ppo-clip", "--first-rung"}) {
    EXPECT_FALSE(holds(few, "\n  " + flag)) << flag;
  }
  for (const std::string flag : {"--lease", "--slurm-options", "--first-rung", "--retry-failed"})
    EXPECT_TRUE(holds(all, "\n  " + flag)) << flag;
  EXPECT_LT(std::count(few.begin(), few.end(), '\n'), 60) << few;
  EXPECT_TRUE(holds(few, "nasnet search --help-all")) << few;
  EXPECT_TRUE(holds(few, "  nasnet search --data my-images")) << "an example";
}

TEST(Help, EverySettingStandsUnderATopicOnce) {
  for (const std::string& verb : kVerbs) {
    const std::vector<std::string> lines = lines_of(nasnet({verb, "--help-all"}).out);
    std::set<std::string> seen;
    for (const std::string& line : lines) {
      if (!line.starts_with("  --")) continue;
      const std::string flag = line.substr(2, line.find_first_of(" ,", 3) - 2);
      EXPECT_TRUE(seen.insert(flag).second) << verb << " " << flag;
    }
    EXPECT_GE(seen.size(), 6u) << verb;
  }
}

TEST(Help, FitsTheTerminal) {
  for (const std::string& verb : kVerbs)
    for (const int columns : {80, 50, 100})
      for (const std::string& line :
           lines_of(with_columns(std::to_string(columns), {verb, "--help-all"}).out)) {
        if (line.starts_with("  nasnet ") || line.starts_with("Usage:")) continue;
        if (line.find(' ', 6) == std::string::npos) continue;  // a word that is longer
        EXPECT_LE(display_width(line), columns) << verb;
      }
  EXPECT_EQ(with_columns("1", {"search", "--help-all"}).status, 0);
}

TEST(Help, EveryVerbShowsAnExampleThatNamesIt) {
  for (const std::string& verb : kVerbs)
    EXPECT_TRUE(holds(nasnet({verb, "--help"}).out, "nasnet " + verb)) << verb;
}

TEST(Help, ForItselfIsAVerbToo) {
  EXPECT_EQ(nasnet({"help"}).out, nasnet({"--help"}).out);
  EXPECT_EQ(nasnet({"help", "draw"}).out, nasnet({"draw", "--help"}).out);
}

TEST(Help, MayBeReadByAProgramThatStopsReading) {
  const Outcome outcome =
      Process({"bash", "-o", "pipefail", "-c", nasnet_path() + " search --help-all | head -n 1"},
              "/")
          .wait();
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 1);
  EXPECT_EQ(outcome.err, "");
}

TEST(Help, NasnetAloneSaysWhatToTypeFirst) {
  const Outcome outcome = nasnet({});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.out, "");
  for (const std::string part : {"nasnet search", "--data", "nasnet --help"})
    EXPECT_TRUE(holds(outcome.err, part)) << outcome.err;
}

TEST(Man, HoldsEveryVerbAndSetting) {
  const std::string page = nasnet({"man"}).out;
  for (const std::string& verb : kVerbs) {
    EXPECT_TRUE(holds(page, ".SH \"NASNET " + verb + "\"")) << verb;
    for (const std::string& line : lines_of(nasnet({verb, "--help-all"}).out)) {
      if (!line.starts_with("  --")) continue;
      std::string flag;
      for (const char c : line.substr(2, line.find_first_of(" ,", 3) - 2))
        flag += c == '-' ? std::string("\\-") : std::string(1, c);
      EXPECT_TRUE(holds(page, "\\fB" + flag + "\\fR")) << flag;
    }
  }
}

TEST(Man, IsTakenByGroffWithoutAWarning) {
  if (find_program("groff").empty()) GTEST_SKIP() << "no groff here";
  const Outcome outcome =
      Process({"sh", "-c", nasnet_path() + " man | groff -ww -man -Tutf8 -rLL=78n -P-cbu"}, "/")
          .wait();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_TRUE(holds(outcome.out, "EXIT STATUS"));
}

}  // namespace
}  // namespace nasnet::test
