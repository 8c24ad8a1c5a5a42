#include "nasnet/space/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::space {
namespace {

TEST(GenotypeJson, NamedOnesComeBack) {
  for (const std::string& name : genotype_names()) {
    const Genotype genotype = named_genotype(name);
    EXPECT_EQ(parse_genotype(format_genotype(genotype), name), genotype);
    EXPECT_EQ(genotype_from_json(genotype_to_json(genotype), name), genotype);
  }
}

RC_GTEST_PROP(GenotypeJson, AnyGenotypeComesBack, ()) {
  const auto cell = [] {
    Cell cell;
    const int blocks = *rc::gen::inRange(1, 8);
    for (int b = 0; b < blocks; ++b) {
      cell.blocks.push_back({*rc::gen::inRange(0, b + 2), *rc::gen::inRange(0, b + 2),
                             static_cast<Operation>(*rc::gen::inRange(0, kOperationCount)),
                             static_cast<Operation>(*rc::gen::inRange(0, kOperationCount)),
                             static_cast<Combine>(*rc::gen::inRange(0, kCombineCount))});
    }
    cell.outputs = unused_states(cell);
    return cell;
  };
  const Genotype genotype{"a \"name\" with ü", cell(), cell()};
  RC_ASSERT(parse_genotype(format_genotype(genotype), "x") == genotype);
}

TEST(GenotypeJson, OutputsMayBeLeftOut) {
  nlohmann::json json = genotype_to_json(named_genotype("nasnet-a-paper"));
  json["normal"].erase("outputs");
  json["normal"].erase("inputs");
  json["reduction"]["blocks"][0].erase("combine");
  EXPECT_EQ(genotype_from_json(json, "x"), named_genotype("nasnet-a-paper"));
}

/// The message for nasnet-a's JSON after a change.
std::string refusal(const std::function<void(nlohmann::json&)>& change) {
  nlohmann::json json = genotype_to_json(named_genotype("nasnet-a"));
  change(json);
  try {
    parse_genotype(json.dump(), "x.json");
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "";
}

TEST(GenotypeJson, FaultsAreNamedWithTheirPlace) {
  using nlohmann::json;
  const auto expect = [](const std::function<void(json&)>& change, const std::string& part) {
    const std::string message = refusal(change);
    EXPECT_NE(message.find(part), std::string::npos) << "wanted: " << part << "\ngot: " << message;
    EXPECT_EQ(message.find("x.json"), 0u) << message;
  };
  expect([](json& j) { j["nromal"] = 1; }, "unknown key 'nromal'; did you mean 'normal'?");
  expect([](json& j) { j["normal"]["blocks"][2]["left_op"] = "sep_conv_5x4"; },
         "normal.blocks[2].left_op: unknown operation 'sep_conv_5x4'; did you mean "
         "'sep_conv_5x5'?");
  expect([](json& j) { j["normal"]["blocks"][1]["combine"] = "ad"; }, "did you mean 'add'?");
  expect([](json& j) { j["normal"]["blocks"][1].erase("right"); }, "lacks the key 'right'");
  expect([](json& j) { j.erase("reduction"); }, "x.json: lacks the key 'reduction'");
  expect([](json& j) { j["name"] = "two\nlines"; }, "name must be one line");
  expect([](json& j) { j["normal"]["blocks"][1]["right"] = "h"; }, "must be a whole number");
  expect([](json& j) { j["normal"]["blocks"][1]["right"] = 1.5; }, "must be a whole number");
  expect([](json& j) { j["normal"]["blocks"][1]["right"] = 1ull << 60; }, "out of range");
  expect([](json& j) { j["normal"]["blocks"][1]["right"] = 3; }, "blocks[1].right reads state 3");
  expect([](json& j) { j["reduction"]["blocks"][0]["left"] = -1; }, "reads state -1");
  expect([](json& j) { j["reduction"]["outputs"] = {4, 3}; }, "after state 4");
  expect([](json& j) { j["reduction"]["outputs"] = {3, 9}; }, "state 9");
  expect([](json& j) { j["normal"]["blocks"] = 3; }, "must be a list");
  expect([](json& j) { j["normal"] = json::array(); }, "must be an object");
  expect([](json& j) { j["normal"]["inputs"] = 1000; }, "1000 inputs");
  expect([](json& j) { j["version"] = 2; }, "newer nasnet");
  expect([](json& j) { j["version"] = 0; }, "must be 1");
  expect([](json& j) { j["schema"] = "else"; }, "is no genotype");
  expect([](json& j) { j = 3; }, "is no genotype");
}

TEST(GenotypeJson, WhatIsNoJsonIsRefusedQuickly) {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string(100000, '['), std::string(3 << 20, ' '),
        std::string("\0\xff", 2), std::string("nasnet-a")})
    EXPECT_THROW(parse_genotype(text, "x"), InputError);
}

}  // namespace
}  // namespace nasnet::space
