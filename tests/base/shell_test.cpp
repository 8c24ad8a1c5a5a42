#include "nasnet/base/shell.h"

#include <gtest/gtest.h>

#include "nasnet/base/program.h"

namespace nasnet {
namespace {

TEST(Shell, PlainWordsStayAsTheyAre) {
  for (const char* word : {"train", "--data", "my-images/cat_1.png", "a+b@c:1,2%"})
    EXPECT_EQ(shell_quoted(word), word);
}

TEST(Shell, OthersAreQuoted) {
  EXPECT_EQ(shell_quoted("my images"), "'my images'");
  EXPECT_EQ(shell_quoted(""), "''");
  EXPECT_EQ(shell_quoted("it's"), R"('it'\''s')");
  EXPECT_EQ(shell_quoted("~"), "'~'");
  EXPECT_EQ(shell_quoted("=ls"), "'=ls'");
  EXPECT_EQ(shell_quoted("Äpfel"), "'Äpfel'");
  EXPECT_EQ(shell_quoted("a\nb'c\\"), R"($'a\012b\'c\\')");
}

TEST(Shell, BashReadsEveryWordAsItWas) {
  if (find_program("bash").empty()) GTEST_SKIP() << "no bash here";
  for (const std::string word :
       {"a b", "it's", "$HOME `ls` \"x\"", "*?[a]{b,c}", "!!", "#x", "a\nb\tc\x01'", "\\",
        "\xc3\x28", "&& rm", "a;b|c>d<e(f)", "\x1b[31m"}) {
    const ProgramEnd end = run_program({"bash", "-c", "printf %s " + shell_quoted(word)}, 10);
    EXPECT_EQ(end.output, word);
    EXPECT_EQ(shell_quoted(word).find('\n'), std::string::npos);
  }
}

TEST(Shell, AFileIsNeverTakenForAFlag) {
  EXPECT_EQ(as_argument("-my data"), "./-my data");
  EXPECT_EQ(as_argument("data"), "data");
  EXPECT_EQ(as_argument("/-data"), "/-data");
}

}  // namespace
}  // namespace nasnet
