#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/report/compare.h"
#include "nasnet/report/published_chart.h"
#include "nasnet/space/genotypes.h"

// `nasnet describe`: builds the network's graph, counts it section by section, and sets the
// published numbers beside it. No weights are made: the largest network needs no memory for them.

namespace nasnet::cli {
namespace {

using graph::Shape;

/// Settings that are not given are the stack's published ones.
struct Describe {
  std::string genotype;
  graph::StackKind stack = graph::StackKind::kCifar;
  std::optional<int> cells, filters, classes;
  std::string input;
  bool auxiliary_head = false;
  std::string chart;
  std::optional<double> accuracy;
};

/// "without it cifar 6, mobile 4, large 6", of every stack.
template <class Published>
std::string unless_given(Published published) {
  std::string text;
  for (const graph::StackKind stack : values_of_all<graph::StackKind>())
    text += fmt::format("{} {} {}", text.empty() ? "without it" : ",", to_text(stack),
                        published(graph::stack_settings(stack)));
  return text;
}

template <class Visitor>
void visit_settings(Visitor& v, Describe& s) {
  using Stack = graph::StackSettings;
  const std::string cells = unless_given([](const Stack& stack) { return stack.cells; });
  const std::string filters = unless_given([](const Stack& stack) { return stack.filters; });
  const std::string classes = unless_given([](const Stack& stack) { return stack.classes; });
  const std::string input = unless_given([](const Stack& stack) { return stack.input.height; });
  v.topic("Network");
  v("stack", s.stack, "how cells are stacked");
  v("cells", s.cells, "N, normal cells a stage; " + cells, Range{1, 100});
  v("filters", s.filters, "F, filters of the first stage; " + filters, Range{1, 4096});
  v("classes", s.classes, "outputs of the classifier; " + classes, Range{2, 1000000});
  v("input", s.input, "height x width x channels, as 32x32x3; " + input + " pixels").as("HxWxC");
  v("chart", s.chart,
    "write a picture of the published networks: accuracy against size and computation")
      .as("FILE");
  v("auxiliary_head", s.auxiliary_head, "count the auxiliary head too");
  v("accuracy", s.accuracy,
    "top-1 in % that you measured on CIFAR-10 (stack cifar) or ImageNet: a star on the chart",
    Range{0, 100});
}

/// "32x32x3". Throws InputError for any other form; graph::build() checks the numbers.
Shape parse_shape(const std::string& text) {
  Shape shape;
  char rest = 0;
  if (sscanf(text.c_str(), "%9dx%9dx%9d%c", &shape.height, &shape.width, &shape.channels, &rest) !=
      3)
    throw InputError(fmt::format("--input {}: write height x width x channels, as 32x32x3", text));
  return shape;
}

/// A shape without channels is one that the section does not have.
std::string shape_text(const Shape& shape) {
  if (shape.channels == 0) return "-";
  return fmt::format("{}x{}x{}", shape.height, shape.width, shape.channels);
}

nlohmann::json shape_json(const Shape& shape) {
  if (shape.channels == 0) return nullptr;
  return {shape.height, shape.width, shape.channels};
}

void print_json(const graph::Graph& graph, const std::vector<graph::Counts>& rows,
                const graph::Counts& total, const space::Genotype& genotype) {
  nlohmann::ordered_json result = {
      {"genotype", genotype.name},           {"stack", to_text(graph.settings.stack)},
      {"cells", graph.settings.cells},       {"filters", graph.settings.filters},
      {"classes", graph.settings.classes},   {"input", shape_json(graph.settings.input)},
      {"parameters", total.parameters},      {"statistics", total.statistics},
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
  result["published"] =
      report::comparisons_to_json(report::compare(report::published_rows(genotype)));
  fmt::print("{}\n", result.dump());
}

void print_table(const graph::Graph& graph, const std::vector<graph::Counts>& rows,
                 const graph::Counts& total, const space::Genotype& genotype) {
  // The classifier reads the last cell: its channels are the P of N @ P.
  const Shape& last = graph.sections.back().in;
  fmt::print("{} {} @ {}, {} stack, {} in, {} classes\n\n", genotype.name, graph.settings.cells,
             last.channels, to_text(graph.settings.stack), shape_text(graph.settings.input),
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
  const auto published = report::compare(report::published_rows(genotype));
  if (!published.empty()) fmt::print("\n{}", report::format_comparisons(published));
}

/// The chart of published networks, with the user's own where its accuracy is given.
void write_chart(const Describe& describe, const space::Genotype& genotype,
                 const graph::Graph& graph) {
  std::optional<report::Measured> measured;
  if (describe.accuracy) {
    const int penultimate = graph.sections.back().in.channels;
    measured = {fmt::format("{} {} @ {}", genotype.name, graph.settings.cells, penultimate),
                graph.settings.stack, graph::count(graph), *describe.accuracy};
  }
  write_file(describe.chart,
             report::draw_chart("Published networks: accuracy, computation and size",
                                report::published_panels(genotype, measured)));
}

void run(const Describe& describe, const Common& common) {
  const space::Genotype genotype = space::load_genotype(describe.genotype);
  graph::StackSettings settings = graph::stack_settings(describe.stack);
  if (describe.cells) settings.cells = *describe.cells;
  if (describe.filters) settings.filters = *describe.filters;
  if (describe.classes) settings.classes = *describe.classes;
  if (!describe.input.empty()) settings.input = parse_shape(describe.input);
  settings.auxiliary_head = describe.auxiliary_head;
  // A number that would be shown nowhere is refused, not ignored.
  if (describe.accuracy && describe.chart.empty())
    throw InputError(
        "--accuracy is shown on the chart; say with --chart FILE.svg where to write it");
  const graph::Graph graph = graph::build(genotype, settings);
  if (!describe.chart.empty()) write_chart(describe, genotype, graph);
  const std::vector<graph::Counts> rows = graph::count_sections(graph);
  const graph::Counts total = graph::count(graph, describe.auxiliary_head);
  if (common.json)
    print_json(graph, rows, total, genotype);
  else
    print_table(graph, rows, total, genotype);
  if (!describe.chart.empty() && !common.json && !common.quiet)
    fmt::print("\nchart: {}\n", describe.chart);
}

}  // namespace

void add_describe(Program& program) {
  Options& options = program.add(
      "describe", "Sizes of a genotype's network, cell by cell: shapes, parameters, multiply-adds");
  const auto describe = std::make_shared<Describe>();
  options.argument("genotype", describe->genotype, kGenotypeHelp).offers = space::genotype_names();
  options.add(*describe);
  options.example("nasnet describe nasnet-a --cells 6 --filters 32");
  options.example("nasnet describe nasnet-a --stack mobile --chart published.svg",
                  "the published networks as a chart");
  options.run([describe](const Common& common) { run(*describe, common); });
}

}  // namespace nasnet::cli
