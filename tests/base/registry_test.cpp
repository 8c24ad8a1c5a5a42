#include "nasnet/base/registry.h"

#include <gtest/gtest.h>

#include "nasnet/base/settings_of_kinds.h"

namespace nasnet {
namespace {

enum class Colour { kRed, kGreen };
constexpr EnumNames<Colour, 2> names_of(Colour) {
  return {{{Colour::kRed, "red"}, {Colour::kGreen, "green"}}};
}

struct PaintSettings {
  Colour colour = Colour::kRed;
};
template <class Visitor>
void visit_settings(Visitor& v, PaintSettings& s) {
  v("colour", s.colour, "of the paint");
}

struct InkSettings {
  int drops = 1;
};
template <class Visitor>
void visit_settings(Visitor& v, InkSettings& s) {
  v.topic("Ink");
  v("drops", s.drops, "of the ink", Range{1, 9});
}

struct Kind {
  std::string name, help;
  AnySettings settings;
};

std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Registries, FindKindsByTheirNames) {
  Registry<Kind> kinds("colour", {{"paint", "from a pot", PaintSettings()}});
  EXPECT_TRUE(kinds.add({"ink", "from a pen", InkSettings()}));
  EXPECT_EQ(kinds.find("ink").help, "from a pen");
  EXPECT_EQ(kinds.names(), (std::vector<std::string>{"paint", "ink"}));
  EXPECT_EQ(kinds.help(), "paint: from a pot; ink: from a pen");
  EXPECT_EQ(message_of([&] { kinds.find("pain"); }),
            "unknown colour 'pain'; did you mean 'paint'?");
  EXPECT_EQ(message_of([&] { kinds.find("chalk"); }),
            "unknown colour 'chalk'; choose from paint, ink");
  EXPECT_EQ(message_of([&] { kinds.add({"ink", "", {}}); }), "there is a colour 'ink' already");
}

TEST(Registries, KeepTheSettingsOfEachKind) {
  Registry<Kind> kinds(
      "colour", {{"paint", "", PaintSettings()}, {"ink", "", InkSettings()}, {"water", "", {}}});
  SettingsOfKinds settings(kinds);
  SettingsOfKinds copy = settings;
  settings_from_json(settings, {{"colour", "green"}, {"drops", 3}}, "");
  EXPECT_EQ(settings.at("paint").as<PaintSettings>().colour, Colour::kGreen);
  EXPECT_EQ(settings.at("ink").as<InkSettings>().drops, 3);
  EXPECT_EQ(copy.at("paint").as<PaintSettings>().colour, Colour::kRed) << "a value of its own";
  EXPECT_EQ(settings_to_json(settings), (nlohmann::json{{"colour", "green"}, {"drops", 3}}));
  EXPECT_EQ(message_of([&] {
              settings_from_json(settings, {{"colour", "gren"}}, "x");
            }),
            "x: colour cannot be 'gren'; did you mean 'green'?");
  EXPECT_EQ(message_of([&] {
              settings_from_json(settings, {{"drops", 0}}, "x");
            }),
            "x: drops is 0, must be 1 to 9");
  EXPECT_THROW(settings.at("paint").as<InkSettings>(), std::bad_any_cast);
}

TEST(Registries, TwoSettingsOfOneNameAreAFault) {
  Registry<Kind> kinds("colour", {{"ink", "", InkSettings()}, {"tusche", "", InkSettings()}});
  SettingsOfKinds settings(kinds);
  EXPECT_THROW(list_settings(settings), Error);
}

TEST(Enums, AreTextsInBothDirections) {
  EXPECT_EQ(to_text(Colour::kGreen), "green");
  EXPECT_EQ(from_text<Colour>("red"), Colour::kRed);
  EXPECT_EQ(from_text<Colour>("blue"), std::nullopt);
  EXPECT_EQ(names_of_all<Colour>(), (std::vector<std::string>{"red", "green"}));
  EXPECT_EQ(message_of([] { parse_enum<Colour>("greem", "colour"); }),
            "unknown colour 'greem'; did you mean 'green'?");
}

}  // namespace
}  // namespace nasnet
