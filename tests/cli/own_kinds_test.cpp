// Spaces and evaluators that a program adds in one file each: tests/cli/own, linked with the
// program's own objects.
#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

using nlohmann::json;

class OwnKinds : public Searches {
 protected:
  static Arguments search(const std::string& study, const Flags& changes = {}) {
    Arguments arguments = {"search", "--json", "--study", study};
    Flags flags = {{"--trials", "12"},   {"--generation", "4"},   {"--minibatch", "4"},
                   {"--space", "chain"}, {"--evaluator", "size"}, {"--objective", "closeness"},
                   {"--workers", "1"}};
    for (const auto& [flag, value] : changes) flags[flag] = value;
    for (const auto& [flag, value] : flags) arguments.insert(arguments.end(), {flag, value});
    return arguments;
  }
  Outcome run_own(Arguments arguments) const {
    arguments.insert(arguments.begin(), OWN_PROGRAM);
    return Process(arguments, folder_.path()).wait();
  }
};

TEST_F(OwnKinds, AreSearchedInWorkerProcesses) {
  const Outcome outcome = run_own(search("a.db"));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json object = last_json(outcome);
  for (const char* arm : {"trials", "baseline"}) {
    ASSERT_EQ(object.at(arm).size(), 12u);
    for (const json& trial : object.at(arm)) {
      EXPECT_EQ(trial.at("state"), "done");
      EXPECT_LE(trial.at("reward"), 0);
      EXPECT_EQ(trial.at("genotype").at("normal").at("blocks").size(), 3u);
    }
  }
  EXPECT_EQ(findings(run_own(search("b.db", {{"--workers", "2"}}))), findings(outcome));
}

TEST_F(OwnKinds, HaveTheirSettingsEverywhere) {
  const std::string help = run_own({"search", "--help-all"}).out;
  for (const char* text :
       {"chain: cells of one chain", "size: counts parameters", "--links N", "--wanted NUMBER"})
    EXPECT_NE(help.find(text), std::string::npos) << text;
  write_text(folder_ / "c.toml", "[search]\nlinks = 2\n");
  const json object = last_json(run_own(search("a.db", {{"--config", "c.toml"}})));
  EXPECT_EQ(object.at("settings").at("links"), 2);
  EXPECT_EQ(object.at("trials")[0].at("genotype").at("normal").at("blocks").size(), 2u);
  EXPECT_EQ(findings(run_own(search("a.db"))).size(), 24u) << "resumed with links = 2";
  expect_refused(run_own(search("a.db", {{"--links", "4"}})), {"links = 2 (now 4)"});
  expect_refused(run_own(search("b.db", {{"--links", "0"}})), {"links", "1 to 16"});
}

TEST_F(OwnKinds, JoinThoseThatAreThere) {
  // The space with the children's evaluator, and the evaluator on the program's space.
  const json children = last_json(run_own(search("a.db", {{"--evaluator", "child"},
                                                          {"--objective", "accuracy"},
                                                          {"--data", "data"},
                                                          {"--trials", "2"},
                                                          {"--generation", "2"},
                                                          {"--epochs", "1"},
                                                          {"--filters", "4"},
                                                          {"--validation-images", "30"}})));
  EXPECT_EQ(children.at("trials")[1].at("state"), "done");
  EXPECT_EQ(children.at("trials")[1].at("measurements").at("validation_images"), 30);
  const json sizes = last_json(run_own(search("b.db", {{"--space", "nasnet"}})));
  EXPECT_EQ(sizes.at("trials")[11].at("state"), "done");
}

TEST_F(OwnKinds, AreReportedInWords) {
  Arguments words = search("a.db");
  std::erase(words, "--json");
  const Outcome outcome = run_own(words);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("The best cells found"), std::string::npos);
}

TEST_F(OwnKinds, WithUnknownNamesAreRefusedInOneLine) {
  expect_refused(run_own(search("a.db", {{"--space", "chian"}})), {"did you mean 'chain'?"});
  expect_refused(run_own(search("a.db", {{"--evaluator", "sise"}})), {"did you mean 'size'?"});
  expect_refused(
      run_own(search("a.db", {{"--space", "nasbench201"}})),
      {"--evaluator size does not serve --space nasbench201; choose from reward, table"});
  expect_refused(run_own(search("a.db", {{"--objective", "accuracy"}})),
                 {"unknown measurement 'accuracy'; choose from closeness, parameters"});
  ASSERT_EQ(run_own(search("a.db")).status, 0);
  // The program without them says which it lacks, and not only that a setting is unknown.
  expect_refused(run({"worker", "--study", "a.db"}), {"a.db", "space cannot be 'chain'"});
}

TEST_F(OwnKinds, OfAnotherIdentityAreRefused) {
  ASSERT_EQ(run_own(search("a.db")).status, 0);
  change_rows(folder_ / "a.db",
              "UPDATE study SET value = json_set(value, '$.identity.formula', '0') WHERE key = "
              "'settings'");
  expect_refused(
      run_own(search("a.db")),
      {"the formula of the closeness is not that of study a.db: formula is 0 there and 1 "
       "here; begin another --study"});
  expect_refused(run_own({"worker", "--study", "a.db"}), {"formula is 0 there and 1 here"});
}

}  // namespace
}  // namespace nasnet::test
