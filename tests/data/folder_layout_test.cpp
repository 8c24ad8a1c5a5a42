#include "nasnet/data/folder_layout.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "nasnet/data/split_names.h"
#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

using Paths = std::vector<std::string>;

/// Each image with its place, "train cat", or "-" where it is left out.
using Places = std::map<std::string, std::string>;

Places arrange(const Paths& paths, Arrangement* whole = nullptr) {
  std::vector<ImageFile> files;
  for (const std::string& path : paths) files.push_back({path, nullptr});
  std::vector<const ImageFile*> images;
  std::set<std::string> folders;
  for (const ImageFile& file : files) {
    images.push_back(&file);
    for (size_t end = file.path.rfind('/'); end != std::string::npos && end > 0;
         end = file.path.rfind('/', end - 1))
      folders.insert(file.path.substr(0, end));
  }
  Arrangement arrangement = arrange_by_folders(images, {folders.begin(), folders.end()}, "set");
  Places places;
  for (const std::string& path : paths) places[path] = "-";
  const std::map<Split, std::string> names = {{Split::kNone, ""},
                                              {Split::kTrain, "train "},
                                              {Split::kTest, "test "},
                                              {Split::kValidation, "val "}};
  for (const Placed& image : arrangement.placed)
    places[image.file->path] = names.at(image.split) + image.label;
  int64_t left_out = 0;
  for (const LeftOutImages& some : arrangement.left_out) left_out += some.images;
  EXPECT_EQ(left_out, std::count_if(places.begin(), places.end(),
                                    [](const auto& place) { return place.second == "-"; }))
      << "each image is used or counted";
  if (whole) *whole = std::move(arrangement);
  return places;
}

std::string refused(const Paths& paths) {
  return refusal([&] { arrange(paths); });
}

TEST(SplitNames, AreKnownInAnyCaseAndWithPlainWords) {
  for (const char* name :
       {"train", "TRAIN", "Training", "training_set", "train-images", "TrainData", "train2017",
        "train1", "Train Set", "train_images_png", "trn", "TrainingSet2"})
    EXPECT_EQ(split_named(name), Split::kTrain) << name;
  for (const char* name :
       {"Test", "testing", "test_set", "eval", "Evaluation", "holdout", "hold-out", "Held_Out",
        "test1", "testset", "PublicTest", "private_test"})
    EXPECT_EQ(split_named(name), Split::kTest) << name;
  for (const char* name : {"val", "VALID", "validation", "dev", "val_256", "dev-set"})
    EXPECT_EQ(split_named(name), Split::kValidation) << name;
  for (const char* name : {"cat", "trainer", "train_station", "test_tube", "invalid", "device",
                           "images", "", "train_test", "1"})
    EXPECT_EQ(split_named(name), Split::kNone) << name;
}

TEST(SplitNames, MayShareAWordWithTheirSiblings) {
  const std::set<std::string> folders = {"seg_train", "seg_test", "seg_pred"};
  EXPECT_EQ(split_among("seg_train", folders), Split::kTrain);
  EXPECT_EQ(split_among("seg_test", folders), Split::kTest);
  EXPECT_EQ(split_among("seg_pred", folders), Split::kNone);
  EXPECT_EQ(split_among("toy_train", {"toy_train", "toy_car"}), Split::kNone);
}

TEST(FolderLayout, ClassFoldersNeedNoSplit) {
  EXPECT_EQ(arrange({"cat/1.png", "dog/2.png"}),
            (Places{{"cat/1.png", "cat"}, {"dog/2.png", "dog"}}));
  EXPECT_EQ(arrange({"a/b/cat/1.png", "a/b/dog/x/2.png"}),
            (Places{{"a/b/cat/1.png", "cat"}, {"a/b/dog/x/2.png", "dog"}}));
}

TEST(FolderLayout, SplitsOfEveryNameStandAboveTheClasses) {
  for (const auto& [train, test] : std::vector<std::pair<std::string, std::string>>{
           {"train", "test"},
           {"Train", "Test"},
           {"TRAIN", "TEST"},
           {"training_set", "test_set"},
           {"train", "holdout"},
           {"Training", "Testing"},
           {"seg_train/seg_train", "seg_test/seg_test"},
           {"train/train", "test/images"}})
    EXPECT_EQ(arrange({train + "/cat/1.png", train + "/dog/2.png", test + "/cat/3.png",
                       test + "/dog/4.png"}),
              (Places{{train + "/cat/1.png", "train cat"},
                      {train + "/dog/2.png", "train dog"},
                      {test + "/cat/3.png", "test cat"},
                      {test + "/dog/4.png", "test dog"}}))
        << train;
  EXPECT_EQ(arrange({"train/a/1.png", "train/b/2.png", "dev/a/3.png"}).at("dev/a/3.png"), "val a");
}

TEST(FolderLayout, AnUnlabelledTestFolderIsLeftOutAndToldOf) {
  for (const std::string test :
       {"test/9.png", "test/images/9.png", "Test1/9.png", "test/test/9.png"}) {
    Arrangement whole;
    EXPECT_EQ(
        arrange({"train/cat/1.png", "train/dog/2.png", test}, &whole),
        (Places{{"train/cat/1.png", "train cat"}, {"train/dog/2.png", "train dog"}, {test, "-"}}));
    ASSERT_EQ(whole.left_out.size(), 1u);
    EXPECT_NE(whole.left_out[0].why.find("`nasnet predict`"), std::string::npos);
  }
  EXPECT_EQ(arrange({"cat/1.png", "dog/2.png", "test/9.png"}),
            (Places{{"cat/1.png", "train cat"}, {"dog/2.png", "train dog"}, {"test/9.png", "-"}}));
}

TEST(FolderLayout, ATestFolderBesideTheClassesIsOne) {
  EXPECT_EQ(
      arrange({"cat/1.png", "dog/2.png", "test/cat/3.png"}),
      (Places{
          {"cat/1.png", "train cat"}, {"dog/2.png", "train dog"}, {"test/cat/3.png", "test cat"}}));
  EXPECT_NE(refused({"cat/1.png", "dog/2.png", "test/cow/3.png", "test/hen/4.png"})
                .find("beside them test/ with folders of other names (cow/, hen/)"),
            std::string::npos);
}

TEST(FolderLayout, StrayPicturesAreLeftOut) {
  Arrangement whole;
  EXPECT_EQ(
      arrange({"train/cat/1.png", "train/dog/2.png", "train/3.png", "test/cat/4.png", "5.png"},
              &whole),
      (Places{{"train/cat/1.png", "train cat"},
              {"train/dog/2.png", "train dog"},
              {"train/3.png", "-"},
              {"test/cat/4.png", "test cat"},
              {"5.png", "-"}}));
  EXPECT_EQ(
      arrange({"set/cat/1.png", "set/dog/2.png", "set/3.png", "4.png"}),
      (Places{
          {"set/cat/1.png", "cat"}, {"set/dog/2.png", "dog"}, {"set/3.png", "-"}, {"4.png", "-"}}));
  EXPECT_NE(refused({"1.png", "2.png"}).find("1.png lies in no class folder"), std::string::npos);
}

TEST(FolderLayout, AFolderBesideTheSplitsIsLeftOut) {
  Arrangement whole;
  EXPECT_EQ(arrange({"train/cat/1.png", "train/dog/2.png", "test/cat/3.png", "extra/cat/4.png",
                     "more/5.png"},
                    &whole)
                .at("extra/cat/4.png"),
            "-");
  ASSERT_EQ(whole.left_out.size(), 2u);
  EXPECT_EQ(whole.left_out[0].why, "of extra/, beside test/, train/: left out");
  EXPECT_EQ(arrange({"train/cat/1.png", "train/dog/2.png", "backup/3.png"}).at("backup/3.png"),
            "-");
}

TEST(FolderLayout, AClassMayBeCalledTrain) {
  EXPECT_EQ(arrange({"bus/1.png", "car/2.png", "train/3.png"}).at("train/3.png"), "train");
  EXPECT_EQ(arrange({"valid/1.png", "invalid/2.png", "unsure/3.png"}).at("valid/1.png"), "valid");
  EXPECT_EQ(arrange({"control/1.png", "test/2.png"}).at("test/2.png"), "test");
  EXPECT_EQ(arrange({"test_tube/1.png", "train_station/2.png"}).at("test_tube/1.png"), "test_tube");
  EXPECT_NE(refused({"car/bmw/1.png", "train/steam/2.png", "train/fast/3.png"})
                .find("cannot be told whether these are splits or classes"),
            std::string::npos);
}

TEST(FolderLayout, SplitsMayStandBelowTheClasses) {
  EXPECT_EQ(arrange({"cat/train/1.png", "cat/test/2.png", "dog/Train/3.png", "dog/val/4.png"}),
            (Places{{"cat/train/1.png", "train cat"},
                    {"cat/test/2.png", "test cat"},
                    {"dog/Train/3.png", "train dog"},
                    {"dog/val/4.png", "val dog"}}));
  EXPECT_NE(refused({"cat/train/1.png", "cat/test/2.png", "dog/3.png"})
                .find("cat/ are divided into splits, but dog/ are not"),
            std::string::npos);
  EXPECT_NE(refused({"cat/train/1.png", "cat/test/2.png", "cat/3.png", "dog/4.png"})
                .find("cat/ holds pictures beside those of its folders test/, train/"),
            std::string::npos);
  EXPECT_NE(refused({"images/train/cat/1.png", "images/test/cat/2.png", "masks/train/cat/1.png",
                     "masks/test/cat/2.png"})
                .find("several sets with splits of their own: images/, masks/"),
            std::string::npos);
}

TEST(FolderLayout, SplitsWithoutClassesAreRefused) {
  EXPECT_NE(refused({"train/1.png", "test/2.png"}).find("no training folder with class folders"),
            std::string::npos);
  EXPECT_NE(refused({"test/a/1.png", "val/b/2.png"}).find("no training folder with class folders"),
            std::string::npos);
}

TEST(FolderLayout, TheSameFolderInAllSplitsIsNoClass) {
  EXPECT_EQ(arrange({"train/flowers/a/1.png", "train/flowers/b/2.png", "test/flowers/a/3.png",
                     "test/flowers/b/4.png"}),
            (Places{{"train/flowers/a/1.png", "train a"},
                    {"train/flowers/b/2.png", "train b"},
                    {"test/flowers/a/3.png", "test a"},
                    {"test/flowers/b/4.png", "test b"}}));
}

TEST(FolderLayout, UnlabelledPicturesAreLeftOutAndToldOf) {
  Arrangement whole;
  EXPECT_EQ(arrange({"labeled/a/1.png", "labeled/b/2.png", "unlabeled/3.png"}, &whole),
            (Places{{"labeled/a/1.png", "a"}, {"labeled/b/2.png", "b"}, {"unlabeled/3.png", "-"}}));
  EXPECT_EQ(whole.left_out.at(0).why,
            "of unlabeled/, without labels: left out (`nasnet predict` classifies such)");
  EXPECT_EQ(arrange({"a/1.png", "b/2.png", "Unlabelled_Images/x/3.png"}),
            (Places{{"a/1.png", "a"}, {"b/2.png", "b"}, {"Unlabelled_Images/x/3.png", "-"}}));
}

TEST(FolderLayout, FoldsWithTheSameClassesAreRefused) {
  for (const std::string name : {"fold", "", "Batch_", "20"}) {
    const Paths paths = {name + "1/a/1.png", name + "1/b/2.png", name + "2/a/3.png",
                         name + "2/b/4.png"};
    EXPECT_NE(refused(paths).find("each with the folders a/, b/: it cannot be told whether these "
                                  "are parts (folds of a cross-validation) or classes"),
              std::string::npos)
        << name;
  }
  EXPECT_EQ(arrange({"1/a/1.png", "1/b/2.png", "2/a/3.png", "2/4.png"}).at("2/4.png"), "2");
}

TEST(FolderLayout, FoldersOfMasksAreNoEmptyClasses) {
  const ImageFile image{"images/a/1.png", nullptr}, other{"images/b/2.png", nullptr};
  EXPECT_EQ(
      refusal([&] {
        arrange_by_folders({&image, &other}, {"images", "images/a", "images/b", "masks"}, "set");
      }),
      "");
}

TEST(FolderLayout, FoldersBelowAClassAreToldOf) {
  Arrangement whole;
  EXPECT_EQ(arrange({"pet/cat/1.png", "pet/dog/2.png", "car/3.png"}, &whole).at("pet/cat/1.png"),
            "pet");
  EXPECT_EQ(whole.notes, (Paths{"the folders cat/, dog/ below pet/ are of one class, 'pet'"}));
}

}  // namespace
}  // namespace nasnet::data
