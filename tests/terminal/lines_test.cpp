#include "nasnet/terminal/lines.h"

#include <gtest/gtest.h>

namespace nasnet::terminal {
namespace {

TEST(Lines, OfOthersHoldNoControlCharacters) {
  EXPECT_EQ(shown("a\x1b[2Jb\n", true), "a\\x1B[2Jb\\x0A");
  EXPECT_EQ(shown("M\u00FCller \u4E2D", true), "M\u00FCller \u4E2D");
  EXPECT_EQ(shown("M\u00FCller \u4E2D", false), "M?ller ?");
}

TEST(Lines, AreCutByColumns) {
  const Line line = {{"ab", Style::kStrong}, {"\u4E2D\u6587!", Style::kPlain}};
  EXPECT_EQ(plain(fitted(line, 7)), "ab\u4E2D\u6587!");
  EXPECT_EQ(plain(fitted(line, 6)), "ab\u4E2D~") << "the second takes two columns";
  EXPECT_EQ(plain(fitted(line, 2)), "a~");
  EXPECT_EQ(plain(fitted(line, 1)), "~");
  EXPECT_EQ(plain(fitted(line, 0)), "");
}

}  // namespace
}  // namespace nasnet::terminal
