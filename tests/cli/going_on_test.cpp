#include <gtest/gtest.h>

#include "tests/cli/searches.h"

// Studies and trainings resume with the settings that they were begun with.

namespace nasnet::test {
namespace {

using nlohmann::json;

class SlowGoingOn : public Searches {
 protected:
  /// The settings that the search ends with.
  json settings(const Arguments& arguments) const {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return last_json(outcome).at("settings");
  }

  /// Makes the study what a program was to write that did not have these settings.
  void forget(const std::string& study, const std::vector<std::string>& names) const {
    std::string removed;
    for (const std::string& name : names) removed += ", '$.settings." + name + "'";
    const std::string sql =
        "UPDATE study SET value = json_remove(value" + removed + ") WHERE key = 'settings'";
    ASSERT_EQ(change_rows(folder_ / study, sql), 1);
  }
};

TEST_F(SlowGoingOn, AStudyKeepsWhatIsNotGivenAgain) {
  const json begun =
      settings(search("a.db", {{"--epochs", "3"}, {"--seed", "7"}, {"--no-flip", ""}}));
  EXPECT_EQ(begun.at("epochs"), 3);
  EXPECT_EQ(begun.at("flip"), false);
  const json gone_on = settings({"search", "--study", "a.db", "--trials", "8", "--json"});
  EXPECT_EQ(gone_on.at("trials"), 8);
  for (const auto& [name, value] : begun.items())
    if (name != "trials") {
      EXPECT_EQ(gone_on.at(name), value) << name;
    }
  expect_refused(run({"search", "--study", "a.db", "--epochs", "2"}), {"epochs = 3", "2"});
  expect_refused(run({"search", "--study", "a.db", "--preset", "paper"}),
                 {"advantage", "\"rank\"", "\"reward\""});
}

/// Children of such a study were trained with drop-path, and on crops out of an eighth more on
/// every side: those to come are too.
TEST_F(SlowGoingOn, AStudyThatDoesNotNameASettingKeepsItsValueOfThen) {
  const Flags then = {{"--drop-path-keep", "0.6"}, {"--crop-padding", "2"}};
  json expected = settings(search("old.db", then));
  expected["crop_padding"] = nullptr;  // an eighth, whatever the size
  const std::vector<std::string> unnamed = {
      "optimizer", "schedule",        "decay_factor",     "decay_epochs",   "warmup_epochs",
      "momentum",  "rmsprop_decay",   "rmsprop_epsilon",  "weight_decay",   "clip",
      "ema",       "label_smoothing", "auxiliary_weight", "drop_path_keep", "crop_padding",
      "flip",      "cutout"};
  forget("old.db", unnamed);
  const Outcome outcome = run(search("old.db", {{"--trials", "8"}}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const std::string& name : unnamed)
    EXPECT_EQ(last_json(outcome).at("settings").at(name), expected.at(name)) << name;
  Flags whole = then;
  whole["--trials"] = "8";
  EXPECT_EQ(findings(outcome), findings(run(search("whole.db", whole))));
  expect_refused(run(search("old.db", {{"--drop-path-keep", "1"}})), {"drop_path_keep = 0.6", "1"});
}

TEST_F(SlowGoingOn, ATrainingKeepsWhatIsNotGivenAgain) {
  const Arguments train = {"train",     "enas", "--data",   "data",  "--cells",  "1",
                           "--filters", "4",    "--out",    "model", "--epochs", "2",
                           "--seed",    "3",    "--recipe", "large", "--json"};
  const json begun = last_json(run(train));
  const auto stored = [&] { return json::parse(read_text(folder_ / "model/manifest.json")); };
  const json before = stored();
  EXPECT_EQ(before.at("training").at("drop_path_keep"), 0.7);
  const Arguments again = {"train", "enas",  "--data",   "data",
                           "--out", "model", "--resume", "--json"};
  EXPECT_EQ(last_json(run(again)), begun);
  EXPECT_EQ(stored(), before);
  const auto refused = [&](const Arguments& flags, const std::vector<std::string>& differences) {
    Arguments other = again;
    other.insert(other.end(), flags.begin(), flags.end());
    const Outcome outcome = run(other);
    expect_refused(outcome, {"--resume", "model"});
    expect_refused(outcome, differences);
  };
  refused({"--drop-path-keep", "1"}, {"--drop-path-keep 0.7 instead of 1.0;"});
  refused({"--recipe", "mobile"}, {"--drop-path-keep 0.7 instead of 1.0"});
  refused({"--filters", "8", "--seed", "4"}, {"--filters 4 instead of 8", "--seed 3 instead of 4"});
  refused({"--image-size", "8"}, {"--image-size 16 instead of 8;"});
  refused({"--resize", "pad"}, {"--resize crop instead of pad;"});
  refused({"--limit-train", "20"}, {"other images or labels"});
  Arguments other = again;
  other[1] = "nasnet-a";
  expect_refused(run(other), {"the genotype enas instead of nasnet-a;"});
}

}  // namespace
}  // namespace nasnet::test
