#include "nasnet/base/text.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"

namespace nasnet {
namespace {

TEST(Text, BytesAreReadWithTheirUnit) {
  EXPECT_EQ(parse_bytes("", "--memory"), 0);
  EXPECT_EQ(parse_bytes("123", "--memory"), 123);
  EXPECT_EQ(parse_bytes("2GB", "--memory"), 2000000000);
  EXPECT_EQ(parse_bytes("1.5 GiB", "--memory"), int64_t{3} << 29);
  EXPECT_EQ(parse_bytes("800mb", "--memory"), 800000000);
  EXPECT_EQ(parse_bytes("64k", "--memory"), 64000);
  EXPECT_EQ(parse_bytes("1T", "--memory"), 1000000000000);
  for (const char* wrong : {"two", "2 apples", "GB", "-1GB", "0", "nan", "inf", "1e99", "2GBB"})
    EXPECT_THROW(parse_bytes(wrong, "--memory"), InputError) << wrong;
}

TEST(Text, BytesAreWrittenInUnitsOf1000) {
  EXPECT_EQ(format_bytes(8300000), "8.3 MB");
  EXPECT_EQ(format_bytes(830000000), "830 MB");
  EXPECT_EQ(format_bytes(1500000000), "1.50 GB");
}

TEST(Text, DigitsAreANumberAndNothingElseIs) {
  EXPECT_EQ(parse_digits("0"), 0);
  EXPECT_EQ(parse_digits("0042"), 42);
  EXPECT_EQ(parse_digits("9223372036854775807"), 9223372036854775807);
  for (const char* text : {"", " ", "-1", "+1", "1 ", "1x", "0x1", "9223372036854775808", "1.0"})
    EXPECT_EQ(parse_digits(text), std::nullopt) << text;
}

TEST(Text, ListsThatDifferSayInWhat) {
  const std::vector<std::string> few = {"cat", "dog"};
  EXPECT_EQ(describe_difference(few, "here", {"cat", "bird"}, "there"),
            "only here: 1 (dog); only there: 1 (bird)");
  EXPECT_EQ(describe_difference(few, "here", {"a", "b", "c", "cat", "d", "dog"}, "there"),
            "only there: 4 (a, b, c, ...)");
  EXPECT_EQ(describe_difference(few, "here", {"dog", "cat"}, "there"),
            "the same names in another order: number 1 is cat here, dog there");
  EXPECT_EQ(describe_difference(few, "here", {"cat", "dog", "dog"}, "there"),
            "some names stand more than once: 2 here, 3 there");
}

}  // namespace
}  // namespace nasnet
