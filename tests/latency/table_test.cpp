#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "tests/latency/made_up.h"

namespace nasnet::latency {
namespace {

using nlohmann::json;

std::string error_of(const std::string& text) {
  try {
    parse_latency_table(text, "t.json");
  } catch (const InputError& error) {
    const std::string what = error.what();
    EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    EXPECT_EQ(what.find("t.json"), 0u) << what;
    return what;
  }
  return "";
}

TEST(LatencyTable, ComesBackFromItsFile) {
  const LatencyTable table = made_up_table();
  EXPECT_EQ(parse_latency_table(table.to_json().dump(1), "t.json"), table);
}

TEST(LatencyTable, KeepsAnyDevicesName) {
  LatencyTable table = made_up_table();
  table.of.device = "caf\xe9 \n\\x0A\t\"x\"";
  EXPECT_EQ(parse_latency_table(table.to_json().dump(1), "t.json"), table);
}

TEST(LatencyTable, DamagedFilesAreRefusedInOneLine) {
  const json good = made_up_table().to_json();
  const std::string text = good.dump();
  for (size_t cut = 0; cut < text.size(); cut += 97)
    EXPECT_NE(error_of(text.substr(0, cut)), "") << cut;
  const auto with = [&](const std::string& pointer, const json& value) {
    json bad = good;
    bad[json::json_pointer(pointer)] = value;
    return error_of(bad.dump());
  };
  const auto has = [](const std::string& error, const std::string& part) {
    return error.find(part) != std::string::npos;
  };
  EXPECT_PRED2(has, error_of("[]"), "no latency table");
  EXPECT_PRED2(has, with("/schema", "nasnet-genotype"), "no latency table");
  EXPECT_PRED2(has, with("/version", 2), "version is 2");
  EXPECT_PRED2(has, with("/version", "x"), "version");
  EXPECT_PRED2(has, with("/target", "abacus"), "abacus");
  EXPECT_PRED2(has, with("/threads", 0), "threads");
  EXPECT_PRED2(has, with("/threads", 1.5), "threads");
  EXPECT_PRED2(has, with("/batch", -1), "batch");
  EXPECT_PRED2(has, with("/stack/cells", 101), "cells");
  EXPECT_PRED2(has, with("/stack/filters", nullptr), "filters");
  EXPECT_PRED2(has, with("/stack", 3), "stack");
  EXPECT_PRED2(has, with("/coefficients/3/ms", -1), "negative");
  EXPECT_PRED2(has, with("/coefficients/3/ms", nullptr), "no number");  // NaN is null in JSON
  EXPECT_PRED2(has, with("/coefficients/3/ms", 1e300), "too large");
  EXPECT_PRED2(has, with("/coefficients/3/kind", "operator"), "twice");
  EXPECT_PRED2(has, with("/coefficients/3/kind", "\n"), "\\x0A");
  EXPECT_PRED2(has, with("/coefficients", json::array()), "constant");
  EXPECT_PRED2(has, with("/cells/2/ms", "fast"), "no number");
  EXPECT_PRED2(has, with("/cells/2/choices/0", -1), "choices");
  EXPECT_PRED2(has, with("/held_out/spearman", 2), "correlation");
  EXPECT_PRED2(has, error_of("{\"schema\": \"nasnet-latency\", \"version\": NaN}"), "damaged");
  json huge = good;
  huge["coefficients"][3]["ms"] = 1;
  std::string infinite = huge.dump();
  infinite.replace(infinite.find("\"ms\":1}") + 5, 1, "1e999");
  EXPECT_NE(error_of(infinite), "");
  for (const auto& [key, value] : good.items()) {
    if (key == "program") continue;
    json without = good;
    without.erase(key);
    EXPECT_NE(error_of(without.dump()), "") << key;
  }
}

TEST(LatencyTable, SaysWhatOtherStackItIsOf) {
  const LatencyTable table = made_up_table();
  graph::StackSettings stack = table.of.stack;
  stack.auxiliary_head = true;
  EXPECT_NO_THROW(demand_stack(table, stack, "t.json"));
  stack.filters = 32;
  stack.input = {64, 64, 3};
  try {
    demand_stack(table, stack, "t.json");
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(),
                 "t.json: the latencies are of another stack (filters 8, not 32; images 32x32x3, "
                 "not 64x64x3); measure this one with `nasnet latency`");
  }
}

}  // namespace
}  // namespace nasnet::latency
