#include "cli/section_table.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"

// The tables of `nasnet describe`: shapes, parameters and multiply-adds, part by part.

namespace nasnet::cli {
namespace {

constexpr const char* kRow = "{:<17} {:>12} {:>12} {:>12} {:>12} {:>9} {:>15}\n";

}  // namespace

std::vector<SectionRow> section_rows(const graph::Graph& graph) {
  std::vector<SectionRow> rows;
  const std::vector<graph::Counts> counts = graph::count_sections(graph);
  for (size_t i = 0; i < counts.size(); ++i) rows.push_back({graph.sections[i], counts[i]});
  return rows;
}

std::string shape_text(const graph::Shape& shape) {
  if (shape.channels == 0) return "-";
  return fmt::format("{}x{}x{}", shape.height, shape.width, shape.channels);
}

nlohmann::ordered_json shape_to_json(const graph::Shape& shape) {
  if (shape.channels == 0) return nullptr;
  return {shape.height, shape.width, shape.channels};
}

graph::Shape parse_shape(const std::string& text) {
  graph::Shape shape;
  char rest = 0;
  if (sscanf(text.c_str(), "%9dx%9dx%9d%c", &shape.height, &shape.width, &shape.channels, &rest) !=
      3)
    throw InputError(fmt::format("--input {}: write height x width x channels, as 32x32x3", text));
  return shape;
}

void print_columns() {
  fmt::print(kRow, "", "in", "previous", "out", "parameters", "BN stats", "multiply-adds");
}

void print_row(const SectionRow& row) {
  const auto& [name, in, previous, out] = row.section;
  fmt::print(kRow, name, shape_text(in), shape_text(previous), shape_text(out),
             thousands(row.counts.parameters), thousands(row.counts.statistics),
             thousands(row.counts.multiply_adds));
}

void print_sum(const std::string& name, const graph::Counts& counts) {
  fmt::print(kRow, name, "", "", "", thousands(counts.parameters), thousands(counts.statistics),
             thousands(counts.multiply_adds));
}

nlohmann::ordered_json counts_to_json(const graph::Counts& counts) {
  return {{"parameters", counts.parameters},
          {"statistics", counts.statistics},
          {"multiply_adds", counts.multiply_adds}};
}

nlohmann::ordered_json row_to_json(const SectionRow& row) {
  nlohmann::ordered_json object = {{"name", row.section.name},
                                   {"in", shape_to_json(row.section.in)},
                                   {"previous", shape_to_json(row.section.previous)},
                                   {"out", shape_to_json(row.section.out)}};
  object.update(counts_to_json(row.counts));
  return object;
}

}  // namespace nasnet::cli
