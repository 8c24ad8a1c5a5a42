#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/describe_detector.h"
#include "cli/describe_model.h"
#include "cli/program.h"
#include "cli/section_table.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/report/compare.h"
#include "nasnet/report/published_chart.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/model_folder.h"

// `nasnet describe`: builds the network's graph, counts it section by section, and sets the
// published numbers beside it. No weights are made: the largest network needs no memory for them.
// Detectors and models have files of their own (describe_detector.cpp, describe_model.cpp).

namespace nasnet::cli {
namespace {

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
  v("stack", s.stack,
    "network that the cells are stacked to: for small images (cifar), or a published one for "
    "ImageNet");
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

void print_json(const graph::Graph& graph, const graph::Counts& total,
                const space::Genotype& genotype) {
  nlohmann::ordered_json result = {
      {"genotype", genotype.name},         {"stack", to_text(graph.settings.stack)},
      {"cells", graph.settings.cells},     {"filters", graph.settings.filters},
      {"classes", graph.settings.classes}, {"input", shape_to_json(graph.settings.input)}};
  result.update(counts_to_json(total));
  for (const SectionRow& row : section_rows(graph)) result["rows"].push_back(row_to_json(row));
  result["published"] =
      report::comparisons_to_json(report::compare(report::published_rows(genotype)));
  fmt::print("{}\n", result.dump());
}

void print_table(const graph::Graph& graph, const graph::Counts& total,
                 const space::Genotype& genotype) {
  // The classifier reads the last cell: its channels are the P of N @ P.
  const graph::Shape& last = graph.sections.back().in;
  fmt::print("{} {} @ {}, {} stack, {} in, {} classes\n\n", genotype.name, graph.settings.cells,
             last.channels, to_text(graph.settings.stack), shape_text(graph.settings.input),
             graph.settings.classes);
  print_columns();
  for (const SectionRow& row : section_rows(graph)) print_row(row);
  print_sum("total", total);
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

void describe_network(const Describe& describe, const Common& common) {
  const space::Genotype genotype = space::load_genotype(describe.genotype);
  graph::StackSettings settings = graph::stack_settings(describe.stack);
  if (describe.cells) settings.cells = *describe.cells;
  if (describe.filters) settings.filters = *describe.filters;
  if (describe.classes) settings.classes = *describe.classes;
  if (!describe.input.empty()) settings.input = parse_shape(describe.input);
  settings.auxiliary_head = describe.auxiliary_head;
  // A number that would be shown nowhere is refused, not ignored.
  if (describe.accuracy && describe.chart.empty())
    throw InputError("--accuracy is a star on the chart; name its file with --chart FILE.svg");
  const graph::Graph graph = graph::build(genotype, settings);
  if (!describe.chart.empty()) write_chart(describe, genotype, graph);
  const graph::Counts total = graph::count(graph, describe.auxiliary_head);
  if (common.json)
    print_json(graph, total, genotype);
  else
    print_table(graph, total, genotype);
  if (!describe.chart.empty() && !common.json && !common.quiet)
    fmt::print("\nchart: {}\n", describe.chart);
}

void run(const Options& options, Describe& describe, DescribeDetector& detector,
         const Common& common) {
  const std::vector<std::string> names = space::genotype_names();
  // A known name wins over a folder, as over a file: ./NAME reaches that.
  if (std::ranges::find(names, describe.genotype) == names.end() &&
      train::is_model(describe.genotype)) {
    options.take_only({}, fmt::format("is for genotypes, and {} is a model; leave it out",
                                      printable(describe.genotype)));
    return describe_model(describe.genotype, common.json);
  }
  if (detector.kind) {
    options.take_only(names_of_settings(detector),
                      "is for classifiers; leave out it or --detector");
    return describe_detector(describe.genotype, detector, common.json);
  }
  options.take_only(names_of_settings(describe),
                    "is for detectors; add --detector, or leave it out");
  describe_network(describe, common);
}

}  // namespace

void add_describe(Program& program) {
  Options& options = program.add(
      "describe",
      "Sizes of a genotype's network or detector, part by part; or what a model's folder holds");
  const auto describe = std::make_shared<Describe>();
  const auto detector = std::make_shared<DescribeDetector>();
  options
      .argument("genotype", describe->genotype,
                std::string(kGenotypeHelp) + ", or the folder of a model")
      .offers = space::genotype_names();
  options.add(*describe);
  options.add(*detector);
  options.example("nasnet describe nasnet-a --cells 6 --filters 32");
  options.example("nasnet describe nasnet-a --stack mobile --chart published.svg",
                  "the published networks as a chart");
  options.example("nasnet describe nasnet-a --detector paper --stack large",
                  "the paper's detector: trunk, proposals, and the tail for each of them");
  options.example("nasnet describe my-model");
  options.run([describe, detector, &options](const Common& common) {
    run(options, *describe, *detector, common);
  });
}

}  // namespace nasnet::cli
