#include "nasnet/base/tensor.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "nasnet/base/error.h"

namespace nasnet {
namespace {

std::vector<float> counted(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

TEST(Tensor, BeginsWithZeros) {
  const Tensor tensor({2, 3});
  EXPECT_EQ(tensor.row_major(), std::vector<float>(6, 0.0f));
  EXPECT_TRUE(tensor.defined());
  EXPECT_FALSE(Tensor().defined());
}

TEST(Tensor, OfFourDimensionsLiesChannelsLast) {
  Tensor tensor({2, 3, 1, 2});
  tensor.set_row_major(counted(12));
  const std::vector<float> lies(tensor.values().begin(), tensor.values().end());
  EXPECT_EQ(lies, (std::vector<float>{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}));
  EXPECT_EQ(tensor.row_major(), counted(12));
}

TEST(Tensor, ViewsFindEveryValue) {
  for (const std::vector<int64_t>& shape :
       {std::vector<int64_t>{5}, {2, 3}, {4, 3, 2}, {2, 3, 4, 5}}) {
    Tensor tensor(shape);
    tensor.set_row_major(counted(tensor.size()));
    const TensorView view(tensor);
    EXPECT_EQ(view.size(), tensor.size());
    float expected = 0;
    for (int64_t a = 0; a < view.shape[0]; ++a)
      for (int64_t b = 0; b < view.shape[1]; ++b)
        for (int64_t c = 0; c < view.shape[2]; ++c)
          for (int64_t d = 0; d < view.shape[3]; ++d, ++expected)
            EXPECT_EQ(view.data[a * view.strides[0] + b * view.strides[1] + c * view.strides[2] +
                                d * view.strides[3]],
                      expected);
  }
}

TEST(Tensor, CountsItsChanges) {
  Tensor tensor({2});
  const uint64_t before = TensorView(tensor).version;
  EXPECT_EQ(TensorView(tensor).version, before);
  tensor.change()[0] = 1;
  EXPECT_NE(TensorView(tensor).version, before);
}

TEST(Tensor, RefusesOtherNumbersOfValues) {
  Tensor tensor({2, 2});
  EXPECT_THROW(tensor.set_row_major(counted(3)), Error);
  EXPECT_THROW(Tensor({2, -1}), Error);
}

}  // namespace
}  // namespace nasnet
