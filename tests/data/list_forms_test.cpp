// Lists as well-known data sets have them.
#include "tests/data/arrange_lists.h"

namespace nasnet::data {
namespace {

TEST(ListForms, ListsAreJoinedByIds) {  // CUB-200
  Arrangement whole;
  EXPECT_EQ(
      arrange(
          {{"images/001.Auk/a.jpg", "images/001.Auk/b.jpg", "images/002.Owl/c.jpg",
            "images/002.Owl/d.jpg"},
           {{"images.txt", "1 001.Auk/a.jpg\n2 001.Auk/b.jpg\n3 002.Owl/c.jpg\n4 002.Owl/d.jpg\n"},
            {"image_class_labels.txt", "1 1\n2 1\n3 2\n4 2\n"},
            {"train_test_split.txt", "1 1\n2 0\n3 0\n4 1\n"},
            {"bounding_boxes.txt", "1 60.0 27.0 325.0 304.0\n2 1.0 2.0 3.0 4.0\n"},
            {"parts/parts.txt", "1 back\n2 beak\n3 belly\n"}},
           {"001.Auk", "002.Owl"}},
          &whole),
      (Places{{"images/001.Auk/a.jpg", "train 001.Auk"},
              {"images/001.Auk/b.jpg", "test 001.Auk"},
              {"images/002.Owl/c.jpg", "test 002.Owl"},
              {"images/002.Owl/d.jpg", "train 002.Owl"}}));
  EXPECT_EQ(whole.notes, (Fields{"the labels of 4 images come from image_class_labels.txt",
                                 "the splits of 4 images come from train_test_split.txt"}));
}

TEST(ListForms, AmongColumnsWithoutAHeaderThatOfFoldersNamesIsTheLabel) {  // Tiny ImageNet
  EXPECT_EQ(arrange({{"train/n1/images/n1_0.JPEG", "train/n2/images/n2_0.JPEG",
                      "val/images/val_0.JPEG", "val/images/val_1.JPEG"},
                     {{"val/val_annotations.txt",
                       "val_0.JPEG\tn2\t0\t32\t44\t62\nval_1.JPEG\tn1\t52\t55\t57\t59\n"},
                      {"train/n1/n1_boxes.txt", "n1_0.JPEG\t0\t10\t63\t58\n"}}}),
            (Places{{"train/n1/images/n1_0.JPEG", "train n1"},
                    {"train/n2/images/n2_0.JPEG", "train n2"},
                    {"val/images/val_0.JPEG", "val n2"},
                    {"val/images/val_1.JPEG", "val n1"}}));
}

TEST(ListForms, SplitsInJsonOfClassesAndNames) {  // Food-101
  EXPECT_EQ(arrange({{"images/pie/1.jpg", "images/tea/2.jpg", "images/tea/3.jpg"},
                     {{"meta/train.json", R"({"pie": ["pie/1"], "tea": ["tea/2"]})"},
                      {"meta/test.json", R"({"tea": ["tea/3"]})"},
                      {"meta/train.txt", "pie/1\ntea/2\n"},
                      {"meta/test.txt", "tea/3\n"}}}),
            (Places{{"images/pie/1.jpg", "train pie"},
                    {"images/tea/2.jpg", "train tea"},
                    {"images/tea/3.jpg", "test tea"}}));
}

TEST(ListForms, ColumnsOfYesAndNoAreSplits) {  // fastai
  EXPECT_EQ(arrange({{"1.png", "2.png", "3.png"},
                     {{"labels.csv",
                       "name,label,is_valid\n1.png,cat,False\n2.png,dog,False\n"
                       "3.png,cat,True\n"}}}),
            (Places{{"1.png", "train cat"}, {"2.png", "train dog"}, {"3.png", "val cat"}}));
  EXPECT_EQ(arrange({{"1.png", "2.png", "3.png"},
                     {{"labels.txt", "1.png cat train\n2.png dog train\n3.png cat test\n"}}}),
            (Places{{"1.png", "train cat"}, {"2.png", "train dog"}, {"3.png", "test cat"}}));
}

TEST(ListForms, CommentsAndHiddenHeaders) {
  const Places expected = {{"1.png", "cat"}, {"2.png", "dog"}, {"3.png", "cat"}};
  for (const char* text : {"# by me, 2020\n1.png cat\n2.png dog\n3.png cat\n",
                           "#file,width,label\n1.png,9,cat\n2.png,9,dog\n3.png,9,cat\n",
                           "sep=;\r\nfile;label\r\n1.png;cat\r\n2.png;dog\r\n3.png;cat\r\n"})
    EXPECT_EQ(arrange({{"1.png", "2.png", "3.png"}, {{"labels.txt", text}}}), expected) << text;
}

TEST(ListForms, NamesMayHoldBlanksBetweenBlanks) {
  EXPECT_EQ(arrange({{"my dir/a b.png", "my dir/c.png", "my dir/d.png"},
                     {{"list.txt", "my dir/a b.png 0\nmy dir/c.png  1\r\nmy dir/d.png\t1"}}}),
            (Places{{"my dir/a b.png", "0"}, {"my dir/c.png", "1"}, {"my dir/d.png", "1"}}));
}

TEST(ListForms, NumbersMayHaveBeenFractions) {  // pandas
  EXPECT_EQ(arrange({{"1.png", "2.png", "3.png"},
                     {{"labels.csv", "file,label\n1.png,0.0\n2.png,1.0\n3.png,1.0\n"}},
                     {"cat", "dog"}}),
            (Places{{"1.png", "cat"}, {"2.png", "dog"}, {"3.png", "dog"}}));
}

TEST(ListForms, AnImageThatIsListedTwiceAlikeCountsOnce) {
  Arrangement whole;
  arrange({{"1.png", "2.png"}, {{"l.csv", "1.png,a\n2.png,b\n1.png,a\n"}}}, &whole);
  EXPECT_EQ(whole.notes, Fields{"the labels of 2 images come from l.csv"});
}

TEST(ListForms, PascalVocsSignsAreNoLabels) {
  const ImageFile image{"JPEGImages/1.jpg", nullptr};
  const ImageFile list = made_file("ImageSets/Main/cat_train.txt", [] { return "1 -1\n1  1\n"; });
  EXPECT_FALSE(read_label_list(list, ImageLookup({&image})));
}

}  // namespace
}  // namespace nasnet::data
