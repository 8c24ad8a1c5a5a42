#include "nasnet/data/list_text.h"

#include "nasnet/base/code_page.h"
#include "nasnet/data/class_list.h"
#include "tests/data/arrange_lists.h"

namespace nasnet::data {
namespace {

// "Ä" as one character, as two (macOS's form), and in Windows-1252.
const std::string kComposed = "\xC3\x84", kDecomposed = "A\xCC\x88", kByte = "\xC4";

std::string utf16(const std::string& ascii, bool big, const std::string& mark) {
  std::string text = mark;
  for (const char c : ascii) text += big ? std::string{'\0', c} : std::string{c, '\0'};
  return text;
}

TEST(ListText, IsReadInEveryEncoding) {
  const std::string mark = "\xEF\xBB\xBF";
  for (const std::string& bytes :
       {std::string("a,b\nc,d\n"), mark + "a,b\nc,d\n", utf16("a,b\nc,d\n", false, "\xFF\xFE"),
        utf16("a,b\nc,d\n", true, "\xFE\xFF"), utf16("a,b\nc,d\n", false, ""),
        utf16("a,b\nc,d\n", true, ""), std::string("a,b\rc,d\r")}) {
    EXPECT_EQ(decode_list(bytes).text, "a,b\nc,d\n");
    EXPECT_FALSE(decode_list(bytes).guessed);
  }
  EXPECT_EQ(decode_list(kByte + "pfel \x80 \x93\x81").text,
            kComposed + "pfel \xE2\x82\xAC \xE2\x80\x9C\xC2\x81");
  EXPECT_TRUE(decode_list(kByte).guessed);
}

TEST(ListText, NamesBecomeThoseThatFoldersHave) {
  EXPECT_EQ(listed_name(" \xC2\xA0" + kDecomposed + "pfel\t"), kComposed + "pfel");
  EXPECT_EQ(listed_name("two\nlines\x1B"), "two\\x0Alines\\x1B");
  EXPECT_EQ(listed_name("\\xC4pfel"), "\\xC4pfel") << "as it was printed";
}

TEST(ListText, NamesThatMeanTheSameHaveOneForm) {
  for (const std::string& name : {kComposed + "b", kDecomposed + "b", std::string("\\xC4b"),
                                  std::string("A\\xCC\\x88"
                                              "b")})
    EXPECT_EQ(common_form(name), kComposed + "b");
  EXPECT_NE(common_form("a"), common_form("A"));
}

TEST(ListText, AListAndFilesInOtherFormsOfANameAgree) {
  for (const std::string& on_disk : {kComposed, kDecomposed, std::string("\\xC4")})
    for (const std::string& in_list : {kComposed, kDecomposed, kByte}) {
      const std::string first = on_disk + "/1.png", second = "b/" + on_disk + ".png";
      EXPECT_EQ(arrange({{first, second, "b/3.png"},
                         {{"labels.csv", "file,label\n" + in_list + "/1.png," + in_list + "\nb/" +
                                             in_list + ".png,b\nb/3.png,b\n"}}}),
                (Places{{first, kComposed}, {second, "b"}, {"b/3.png", "b"}}))
          << on_disk << " and " << in_list;
    }
}

TEST(ListText, UpperAndLowerCaseMatterOnlyWhereTheyTellFilesApart) {
  EXPECT_EQ(arrange({{"IMG_1.JPG", "IMG_2.JPG", "img_2.jpg"},
                     {{"labels.csv", "img_1.jpg,a\nimg_2.jpg,b\nIMG_2.JPG,a\n"}}}),
            (Places{{"IMG_1.JPG", "a"}, {"IMG_2.JPG", "a"}, {"img_2.jpg", "b"}}));
}

TEST(ListText, PathsMayHaveBackslashesOfWindowsAndOfPrintedBytes) {
  EXPECT_EQ(arrange({{"cat/x12.png", "dog/\\xFF.png", "dog/3.png"},
                     {{"labels.csv", "cat\\x12.png,a\ndog/\\xFF.png,b\ndog\\3.png,b\n"}}}),
            (Places{{"cat/x12.png", "a"}, {"dog/\\xFF.png", "b"}, {"dog/3.png", "b"}}));
}

TEST(ListText, ALegacyListIsToldOf) {
  Arrangement whole;
  arrange({{"1.png", "2.png", "3.png"}, {{"l.csv", "1.png,\xC4\n2.png,b\n3.png,b\n"}}}, &whole);
  EXPECT_EQ(whole.notes.back(), "l.csv is no UTF-8: it was read as Windows-1252");
}

using ListsOfFolders = WithFolder;

TEST_F(ListsOfFolders, ClassesAreCalledAsTheListOfClassesCallsThem) {
  for (const std::string& folder : {kComposed, kDecomposed, kByte})
    for (const std::string& listed : {kComposed, kDecomposed, kByte}) {
      std::filesystem::remove_all(path("set"));
      write({{"set/" + folder + "/1.png", flat_png(8, 8, 1, 2, 3)},
             {"set/b/2.png", flat_png(8, 8, 4, 5, 6)},
             {"set/classes.txt", "b\r\n" + listed + " \r\n"}});
      EXPECT_EQ(load(path("set")).classes, (Fields{"b", kComposed}));
    }
}

}  // namespace
}  // namespace nasnet::data
