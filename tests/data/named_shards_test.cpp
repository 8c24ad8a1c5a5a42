#include "nasnet/data/brace_names.h"
#include "nasnet/data/find_images.h"
#include "nasnet/data/pack.h"
#include "tests/data/listing.h"
#include "tests/data/make_archives.h"
#include "tests/data/make_tfrecord.h"
#include "tests/data/one_list.h"

namespace nasnet::data {
namespace {

using Names = std::vector<std::string>;

TEST(BraceNames, StandForNumbersAndWords) {
  EXPECT_EQ(expand_braces("a-{08..11}.tar"),
            (Names{"a-08.tar", "a-09.tar", "a-10.tar", "a-11.tar"}));
  EXPECT_EQ(expand_braces("a-{8..11}"), (Names{"a-8", "a-9", "a-10", "a-11"}));
  EXPECT_EQ(expand_braces("{0..1}"), (Names{"0", "1"}));
  EXPECT_EQ(expand_braces("{b,a}/{1..2}x"), (Names{"b/1x", "b/2x", "a/1x", "a/2x"}));
  EXPECT_EQ(expand_braces("a{,b}"), (Names{"a", "ab"}));
  EXPECT_EQ(expand_braces("{000000..001281}.tar").size(), 1282U);
  EXPECT_FALSE(has_braces("a}b{c"));
}

TEST(BraceNames, SayWhatIsWrong) {
  for (const char* path :
       {"a-{3..1}", "a-{x..y}", "a-{1..}", "a-{-1..3}", "a-{1}", "a-{}", "a-{1..{2}}", "{1..2}{3",
        "{0..99999999}", "{0..9999}{0..9999}", "{0..99999999999999999999}"})
    EXPECT_NE(refusal([&] { expand_braces(path); }).find(path), std::string::npos) << path;
}

class NamedShards : public WithFolder {
 protected:
  static std::string tar_of(int i) {
    const std::string n = std::to_string(i);
    return make_tar({{n + ".jpg", "picture " + n}, {n + ".cls", std::to_string(i % 2)}});
  }
};

TEST_F(NamedShards, AreThoseOfTheirFolder) {
  for (int i = 0; i < 4; ++i) write({{"set/train-00" + std::to_string(i) + ".tar", tar_of(i)}});
  write({{"set/val-000.tar", tar_of(4)}, {"set/classes.txt", "cat\ndog\n"}});
  const Names whole = one_list(path("set"));
  EXPECT_EQ(one_list(path("set/{train-000,train-001,train-002,train-003,val-000}.tar")), whole);
  std::filesystem::remove(path("set/val-000.tar"));
  EXPECT_EQ(one_list(path("set/train-{000..003}.tar")), one_list(path("set")));
  EXPECT_EQ(one_list(path("set/train-{000..001}.tar")),
            (Names{"train cat 0.jpg: picture 0", "train dog 1.jpg: picture 1", "cat dog "}));
  EXPECT_EQ(find_images({path("set/train-{000..001}.tar")}).images.size(), 2U);
}

TEST_F(NamedShards, OneThatIsMissingIsNamed) {
  write({{"set/train-0.tar", tar_of(0)}, {"set/train-2.tar", tar_of(1)}});
  const std::string where = path("set/train-{0..2}.tar");
  const std::string message = where + ": " + path("set/train-1.tar") + " is missing";
  EXPECT_EQ(refusal([&] { list_images(where); }), message);
  EXPECT_EQ(refusal([&] { load(where); }), message);
  EXPECT_EQ(refusal([&] { data::pack(where, {.out = path("out")}); }), message);
  EXPECT_EQ(refusal([&] { find_images({where}); }), message);
}

TEST_F(NamedShards, AFileThatIsCalledSoIsItself) {
  const std::string png = flat_png(2, 2, 1, 2, 3);
  write({{"{a,b}/cat/1.png", png},
         {"{a,b}/cat/2.png", png},
         {"{a,b}/dog/1.png", png},
         {"{a,b}/dog/2.png", png}});
  EXPECT_EQ(load(path("{a,b}")).name, "{a,b}");
}

TEST_F(NamedShards, ATfRecordFileIsASet) {
  write({{"set/flowers.tfrec",
          slim_record("1.jpg", "one", "cat", 1) + slim_record("2.jpg", "two", "dog", 2)}});
  const Names list = {"train cat 1.jpg: one", "train dog 2.jpg: two", "cat dog "};
  EXPECT_EQ(one_list(path("set")), list);
  EXPECT_EQ(one_list(path("set/flowers.tfrec")), list);
  std::filesystem::rename(path("set/flowers.tfrec"), path("set/any name"));
  EXPECT_EQ(one_list(path("set/any name")), list) << "its content tells it";
  EXPECT_EQ(find_images({path("set/any name")}).images.size(), 2U);
}

TEST_F(NamedShards, OfATfRecordTheNamesLieBesideIt) {
  const auto numbered = [](const std::string& name, int64_t label) {
    return make_record(make_example({{"image/encoded", name},
                                     {"image/filename", name},
                                     {"image/class/label", "", label, true}}));
  };
  write({{"set/train-00000-of-00002", numbered("1.jpg", 1)},
         {"set/train-00001-of-00002", numbered("2.jpg", 2)},
         {"set/classes.txt", "cat\ndog\n"}});
  EXPECT_EQ(one_list(path("set/train-{00000..00001}-of-00002")), one_list(path("set")));
}

TEST_F(NamedShards, VerbsLoadThem) {
  for (int i = 0; i < 4; ++i) {
    const std::string n = std::to_string(i);
    const std::string png = flat_png(4, 4, static_cast<uint8_t>(i), 2, 3);
    write({{"set/" + n + ".tar",
            make_tar({{n + ".png", png}, {n + ".cls", std::to_string(i % 2)}})}});
  }
  const DataSet data = load(path("set/{0..3}.tar"));
  EXPECT_EQ(data.train.size() + data.test.size(), 4);
  EXPECT_EQ(data.digest(), load(path("set")).digest());
}

}  // namespace
}  // namespace nasnet::data
