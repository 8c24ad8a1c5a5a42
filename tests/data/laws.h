#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "nasnet/base/random.h"

// Distributions of what augmentation draws, beside those of the programs that it takes them from.

namespace nasnet::data {

/// The nine values that a tenth, two tenths, ... of the draws lie below.
inline std::vector<double> deciles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::vector<double> result;
  for (size_t i = 1; i < 10; ++i) result.push_back(values[i * values.size() / 10]);
  return result;
}

/// One of each of 20,000 streams.
template <class Draw>
std::vector<double> draw_many(const Draw& draw) {
  std::vector<double> values;
  for (uint64_t i = 0; i < 20000; ++i) {
    Random random(7, i, "law");
    values.push_back(draw(random));
  }
  return values;
}

inline void expect_near(const std::vector<double>& values, const std::vector<double>& expected,
                        double tolerance) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << i;
}

}  // namespace nasnet::data
