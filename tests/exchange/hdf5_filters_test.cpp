#include "nasnet/exchange/hdf5_filters.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace nasnet::exchange {
namespace {

constexpr uint64_t kShuffle = 2;  // of The HDF Group's registry

std::string unshuffled(const std::string& chunk, uint32_t number) {
  return undo_filters(chunk, {{kShuffle, {number}}}, 0, chunk.size(), "x.h5");
}

TEST(Hdf5Filters, UnshuffleBytesOfTheSamePlace) {
  EXPECT_EQ(unshuffled("acegbdfh", 2), "abcdefgh");
  EXPECT_EQ(unshuffled("aebfcgdh", 4), "abcdefgh");
  EXPECT_EQ(unshuffled("aebfcgdhXY", 4), "abcdefghXY") << "what fills no number follows";
  EXPECT_EQ(unshuffled("abc", 1), "abc");
}

/// Not in time that grows with what a file says.
TEST(Hdf5Filters, NumbersLargerThanTheChunkLeaveItAsItIs) {
  for (const uint32_t number : {9U, 0x10000U, 0xffffffffU})
    EXPECT_EQ(unshuffled("abcdefgh", number), "abcdefgh");
}

}  // namespace
}  // namespace nasnet::exchange
