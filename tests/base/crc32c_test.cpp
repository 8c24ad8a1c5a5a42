#include "nasnet/base/crc32c.h"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace nasnet {
namespace {

TEST(Crc32c, OfTheStandardsExamples) {
  // RFC 3720, appendix B.4.
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  std::string ascending(32, '\0');
  std::iota(ascending.begin(), ascending.end(), '\0');
  EXPECT_EQ(crc32c(ascending), 0x46dd794eu);
}

TEST(Crc32c, IsMaskedAsLevelDbDoes) {
  // The end of each table that has no block about itself.
  EXPECT_EQ(masked_crc32c(std::string("\0\0\0\0\1\0\0\0\0", 9)), 0xb0a1f2c0u);
}

}  // namespace
}  // namespace nasnet
