#include "cli/describe_detector.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/section_table.h"
#include "nasnet/base/text.h"
#include "nasnet/space/genotypes.h"

// `nasnet describe --detector`: counts of a detector's two networks. No values are made.

namespace nasnet::cli {
namespace {

using detect::DetectorDesign;
using nlohmann::ordered_json;

constexpr int kReleasedClasses = 90;  // of TensorFlow's detectors on COCO

/// Rows that belong together.
struct Part {
  std::string name;
  std::vector<SectionRow> rows;

  graph::Counts sum() const {
    graph::Counts sum;
    for (const SectionRow& row : rows) sum += row.counts;
    return sum;
  }
};

/// A detector as it is described.
struct Description {
  std::string genotype;
  DetectorDesign design;
  graph::Shape input;
  int classes = 0;
  std::vector<Part> image;     ///< once an image
  std::vector<Part> proposal;  ///< once a proposal
  graph::Shape crop;           ///< that the second stage reads

  graph::Counts total() const {
    graph::Counts total;
    for (const Part& part : image) total += part.sum();
    for (const Part& part : proposal) {
      graph::Counts sum = part.sum();
      sum.multiply_adds *= design.proposals;
      total += sum;
    }
    return total;
  }
  int64_t crop_bytes() const {
    return int64_t{4} * design.proposals * crop.height * crop.width * crop.channels;
  }
};

DetectorDesign design_of(const DescribeDetector& request) {
  const bool is_paper = request.kind == DetectorKind::kPaper;
  DetectorDesign design = is_paper ? detect::paper_design() : DetectorDesign();
  const graph::StackSettings stack = graph::stack_settings(request.stack);
  design.stack = request.stack;
  design.cells = request.cells.value_or(stack.cells);
  design.filters = request.filters.value_or(stack.filters);
  if (!is_paper)
    design.neck =
        request.kind == DetectorKind::kSingle ? detect::Neck::kSingle : detect::Neck::kPyramid;
  design.proposals = request.proposals.value_or(design.proposals);
  design.pyramid_channels = request.pyramid_channels;
  design.finest_stride = request.finest_stride;
  design.head_width = request.head_width;
  detect::check_strides(design);
  return design;
}

graph::Shape input_of(const DescribeDetector& request, const DetectorDesign& design) {
  graph::Shape input = {480, 640, 3};
  if (design.head == detect::Head::kPaper) {
    // The released detector's, and the paper's for its mobile network.
    const bool is_large = request.stack == graph::StackKind::kLarge ||
                          request.stack == graph::StackKind::kPnasnetLarge;
    input = is_large ? graph::Shape{1200, 1200, 3} : graph::Shape{600, 600, 3};
  }
  if (!request.input.empty()) input = parse_shape(request.input);
  // A pyramid's levels halve one another: the canvas that holds the picture.
  if (request.kind == DetectorKind::kPyramid) {
    const data::ImageSize canvas = detect::canvas_of({input.height, input.width});
    input = {canvas.height, canvas.width, input.channels};
  }
  return input;
}

/// The proposal heads' hidden layer, and all other operators of their section.
std::vector<SectionRow> proposal_rows(const graph::Graph& graph, const SectionRow& section) {
  SectionRow tower{{"3x3 convolution", section.section.in, {}, {}}, {}};
  SectionRow others{{"scores and codes", {}, {}, section.section.out}, section.counts};
  for (const graph::Operator& op : graph.operators) {
    if (op.parameter_count == 0 ||
        !graph.parameters[op.first_parameter].name.starts_with(detect::kProposalTower))
      continue;
    tower.counts.multiply_adds += op.multiply_adds(graph.operators);
    // The finest level's comes first.
    if (tower.section.out.channels == 0) tower.section.out = op.output;
  }
  for (const graph::Parameter& parameter : graph.parameters)
    if (parameter.name.starts_with(detect::kProposalTower))
      tower.counts.parameters += parameter.elements();
  others.counts.parameters -= tower.counts.parameters;
  others.counts.multiply_adds -= tower.counts.multiply_adds;
  others.section.in = tower.section.out;
  return {tower, others};
}

std::vector<Part> image_parts(const graph::Graph& dense) {
  Part trunk{"trunk", {}}, maps{"maps", {}}, proposals{"proposals", {}};
  for (const SectionRow& row : section_rows(dense)) {
    if (row.section.name == detect::kProposalsSection)
      proposals.rows = proposal_rows(dense, row);
    else if (row.section.name == detect::kMapsSection)
      maps.rows.push_back(row);
    else if (row.counts != graph::Counts())  // of the classifier's last one only a ReLU is left
      trunk.rows.push_back(row);
  }
  return {trunk, maps, proposals};
}

std::vector<Part> proposal_parts(const detect::HeadGraph& head) {
  Part tail{"tail", {}}, layers{"box head", {}};
  for (SectionRow row : section_rows(head.graph)) {
    // Hidden layers work on many regions as on one image, a pixel each.
    row.counts.multiply_adds /= head.rows;
    row.section.in.width /= head.rows;
    row.section.out.width /= head.rows;
    (row.section.name == layers.name ? layers : tail).rows.push_back(row);
  }
  if (tail.rows.empty()) return {layers};
  return {tail, layers};
}

Description describe(const std::string& genotype_name, const DescribeDetector& request) {
  const space::Genotype genotype = space::load_genotype(genotype_name);
  Description all{.genotype = genotype.name, .design = design_of(request)};
  all.input = input_of(request, all.design);
  all.classes = request.classes.value_or(kReleasedClasses);
  const detect::DetectorGraphs graphs = detect::make_graphs(
      genotype, all.design, graph::Pooling::kSlim, all.classes, detect::BatchNorm::kLearned);
  all.image = image_parts(graphs.dense(all.input).graph);
  all.proposal = proposal_parts(graphs.head);
  all.crop = graphs.head.graph.settings.input;
  all.crop.width /= graphs.head.rows;
  return all;
}

ordered_json parts_to_json(const std::vector<Part>& parts) {
  ordered_json list = ordered_json::array();
  for (const Part& part : parts) {
    ordered_json object = {{"name", part.name}};
    object.update(counts_to_json(part.sum()));
    for (const SectionRow& row : part.rows) object["rows"].push_back(row_to_json(row));
    list.push_back(object);
  }
  return list;
}

void print_json(const Description& all, const DescribeDetector& request) {
  ordered_json result = {{"genotype", all.genotype},           {"detector", to_text(*request.kind)},
                         {"stack", to_text(all.design.stack)}, {"cells", all.design.cells},
                         {"filters", all.design.filters},      {"classes", all.classes},
                         {"input", shape_to_json(all.input)},  {"proposals", all.design.proposals}};
  result.update(counts_to_json(all.total()));
  result.update({{"crop_bytes", all.crop_bytes()},
                 {"image", parts_to_json(all.image)},
                 {"proposal", parts_to_json(all.proposal)}});
  fmt::print("{}\n", result.dump());
}

/// A part of one row needs no sum.
void print_parts(const std::vector<Part>& parts) {
  for (const Part& part : parts) {
    for (const SectionRow& row : part.rows) print_row(row);
    if (part.rows.size() > 1) print_sum("= " + part.name, part.sum());
  }
}

void print_table(const Description& all, const DescribeDetector& request) {
  fmt::print("{} as a detector ({}), {} stack, N = {}, F = {}, {} in, {} classes\n\n", all.genotype,
             to_text(*request.kind), to_text(all.design.stack), all.design.cells,
             all.design.filters, shape_text(all.input), all.classes);
  print_columns();
  print_parts(all.image);
  fmt::print("\neach proposal\n");
  print_parts(all.proposal);
  fmt::print("\n");
  print_sum(fmt::format("with {} of them", all.design.proposals), all.total());
  fmt::print("\n{} crops of {} take {} in float32\n", all.design.proposals, shape_text(all.crop),
             format_bytes(all.crop_bytes()));
}

}  // namespace

void describe_detector(const std::string& genotype, const DescribeDetector& request, bool json) {
  const Description all = describe(genotype, request);
  if (json)
    print_json(all, request);
  else
    print_table(all, request);
}

}  // namespace nasnet::cli
