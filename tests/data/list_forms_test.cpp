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

TEST(ListForms, ImageNetAsKaggleHasIt) {
  const std::string root = "ILSVRC/Data/CLS-LOC/";
  Arrangement whole;
  EXPECT_EQ(
      arrange(
          {{root + "train/n01/n01_10.JPEG", root + "train/n01/n01_2.JPEG",
            root + "train/n02/n02_7.JPEG", root + "val/ILSVRC2012_val_00000001.JPEG",
            root + "val/ILSVRC2012_val_00000002.JPEG", root + "test/ILSVRC2012_test_00000001.JPEG"},
           {{"LOC_val_solution.csv",
             "ImageId,PredictionString\n"
             "ILSVRC2012_val_00000001,n02 111 108 230 366 n02 1 2 3 4 \n"
             "ILSVRC2012_val_00000002,n01 5 6 7 8 \n"},
            {"LOC_train_solution.csv",
             "ImageId,PredictionString\nn01_10,n01 1 2 3 4 \nn01_2,n01 1 2 3 4 \n"
             "n02_7,n02 1 2 3 4 n02 5 6 7 8 \n"},
            {"LOC_sample_submission.csv",
             "ImageId,PredictionString\nILSVRC2012_test_00000001,n01 1 2 3 4\n"},
            {"ILSVRC/ImageSets/CLS-LOC/train_cls.txt", "n01/n01_10 1\nn01/n01_2 2\nn02/n02_7 3\n"},
            {"ILSVRC/ImageSets/CLS-LOC/val.txt",
             "ILSVRC2012_val_00000001 1\nILSVRC2012_val_00000002 2\n"},
            {"LOC_synset_mapping.txt", "n01 tench, Tinca tinca\nn02 goldfish\n"}}},
          &whole),
      (Places{{root + "train/n01/n01_10.JPEG", "train n01"},
              {root + "train/n01/n01_2.JPEG", "train n01"},
              {root + "train/n02/n02_7.JPEG", "train n02"},
              {root + "val/ILSVRC2012_val_00000001.JPEG", "val n02"},
              {root + "val/ILSVRC2012_val_00000002.JPEG", "val n01"},
              {root + "test/ILSVRC2012_test_00000001.JPEG", "-"}}));
  ASSERT_EQ(whole.left_out.size(), 1U);
  EXPECT_EQ(whole.left_out[0].why, "without a label: left out (`nasnet predict` classifies such)");
}

TEST(ListForms, SynsetsOfFlatValidationImagesMayBeListed) {
  EXPECT_EQ(arrange({{"train/n01/1.JPEG", "train/n02/2.JPEG", "val/v1.JPEG", "val/v2.JPEG",
                      "val/v3.JPEG"},
                     {{"val_labels.txt", "v1.JPEG n02\nv2.JPEG n01\nv3.JPEG n01\n"}}}),
            (Places{{"train/n01/1.JPEG", "train n01"},
                    {"train/n02/2.JPEG", "train n02"},
                    {"val/v1.JPEG", "val n02"},
                    {"val/v2.JPEG", "val n01"},
                    {"val/v3.JPEG", "val n01"}}));
}

TEST(ListForms, PascalVocsSignsAreNoLabels) {
  const ImageFile image{"JPEGImages/1.jpg", nullptr};
  const ImageFile list = made_file("ImageSets/Main/cat_train.txt", [] { return "1 -1\n1  1\n"; });
  EXPECT_FALSE(read_label_list(list, ImageLookup({&image})));
}

}  // namespace
}  // namespace nasnet::data
