#include <gtest/gtest.h>

#include "nasnet/search/store/store_rows.h"

namespace nasnet::search {
namespace {

/// Whatever is valid JSON is read, however it is written.
TEST(StoredRows, ChoicesAreReadFastAndAsJson) {
  EXPECT_EQ(read_choices("[1,0,12]"), (space::Choices{1, 0, 12}));
  EXPECT_EQ(read_choices("[7]"), space::Choices{7});
  EXPECT_EQ(read_choices("[]"), space::Choices{});
  EXPECT_EQ(read_choices(" [ 1 , -2 ] "), (space::Choices{1, -2}));
  for (const char* bad : {"", "[", "[1", "[1,", "[1,]", "[1]x", "1", "{}", "[\"a\"]", "[1;2]"})
    EXPECT_THROW(read_choices(bad), InputError) << bad;
}

TEST(StoredRows, MeasurementsAreReadFastAndAsJson) {
  const Measurements expected = {{"accuracy", 0.1}, {"loss", -2.5e-7}, {"size", 3}};
  EXPECT_EQ(read_measurements(R"({"accuracy":0.1,"loss":-2.5e-07,"size":3.0})"), expected);
  EXPECT_EQ(read_measurements(R"( { "accuracy" : 0.1, "loss":-2.5e-7,"size":3 })"), expected);
  EXPECT_EQ(read_measurements("{}"), Measurements());
  EXPECT_EQ(read_measurements(R"({"a\"b":1})"), (Measurements{{"a\"b", 1}}));
  for (const char* bad :
       {"", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1}}", "[1]", "{\"a\":\"b\"}", "{a:1}"})
    EXPECT_THROW(read_measurements(bad), InputError) << bad;
}

}  // namespace
}  // namespace nasnet::search
