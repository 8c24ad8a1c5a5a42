#include "tests/cli/detector_set.h"

// `nasnet evaluate --charts`, of a detector and of files, and the confusion in its JSON.

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++count;
  return count;
}

/// Three images of two classes: an egg found, one found as a stone, a stone missed, and a crowd.
class ChartsOfFiles : public testing::Test {
 protected:
  ChartsOfFiles() {
    const auto object = [](int image, int category, int x, bool crowd = false) {
      return json{{"id", 10 * image + x},   {"image_id", image}, {"category_id", category},
                  {"bbox", {x, 0, 10, 10}}, {"area", 100},       {"iscrowd", crowd ? 1 : 0}};
    };
    write_text(folder_ / "truth.json",
               json{{"images", {{{"id", 1}}, {{"id", 2}}, {{"id", 3}}}},
                    {"categories",
                     {{{"id", 4}, {"name", "egg & <spoon>"}}, {{"id", 8}, {"name", "stone"}}}},
                    {"annotations",
                     {object(1, 4, 0), object(1, 4, 50), object(2, 8, 0), object(3, 8, 0, true)}}}
                   .dump());
    const auto found = [](int image, int category, int x, double score) {
      return json{{"image_id", image},
                  {"category_id", category},
                  {"bbox", {x, 0, 10, 10}},
                  {"score", score}};
    };
    write_text(folder_ / "found.json",
               json{found(1, 4, 0, 0.9), found(1, 8, 50, 0.8), found(2, 8, 0, 0.3),
                    found(3, 8, 0, 0.9), found(3, 4, 70, 0.6)}
                   .dump());
  }
  Outcome evaluate(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"evaluate", "--annotations", "truth.json", "--detections",
                                      "found.json"};
    words.insert(words.end(), more.begin(), more.end());
    return nasnet(words, folder_.path());
  }

  Folder folder_;
};

TEST_F(ChartsOfFiles, JsonTellsTheConfusionByIds) {
  const json result = last_json(evaluate({"--json"}));
  EXPECT_EQ(result["charts"], json::array());
  EXPECT_EQ(result["confusion"]["iou"], 0.5);
  EXPECT_EQ(result["confusion"]["score"], 0.5);
  EXPECT_EQ(result["confusion"]["pairs"],
            json::parse(R"([{"annotated": null, "found": 4, "count": 1},
                            {"annotated": 4, "found": 4, "count": 1},
                            {"annotated": 4, "found": 8, "count": 1},
                            {"annotated": 8, "found": null, "count": 1}])"));
}

TEST_F(ChartsOfFiles, BothPicturesAreWrittenAndNamed) {
  const Outcome outcome = evaluate({"--charts", "new/charts"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("charts: new/charts/curves.svg, new/charts/confusion.svg"),
            std::string::npos)
      << outcome.out;
  const std::string curves = read_text(folder_ / "new/charts/curves.svg");
  EXPECT_EQ(count_of(curves, "<polyline"), 6u) << "two classes and their mean, twice";
  EXPECT_NE(curves.find("egg &amp; &lt;spoon&gt;: AP50 0.505"), std::string::npos);
  const std::string confusion = read_text(folder_ / "new/charts/confusion.svg");
  EXPECT_EQ(count_of(confusion, "class='cell'"), 9u);
  EXPECT_NE(confusion.find("<title>egg &amp; &lt;spoon&gt; - stone: 1 (50.0 %)</title>"),
            std::string::npos);
  EXPECT_NE(confusion.find("<title>stone - missed: 1 (100.0 %)</title>"), std::string::npos);
}

TEST_F(ChartsOfFiles, NothingToBeFoundGivesEmptyCharts) {
  write_text(folder_ / "truth.json",
             R"({"images": [{"id": 1}], "categories": [{"id": 4, "name": "egg"}], )"
             R"("annotations": []})");
  write_text(folder_ / "found.json", "[]");
  const Outcome outcome = evaluate({"--charts", "charts", "--json"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(last_json(outcome)["confusion"]["pairs"], json::array());
  EXPECT_NE(read_text(folder_ / "charts/curves.svg").find("no object counts"), std::string::npos);
}

TEST_F(ChartsOfFiles, SettingsOfModelsAreRefused) {
  expect_refused(evaluate({"--data", "set"}), {"--data changes nothing of --annotations"});
  expect_refused(evaluate({"--results", "again.json"}), {"--results changes nothing"});
}

TEST_F(DetectorSet, ChartsOfADetectorAreThoseOfItsResults) {
  ASSERT_EQ(run(train("m")).status, 0);
  const Outcome model =
      run({"evaluate", "m", "--charts", "model", "--results", "found.json", "--json"});
  ASSERT_EQ(model.status, 0) << model.err;
  const Outcome files = run({"evaluate", "--annotations", "set/annotations/val.json",
                             "--detections", "found.json", "--charts", "files", "--json"});
  EXPECT_EQ(last_json(model)["confusion"], last_json(files)["confusion"]);
  EXPECT_EQ(last_json(model)["charts"], (json{"model/curves.svg", "model/confusion.svg"}));
  for (const char* name : {"/curves.svg", "/confusion.svg"})
    EXPECT_EQ(read_text(folder_ / ("model" + std::string(name))),
              read_text(folder_ / ("files" + std::string(name))));
}

}  // namespace
}  // namespace nasnet::test
