#include "nasnet/base/check.h"

#include <gtest/gtest.h>

#include <string>

#include "nasnet/base/error.h"

namespace nasnet {
namespace {

std::string fault_of(const auto& work) {
  try {
    work();
  } catch (const InternalError& fault) {
    return fault.what();
  }
  return "none";
}

TEST(Check, SaysTheInvariantItsPlaceAndToReportIt) {
  EXPECT_EQ(fault_of([] {
              fail_check("buffers < 3", "a buffer a state",
                         "/somebody/s/tree/nasnet/plan/places.cpp", 70);
            }),
            "internal error: a buffer a state: buffers < 3 does not hold "
            "(nasnet/plan/places.cpp:70); please report it with the command that you ran");
  const int buffers = 3;
  EXPECT_EQ(fault_of([&] { NASNET_CHECK(buffers == 3, "a buffer a state"); }), "none");
  const std::string fault = fault_of([&] { NASNET_CHECK(buffers < 3); });
  EXPECT_TRUE(fault.starts_with("internal error: buffers < 3 does not hold (")) << fault;
  EXPECT_NE(fault.find("check_test.cpp:"), std::string::npos) << fault;
}

TEST(Check, IsNoErrorOfTheUsers) {
  const auto take_for_bad_input = [] {
    try {
      NASNET_CHECK(false);
    } catch (const Error&) {
    }
  };
  EXPECT_THROW(take_for_bad_input(), InternalError);
}

TEST(Check, CostlyOnesAreComputedOnlyToFindFaults) {
  int computed = 0;
  const auto costly = [&] { return ++computed > 0; };
  NASNET_DCHECK(costly());
  EXPECT_EQ(computed, NASNET_COSTLY_CHECKS);
}

}  // namespace
}  // namespace nasnet
