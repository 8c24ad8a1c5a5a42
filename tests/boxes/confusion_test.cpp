#include "nasnet/boxes/confusion.h"

#include <gtest/gtest.h>

namespace nasnet::boxes {
namespace {

/// Two classes, one image.
Truth truth_with(std::vector<TruthObject> objects) {
  Truth truth;
  truth.images = {1};
  truth.categories = {1, 2};
  truth.names = {"cat", "dog"};
  truth.objects = std::move(objects);
  return truth;
}

TruthObject object(int category, const Rectangle& box) {
  return {.category = category, .box = box, .area = box.area()};
}
Detection found(int category, const Rectangle& box, double score) {
  return {0, category, box, score};
}

TEST(Confusion, CountsRightOnesWrongOnesMissedOnesAndInventedOnes) {
  const Truth truth = truth_with(
      {object(0, {0, 0, 10, 10}), object(0, {20, 0, 10, 10}), object(1, {40, 0, 10, 10})});
  const Confusion confusion =
      confuse(truth, {found(0, {0, 0, 10, 10}, 0.9),             // right
                      found(1, {21, 0, 10, 10}, 0.8),            // a cat taken for a dog
                      found(1, {70, 0, 10, 10}, 0.7),            // nothing is there
                      found(1, {40, 0, 10, 10}, 0.4)});          // too low a score: it is missed
  EXPECT_EQ(confusion.counts, (std::vector<int64_t>{1, 1, 0,     // cats
                                                    0, 0, 1,     // dogs
                                                    0, 1, 0}));  // background
}

TEST(Confusion, TheBestDetectionTakesTheObject) {
  const Truth truth = truth_with({object(0, {0, 0, 10, 10})});
  const Confusion confusion =
      confuse(truth, {found(1, {0, 0, 10, 10}, 0.6), found(0, {1, 0, 10, 10}, 0.9)});
  EXPECT_EQ(confusion.at(0, 0), 1);
  EXPECT_EQ(confusion.at(2, 1), 1) << "the second finds nothing that is left";
}

TEST(Confusion, CrowdsAndIgnoredObjectsCountNowhere) {
  TruthObject crowd = object(0, {0, 0, 100, 100}), ignored = object(1, {200, 0, 10, 10});
  crowd.crowd = ignored.ignored = true;
  const Confusion confusion =
      confuse(truth_with({crowd, ignored}),
              {found(1, {5, 5, 10, 10}, 0.9), found(0, {200, 0, 10, 10}, 0.9),
               found(0, {95, 95, 10, 10}, 0.9)});  // a quarter of it lies in the crowd
  EXPECT_EQ(confusion.counts, (std::vector<int64_t>{0, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Confusion, BoxesWithoutAreaAreFoundNowhere) {
  const Confusion confusion =
      confuse(truth_with({object(0, {5, 5, 0, 0})}), {found(0, {5, 5, 0, 0}, 1)});
  EXPECT_EQ(confusion.at(0, 2), 1);
  EXPECT_EQ(confusion.at(2, 0), 1);
}

}  // namespace
}  // namespace nasnet::boxes
