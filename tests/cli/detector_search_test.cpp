#include "tests/cli/detector_set.h"

// A search whose candidates are backbones of detectors.

namespace nasnet::test {
namespace {

using nlohmann::json;

class DetectorSearch : public DetectorSet {
 protected:
  std::vector<std::string> search(const std::string& study,
                                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"search", "--data",
                                      "set",    "--study",
                                      study,    "--trials",
                                      "3",      "--detector-shortest",
                                      "64",     "--detector-longest",
                                      "96",     "--detector-filters",
                                      "8",      "--detector-epochs",
                                      "2",      "--detector-validation-images",
                                      "4",      "--detector-proposals",
                                      "20"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(DetectorSearch, BoxesAreSearchedForTheirAveragePrecision) {
  const Outcome outcome = run(search("a.db", {"--json"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = last_json(outcome);
  ASSERT_FALSE(result["best"].empty()) << outcome.err;
  EXPECT_EQ(result["settings"]["objective"], "ap50");
  EXPECT_EQ(result["settings"]["evaluator"], "detector");
  const json& best = result["best"][0];
  EXPECT_EQ(best["measurements"]["validation_images"], 4);
  EXPECT_GE(best["measurements"]["ap50"], 0);
  EXPECT_LE(best["measurements"]["ap50"], 1);
  EXPECT_GT(best["measurements"]["parameters"], 1000);

  // The same study, whatever the number of workers, and interrupted or not.
  const json again = last_json(run(search("b.db", {"--workers", "1", "--json"})));
  EXPECT_EQ(again["best"][0]["measurements"], best["measurements"]);
  const Outcome resumed = run({"search", "--study", "a.db", "--trials", "3", "--json"});
  EXPECT_EQ(last_json(resumed)["best"][0]["measurements"], best["measurements"]) << resumed.err;

  // The best cell is trained as any other.
  const Outcome trained = run({"train", best["json"], "--data", "set", "--shortest", "64",
                               "--filters", "4", "--epochs", "1", "--out", "m", "--json"});
  EXPECT_EQ(trained.status, 0) << trained.err;
}

TEST_F(DetectorSearch, LooksForAFrontWithinLimits) {
  const Outcome outcome =
      run(search("g.db", {"--strategy", "bananas", "--goal", "ap50", "--goal", "multiply_adds",
                          "--limit", "parameters=1M", "--json"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = last_json(outcome);
  EXPECT_EQ(result["settings"]["goal"], (json{"ap50", "multiply_adds"}));
  EXPECT_EQ(result["front"]["goals"][0]["reference"], 0) << "the AP50 of finding nothing";
  EXPECT_GT(result["front"]["goals"][1]["reference"], 1e5);
  EXPECT_FALSE(result["front"]["search"]["trials"].empty());
  for (const char* arm : {"trials", "baseline"})
    for (const json& trial : result.at(arm)) {
      ASSERT_EQ(trial.at("state"), "done") << trial;
      EXPECT_LE(trial.at("measurements").at("parameters"), 1e6);
    }
  expect_refused(run(search("h.db", {"--limit", "parameters=100"})),
                 {"--limit parameters=100", "the least parameters seen was"});
}

TEST_F(DetectorSearch, TooFewImagesAndOtherDataAreRefused) {
  expect_refused(run(search("a.db", {"--evaluator", "child"})), {"set"});
  expect_refused(run({"search", "--data", "set", "--study", "b.db"}),
                 {"--detector-validation-images is 60", "10 training images"});
  expect_refused(
      run({"search", "--data", "fashion-mnist", "--evaluator", "detector", "--study", "c.db"}),
      {"fashion-mnist is no set of boxes"});
  expect_refused(run(search("d.db", {"--objective", "accuracy <= 3"})), {"accuracy"});
}

}  // namespace
}  // namespace nasnet::test
