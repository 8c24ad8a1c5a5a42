#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/graph/count.h"

namespace nasnet::cli {

/// A line of a table of a network's parts.
struct SectionRow {
  graph::Section section;
  graph::Counts counts;
};

/// A row a section.
std::vector<SectionRow> section_rows(const graph::Graph& graph);

/// "32x32x3"; "-" for a shape without channels, which the section does not have.
std::string shape_text(const graph::Shape& shape);
/// [32, 32, 3], or null.
nlohmann::ordered_json shape_to_json(const graph::Shape& shape);
/// Of --input. Throws InputError for any other form; graph::build() checks the numbers.
graph::Shape parse_shape(const std::string& text);

void print_columns();
void print_row(const SectionRow& row);
/// A sum of rows.
void print_sum(const std::string& name, const graph::Counts& counts);

/// {"parameters", "statistics", "multiply_adds"}.
nlohmann::ordered_json counts_to_json(const graph::Counts& counts);
nlohmann::ordered_json row_to_json(const SectionRow& row);

}  // namespace nasnet::cli
