#include "nasnet/boxes/confusion.h"

#include <gtest/gtest.h>

namespace nasnet::boxes {
namespace {

using Counts = std::map<std::pair<int, int>, int64_t>;
constexpr int kNone = kNoClass;

/// A square of 10 pixels, `x` to the right.
Rectangle at(double x) {
  return {x, 0, 10, 10};
}

Truth truth_of(std::vector<TruthObject> objects, int images = 1) {
  Truth truth;
  for (int k = 0; k < images; ++k) truth.images.push_back(k);
  truth.categories = {5, 9};
  truth.names = {"cat", "dog"};
  truth.objects = std::move(objects);
  return truth;
}

Counts counts_of(const Truth& truth, const std::vector<Detection>& detections) {
  return confuse(truth, detections).counts;
}

TEST(Confusion, TellsRightWrongMissedAndBackground) {
  const Truth truth = truth_of({{.category = 0, .box = at(0)},
                                {.category = 0, .box = at(100)},
                                {.category = 1, .box = at(200)}});
  const Confusion confusion = confuse(truth, {{.category = 0, .box = at(0), .score = 0.9},
                                              {.category = 1, .box = at(101), .score = 0.8},
                                              {.category = 1, .box = at(300), .score = 0.7}});
  EXPECT_EQ(confusion.counts, (Counts{{{0, 0}, 1}, {{0, 1}, 1}, {{1, kNone}, 1}, {{kNone, 1}, 1}}));
  EXPECT_EQ(confusion.count(0, 1), 1);
  EXPECT_EQ(confusion.count(1, 0), 0);
}

TEST(Confusion, BothLimitsBelongToIt) {
  // Of two squares of 30 pixels' width in common: 10 x 20 of 10 x 40 is an IoU of exactly a half.
  const Truth truth = truth_of({{.category = 0, .box = {0, 0, 30, 10}}});
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = {10, 0, 30, 10}, .score = 0.5}}),
            (Counts{{{0, 0}, 1}}));
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = {10.01, 0, 30, 10}, .score = 0.5}}),
            (Counts{{{0, kNone}, 1}, {{kNone, 0}, 1}}));
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = {0, 0, 30, 10}, .score = 0.4999}}),
            (Counts{{{0, kNone}, 1}}));
}

TEST(Confusion, TheBestScoreTakesItsObjectWhateverItsClass) {
  const Truth truth = truth_of({{.category = 0, .box = at(0)}});
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = at(0), .score = 0.6},
                              {.category = 1, .box = at(2), .score = 0.7}}),
            (Counts{{{0, 1}, 1}, {{kNone, 0}, 1}}));
  // Of equal scores the first.
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = at(2), .score = 0.6},
                              {.category = 1, .box = at(0), .score = 0.6}}),
            (Counts{{{0, 0}, 1}, {{kNone, 1}, 1}}));
}

TEST(Confusion, ADetectionTakesTheObjectThatItOverlapsMost) {
  const Truth truth = truth_of({{.category = 0, .box = at(0)}, {.category = 1, .box = at(2)}});
  EXPECT_EQ(counts_of(truth, {{.category = 1, .box = at(2), .score = 0.9}}),
            (Counts{{{1, 1}, 1}, {{0, kNone}, 1}}));
  // Both equally: the first. The second detection finds what is left.
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = at(1), .score = 0.9},
                              {.category = 1, .box = at(1), .score = 0.8}}),
            (Counts{{{0, 0}, 1}, {{1, 1}, 1}}));
}

TEST(Confusion, CrowdsAndDifficultObjectsAreIgnored) {
  const Truth truth = truth_of({{.category = 0, .crowd = true, .box = {0, 0, 100, 100}},
                                {.category = 1, .ignored = true, .box = at(200)}});
  EXPECT_TRUE(counts_of(truth, {}).empty());
  EXPECT_TRUE(counts_of(truth, {{.category = 1, .box = at(-5), .score = 0.9},
                                {.category = 0, .box = at(50), .score = 0.9},
                                {.category = 0, .box = at(201), .score = 0.9},
                                {.category = 1, .box = at(200), .score = 0.9}})
                  .empty());
  EXPECT_EQ(counts_of(truth, {{.category = 1, .box = at(-6), .score = 0.9}}),
            (Counts{{{kNone, 1}, 1}}));
}

TEST(Confusion, AnObjectBelowACrowdIsFoundFirst) {
  const Truth truth = truth_of(
      {{.category = 0, .crowd = true, .box = {0, 0, 100, 100}}, {.category = 1, .box = at(0)}});
  EXPECT_EQ(counts_of(truth, {{.category = 1, .box = at(0), .score = 0.9}}), (Counts{{{1, 1}, 1}}));
}

TEST(Confusion, BoxesWithoutAreaAreFoundNowhere) {
  const Truth truth = truth_of({{.category = 0, .box = {5, 5, 0, 0}}});
  EXPECT_EQ(counts_of(truth, {{.category = 0, .box = {5, 5, 0, 0}, .score = 1}}),
            (Counts{{{0, kNone}, 1}, {{kNone, 0}, 1}}));
}

TEST(Confusion, ImagesAreApart) {
  const Truth truth = truth_of({{.image = 1, .category = 0, .box = at(0)}}, 2);
  EXPECT_EQ(counts_of(truth, {{.image = 0, .category = 0, .box = at(0), .score = 0.9}}),
            (Counts{{{0, kNone}, 1}, {{kNone, 0}, 1}}));
}

}  // namespace
}  // namespace nasnet::boxes
