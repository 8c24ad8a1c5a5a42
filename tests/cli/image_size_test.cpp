#include "tests/cli/searches.h"

namespace nasnet::test {
namespace {

/// Photographs of 120 x 100 in data/, small pictures of 16 x 16 in small/.
class SlowImageSizes : public Searches {
 protected:
  void SetUp() override {
    write_colour_classes(folder_ / "small", 12);
    for (int i = 0; i < 12; ++i) {
      write_png(folder_ / "data/red" / (std::to_string(i) + ".png"), 120, 100, 200, 30, 30, i);
      write_png(folder_ / "data/blue" / (std::to_string(i) + ".png"), 120, 100, 30, 30, 200, i);
    }
  }
  Outcome short_search(const std::string& study, const Flags& changes) const {
    Flags flags = {{"--trials", "2"}, {"--validation-images", "8"}};
    flags.insert(changes.begin(), changes.end());
    Arguments arguments = search(study, flags);
    std::erase(arguments, "--json");
    return run(arguments);
  }
  Outcome short_train(const std::string& data, const std::string& model,
                      const Arguments& more = {}) const {
    Arguments arguments = {"train",     "enas", "--data",   data, "--cells", "1",
                           "--filters", "4",    "--epochs", "1",  "--out",   model};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  static std::string first_line(const Outcome& outcome) {
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return outcome.out.substr(0, outcome.out.find('\n'));
  }
};

constexpr const char* kCut =
    "images resized to 32 x 32 pixels, since 120x100 is more than 96 pixels, cut to its shape at "
    "both sides (--image-size, --resize)";
constexpr const char* kStretched =
    "images resized to 24 x 24 pixels, as --image-size says, stretched to its shape (--image-size, "
    "--resize)";

TEST_F(SlowImageSizes, SearchBeginsWithTheSizeAndKeepsIt) {
  EXPECT_EQ(first_line(short_search("cut.db", {})), kCut);
  EXPECT_EQ(first_line(short_search("own.db", {{"--data", "small"}})),
            "images of 16 x 16 pixels, their own size");
  const Flags stretched = {{"--image-size", "24"}, {"--resize", "stretch"}};
  const Outcome outcome = short_search("stretched.db", stretched);
  EXPECT_EQ(first_line(outcome), kStretched);
  EXPECT_NE(outcome.out.find("--image-size 24 --resize stretch"), std::string::npos)
      << "in the line that trains the best cell: " << outcome.out;
  EXPECT_EQ(first_line(short_search("stretched.db", {{"--trials", "4"}})), kStretched)
      << "going on without the flags";
  expect_refused(short_search("stretched.db", {{"--resize", "pad"}}),
                 {"was made with resize = \"stretch\" (now \"pad\")"});
}

TEST_F(SlowImageSizes, TrainSaysTheSizeToo) {
  EXPECT_NE(short_train("data", "cut").out.find(kCut), std::string::npos);
  EXPECT_NE(short_train("small", "own").out.find("16 x 16 pixels, their own size"),
            std::string::npos);
  const Outcome stretched =
      short_train("data", "stretched", {"--image-size", "24", "--resize", "stretch"});
  EXPECT_NE(stretched.out.find(kStretched), std::string::npos) << stretched.out;
  const auto manifest = nlohmann::json::parse(read_text(folder_ / "stretched/manifest.json"));
  EXPECT_NE(manifest.dump().find("\"resize\":\"stretch\""), std::string::npos) << manifest;
}

TEST_F(SlowImageSizes, JsonIsJsonAlone) {
  const Outcome outcome = short_train("data", "model", {"--json"});
  for (size_t begin = 0; begin < outcome.out.size();) {
    const size_t end = outcome.out.find('\n', begin);
    EXPECT_FALSE(nlohmann::json::parse(outcome.out.substr(begin, end - begin), nullptr, false)
                     .is_discarded());
    begin = end + 1;
  }
}

}  // namespace
}  // namespace nasnet::test
