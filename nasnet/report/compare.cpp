#include "nasnet/report/compare.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

// Our counts beside those that papers print. A row counts as reproduced where our number, rounded
// as the paper rounds, is the printed one; docs/decisions.md lists the rows that come out
// otherwise.

namespace nasnet::report {
namespace {

Comparison compare_one(const PublishedRow& row, const graph::Counts& ours) {
  Comparison result{row, ours};
  // Trainable parameters first: statistics are added only where these alone do not fit.
  const bool trainable = rounds_to(ours.parameters, row.parameters);
  result.with_statistics =
      !trainable && rounds_to(ours.parameters + ours.statistics, row.parameters);
  result.parameters_match = trainable || result.with_statistics;
  result.multiply_adds_match =
      row.multiply_adds.empty() || rounds_to(ours.multiply_adds, row.multiply_adds);
  return result;
}

/// "3.41 % error", "74.0 % top-1".
std::string accuracy(const PublishedRow& row) {
  return row.test_error > 0 ? fmt::format("{:.2f} % error", row.test_error)
                            : fmt::format("{:.1f} % top-1", row.top1);
}

/// A cell of the table that is not left empty.
std::string dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

/// 0 and "" stand for what is not printed, which JSON has as null.
nlohmann::ordered_json or_null(double value) {
  return value > 0 ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
}

nlohmann::ordered_json or_null(const std::string& printed) {
  return printed.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(printed);
}

}  // namespace

std::string Comparison::verdict() const {
  if (matches()) return with_statistics ? "matches, BN statistics counted" : "matches";
  if (parameters_match) return "parameters match, multiply-adds do not";
  return row.difference.empty() ? "not reproduced" : row.difference;
}

std::vector<Comparison> compare(const std::vector<PublishedRow>& rows) {
  std::vector<Comparison> results;
  for (const PublishedRow& row : rows) {
    // Rows with and without cutout follow one another and are one network.
    const bool counted = !results.empty() && results.back().row.genotype == row.genotype &&
                         results.back().row.stack == row.stack;
    const graph::Counts ours =
        counted ? results.back().ours
                : graph::count(graph::build(space::named_genotype(row.genotype), row.stack));
    results.push_back(compare_one(row, ours));
  }
  return results;
}

std::string format_comparisons(const std::vector<Comparison>& comparisons) {
  constexpr const char* kRow = "{:<28} {:>12} {:>10} {:>11} {:>13} {:>15}  {}\n";
  std::string text = fmt::format(kRow, "published network", "", "parameters", "ours",
                                 "multiply-adds", "ours", "verdict");
  for (const Comparison& each : comparisons) {
    text += fmt::format(kRow, each.row.model, accuracy(each.row), each.row.parameters,
                        thousands(each.ours.parameters), dash(each.row.multiply_adds),
                        thousands(each.ours.multiply_adds), each.verdict());
  }
  return text;
}

nlohmann::ordered_json comparisons_to_json(const std::vector<Comparison>& comparisons) {
  auto result = nlohmann::ordered_json::array();
  for (const Comparison& each : comparisons) {
    const PublishedRow& row = each.row;
    result.push_back({{"table", row.table},
                      {"model", row.model},
                      {"stack", to_text(row.stack.stack)},
                      {"cells", row.stack.cells},
                      {"filters", row.stack.filters},
                      {"input", row.input},
                      {"cutout", row.cutout},
                      {"test_error", or_null(row.test_error)},
                      {"top1", or_null(row.top1)},
                      {"top5", or_null(row.top5)},
                      {"published_parameters", row.parameters},
                      {"published_multiply_adds", or_null(row.multiply_adds)},
                      {"parameters", each.ours.parameters},
                      {"statistics", each.ours.statistics},
                      {"multiply_adds", each.ours.multiply_adds},
                      {"matches", each.matches()},
                      {"verdict", each.verdict()}});
  }
  return result;
}

}  // namespace nasnet::report
