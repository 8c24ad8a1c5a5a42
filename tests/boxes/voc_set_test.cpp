#include "nasnet/boxes/voc_set.h"

#include "nasnet/boxes/voc_file.h"
#include "tests/boxes/golden.h"
#include "tests/boxes/with_set.h"

namespace nasnet::boxes {
namespace {

std::string object(const std::string& name, const std::string& xmin, const std::string& ymin,
                   const std::string& xmax, const std::string& ymax, const std::string& more = "") {
  return "<object><name>" + name + "</name>" + more + "<bndbox><xmin>" + xmin + "</xmin><ymin>" +
         ymin + "</ymin><xmax>" + xmax + "</xmax><ymax>" + ymax + "</ymax></bndbox></object>";
}

std::string annotation(const std::string& objects, const std::string& filename = "",
                       const std::string& size = "<width>100</width><height>80</height>") {
  return "<annotation><filename>" + filename + "</filename><size>" + size + "</size>" + objects +
         "</annotation>";
}

class VocSet : public WithSet {
 protected:
  void add(const std::string& name, const std::string& xml) const {
    picture("set/JPEGImages/" + name + ".png", 100, 80);
    write({{"set/Annotations/" + name + ".xml", xml}});
  }
};

TEST_F(VocSet, ReadsTheGoldenFile) {
  NASNET_NEEDS_GOLDEN();
  const json voc = golden("detection/readers.json")["voc"];
  add("a", voc["xml"]);
  const DetectionSet set = read();
  const std::vector<Object>& objects = set.splits.at(0).images.at(0).objects;
  ASSERT_EQ(objects.size(), voc["edges"].size() + voc["left_out"].size());
  size_t expected = 0;
  for (const Object& object : objects) {
    if (!object.usable) continue;
    const json& edge = voc["edges"][expected++];
    EXPECT_EQ(set.categories[object.label].name, edge["name"]);
    EXPECT_EQ(edges(object.box), edge["box"].get<std::vector<float>>());
    EXPECT_EQ(object.difficult, edge["difficult"]);
  }
  EXPECT_EQ(expected, voc["edges"].size());
  EXPECT_EQ(problems_of(set), "swapped 1, clipped 1");
  EXPECT_NE(sentences(set, ProblemKind::kSwapped)[0].find("Annotations/a.xml: object 5 (cow)"),
            std::string::npos);
}

TEST_F(VocSet, TakesBoxesAsEdgesWhereAsked) {
  NASNET_NEEDS_GOLDEN();
  const json voc = golden("detection/readers.json")["voc"];
  add("a", voc["xml"]);
  const DetectionSet set = read({.boxes = {.voc_origin = 0}});
  std::vector<json> found;
  for (const Object& object : set.splits.at(0).images.at(0).objects)
    if (set.categories[object.label].name != "cow")
      found.push_back(object.usable ? json(edges(object.box)) : json());
  EXPECT_EQ(json(found), voc["with_zero_based_corners"]);
}

TEST_F(VocSet, AZeroMakesAllBoxesOfTheSetEdges) {
  add("a", annotation(object("cat", "0", "5", "10", "20")));
  add("b", annotation(object("cat", "3", "5", "10", "20")));
  DetectionSet set = read();
  EXPECT_EQ(edges(set.splits[0].images[0].objects[0].box), (std::vector<float>{0, 5, 10, 20}));
  EXPECT_EQ(edges(set.splits[0].images[1].objects[0].box), (std::vector<float>{3, 5, 10, 20}));
  EXPECT_EQ(sentences(set, ProblemKind::kZeroBased), std::vector<std::string>{"Annotations/a.xml"});
  set = read({.boxes = {.voc_origin = 1}});
  EXPECT_EQ(edges(set.splits[0].images[1].objects[0].box), (std::vector<float>{2, 4, 10, 20}));
  EXPECT_EQ(problems_of(set), "clipped 1");
}

TEST_F(VocSet, ListsTellTheSplits) {
  for (const char* name : {"a", "b", "c", "d"})
    add(name, annotation(object("cat", "3", "5", "10", "20")));
  write({{"set/ImageSets/Main/train.txt", "a\n"},
         {"set/ImageSets/Main/val.txt", "b\r\n"},
         {"set/ImageSets/Main/trainval.txt", "a\nb\n"},
         {"set/ImageSets/Main/cat_train.txt", "a  1\nb -1\n"},
         {"set/ImageSets/Main/test.txt", "c\ne\n"}});
  picture("set/SegmentationClass/a.png", 100, 80);
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 3u);
  EXPECT_EQ(set.splits[0].name, "train");
  EXPECT_EQ(set.splits[0].images.at(0).path, "JPEGImages/a.png");
  EXPECT_EQ(set.splits[1].name, "val");
  EXPECT_EQ(set.splits[2].name, "test");
  EXPECT_EQ(problems_of(set), "missing_image 1, unsplit_image 1") << "d is in no list";
  EXPECT_EQ(sentences(set, ProblemKind::kMissingImage),
            std::vector<std::string>{"ImageSets/Main/test.txt: e has no annotation"});
}

TEST_F(VocSet, AnnotationsMayLieBesideTheirImages) {
  for (const std::string split : {"train", "valid"}) {
    picture("set/" + split + "/a.png", 100, 80);
    write({{"set/" + split + "/a.xml", annotation(object("cat", "3", "5", "10", "20"))}});
  }
  picture("set/train/other name.png", 100, 80);
  write({{"set/train/x.xml", annotation("", "other name.png")}});
  const DetectionSet set = read();
  ASSERT_EQ(set.splits.size(), 2u);
  EXPECT_EQ(set.splits[0].name, "train");
  EXPECT_EQ(set.splits[0].images.size(), 2u);
  EXPECT_EQ(set.splits[1].images.at(0).path, "valid/a.png");
  EXPECT_EQ(problems_of(set), "");
}

TEST_F(VocSet, NamesImagesThatAreMissingAndThoseWithoutAnnotations) {
  add("a", annotation(object("cat", "3", "5", "10", "20")));
  write({{"set/Annotations/b.xml", annotation("")}});
  picture("set/JPEGImages/c.png", 100, 80);
  const DetectionSet set = read();
  EXPECT_EQ(sentences(set, ProblemKind::kMissingImage),
            std::vector<std::string>{"Annotations/b.xml: b"});
  EXPECT_EQ(sentences(set, ProblemKind::kUnlistedImage),
            std::vector<std::string>{"JPEGImages/c.png"});
}

TEST_F(VocSet, TheImagesMayLieElsewhere) {
  add("a", annotation(object("cat", "3", "5", "10", "20")));
  EXPECT_NE(refused("set/Annotations").find("name their folder with --images"), std::string::npos);
  const DetectionSet set = read({.boxes = {.images = path("set/JPEGImages")}}, "set/Annotations");
  EXPECT_EQ(set.splits.at(0).images.at(0).objects.size(), 1u);
}

TEST_F(VocSet, DamagedXmlIsAnErrorWithItsLine) {
  add("a", annotation(object("cat", "3", "5", "10", "20")));
  add("b", "<annotation>\n<object><name>cat\n</object></annotation>");
  const DetectionSet set = read();
  EXPECT_EQ(
      sentences(set, ProblemKind::kUnreadableFile),
      std::vector<std::string>{"Annotations/b.xml line 3 is no XML: Start-end tags mismatch"});
  EXPECT_NE(data::refusal([&] { set.problems.refuse_errors("set"); }), "");
}

TEST_F(VocSet, ObjectsWithoutNumbersAreLeftOut) {
  add("a", annotation(object("cat", "nan", "5", "10", "20") + object("cat", "1", "", "10", "20") +
                      "<object><name>cat</name><robndbox/></object>" +
                      object("cat", " 3 ", "5", "1e1", "20")));
  const DetectionSet set = read();
  EXPECT_EQ(set.splits[0].images[0].objects.size(), 1u);
  EXPECT_EQ(problems_of(set), "no_numbers 3");
}

TEST_F(VocSet, OtherXmlIsNone) {
  EXPECT_FALSE(parse_voc("<a><object/></a>", "x.xml"));
  picture("set/cat/a.png", 8, 8);
  write({{"set/cat/a.xml", "<metadata/>"}});
  EXPECT_FALSE(find_detection_set(path("set")));
}

}  // namespace
}  // namespace nasnet::boxes
