#include "nasnet/report/verdicts.h"

#include <gtest/gtest.h>

namespace nasnet::report {
namespace {

TEST(UndrawnText, IsThereOnlyWhereTheLimitsLeftThePolicyNothing) {
  search::SearchSettings settings;
  search::StudyResult result;
  result.proposals = 40;
  EXPECT_EQ(undrawn_text(settings, result), "");
  result.undrawn = 12;
  const std::string text = undrawn_text(settings, result);
  EXPECT_EQ(text.rfind("12 of 40 proposals could not be drawn by the policy within its limits", 0),
            0u)
      << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace nasnet::report
