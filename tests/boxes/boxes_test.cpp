#include <random>

#include "golden.h"
#include "nasnet/boxes/anchors.h"
#include "nasnet/boxes/box.h"
#include "nasnet/boxes/coder.h"
#include "nasnet/boxes/match.h"
#include "nasnet/boxes/nms.h"
#include "nasnet/boxes/sample.h"

namespace nasnet::boxes {
namespace {

using nlohmann::json;

Box box_of(const json& row) {
  return {row[0], row[1], row[2], row[3]};
}
std::vector<Box> boxes_of(const json& rows) {
  std::vector<Box> boxes;
  for (const json& row : rows) boxes.push_back(box_of(row));
  return boxes;
}
void expect_box(const Box& box, const json& row, float tolerance = 1e-4F) {
  const float least = tolerance;
  for (const auto& [value, expected] : {std::pair{box.x0, row[0]}, std::pair{box.y0, row[1]},
                                        std::pair{box.x1, row[2]}, std::pair{box.y1, row[3]}})
    EXPECT_NEAR(value, expected.get<float>(), least + 2e-6F * std::abs(expected.get<float>()));
}

class GoldenBoxes : public testing::Test {
 protected:
  void SetUp() override {
    NASNET_NEEDS_GOLDEN();
    all = golden("detection/boxes.json");
  }
  json all;
};

TEST_F(GoldenBoxes, OverlapAndClippingAreTorchvisions) {
  const json& basics = all["basics"];
  for (size_t i = 0; i < basics["a"].size(); ++i) {
    const Box a = box_of(basics["a"][i]);
    for (size_t j = 0; j < basics["b"].size(); ++j) {
      const json& expected = basics["iou"][i][j];
      EXPECT_NEAR(iou(a, box_of(basics["b"][j])), expected.is_null() ? 0 : expected.get<float>(),
                  1e-6);
    }
    EXPECT_EQ(clip(a, basics["clip_height_width"][1], basics["clip_height_width"][0]),
              box_of(basics["clipped_a"][i]));
  }
}

TEST_F(GoldenBoxes, RoundedAnchorsAreTorchvisions) {
  const json& expected = all["anchors"]["torchvision"];
  std::vector<Box> anchors;
  for (size_t level = 0; level < 2; ++level) {
    AnchorSettings settings{.rounded = true};
    for (const json& size : expected["sizes"][level]) settings.sizes.push_back(size);
    const std::vector<Box> of_level =
        make_anchors(settings, {expected["maps"][level][0], expected["maps"][level][1],
                                expected["strides"][level][0], expected["strides"][level][1]});
    anchors.insert(anchors.end(), of_level.begin(), of_level.end());
  }
  EXPECT_EQ(anchors, boxes_of(expected["all"]));
}

TEST_F(GoldenBoxes, TheReleasedDetectorsAnchorsComeOut) {
  const json& expected = all["anchors"]["tf_grid"];
  AnchorSettings settings{.ratios = {2, 1, 0.5}};
  for (const json& scale : expected["scales"])
    settings.sizes.push_back(scale.get<float>() * expected["base"].get<float>());
  const std::vector<Box> anchors = make_anchors(settings, {3, 4, 16, 16});
  ASSERT_EQ(anchors.size(), expected["count"].get<size_t>());
  std::array<double, 4> sum{};
  for (const Box& box : anchors) {
    sum[0] += box.x0;
    sum[1] += box.y0;
    sum[2] += box.x1;
    sum[3] += box.y1;
  }
  for (size_t k = 0; k < 4; ++k) EXPECT_NEAR(sum[k], expected["sum"][k].get<double>(), 0.01);
  for (size_t k = 0; k < 12; ++k) expect_box(anchors[k], expected["first"][k]);
}

TEST(Anchors, TheirOffsetIsInStrides) {
  const std::vector<Box> anchors =
      make_anchors({.sizes = {8}, .ratios = {1}, .offset = 0.5},
                   {.height = 1, .width = 2, .stride_y = 16, .stride_x = 4});
  EXPECT_EQ(anchors, (std::vector<Box>{{-2, 4, 6, 12}, {2, 4, 10, 12}}));
}

TEST_F(GoldenBoxes, CodesAreTorchvisionsBothWays) {
  const json& coder = all["coder"];
  for (const auto& [name, weights] :
       {std::pair{"1,1,1,1", CodeWeights{}}, std::pair{"10,10,5,5", kProposalWeights}}) {
    for (size_t k = 0; k < coder["gt"].size(); ++k) {
      const Box anchor = box_of(coder["proposals"][k]), box = box_of(coder["gt"][k]);
      const Code code = encode(box, anchor, weights);
      const json& expected = coder[name]["encoded"][k];
      EXPECT_NEAR(code.x, expected[0].get<float>(), 1e-4);
      EXPECT_NEAR(code.y, expected[1].get<float>(), 1e-4);
      EXPECT_NEAR(code.width, expected[2].get<float>(), 1e-4);
      EXPECT_NEAR(code.height, expected[3].get<float>(), 1e-4);
      expect_box(decode(code, anchor, weights), coder["gt"][k]);
      const json& given = coder["codes"][k];
      expect_box(decode({given[0], given[1], given[2], given[3]}, anchor, weights),
                 coder[name]["decoded"][k], 1e-3F);
    }
  }
}

TEST_F(GoldenBoxes, MatchesAreTheOnesOfTorchvisionAndTensorFlow) {
  const json& matcher = all["matcher"];
  const auto matched = [&](const MatchSettings& settings) {
    Matcher result(10);
    for (size_t object = 0; object < 4; ++object)
      result.add(static_cast<int>(object), 0, matcher["quality"][object].get<std::vector<float>>());
    return result.finish(settings);
  };
  for (const json& row : matcher["cases"]) {
    MatchSettings settings{.object = row["high"], .background = row["low"]};
    const bool rescue = row["low_quality"];
    settings.rescue = rescue ? MatchSettings::Rescue::kFirst : MatchSettings::Rescue::kNone;
    EXPECT_EQ(matched(settings), row["tf"].get<std::vector<int>>());
    // Where it rescues, torchvision gives every anchor to an object that none overlaps.
    if (rescue) continue;
    EXPECT_EQ(matched(settings), row["torchvision"].get<std::vector<int>>());
  }
  EXPECT_EQ(matched({.object = 0.7F, .background = 0.3F}),
            matcher["recommended"]["match"].get<std::vector<int>>());
}

/// Boxes of all sizes, a few of them equal, in a square of `edge` pixels.
std::vector<Box> random_boxes(int count, uint32_t seed, int edge = 400) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> corner(-20, edge), size(1, edge / 3);
  std::vector<Box> boxes;
  for (int k = 0; k < count; ++k) {
    const auto x = static_cast<float>(corner(random)), y = static_cast<float>(corner(random));
    boxes.push_back(
        {x, y, x + static_cast<float>(size(random)), y + static_cast<float>(size(random))});
  }
  return boxes;
}

TEST(Match, OfBoxesIsThatOfTheirWholeMatrix) {
  const std::vector<Box> anchors = make_anchors(
      {.sizes = {32, 80}}, {.height = 25, .width = 27, .stride_y = 16, .stride_x = 16});
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    const std::vector<Box> objects = random_boxes(12, seed);
    for (const auto rescue : {MatchSettings::Rescue::kNone, MatchSettings::Rescue::kAllTies,
                              MatchSettings::Rescue::kFirst}) {
      const MatchSettings settings{.object = 0.5F, .background = 0.3F, .rescue = rescue};
      Matcher whole(static_cast<int>(anchors.size()));
      for (size_t object = 0; object < objects.size(); ++object) {
        std::vector<float> overlaps;
        for (const Box& anchor : anchors) overlaps.push_back(iou(objects[object], anchor));
        whole.add(static_cast<int>(object), 0, overlaps);
      }
      EXPECT_EQ(match(anchors, objects, {}, settings), whole.finish(settings));
    }
  }
}

TEST(Match, BackgroundInACrowdIsIgnored) {
  const std::vector<Box> anchors = {{0, 0, 10, 10}, {5, 0, 15, 10}, {6, 0, 16, 10}, {0, 0, 9, 10}};
  const std::vector<Box> objects = {{0, 0, 9, 10}}, crowds = {{-50, -50, 10, 50}};
  const MatchSettings settings{
      .object = 0.95F, .background = 0.95F, .rescue = MatchSettings::Rescue::kNone};
  EXPECT_EQ(match(anchors, objects, crowds, settings),
            (std::vector<int>{kIgnored, kIgnored, kBackground, 0}));
}

TEST(Match, WithoutObjectsAllIsBackground) {
  EXPECT_EQ(match(random_boxes(3, 1), {}, {}, {}),
            (std::vector<int>{kBackground, kBackground, kBackground}));
  EXPECT_TRUE(match({}, random_boxes(3, 1), {}, {}).empty());
}

TEST_F(GoldenBoxes, SmallOnesAreTorchvisions) {
  const std::vector<Box> clipped = boxes_of(all["basics"]["clipped_a"]);
  for (const auto& [least, kept] : all["basics"]["kept_by_min_size"].items()) {
    std::vector<int> large;
    for (size_t k = 0; k < clipped.size(); ++k)
      if (has_edges(clipped[k], std::stof(least))) large.push_back(static_cast<int>(k));
    EXPECT_EQ(large, kept.get<std::vector<int>>());
  }
}

class GoldenNms : public testing::Test {
 protected:
  void SetUp() override {
    NASNET_NEEDS_GOLDEN();
    all = golden("detection/nms.json");
  }
  json all;
};

TEST_F(GoldenNms, KeepsWhatTorchvisionKeeps) {
  for (const json& row : all["cases"]) {
    SCOPED_TRACE(row["name"].get<std::string>());
    const std::vector<Box> boxes = boxes_of(row["boxes"]);
    const auto scores = row["scores"].get<std::vector<float>>();
    const auto expected = row["keep"].get<std::vector<int>>();
    EXPECT_EQ(nms(boxes, scores, row["threshold"], 1000), expected);
    const std::vector<int> first = nms(boxes, scores, row["threshold"], 2);
    EXPECT_EQ(first,
              std::vector<int>(expected.begin(),
                               expected.begin() + std::min<ptrdiff_t>(2, std::ssize(expected))));
  }
}

TEST_F(GoldenNms, ClassesDoNotSuppressEachOther) {
  for (const char* name : {"batched", "negative"}) {
    const json& row = all[name];
    EXPECT_EQ(nms_by_class(boxes_of(row["boxes"]), row["scores"].get<std::vector<float>>(),
                           row["labels"].get<std::vector<int>>(), row["threshold"], 1000),
              row["keep"].get<std::vector<int>>());
  }
}

TEST(Nms, NoTwoKeptBoxesOverlapAndEachOtherOverlapsABetterKeptOne) {
  for (uint32_t seed = 1; seed <= 30; ++seed) {
    const std::vector<Box> boxes = random_boxes(200, seed);
    std::mt19937 random(seed);
    std::vector<float> scores;
    for (size_t k = 0; k < boxes.size(); ++k) scores.push_back(static_cast<float>(random() % 50));
    const std::vector<int> kept = nms(boxes, scores, 0.4, 1000);
    const auto stays = [&](size_t index) {
      return std::find(kept.begin(), kept.end(), static_cast<int>(index)) != kept.end();
    };
    for (size_t a = 0; a < boxes.size(); ++a) {
      bool suppressed = false;
      for (size_t b = 0; b < boxes.size(); ++b) {
        const bool better = scores[b] > scores[a] || (scores[b] == scores[a] && b < a);
        if (stays(b) && better && iou(boxes[a], boxes[b]) > 0.4) suppressed = true;
      }
      EXPECT_NE(stays(a), suppressed);
    }
  }
}

TEST(Nms, AtMostIsOfAllClassesTogether) {
  const std::vector<Box> boxes = {{0, 0, 9, 9}, {0, 0, 9, 9}, {20, 0, 29, 9}, {0, 0, 9, 9}};
  const std::vector<float> scores = {0.5, 0.9, 0.7, 0.5};
  const std::vector<int> labels = {1, 0, 0, 2};
  EXPECT_EQ(nms_by_class(boxes, scores, labels, 0.5, 3), (std::vector<int>{1, 2, 0}));
}

TEST(Sample, TakesItsShareAndFillsUpWithBackground) {
  std::vector<int> matches(100, kBackground);
  for (size_t k = 0; k < 20; ++k) matches[k * 3] = static_cast<int>(k % 4);
  for (size_t k = 1; k < 40; k += 3) matches[k] = kIgnored;
  const Sample first = sample(matches, {.count = 16, .objects = 0.25}, std::nullopt);
  EXPECT_EQ(first.objects, (std::vector<int>{0, 3, 6, 9}));
  EXPECT_EQ(first.background.size(), 12U);
  EXPECT_EQ(first.background.front(), 2);
  const Sample all = sample(matches, {.count = 1000, .objects = 0.5}, Random(1, 2, "sample"));
  EXPECT_EQ(all.objects.size(), 20U);
  EXPECT_EQ(all.background.size(), 100U - 20 - 13);
}

TEST(Sample, DrawsEachEquallyOften) {
  const std::vector<int> matches(10, kBackground);
  std::vector<int> drawn(10);
  for (uint64_t step = 0; step < 20000; ++step)
    for (const int index : sample(matches, {.count = 3}, Random(1, step, "sample")).background)
      ++drawn[static_cast<size_t>(index)];
  for (const int count : drawn) EXPECT_NEAR(count, 6000, 5 * std::sqrt(20000 * 0.3 * 0.7));
}

}  // namespace
}  // namespace nasnet::boxes
