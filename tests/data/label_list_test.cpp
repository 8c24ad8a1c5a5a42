#include "nasnet/data/label_list.h"

#include <gtest/gtest.h>

#include "nasnet/data/class_list.h"
#include "nasnet/data/table_text.h"
#include "tests/data/arrange_lists.h"

namespace nasnet::data {
namespace {

std::vector<Fields> fields(std::string_view text) {
  std::vector<Fields> rows;
  for (const TableRow& row : read_table(text)) rows.push_back(row.fields);
  return rows;
}

TEST(TableText, ReadsEverySeparator) {
  const std::vector<Fields> expected = {{"a", "b"}, {"c", "d"}};
  for (const char* text :
       {"a,b\nc,d\n", "a,b\r\nc,d\r\n", "a;b\nc;d", "a\tb\n\nc\td\n", "a b\nc   d\n", "a, b\nc ,d",
        "\"a\",b\nc,\"d\"\n", "sep=;\r\na;b\r\nc;d", "# by me, in 2020\na b\nc d", "#a b\nc d",
        "# 2020, by me\n# a b\nc d"})
    EXPECT_EQ(fields(text), expected) << text;
}

TEST(TableText, QuotesHoldSeparatorsQuotesAndLines) {
  EXPECT_EQ(fields("\"a,b\",\"say \"\"x\"\"\"\n\"two\nlines\",c"),
            (std::vector<Fields>{{"a,b", "say \"x\""}, {"two\nlines", "c"}}));
  EXPECT_EQ(read_table("\"two\nlines\",c\nd,e")[1].line, 3u);
  EXPECT_EQ(fields("\"never closed"), (std::vector<Fields>{{"never closed"}}));
  EXPECT_EQ(fields("a,,b\n,\n"), (std::vector<Fields>{{"a", "", "b"}, {"", ""}}));
  EXPECT_EQ(fields(""), std::vector<Fields>{});
}

TEST(TableText, ReadsJsonLines) {
  const auto rows = read_json_lines(
      "{\"file_name\": \"1.png\", \"label\": 3}\n\n{\"label\": null}\n", "metadata.jsonl");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].fields, (Fields{"file_name", "label"}));
  EXPECT_EQ(rows[1].fields, (Fields{"1.png", "3"}));
  EXPECT_EQ(rows[2].fields, (Fields{"", ""}));
  EXPECT_NE(refusal([] { read_json_lines("{}\nx", "metadata.jsonl"); }).find("line 2"),
            std::string::npos);
}

TEST(TableText, ReadsJsonOfEveryShape) {
  using Rows = std::vector<Fields>;
  const auto rows = [](std::string_view text) {
    Rows fields;
    for (const TableRow& row : read_json_table(text)) fields.push_back(row.fields);
    return fields;
  };
  EXPECT_EQ(rows(R"([{"file": "1.png", "label": 3}, {"label": "x", "file": "2.png"}])"),
            (Rows{{"file", "label"}, {"1.png", "3"}, {"2.png", "x"}}));
  const Rows pairs = {{"1.png", "3"}, {"2.png", "x"}};
  for (const char* text :
       {R"({"1.png": 3, "2.png": "x"})", R"([["1.png", 3], ["2.png", "x"]])",
        R"({"labels": [["1.png", 3], ["2.png", "x"]]})", R"({"3": ["1.png"], "x": ["2.png"]})"})
    EXPECT_EQ(rows(text), pairs) << text;
  for (const char* text : {"", "{", "7", "[[1, 2, 3]]", R"({"a": {"b": 1}})", R"([{"a": 1}, 2])"})
    EXPECT_EQ(rows(text), Rows{}) << text;
}

TEST(ClassList, IsReadInEveryForm) {
  const Fields expected = {"cat", "big dog"};
  for (const char* text :
       {"cat\nbig dog\n", "cat\r\nbig dog\r\n", "cat \n\tbig dog\n\n", "0 cat\n1 big dog",
        "1,cat\n2,\"big dog\"", "1: big dog\n0: cat\n", "1. cat\n2. big dog"})
    EXPECT_EQ(parse_class_list(text, "classes.txt"), expected) << text;
  EXPECT_EQ(parse_class_list("3 bears\nfox\n", "classes.txt"), (Fields{"3 bears", "fox"}));
  EXPECT_NE(refusal([] { parse_class_list("a\nb\na\n", "classes.txt"); }).find("'a' twice"),
            std::string::npos);
  EXPECT_NE(refusal([] { parse_class_list("0 a\n2 b\n", "classes.txt"); }).find("class 2 ('b')"),
            std::string::npos);
}

TEST(ClassList, MustAgreeWithTheClasses) {
  EXPECT_EQ(order_classes({"a", "b"}, {"b", "a"}, "classes.txt"), (Fields{"b", "a"}));
  EXPECT_NE(refusal([] {
              order_classes({"a", "b"}, {"a", "c"}, "classes.txt");
            }).find("classes.txt does not name b and names c, of which there are no"),
            std::string::npos);
}

TEST(LabelList, IsReadInEveryForm) {
  const Places expected = {{"1.png", "cat"}, {"2.png", "dog"}, {"3.png", "cat"}};
  for (const char* text :
       {"1.png,cat\n2.png,dog\n3.png,cat\n", "file,label\n1.png,cat\n2.png,dog\n3.png,cat\n",
        "id,breed\n1,cat\n2,dog\n3,cat\n", "1.png\tcat\r\n2.png\tdog\r\n3.png\tcat\r\n",
        "cat;1.png\ndog;2.png\ncat;3.png", "1.png cat\n2.png dog\n3.png cat\n",
        "filename,width,class\n1.png,9,cat\n2.png,9,dog\n3.png,9,cat\n",
        "image,cat,dog\n1,1.0,0.0\n2,0.0,1.0\n3,1.0,0.0\n",
        "\"path\",\"label\"\n\"/data/photos/1.png\",\"cat\"\n\"./"
        "2.png\",\"dog\"\n\"a\\3.png\",cat\n"})
    EXPECT_EQ(arrange({{"1.png", "2.png", "3.png"}, {{"labels.csv", text}}}), expected) << text;
  EXPECT_EQ(arrange({{"1.png", "2.png", "3.png"},
                     {{"metadata.jsonl",
                       "{\"file_name\":\"1.png\",\"label\":\"cat\"}\n"
                       "{\"file_name\":\"2.png\",\"label\":\"dog\"}\n"
                       "{\"file_name\":\"3.png\",\"label\":\"cat\"}\n"}}}),
            expected);
}

TEST(LabelList, NumbersAreThoseOfTheListOfClasses) {
  const Fields paths = {"1.png", "2.png", "3.png"};
  for (const char* text : {"1.png 0\n2.png 1\n3.png 0", "1.png 1\n2.png 2\n3.png 1"})
    EXPECT_EQ(arrange({paths, {{"labels.txt", text}}, {"cat", "dog"}}),
              (Places{{"1.png", "cat"}, {"2.png", "dog"}, {"3.png", "cat"}}));
  EXPECT_NE(refusal([&] {
              arrange({paths, {{"labels.txt", "1.png 0\n2.png 2\n3.png 0"}}, {"cat", "dog"}});
            }).find("label 2, but 2 classes are named"),
            std::string::npos);
}

TEST(LabelList, NumbersThatAgreeWithTheFoldersAreNamedAfterThem) {
  EXPECT_EQ(arrange({{"cat/1.png", "cat/2.png", "dog/3.png"},
                     {{"labels.csv", "path,label\ncat/1.png,0\ncat/2.png,0\ndog/3.png,1\n"}}}),
            (Places{{"cat/1.png", "cat"}, {"cat/2.png", "cat"}, {"dog/3.png", "dog"}}));
  Arrangement whole;
  EXPECT_EQ(arrange({{"cat/1.png", "cat/2.png", "dog/3.png"},
                     {{"labels.csv", "path,label\ncat/1.png,0\ncat/2.png,1\ndog/3.png,1\n"}}},
                    &whole),
            (Places{{"cat/1.png", "0"}, {"cat/2.png", "1"}, {"dog/3.png", "1"}}));
  EXPECT_NE(whole.notes.at(0).find("the folders do not agree with the labels"), std::string::npos);
}

TEST(LabelList, ItsNameTellsASplitBesideOtherWords) {
  EXPECT_EQ(arrange({{"train/a/0.png", "train/b/1.png", "test/0.png", "test/1.png", "test/2.png"},
                     {{"test_labels.csv", "image,label\n0.png,b\n1.png,a\n2.png,a\n"}}}),
            (Places{{"train/a/0.png", "train a"},
                    {"train/b/1.png", "train b"},
                    {"test/0.png", "test b"},
                    {"test/1.png", "test a"},
                    {"test/2.png", "test a"}}));
}

TEST(LabelList, SplitsComeFromAColumnTheListsNameOrFolders) {
  EXPECT_EQ(arrange({{"a/1.png", "a/2.png", "a/3.png"},
                     {{"labels.csv",
                       "file,label,split\n1.png,cat,train\n2.png,dog,Training\n"
                       "3.png,cat,TEST\n"}}}),
            (Places{{"a/1.png", "train cat"}, {"a/2.png", "train dog"}, {"a/3.png", "test cat"}}));
  EXPECT_EQ(
      arrange({{"images/1.png", "images/2.png", "images/3.png"},
               {{"train.csv", "id,label\n1,cat\n2,dog\n"}, {"val.csv", "id,label\n3,cat\n"}}}),
      (Places{{"images/1.png", "train cat"},
              {"images/2.png", "train dog"},
              {"images/3.png", "val cat"}}));
  EXPECT_EQ(
      arrange({{"train/1.png", "train/2.png", "test/1.png"},
               {{"train/metadata.csv", "file_name,label\n1.png,cat\n2.png,dog\n"},
                {"test/metadata.csv", "file_name,label\n1.png,dog\n"}}}),
      (Places{
          {"train/1.png", "train cat"}, {"train/2.png", "train dog"}, {"test/1.png", "test dog"}}));
  // Only the split is listed; the class is the folder's.
  EXPECT_EQ(arrange({{"images/pie/1.jpg", "images/tea/2.jpg", "images/tea/3.jpg"},
                     {{"meta/train.txt", "pie/1\ntea/2\n"}, {"meta/test.txt", "tea/3\n"}}}),
            (Places{{"images/pie/1.jpg", "train pie"},
                    {"images/tea/2.jpg", "train tea"},
                    {"images/tea/3.jpg", "test tea"}}));
}

TEST(LabelList, AFolderThatHoldsAllIsNoSplit) {
  EXPECT_EQ(arrange({{"test/1.png", "test/2.png", "test/3.png"},
                     {{"test/labels.csv", "file,label\n1.png,a\n2.png,b\n3.png,a\n"}}}),
            (Places{{"test/1.png", "a"}, {"test/2.png", "b"}, {"test/3.png", "a"}}));
}

TEST(LabelList, AKaggleSetHasAnUnlabelledTestFolder) {
  Arrangement whole;
  EXPECT_EQ(arrange({{"train/1.jpg", "train/2.jpg", "train/3.jpg", "test/1.jpg", "test/4.jpg"},
                     {{"train.csv", "id,label\n1,cat\n2,dog\n3,cat\n"},
                      {"sample_submission.csv", "id,label\n1,cat\n4,cat\n"},
                      {"test.csv", "id\n1\n4\n"}}},
                    &whole),
            (Places{{"train/1.jpg", "train cat"},
                    {"train/2.jpg", "train dog"},
                    {"train/3.jpg", "train cat"},
                    {"test/1.jpg", "-"},
                    {"test/4.jpg", "-"}}));
  ASSERT_EQ(whole.left_out.size(), 1u);
  EXPECT_EQ(whole.left_out[0].images, 2);
  EXPECT_NE(whole.left_out[0].why.find("`nasnet predict`"), std::string::npos);
}

TEST(LabelList, MayLabelWhatTheClassFoldersDoNot) {
  EXPECT_EQ(
      arrange({{"train/n1/images/n1_0.JPEG", "train/n2/images/n2_0.JPEG", "val/images/val_0.JPEG",
                "val/images/val_1.JPEG", "val/images/val_2.JPEG", "test/images/test_0.JPEG"},
               {{"val/val_annotations.txt", "val_0.JPEG\tn2\nval_1.JPEG\tn1\nval_2.JPEG\tn1\n"}}}),
      (Places{{"train/n1/images/n1_0.JPEG", "train n1"},
              {"train/n2/images/n2_0.JPEG", "train n2"},
              {"val/images/val_0.JPEG", "val n2"},
              {"val/images/val_1.JPEG", "val n1"},
              {"val/images/val_2.JPEG", "val n1"},
              {"test/images/test_0.JPEG", "-"}}));
}

TEST(LabelList, WhatIsMissingOnEitherSideIsCounted) {
  Arrangement whole;
  EXPECT_EQ(arrange({{"1.png", "2.png", "3.png", "4.png"},
                     {{"labels.csv", "file,label\n1.png,cat\n2.png,dog\n3.png,dog\n9.png,cat\n"}}},
                    &whole)
                .at("4.png"),
            "-");
  ASSERT_EQ(whole.left_out.size(), 1u);
  EXPECT_EQ(whole.left_out[0].images, 1);
  EXPECT_EQ(whole.left_out[0].why, "that no list has: left out (the first is 4.png)");
  EXPECT_EQ(whole.notes.back(), "1 image listed in labels.csv is not there (the first is 9.png)");
}

TEST(LabelList, ContradictionsAreRefused) {
  const auto refused = [](const Set& set) { return refusal([&] { arrange(set); }); };
  EXPECT_NE(refused({{"1.png", "2.png"}, {{"labels.csv", "file,label\n1.png,cat\n1.png,dog\n"}}})
                .find("1.png is listed with two labels, 'cat' (labels.csv, line 2) and 'dog'"),
            std::string::npos);
  EXPECT_NE(refused({{"a/1.png", "b/1.png"}, {{"labels.csv", "file,label\n1.png,cat\n"}}})
                .find("'1.png' in line 2 can be a/1.png and b/1.png"),
            std::string::npos);
  EXPECT_NE(
      refused({{"cat/1.png", "dog/2.png"},
               {{"labels.csv", "file,label\ncat/1.png,dog\ndog/2.png,cat\n"}}})
          .find("cat/1.png lies in a folder of class 'cat', but labels.csv gives it the label "
                "'dog' (line 2), and 1 more"),
      std::string::npos);
  EXPECT_NE(refused({{"a/1.png", "b/2.png"},
                     {{"train.txt", "a/1.png\nb/2.png\n"}, {"test.txt", "b/2.png\n"}}})
                .find("b/2.png is listed with two splits"),
            std::string::npos);
  EXPECT_NE(refused({{"1.png", "2.png"}, {{"l.csv", "file,label,split\n1.png,cat,day\n"}}})
                .find("line 2 has the split 'day'"),
            std::string::npos);
}

TEST(LabelList, OtherTablesAreNone) {
  const std::vector<ImageFile> files = {{"train/n1/1.png", nullptr}, {"train/n1/2.png", nullptr}};
  const ImageLookup lookup({&files[0], &files[1]});
  for (const auto& [name, text] :
       Files{{"boxes.csv", "split,wnid,file,x0,y0,x1,y1\ntrain,n1,1.png,0,1,2,3\n"},
             {"classes.csv", "index,wnid,name\n0,n1,\"goldfish, Carassius\"\n"},
             {"images.txt", "1 1.png\n2 2.png\n"},
             {"captions.csv", "file_name,text\n1.png,a cat\n2.png,a dog\n"},
             {"sample_submission.csv", "id,label\n1,cat\n2,cat\n"},
             {"README.txt", "Pictures of cats.\n"},
             {"notes.txt",
              "Notes\nSee also 1.png\nSee also 2.png\nAnd see others\n"
              "that are so so\nand that is all\n"},
             {"boxes.json", "{}"}}) {
    const ImageFile list = made_file(name, [text = text] { return text; });
    EXPECT_FALSE(read_label_list(list, lookup)) << name;
  }
}

}  // namespace
}  // namespace nasnet::data
