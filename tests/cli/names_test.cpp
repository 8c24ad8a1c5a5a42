#include <sys/stat.h>

#include <algorithm>

#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Folders as people have them, through the whole program: names in Latin-1, with a line's end and
/// in another alphabet, in a data set whose own name is no text either.
class SlowNames : public Searches {
 protected:
  void SetUp() override {
    Searches::SetUp();
    fs::rename(folder_ / "data/red", folder_ / "data/\xC4pfel");
    fs::rename(folder_ / "data/green", folder_ / "data/two\nlines");
    fs::rename(folder_ / "data/blue", folder_ / "data/犬");
    fs::rename(folder_ / "data", folder_ / kData);
  }
  Outcome train(const std::string& out) const {
    return run({"train", "nasnet-a", "--data", kData, "--cells", "1", "--filters", "4", "--epochs",
                "1", "--batch", "16", "--out", out, "--json"});
  }
  static std::vector<std::string> names(const json& classes) {
    std::vector<std::string> names;
    for (const json& one : classes) names.push_back(one["name"]);
    return names;
  }

  static inline const std::string kData = "Bilder-\xFC";
  static inline const std::vector<std::string> kClasses = {"\\xC4pfel", "two\\x0Alines", "犬"};
};

TEST_F(SlowNames, AreTheSameFromDataToExport) {
  const Outcome described = run({"data", kData, "--json"});
  ASSERT_EQ(described.status, 0) << described.err;
  EXPECT_EQ(names(last_json(described)["classes"]), kClasses);
  EXPECT_EQ(last_json(described)["name"], "Bilder-\\xFC");
  EXPECT_NE(run({"data", kData}).out.find("two\\x0Alines"), std::string::npos);

  ASSERT_EQ(train("model-\xFC").status, 0);
  const Outcome evaluated = run({"evaluate", "model-\xFC", "--json"});
  ASSERT_EQ(evaluated.status, 0) << evaluated.err << "the data set is found again by its record";
  EXPECT_EQ(names(last_json(evaluated)["classes"]), kClasses);
  EXPECT_EQ(run({"evaluate", "model-\xFC"}).status, 0);

  const Outcome predicted = run({"predict", "model-\xFC", kData, "--json"});
  ASSERT_EQ(predicted.status, 0) << predicted.err;
  EXPECT_EQ(last_json(predicted).size(), 90u);
  EXPECT_EQ(last_json(predicted)[0]["file"], "Bilder-\\xFC/\\xC4pfel/0.png");

  const Outcome exported = run({"export", "model-\xFC", "--onnx", "\xFC.onnx", "--json"});
  ASSERT_EQ(exported.status, 0) << exported.err;
  EXPECT_TRUE(fs::exists(folder_ / "\xFC.onnx"));
  EXPECT_NE(read_text(folder_ / "\xFC.onnx").find("two\\\\x0Alines"), std::string::npos);
}

TEST_F(SlowNames, SearchesAndTheirStudiesGoOn) {
  const Arguments arguments = search("\xFC.db", {{"--data", kData}, {"--trials", "2"}});
  const Outcome first = run(arguments);
  ASSERT_EQ(first.status, 0) << first.err;
  const Outcome again = run(arguments);
  ASSERT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(findings(again), findings(first));
}

TEST_F(SlowNames, PredictTakesWhatIsNamedInItsOrder) {
  ASSERT_EQ(train("model").status, 0);
  fs::copy(folder_ / kData / "犬/1.png", folder_ / "z.png");
  fs::copy(folder_ / kData / "犬/2.png", folder_ / "a.png");
  write_text(folder_ / "broken.png", "no picture");
  write_text(folder_ / "mixed/notes.pdf", "x");
  ASSERT_EQ(mkfifo((folder_ / "mixed/pipe.jpg").c_str(), 0644), 0);
  fs::create_directory_symlink(folder_ / kData / "犬", folder_ / "mixed/dogs");
  const Arguments paths = {"predict", "model", "z.png", "broken.png", "mixed", "a.png", "gone.png"};
  expect_refused(run(paths), {"gone.png: no such file or folder", "--skip-unreadable"});
  Arguments skipping = paths;
  skipping.insert(skipping.end(), {"--skip-unreadable", "--json"});
  const Outcome outcome = run(skipping);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json result = last_json(outcome);
  ASSERT_EQ(result.size(), 34u);
  EXPECT_EQ(result[0]["file"], "z.png");
  EXPECT_EQ(result[1]["file"], "broken.png");
  EXPECT_TRUE(result[1]["guesses"].empty());
  EXPECT_NE(result[1]["error"].get<std::string>().find("broken.png"), std::string::npos);
  EXPECT_EQ(result[2]["file"], "mixed/dogs/0.png");
  EXPECT_EQ(result[32]["file"], "a.png");
  EXPECT_EQ(result[33]["error"], "gone.png: no such file or folder");
  for (const std::string said : {"skipped: broken.png", "skipped: gone.png",
                                 "1 .pdf (mixed/notes.pdf)", "1 named pipe (mixed/pipe.jpg)"})
    EXPECT_NE(outcome.err.find(said), std::string::npos) << outcome.err;
}

TEST_F(SlowNames, EveryVerbNamesWhatItDoesNotRead) {
  write_text(folder_ / kData / "notes.pdf", "x");
  write_text(folder_ / kData / "犬/broken.png", "x");
  const auto says_both = [](const Outcome& outcome) {
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("not read: 1 .pdf (notes.pdf)"), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("broken.png"), std::string::npos) << outcome.err;
    const json result = last_json(outcome);
    EXPECT_EQ(result.at("ignored"), (json{{".pdf", 1}}));
    ASSERT_EQ(result.at("unreadable").size(), 1u);
    EXPECT_EQ(result["unreadable"][0]["file"], "犬/broken.png");
  };
  says_both(run({"train", "nasnet-a", "--data", kData, "--cells", "1", "--filters", "4", "--epochs",
                 "1", "--batch", "16", "--out", "model", "--json", "--skip-unreadable"}));
  says_both(run({"evaluate", "model", "--json", "--skip-unreadable"}));
  says_both(run(search("s.db", {{"--data", kData}, {"--trials", "2"}, {"--skip-unreadable", ""}})));
}

}  // namespace
}  // namespace nasnet::test
