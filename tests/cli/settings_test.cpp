#include "nasnet/base/settings.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "nasnet/base/error.h"

namespace sample {

enum class Precision { kFloat32, kBf16 };
constexpr nasnet::EnumNames<Precision, 2> names_of(Precision) {
  return {{{Precision::kFloat32, "float32"}, {Precision::kBf16, "bf16"}}};
}

struct Settings {
  bool flip = true;
  int cells = 2;
  int64_t images = 5'000'000'000;
  uint64_t seed = 18'446'744'073'709'551'615u;
  double rate = 0.1;
  std::string optimizer = "sgd";
  std::vector<std::string> operations = {"identity", "conv_3x3"};
  std::optional<int> filters;
  std::optional<double> goal;
  Precision precision = Precision::kFloat32;
  std::optional<Precision> stored_in;
};

template <class Visitor>
void visit_settings(Visitor& v, Settings& s) {
  v("flip", s.flip, "mirror images");
  v("cells", s.cells, "normal cells a stage", nasnet::Range{1, 100});
  v("images", s.images, "images", nasnet::Range{.min = 0});
  v("seed", s.seed, "seed");
  v("rate", s.rate, "learning rate", nasnet::Range{0, 10});
  v("optimizer", s.optimizer, "how to learn", nasnet::Range{.one_of = {"sgd", "adam"}});
  v("operations", s.operations, "operations",
    nasnet::Range{.one_of = {"identity", "conv_3x3", "max_pool_3x3"}});
  v("filters", s.filters, "need not be given", nasnet::Range{1, 4096});
  v("goal", s.goal, "need not be given", nasnet::Range{0, 1});
  v("precision", s.precision, "number type");
  v("stored_in", s.stored_in, "need not be given");
}

}  // namespace sample

namespace nasnet {
namespace {

using nlohmann::json;

/// The message of the InputError that `object` gives, "" where it is taken.
std::string refusal(const json& object) {
  sample::Settings settings;
  try {
    settings_from_json(settings, object, "x.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Settings, ComeBackFromJsonAsTheyWere) {
  sample::Settings settings;
  settings.cells = 7;
  settings.rate = 0.30000000000000004;
  settings.operations = {"max_pool_3x3"};
  const json object = json::parse(settings_to_json(settings).dump());
  EXPECT_EQ(object["seed"], 18'446'744'073'709'551'615u);
  sample::Settings read;
  settings_from_json(read, object, "x.json");
  EXPECT_EQ(settings_to_json(read), object);
  EXPECT_EQ(read.cells, 7);
  EXPECT_EQ(read.rate, 0.30000000000000004);
}

TEST(Settings, RefusalsNameTheSettingTheValueAndTheRange) {
  EXPECT_EQ(refusal({{"cels", 3}}), "x.json: unknown setting 'cels'; did you mean 'cells'?");
  EXPECT_EQ(refusal({{"cells", 0}}), "x.json: cells is 0, must be 1 to 100");
  EXPECT_EQ(refusal({{"cells", 101}}), "x.json: cells is 101, must be 1 to 100");
  EXPECT_EQ(refusal({{"images", -1}}), "x.json: images is -1, must be at least 0");
  EXPECT_EQ(refusal({{"cells", "two"}}), "x.json: cells must be a whole number, not \"two\"");
  EXPECT_EQ(refusal({{"cells", 2.5}}), "x.json: cells must be a whole number, not 2.5");
  EXPECT_EQ(refusal({{"cells", 3'000'000'000}}),
            "x.json: cells cannot be 3000000000: the number is too large");
  EXPECT_NE(refusal({{"seed", -1}}), "");
  EXPECT_NE(refusal({{"flip", 1}}), "");
  EXPECT_NE(refusal({{"rate", nullptr}}), "");
  EXPECT_EQ(refusal({{"optimizer", "adan"}}),
            "x.json: optimizer cannot be 'adan'; did you mean 'adam'?");
  EXPECT_EQ(refusal({{"operations", {"conv_3x4"}}}),
            "x.json: operations cannot be 'conv_3x4'; did you mean 'conv_3x3'?");
  EXPECT_NE(refusal({{"operations", "conv_3x3"}}), "");
  EXPECT_NE(refusal(json::array()), "");
  EXPECT_EQ(refusal({{"cells", 100}, {"optimizer", "adam"}}), "");
}

TEST(Settings, AnEnumIsReadAndWrittenByItsNames) {
  sample::Settings settings;
  EXPECT_EQ(settings_to_json(settings).at("precision"), "float32");
  EXPECT_TRUE(settings_to_json(settings).at("stored_in").is_null()) << "it is not given";
  settings_from_json(settings, {{"precision", "bf16"}, {"stored_in", "float32"}}, "");
  EXPECT_EQ(settings.precision, sample::Precision::kBf16);
  EXPECT_EQ(settings.stored_in, sample::Precision::kFloat32);
  settings_from_json(settings, {{"stored_in", nullptr}}, "");
  EXPECT_EQ(settings.stored_in, std::nullopt);
  for (const char* name : {"precision", "stored_in"})
    EXPECT_EQ(refusal({{name, "bf61"}}),
              fmt::format("x.json: {} cannot be 'bf61'; did you mean 'bf16'?", name));
  EXPECT_NE(refusal({{"precision", nullptr}}), "");
}

TEST(Settings, ARefusedObjectChangesNothing) {
  sample::Settings settings;
  EXPECT_THROW(settings_from_json(settings, {{"cells", 9}, {"rate", 11}}, ""), InputError);
  EXPECT_EQ(settings.cells, 2);
}

TEST(Settings, ReadFromTheTextOfACommandLine) {
  sample::Settings settings;
  const auto list = list_settings(settings);
  set_from_text(list[0], {"false"}, "");
  set_from_text(list[4], {"1e-3"}, "");
  set_from_text(list[6], {"identity", "max_pool_3x3"}, "");
  EXPECT_FALSE(settings.flip);
  EXPECT_EQ(settings.rate, 1e-3);
  EXPECT_EQ(settings.operations.size(), 2u);
  EXPECT_THROW(set_from_text(list[1], {"3x"}, ""), InputError);
  EXPECT_THROW(set_from_text(list[1], {"3", "4"}, ""), InputError);
  EXPECT_THROW(set_from_text(list[4], {"nan"}, ""), InputError);
  EXPECT_EQ(flag_name("image_size"), "image-size");
}

TEST(Settings, AnOptionalIsGivenOrNot) {
  sample::Settings settings;
  check_settings(settings);
  EXPECT_EQ(settings_to_json(settings)["filters"], nullptr);
  const auto list = list_settings(settings);
  EXPECT_EQ(value_text(list[7]), "");
  set_from_text(list[7], {"32"}, "");
  set_from_text(list[8], {"0.5"}, "");
  EXPECT_EQ(settings.filters, 32);
  EXPECT_EQ(settings.goal, 0.5);
  EXPECT_EQ(value_text(list[7]), "32");
  const json object = settings_to_json(settings);
  EXPECT_EQ(object["filters"], 32);
  sample::Settings read;
  settings_from_json(read, object, "");
  EXPECT_EQ(read.filters, 32);
  settings_from_json(read, {{"filters", nullptr}}, "");
  EXPECT_EQ(read.filters, std::nullopt);
  EXPECT_EQ(refusal({{"filters", 0}}), "x.json: filters is 0, must be 1 to 4096");
  EXPECT_EQ(refusal({{"filters", "a"}}), "x.json: filters must be a whole number, not \"a\"");
  EXPECT_EQ(refusal({{"goal", 2}}), "x.json: goal is 2, must be 0 to 1");
}

struct Topics {
  int cells = 2;
  std::string out;
  bool flip = true;
};

template <class Visitor>
void visit_settings(Visitor& v, Topics& s) {
  v.topic("Networks");
  v("cells", s.cells, "normal cells a stage").everyone_needs_it();
  v("out", s.out, "where it lies").as("FOLDER");
  v.topic("Images");
  v("flip", s.flip, "mirror images");
}

TEST(Settings, StandUnderTheTopicThatWasNamedLast) {
  Topics topics;
  const auto list = list_settings(topics);
  EXPECT_EQ(list[0].topic, "Networks");
  EXPECT_TRUE(list[0].essential);
  EXPECT_EQ(list[1].topic, "Networks");
  EXPECT_FALSE(list[1].essential);
  EXPECT_EQ(list[1].placeholder, "FOLDER");
  EXPECT_EQ(list[2].topic, "Images");
}

TEST(Settings, CheckFindsAValueSetInCode) {
  sample::Settings settings;
  check_settings(settings);
  settings.cells = 0;
  EXPECT_THROW(check_settings(settings, "child"), InputError);
}

}  // namespace
}  // namespace nasnet
