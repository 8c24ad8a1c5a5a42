#include "nasnet/base/names.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/code_page.h"

namespace nasnet {
namespace {

TEST(Names, TextStaysAsItIs) {
  for (const std::string name :
       {"cat", "Äpfel", "リンゴ", "a b", "C:\\pictures", "\\xe4", "\\x", "🍏"})
    EXPECT_EQ(printable(name), name);
}

TEST(Names, BytesThatAreNoTextArePrinted) {
  EXPECT_EQ(printable("\xC4pfel"), "\\xC4pfel") << "Latin-1";
  EXPECT_EQ(printable("two\nlines\x1B[2J"), "two\\x0Alines\\x1B[2J");
  EXPECT_EQ(printable("\xC2\x85"), "\\xC2\\x85") << "a control character of two bytes";
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "half of a surrogate pair";
  EXPECT_EQ(printable("\xEF\xBF\xBF"), "\\xEF\\xBF\\xBF") << "no character of XML";
}

TEST(Names, ANameThatLooksLikePrintedBytesIsToldFromThem) {
  EXPECT_EQ(printable("\\xC4pfel"), "\\x5CxC4pfel");
  EXPECT_EQ(from_printable("\\x5CxC4pfel"), "\\xC4pfel");
  EXPECT_EQ(from_printable("\\xC4pfel"), "\xC4pfel");
}

RC_GTEST_PROP(Names, EveryNameComesBackAndJsonHoldsIt, ()) {
  // Mostly of what matters: backslashes, x, hexadecimal digits, bytes beyond ASCII.
  const auto byte = rc::gen::oneOf(rc::gen::elementOf(std::string("\\\\\\xx5CC4a\n\xC3\xA4")),
                                   rc::gen::arbitrary<char>());
  const auto name = *rc::gen::container<std::string>(byte);
  const std::string text = printable(name);
  RC_ASSERT(from_printable(text) == name);
  RC_ASSERT(nlohmann::json::parse(nlohmann::json(text).dump()) == text);
  RC_ASSERT(text.find('\n') == std::string::npos);
}

TEST(Names, FormsOfUnicodeBecomeOne) {
  EXPECT_EQ(composed("A\xCC\x88pfel"), "Äpfel");
  EXPECT_EQ(composed("Äpfel"), "Äpfel");
  EXPECT_EQ(composed("\xC4"), "\xC4");
  EXPECT_EQ(composed("ﬁ"), "ﬁ") << "a ligature is another name";
}

TEST(CodePage, JapaneseNamesAreKnownByTheirCompany) {
  const std::string dog = "\x8C\xA2", cat = "\x94\x4C", apples = "\x82\xE8\x82\xF1\x82\xB2";
  ASSERT_EQ(guess_code_page({dog + "/1.png", cat + "/1.png"}), "CP932");
  EXPECT_EQ(from_code_page(dog, "CP932"), "犬");
  EXPECT_EQ(from_code_page(cat, "CP932"), "猫");
  EXPECT_EQ(guess_code_page({apples}), "CP932");
  EXPECT_EQ(guess_code_page({"\x83\x5C\x83\x74\x83\x67/1.png"}), "CP932") << "a backslash's byte";
}

TEST(CodePage, EuropeanNamesAreOfCodePage437) {
  for (const std::string name : {"\x8Epfel/1.png",
                                 "Gr\x94\xE1"
                                 "e/1.png",
                                 "\x99l/1.png", "caf\x82",
                                 "cr\x82\x82"
                                 "e",
                                 "F\x81\xE1"
                                 "e"})
    EXPECT_EQ(guess_code_page({name}), "CP437") << name;
  EXPECT_EQ(from_code_page("\x8Epfel", "CP437"), "Äpfel");
  EXPECT_EQ(from_code_page("Stra\xE1"
                           "e",
                           "CP437"),
            "Straße");
}

TEST(CodePage, OtherScriptsAreKnownByTheirBytes) {
  const std::string russian = "\x91\xAE\xA1\xA0\xAA\xA0", chinese = "\xC3\xA8",
                    korean = "\xB0\xED\xBE\xE7\xC0\xCC";
  ASSERT_EQ(guess_code_page({russian, "\x8A\xAE\xE8\xAA\xA8/1.png"}), "CP866");
  EXPECT_EQ(from_code_page(russian, "CP866"), "Собака");
  ASSERT_EQ(guess_code_page({chinese + "/1.png", "\xB9\xB7/1.png"}), "CP936");
  EXPECT_EQ(from_code_page(chinese, "CP936"), "猫");
  ASSERT_EQ(guess_code_page({korean + "/1.png", "\xB0\xB3/1.png"}), "CP949");
  EXPECT_EQ(from_code_page(korean, "CP949"), "고양이");
  EXPECT_EQ(guess_code_page({"\xDB\xB1\xFF/1.png"}), "CP437") << "none of these";
}

}  // namespace
}  // namespace nasnet
