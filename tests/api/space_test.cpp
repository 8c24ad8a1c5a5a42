#include <gtest/gtest.h>
#include <nasnet/error.h>
#include <nasnet/search.h>
#include <nasnet/space.h>

#include <algorithm>

#include "tests/search/temporary.h"

namespace nasnet {
namespace {

/// Three digits in base four; a digit is a decision.
const bool kAdded = [] {
  Space digits{.name = "digits", .help = "numbers of three digits"};
  for (const char* name : {"hundreds", "tens", "ones"}) digits.decisions.push_back({name, 0, 4});
  digits.describe = [](const Choices& choices) {
    std::string text;
    for (const int choice : choices) text += std::to_string(choice);
    return text;
  };
  digits.canonical = [](const Choices& choices) {
    Choices sorted = choices;
    std::sort(sorted.begin(), sorted.end());
    return std::to_string(sorted[0]) + std::to_string(sorted[1]) + std::to_string(sorted[2]);
  };
  add_space(digits);
  return true;
}();

class OwnSpaces : public search::WithFolder {
 protected:
  SearchOptions options_{
      .settings = {
          {"space", "digits"}, {"trials", 40}, {"generation", 10}, {"strategy", "random"}}};
};

TEST_F(OwnSpaces, AreSearchedByARewardOfOnesOwn) {
  int asked = 0;
  Study study = run_search(
      file("a.db"),
      [&](const Candidate& candidate) {
        ++asked;
        EXPECT_EQ(candidate.choices.size(), 3u);
        EXPECT_EQ(candidate.genotype, Genotype());
        return candidate.choices[0] + candidate.choices[1] + candidate.choices[2];
      },
      options_);
  EXPECT_LE(asked, 20) << "numbers of the same digits are the same";
  const Trial best = study.best(1).at(0);
  ASSERT_EQ(best.candidate.size(), 3u);
  EXPECT_FALSE(best.genotype);
  EXPECT_EQ(*best.reward, best.candidate[0] + best.candidate[1] + best.candidate[2] - 3 * '0');
  EXPECT_EQ(Study::open(file("a.db")).best(1).at(0).candidate, best.candidate);
}

TEST_F(OwnSpaces, AreKnownByName) {
  EXPECT_EQ(search::message_of([] { add_space({.name = "nasnet"}); }),
            "there is a space 'nasnet' already");
  EXPECT_EQ(search::message_of([] {
              add_space({.name = "empty", .decisions = {{"colour", 0, 0}}});
            }),
            "decision 'colour' of the space empty has kind 0 and 0 choices; a kind is 0 or above, "
            "and there is at least one choice");
  options_.settings["space"] = "digit";
  EXPECT_EQ(search::message_of([&] {
              run_search(
                  file("a.db"), [](const Candidate&) { return 0.0; }, options_);
            }),
            "space cannot be 'digit'; did you mean 'digits'?");
}

}  // namespace
}  // namespace nasnet
