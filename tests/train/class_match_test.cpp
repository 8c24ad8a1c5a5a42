#include "nasnet/train/class_match.h"

#include <gtest/gtest.h>

namespace nasnet::train {
namespace {

using Matches = std::vector<int>;

TEST(ClassMatch, OfTheSameNameFirst) {
  EXPECT_EQ(match_classes({"dog", "cat"}, {"cat", "Dog", "dog"}), (Matches{2, 0}));
  EXPECT_EQ(match_classes({"fox"}, {"cat", "dog"}), (Matches{-1}));
  EXPECT_EQ(match_classes({"cat"}, {}), (Matches{-1}));
}

TEST(ClassMatch, ThenInAnotherCaseOrWithOtherSeparators) {
  EXPECT_EQ(match_classes({"golden_retriever", "Polar  Bear", "t-shirt"},
                          {"Golden Retriever", "polar-bear", "T shirt "}),
            (Matches{0, 1, 2}));
  EXPECT_EQ(match_classes({"caf\u00e9"}, {"cafe\u0301"}), (Matches{0})) << "Unicode's two forms";
}

TEST(ClassMatch, ThenOfTheSameSynset) {
  const std::vector<std::string> known = {"background", "n01440764 tench, Tinca tinca",
                                          "n02099601"};
  EXPECT_EQ(match_classes({"n01440764", "n02099601_golden_retriever", "n02099712"}, known),
            (Matches{1, 2, -1}));
  EXPECT_EQ(match_classes({"n014407641"}, known), (Matches{-1})) << "nine digits are no synset";
  EXPECT_EQ(match_classes({"n0144076"}, known), (Matches{-1}));
}

TEST(ClassMatch, SeveralThatAreAlikeAreNone) {
  EXPECT_EQ(match_classes({"DOG", "dog"}, {"Dog", "dog"}), (Matches{-1, 1}));
  EXPECT_EQ(match_classes({"n01440764"}, {"n01440764 a", "n01440764 b"}), (Matches{-1}));
}

}  // namespace
}  // namespace nasnet::train
