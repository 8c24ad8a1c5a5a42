#include "nasnet/search/goals/lessons.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/search/goals/candidates.h"
#include "tests/search/goals/sum_counter.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

std::vector<int> firsts(const std::vector<Lesson>& lessons) {
  std::vector<int> numbers;
  for (const Lesson& lesson : lessons) numbers.push_back(lesson.choices[0]);
  return numbers;
}

TEST(Lessons, ForgetTheOldestOutsideTheBetterHalf) {
  std::vector<Lesson> lessons;
  for (const double reward : {0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.6, 0.4})
    lessons.push_back({{static_cast<int>(lessons.size())}, reward, {}});
  std::vector<Lesson> kept = lessons;
  forget_some(kept, 8);
  EXPECT_EQ(kept, lessons);
  // Of four the two best, and of the others the latest two.
  forget_some(kept, 4);
  EXPECT_EQ(firsts(kept), (std::vector{0, 2, 6, 7}));
}

TEST(Lessons, OfSeveralGoalsKeepTheFront) {
  // The front is 0, 2 and 4; rewards say otherwise.
  std::vector<Lesson> lessons = {{{0}, 0, {1, 9}}, {{1}, 9, {9, 9}}, {{2}, 0, {5, 5}},
                                 {{3}, 9, {8, 9}}, {{4}, 0, {9, 1}}, {{5}, 9, {9, 8}},
                                 {{6}, 9, {9, 9}}, {{7}, 9, {7, 7}}};
  forget_some(lessons, 6);
  EXPECT_EQ(firsts(lessons), (std::vector{0, 2, 4, 5, 6, 7}));
}

/// The sum is missing where it is 0, and infinite where it is 1.
class GappyCounter : public SumCounter {
 public:
  Measurements count(const space::Choices& choices,
                     const std::vector<std::string>& names) const override {
    const double sum = SumCounter::count(choices, names).at("sum");
    if (sum == 0) return {};
    return {{"sum", sum == 1 ? std::numeric_limits<double>::infinity() : sum}};
  }
};

TEST(Lessons, ColumnsAreCountedOrMissing) {
  const ToySpace space(1, 4);
  Candidates candidates(space, {}, {}, {}, std::make_shared<GappyCounter>());
  space::Choices choices(space.decisions().size(), 0);
  EXPECT_TRUE(candidates.column_values(choices).empty());
  candidates.set_columns({"sum"});
  EXPECT_TRUE(std::isnan(candidates.column_values(choices).at(0)));
  choices[0] = 1;
  EXPECT_TRUE(std::isnan(candidates.column_values(choices).at(0)));
  choices[2] = 3;
  EXPECT_EQ(candidates.column_values(choices), std::vector<float>{4});
  EXPECT_THROW(candidates.set_columns({"summ"}), InputError);
}

}  // namespace
}  // namespace nasnet::search
