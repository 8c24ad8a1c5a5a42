#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/options.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::cli {
namespace {

using graph::Shape;

/// Zeros and "" stand for the stack's published values.
struct Describe {
  std::string genotype;
  std::string stack = "cifar";
  int cells = 0, filters = 0, classes = 0;
  std::string input;
  bool auxiliary_head = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Describe& s) {
  v("stack", s.stack, "how cells are stacked", Range{.one_of = graph::stack_names()});
  v("cells", s.cells, "N, normal cells a stage; 0 for the stack's published number", Range{0, 100});
  v("filters", s.filters, "F, filters of the first stage; 0 for the published number",
    Range{0, 4096});
  v("classes", s.classes, "0 for the published number", Range{0, 1000000});
  v("input", s.input, "height x width x channels, as 32x32x3; empty for the published size");
  v("auxiliary_head", s.auxiliary_head, "count the auxiliary head too");
}

Shape parse_shape(const std::string& text) {
  Shape shape;
  char rest = 0;
  if (sscanf(text.c_str(), "%dx%dx%d%c", &shape.height, &shape.width, &shape.channels, &rest) != 3)
    throw InputError(fmt::format("--input {}: write height x width x channels, as 32x32x3", text));
  return shape;
}

std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  for (auto i = static_cast<int64_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<size_t>(i), ",");
  return text;
}

std::string shape_text(const Shape& shape) {
  if (shape.channels == 0) return "-";
  return fmt::format("{}x{}x{}", shape.height, shape.width, shape.channels);
}

nlohmann::json shape_json(const Shape& shape) {
  if (shape.channels == 0) return nullptr;
  return {shape.height, shape.width, shape.channels};
}

void print_json(const graph::Graph& graph, const std::vector<graph::Counts>& rows,
                const graph::Counts& total, const std::string& name) {
  nlohmann::ordered_json result = {{"genotype", name},
                                   {"stack", graph.settings.stack},
                                   {"cells", graph.settings.cells},
                                   {"filters", graph.settings.filters},
                                   {"classes", graph.settings.classes},
                                   {"input", shape_json(graph.settings.input)},
                                   {"parameters", total.parameters},
                                   {"statistics", total.statistics},
                                   {"multiply_adds", total.multiply_adds}};
  for (size_t i = 0; i < rows.size(); ++i) {
    const graph::Section& section = graph.sections[i];
    result["rows"].push_back({{"name", section.name},
                              {"in", shape_json(section.in)},
                              {"previous", shape_json(section.previous)},
                              {"out", shape_json(section.out)},
                              {"parameters", rows[i].parameters},
                              {"statistics", rows[i].statistics},
                              {"multiply_adds", rows[i].multiply_adds}});
  }
  fmt::print("{}\n", result.dump());
}

void print_table(const graph::Graph& graph, const std::vector<graph::Counts>& rows,
                 const graph::Counts& total, const std::string& name) {
  const Shape& last = graph.sections.back().in;
  fmt::print("{} {} @ {}, {} stack, {} in, {} classes\n\n", name, graph.settings.cells,
             last.channels, graph.settings.stack, shape_text(graph.settings.input),
             graph.settings.classes);
  constexpr const char* kRow = "{:<17} {:>12} {:>12} {:>12} {:>12} {:>9} {:>15}\n";
  fmt::print(kRow, "", "in", "previous", "out", "parameters", "BN stats", "multiply-adds");
  for (size_t i = 0; i < rows.size(); ++i) {
    const graph::Section& section = graph.sections[i];
    fmt::print(kRow, section.name, shape_text(section.in), shape_text(section.previous),
               shape_text(section.out), thousands(rows[i].parameters),
               thousands(rows[i].statistics), thousands(rows[i].multiply_adds));
  }
  fmt::print(kRow, "total", "", "", "", thousands(total.parameters), thousands(total.statistics),
             thousands(total.multiply_adds));
}

void run(const Describe& describe, const Common& common) {
  const space::Genotype genotype = space::load_genotype(describe.genotype);
  graph::StackSettings settings = graph::stack_settings(describe.stack);
  if (describe.cells > 0) settings.cells = describe.cells;
  if (describe.filters > 0) settings.filters = describe.filters;
  if (describe.classes > 0) settings.classes = describe.classes;
  if (!describe.input.empty()) settings.input = parse_shape(describe.input);
  settings.auxiliary_head = describe.auxiliary_head;
  const graph::Graph graph = graph::build(genotype, settings);
  const std::vector<graph::Counts> rows = graph::count_sections(graph);
  const graph::Counts total = graph::count(graph, describe.auxiliary_head);
  (common.json ? print_json : print_table)(graph, rows, total, genotype.name);
}

}  // namespace

void add_describe(CLI::App& program) {
  CLI::App* app = program.add_subcommand(
      "describe", "Sizes of a genotype's network, cell by cell: shapes, parameters, multiply-adds");
  const auto describe = std::make_shared<Describe>();
  const auto options = std::make_shared<Options>(*app);
  options->add(*describe);
  app->add_option("genotype", describe->genotype, "a known name (nasnet-a, ...) or a JSON file")
      ->required();
  app->callback([=] {
    options->settle();
    run(*describe, options->common());
  });
}

}  // namespace nasnet::cli
