#include "nasnet/base/columns.h"

#include <gtest/gtest.h>
#include <stdlib.h>

namespace nasnet {
namespace {

TEST(Columns, AreThoseThatATerminalTakes) {
  EXPECT_EQ(display_width("cat"), 3);
  EXPECT_EQ(display_width("Äpfel"), 5);
  EXPECT_EQ(display_width("A\xcc\x88"), 1) << "A and a combining diaeresis";
  EXPECT_EQ(display_width("猫"), 2);
  EXPECT_EQ(display_width("ねこ"), 4);
  EXPECT_EQ(display_width("😀"), 2);
  EXPECT_EQ(display_width("\xff\xfe"), 2) << "no UTF-8";
  EXPECT_EQ(display_width(""), 0);
}

TEST(Columns, ACutLeavesWholeCharacters) {
  EXPECT_EQ(cut_to_width("猫犬", 3), "猫");
  EXPECT_EQ(cut_to_width("猫犬", 4), "猫犬");
  EXPECT_EQ(cut_to_width("A\xcc\x88"
                         "b",
                         1),
            "A\xcc\x88")
      << "its combining mark stays with it";
  EXPECT_EQ(cut_to_width("abc", 0), "");
  EXPECT_EQ(cut_to_width("abc", 9), "abc");
}

TEST(Columns, ATablesCellsStandUnderEachOther) {
  EXPECT_EQ(padded_right("猫", 4), "猫  ");
  EXPECT_EQ(padded_left("猫", 4), "  猫");
  EXPECT_EQ(padded_right("longer", 4), "longer");
}

TEST(Columns, LinesBreakAtBlanks) {
  EXPECT_EQ(wrapped("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("unbreakable a", 4), (std::vector<std::string>{"unbreakable", "a"}));
  EXPECT_EQ(wrapped("", 4), (std::vector<std::string>{""}));
}

TEST(Columns, OfNoTerminalAreWhatTheEnvironmentSays) {
  const int none = -1;
  ::unsetenv("COLUMNS");
  EXPECT_EQ(terminal_width(none), 80);
  ::setenv("COLUMNS", "40", 1);
  EXPECT_EQ(terminal_width(none), 40);
  ::setenv("COLUMNS", "-3", 1);
  EXPECT_EQ(terminal_width(none), 80);
  ::unsetenv("COLUMNS");
}

}  // namespace
}  // namespace nasnet
