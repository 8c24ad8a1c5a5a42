#include "nasnet/data/foreign_form.h"

#include "nasnet/data/dataset.h"
#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

/// Sets whose classes are told in no way that is read: they end with the form's name.
class ForeignForms : public WithFolder {
 protected:
  std::string refusal_of(const Files& texts, const std::vector<std::string>& pictures) const {
    std::filesystem::remove_all(path("set"));
    uint8_t shade = 0;
    for (const std::string& picture : pictures)
      write({{"set/" + picture, flat_png(8, 8, ++shade, 90, 9)}});
    for (const auto& [name, text] : texts) write({{"set/" + name, text}});
    return refusal([&] { load(path("set")); });
  }
  static void expect_named(const std::string& message, const std::string& part) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
};

TEST_F(ForeignForms, SetsForDetection) {
  const std::string coco = R"({"images": [], "annotations": [], "categories": []})";
  expect_named(
      refusal_of({{"annotations/instances_train2017.json", coco}},
                 {"train2017/1.png", "train2017/2.png", "val2017/3.png"}),
      "is a COCO set, for the detection of objects (annotations/instances_train2017.json)");
  expect_named(refusal_of({{"train/_annotations.coco.json", coco}}, {"train/1.png", "train/2.png"}),
               "is a COCO set");
  expect_named(refusal_of({{"labels/train/1.txt", "3 0.5 0.5 0.1 0.2\n"},
                           {"labels/train/2.txt", ""},
                           {"data.yaml", "names: [cat]"}},
                          {"images/train/1.png", "images/train/2.png"}),
               "is a YOLO set, for the detection of objects (labels/train/1.txt)");
  expect_named(refusal_of({{"Annotations/1.xml", "<annotation/>"},
                           {"ImageSets/Main/cat_train.txt", "1 -1\n2  1\n"},
                           {"ImageSets/Main/dog_train.txt", "1  1\n2 -1\n"}},
                          {"JPEGImages/1.png", "JPEGImages/2.png"}),
               "is a Pascal VOC set");
}

TEST_F(ForeignForms, LabelsThatAreNotRead) {
  expect_named(refusal_of({{"imagelabels.mat", "MATLAB 5.0"}}, {"jpg/a.png", "jpg/b.png"}),
               "the labels are in Matlab's files (imagelabels.mat)");
  expect_named(refusal_of({{"data_batch_1", "x"}, {"test_batch", "x"}}, {}),
               "is CIFAR-10 in Python's form");
  expect_named(refusal_of({{"labels.csv", "file,label\nx.png,cat\ny.png,dog\n"}},
                          {"jpg/a.png", "jpg/b.png"}),
               "no line of labels.csv names an image that is there (the first names 'x.png', the "
               "first image is jpg/a.png)");
  expect_named(refusal_of({{"labels.csv", "image,cat,dog\na.png,1,1\nb.png,0,1\n"}},
                          {"jpg/a.png", "jpg/b.png"}),
               "labels.csv names images, but no column of it gives each just one class");
  expect_named(refusal_of({{"labels.xlsx", "PK"}}, {"jpg/a.png", "jpg/b.png"}),
               "labels.xlsx may; spreadsheets are not read: save it as CSV");
  expect_named(refusal_of({{"train.7z", "x"}, {"test.7z", "x"}}, {}),
               "holds no images, but archives");
}

TEST_F(ForeignForms, PicturesWithTheirMasksAreNoClasses) {
  expect_named(refusal_of({}, {"images/1.png", "images/2.png", "masks/1.png", "masks/2.png"}),
               "holds images, masks: pictures and files that belong to them, not classes");
}

/// The line behind the last ": " of a message.
std::string line_of(const std::string& message) {
  return message.substr(message.rfind(": ") + 2);
}

TEST_F(ForeignForms, ClassesInFilesNamesComeWithTheLineThatSortsThem) {
  for (const std::string folder : {"", "train/"}) {
    const std::string message =
        refusal_of({}, {folder + "cat.0.png", folder + "cat1.png", folder + "great_dane_17.png",
                        folder + "great_dane_18.png", "test1/1.png"});
    expect_named(message, "their names begin with 2 words (" + folder + "cat.0.png: 'cat')");
    ASSERT_EQ(std::system(line_of(message).c_str()), 0) << line_of(message);
    EXPECT_EQ(load(path("set/" + folder)).classes, (std::vector<std::string>{"cat", "great_dane"}));
  }
}

TEST_F(ForeignForms, LabelsInTheOrderOfFilesComeWithTheLineThatListsThem) {  // ImageNet
  const std::string message = refusal_of({{"ground_truth.txt", "490\n361\n490\n"}},
                                         {"val_1.png", "val_2.png", "val_3.png"});
  expect_named(message, "ground_truth.txt has a number for each image, but names none");
  ASSERT_EQ(std::system(line_of(message).c_str()), 0) << line_of(message);
  EXPECT_EQ(load(path("set")).classes, (std::vector<std::string>{"361", "490"}));
}

TEST_F(ForeignForms, TheDevelopmentKitsNumbersAreNotGuessed) {
  write({{"set/val/ILSVRC2012_val_00000001.JPEG", "a"},
         {"set/val/ILSVRC2012_val_00000002.JPEG", "b"},
         {"set/ILSVRC2012_validation_ground_truth.txt", "490\n361\n"}});
  EXPECT_NE(refusal([&] { load(path("set")); })
                .find("the numbers in ILSVRC2012_validation_ground_truth.txt count the classes in "
                      "the order of the development kit's meta.mat, not by their synsets"),
            std::string::npos);
}

}  // namespace
}  // namespace nasnet::data
