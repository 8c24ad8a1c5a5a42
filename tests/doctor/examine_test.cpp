#include "nasnet/doctor/examine.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "nasnet/data/write_jpeg.h"
#include "nasnet/data/write_png.h"
#include "nasnet/doctor/diagnosis_text.h"
#include "tests/data/make_files.h"
#include "tests/doctor/textures.h"

namespace nasnet::doctor {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

class Examine : public data::WithFolder {
 protected:
  /// Pictures of a class, each its own, in its colour.
  void write_class(const std::string& folder, int count, int kind, uint64_t first, int edge = 24) {
    constexpr int kColours[][3] = {{190, 70, 70}, {70, 190, 70}, {70, 70, 190}, {180, 180, 70}};
    const int* colour = kColours[kind];
    fs::create_directories(folder_ / folder);
    for (int i = 0; i < count; ++i) {
      const uint64_t seed = first + static_cast<uint64_t>(i);
      // Without the fsync of write_file(): a set is thousands of files.
      std::ofstream(folder_ / folder / (std::to_string(1000 + i) + ".png"), std::ios::binary)
          << data::encode_png(texture(seed, edge, edge, colour[0], colour[1], colour[2]));
    }
  }
  Diagnosis examine(const std::string& name, const ExamineOptions& options = {.threads = 2}) {
    return examine_data(path(name), options);
  }
  static Names names_of(const Diagnosis& diagnosis) {
    Names names;
    for (const Finding& finding : diagnosis.findings) names.insert(finding.name);
    return names;
  }
  static const Finding& find(const Diagnosis& diagnosis, const std::string& name) {
    for (const Finding& finding : diagnosis.findings)
      if (finding.name == name) return finding;
    throw InputError("no finding is called " + name);
  }
};

TEST_F(Examine, FindsNothingInACleanSet) {
  const char* classes[] = {"ant", "bee", "cat", "dog"};
  for (int k = 0; k < 4; ++k) {
    write_class(std::string("set/train/") + classes[k], 1010, k, 10000 * (k + 1));
    write_class(std::string("set/test/") + classes[k], 60, k, 10000 * (k + 1) + 5000);
  }
  const Diagnosis diagnosis = examine("set");
  EXPECT_EQ(names_of(diagnosis), Names());
  EXPECT_EQ(exit_status(diagnosis), 0);
  const auto& facts = diagnosis.facts.at("data");
  EXPECT_EQ(facts.at("images"), 4 * 1070);
  EXPECT_EQ(facts.at("classes").at(1).at("name"), "bee");
  EXPECT_EQ(facts.at("classes").at(1).at("train"), 1010);
  EXPECT_EQ(facts.at("classes").at(1).at("test"), 60);
  EXPECT_EQ(facts.at("search").at("validation_images"), 2000);
  EXPECT_GT(facts.at("baseline").at("accuracy"), 0.95);
}

/// A small set, with one fault of each kind.
TEST_F(Examine, FindsEachSeededFaultAndNoOther) {
  write_class("set/train/ant", 70, 0, 1000);
  write_class("set/train/bee", 70, 1, 2000);
  write_class("set/test/ant", 20, 0, 3000);
  write_class("set/test/bee", 20, 1, 4000);
  const auto copy = [&](const char* from, const char* to) {
    fs::copy_file(folder_ / "set" / from, folder_ / "set" / to);
  };
  const auto picture = [](uint64_t seed) { return texture(seed, 24, 24, 190, 70, 70); };
  const auto png = [](const data::Image& image) { return data::encode_png(image); };
  copy("train/ant/1003.png", "test/ant/leaked.png");
  copy("train/ant/1005.png", "train/bee/contradictory.png");
  copy("train/bee/1007.png", "train/bee/again.png");
  // The same pixels in another file.
  const data::Image other = data::decode(read_file(folder_ / "set/train/bee/1009.png"), "");
  write({{"set/train/bee/pixels.bmp", [&] {
            std::string bmp("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x18\0\0\0\x18\0\0\0\1\0\x18\0",
                            30);
            bmp.resize(54);
            for (int y = 23; y >= 0; --y)
              for (int x = 0; x < 24; ++x)
                for (int c = 2; c >= 0; --c)
                  bmp += static_cast<char>(other.pixels[3 * (24 * y + x) + c]);
            return bmp;
          }()}});
  // Near copies: the same scene under a little more light.
  const auto lighter = [&](uint64_t seed) {
    data::Image image = picture(seed);
    for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(std::min(255, value + 12));
    return png(image);
  };
  write({{"set/test/ant/near.png", lighter(1010)},
         {"set/train/bee/near.png", lighter(1012)},
         {"set/train/ant/near.png", lighter(1014)}});
  const std::string whole = png(picture(9001));
  write({{"set/train/ant/truncated.png", whole.substr(0, whole.size() / 2)},
         {"set/train/ant/empty.png", ""},
         {"set/train/ant/text.jpg", "no picture"},
         {"set/train/ant/misnamed.jpg", png(picture(9002))},
         {"set/train/ant/colourless.jpg", data::flat_jpeg(24, 24, 77)},
         {"set/train/ant/tiny.png", png(texture(9003, 8, 24))},
         {"set/train/ant/long.png", png(texture(9004, 100, 20))},
         {"set/train/ant/huge.png", data::flat_png(4000, 3001, 10, 20, 30)},
         {"set/train/rare/one.png", png(texture(9005, 24, 24))}});
  std::vector<uint16_t> deep;
  std::vector<uint8_t> clear;
  const data::Image plain = picture(9006), pale = picture(9007);
  for (const uint8_t value : plain.pixels) deep.push_back(static_cast<uint16_t>(value * 257));
  for (size_t i = 0; i < pale.pixels.size(); ++i) {
    clear.push_back(pale.pixels[i]);
    if (i % 3 == 2) clear.push_back(200);
  }
  write({{"set/train/ant/deep.png", data::png(24, 24, PNG_FORMAT_LINEAR_RGB, deep.data())},
         {"set/train/ant/clear.png", data::png(24, 24, PNG_FORMAT_RGBA, clear.data())},
         {"set/notes.pdf", "%PDF"}});
  fs::create_directories(folder_ / "set/train/void");

  const Diagnosis diagnosis = examine("set");
  EXPECT_EQ(names_of(diagnosis), (Names{"unreadable_images",
                                        "other_files",
                                        "misnamed",
                                        "alpha",
                                        "deep",
                                        "flat",
                                        "tiny",
                                        "huge",
                                        "long",
                                        "grey",
                                        "empty_class",
                                        "untested_class",
                                        "imbalance",
                                        "few_images",
                                        "too_few_images",
                                        "leaked_copies",
                                        "contradictory_copies",
                                        "copies",
                                        "leaked_near_copies",
                                        "contradictory_near_copies",
                                        "near_copies",
                                        "suspect_labels"}));
  EXPECT_EQ(exit_status(diagnosis), kProblemStatus);
  const auto examples = [&](const char* name) { return find(diagnosis, name).examples; };
  using Examples = std::vector<std::string>;
  EXPECT_EQ(examples("leaked_copies"),
            Examples{"test/ant/leaked.png is the same file as train/ant/1003.png"});
  EXPECT_EQ(examples("contradictory_copies"),
            (Examples{"train/ant/1005.png (ant) is the same file as train/bee/contradictory.png "
                      "(bee)",
                      "train/bee/contradictory.png (bee) is the same file as train/ant/1005.png "
                      "(ant)"}));
  EXPECT_EQ(examples("copies"),
            (Examples{"train/bee/again.png is the same file as train/bee/1007.png",
                      "train/bee/pixels.bmp shows the same pixels as train/bee/1009.png"}));
  EXPECT_EQ(examples("leaked_near_copies"),
            Examples{"test/ant/near.png is like train/ant/1010.png"});
  EXPECT_EQ(examples("contradictory_near_copies"),
            Examples{"train/bee/near.png (bee) is like train/ant/1012.png (ant)"});
  EXPECT_EQ(examples("near_copies"), Examples{"train/ant/near.png is like train/ant/1014.png"});
  EXPECT_EQ(examples("misnamed"), Examples{"train/ant/misnamed.jpg is a PNG"});
  EXPECT_EQ(examples("tiny"), Examples{"train/ant/tiny.png (8 x 24)"});
  EXPECT_EQ(examples("long"), Examples{"train/ant/long.png (100 x 20)"});
  EXPECT_EQ(examples("grey"), Examples{"train/ant/colourless.jpg"});
  EXPECT_EQ(examples("deep"), Examples{"train/ant/deep.png"});
  EXPECT_EQ(examples("alpha"), Examples{"train/ant/clear.png"});
  EXPECT_EQ(examples("empty_class"), Examples{"train/void"});
  EXPECT_EQ(examples("untested_class"), Examples{"rare"});
  // Ants among the bees.
  EXPECT_EQ(examples("suspect_labels"),
            (Examples{"train/bee/contradictory.png: labelled bee, looks like ant",
                      "train/bee/near.png: labelled bee, looks like ant"}));
  EXPECT_EQ(find(diagnosis, "unreadable_images").count, 3);
  EXPECT_EQ(examples("flat").size(), 2u);
  for (const Finding& finding : diagnosis.findings) {
    EXPECT_EQ(finding.area, "data");
    EXPECT_FALSE(finding.text.empty()) << finding.name;
  }
}

TEST_F(Examine, DoubtsAWrongLabelOnly) {
  write_class("set/ant", 400, 0, 1000);
  write_class("set/bee", 400, 1, 2000);
  write_class("set/cat", 400, 2, 3000);
  fs::rename(folder_ / "set/bee/1050.png", folder_ / "set/ant/wrong.png");
  const Diagnosis diagnosis = examine("set");
  EXPECT_EQ(find(diagnosis, "suspect_labels").examples,
            std::vector<std::string>{"ant/wrong.png: labelled ant, looks like bee"});
}

TEST_F(Examine, IsTheSameWithAnyNumberOfThreads) {
  write_class("set/train/ant", 60, 0, 1000);
  write_class("set/train/bee", 60, 1, 1030);
  write_class("set/test/ant", 30, 0, 1040);
  write_class("set/test/bee", 30, 1, 2000);
  const auto told = [&](int threads) {
    return diagnosis_json(examine("set", {.mirrored = true, .threads = threads})).dump();
  };
  EXPECT_EQ(told(1), told(3));
}

TEST_F(Examine, TellsOfASetThatCannotBeSorted) {
  write_class("set/train/ant", 20, 0, 1);
  write_class("set/test/bee", 20, 1, 101);
  const Diagnosis gap = examine("set");
  EXPECT_EQ(find(gap, "untrained_class").examples, std::vector<std::string>{"bee"});
  EXPECT_EQ(find(gap, "one_class").severity, Severity::kProblem);
  write_class("flat", 20, 0, 1);
  const Diagnosis flat = examine("flat");
  EXPECT_EQ(find(flat, "layout").count, 20);
  EXPECT_EQ(names_of(flat), Names{"layout"});
  EXPECT_THROW(examine("nowhere"), InputError);
}

TEST_F(Examine, ReadsArchivesAndHeldSets) {
  write_class("set/ant", 30, 0, 1);
  write_class("set/bee", 30, 1, 101);
  data::Files files;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "set"))
    if (entry.is_regular_file())
      files[fs::relative(entry.path(), folder_ / "set").string()] = read_file(entry.path());
  files["bee/x.png"] = files.at("ant/1000.png");
  for (const char* format : {"zip", "tar", "tar.gz"}) {
    const Diagnosis diagnosis = examine_data(pack(files, format), {.threads = 2});
    EXPECT_EQ(find(diagnosis, "contradictory_copies").count, 2) << format;
  }
  std::string pixels, labels;
  for (int i = 0; i < 40; ++i) {
    const data::Image image = texture(i % 39, 28, 28);
    for (size_t k = 0; k < image.pixels.size(); k += 3)
      pixels += static_cast<char>(image.pixels[k]);
    labels += static_cast<char>(i % 10);
  }
  write({{"idx/train-images-idx3-ubyte", data::idx_images(40, 28, 28, pixels)},
         {"idx/train-labels-idx1-ubyte", data::idx_labels(labels)},
         {"idx/t10k-images-idx3-ubyte", data::idx_images(1, 28, 28, pixels.substr(0, 784))},
         {"idx/t10k-labels-idx1-ubyte", data::idx_labels(labels.substr(0, 1))}});
  const Diagnosis held = examine("idx");
  EXPECT_EQ(find(held, "leaked_copies").examples[0],
            "test image 0 is the same file as training image 0");
  EXPECT_EQ(find(held, "contradictory_copies").count, 3);
}

TEST_F(Examine, ShowsTheProblemsOfBoxes) {
  write_class("set/images", 6, 0, 1, 64);
  std::string images, boxes;
  for (int i = 0; i < 6; ++i)
    images += (i > 0 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) +
              R"(,"file_name":")" + std::to_string(1000 + i) + R"(.png","width":64,"height":64})";
  for (int i = 0; i < 6; ++i)
    boxes += (i > 0 ? "," : "") + std::string(R"({"id":)") + std::to_string(i) + R"(,"image_id":)" +
             std::to_string(i) + R"(,"category_id":1,"bbox":[1,1,)" + (i == 3 ? "0" : "9") + ",9]}";
  write({{"set/annotations.json", R"({"images":[)" + images + R"(],"annotations":[)" + boxes +
                                      R"(],"categories":[{"id":1,"name":"cell"}]})"}});
  const std::string broken = read_file(folder_ / "set/images/1004.png");
  write({{"set/images/1004.png", broken.substr(0, broken.size() - 400)}});
  const Diagnosis diagnosis = examine("set");
  EXPECT_EQ(names_of(diagnosis), (Names{"unreadable_images", "no_size"}));
  EXPECT_EQ(diagnosis.facts.at("data").at("form"), "COCO");
}

}  // namespace
}  // namespace nasnet::doctor
