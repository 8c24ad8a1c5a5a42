#include "nasnet/space/search_space.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/space/canonical.h"

// The NASNet space: choices to cells and back, and the canonical form by which candidates that are
// the same but for names and order are recognised. Outputs are not chosen but follow from the
// blocks (the paper's rule), so that every choice vector is a valid genotype.

namespace nasnet::space {
namespace {

/// The five steps of the paper's controller; their order is the order of the decisions.
enum Step { kLeftInput, kRightInput, kLeftOp, kRightOp, kCombine, kSteps };

constexpr const char* kStepNames[kSteps] = {"left", "right", "left_op", "right_op", "combine"};

/// The value's index in the list. Throws InputError that opens with `what` where it is not there.
template <class T>
int position(const std::vector<T>& list, T value, const std::string& what) {
  const auto found = std::find(list.begin(), list.end(), value);
  if (found == list.end())
    throw InputError(fmt::format("{} does not lie in this search space", what));
  return static_cast<int>(found - list.begin());
}

/// "h", "p", or the number of the block.
std::string state_name(int state) {
  return state == 0 ? "h" : state == 1 ? "p" : std::to_string(state - 2);
}

std::string describe_cell(const Cell& cell) {
  std::string text;
  for (size_t i = 0; i < cell.blocks.size(); ++i) {
    const Block& block = cell.blocks[i];
    text += fmt::format("{}{}={}({}({}), {}({}))", i == 0 ? "" : " ", i, name(block.combine),
                        name(block.left_op), state_name(block.left), name(block.right_op),
                        state_name(block.right));
  }
  return text;
}

/// The cell as a graph of states for canonical_text(); outputs need no mark, as they are the states
/// that nobody reads.
std::string canonical_cell(const Cell& cell, bool reduction) {
  LabelledGraph graph;
  for (int i = 0; i < cell.inputs; ++i) graph.nodes.push_back({state_name(i), {}});
  for (const Block& block : cell.blocks) {
    LabelledGraph::Node node{std::string(name(block.combine)), {}};
    for (const auto& [state, operation] :
         {std::pair(block.left, block.left_op), std::pair(block.right, block.right_op)}) {
      const bool input = state < cell.inputs;
      // Where a cell's network changes the width, or halves the size, an identity is a 1x1
      // convolution.
      const bool wide = !input && cell.blocks[state - cell.inputs].combine == Combine::kConcat;
      const bool dense = operation == Operation::kIdentity && (wide || (input && reduction));
      node.reads.push_back({state, std::string(name(dense ? Operation::kConv1x1 : operation))});
    }
    graph.nodes.push_back(std::move(node));
  }
  return canonical_text(graph);
}

/// Twice the same would be twice as probable, and no error that anyone sees.
template <class T>
void demand_distinct(const std::vector<T>& list, const char* what) {
  for (auto it = list.begin(); it != list.end(); ++it)
    if (std::find(list.begin(), it, *it) != it)
      throw InputError(
          fmt::format("the search space names {} '{}' twice; once is enough", what, name(*it)));
}

/// Named one by one, so that the compiler points here when a family is added.
bool has_weights(OperationFamily family) {
  switch (family) {
    case OperationFamily::kIdentity:
    case OperationFamily::kAvgPool:
    case OperationFamily::kMaxPool:
      return false;
    case OperationFamily::kConv:
    case OperationFamily::kConvPair:
    case OperationFamily::kSeparable:
    case OperationFamily::kDilatedSeparable:
      return true;
  }
  return true;
}

}  // namespace

void SearchSpace::check(const Choices& choices) const {
  if (choices.size() != decisions().size())
    throw InputError(fmt::format("{} choices were given, the {} space has {} decisions",
                                 choices.size(), name(), decisions().size()));
  for (size_t i = 0; i < choices.size(); ++i) {
    const Decision& decision = decisions()[i];
    if (choices[i] < 0 || choices[i] >= decision.choices)
      throw InputError(fmt::format("choice {} of decision {} is out of range; it must be 0 to {}",
                                   choices[i], decision.name, decision.choices - 1));
  }
}

std::string SearchSpace::describe(const Choices& choices) const {
  check(choices);
  std::string text;
  for (size_t i = 0; i < choices.size(); ++i)
    text += fmt::format("{}{}={}", i == 0 ? "" : " ", decisions()[i].name, choices[i]);
  return text;
}

std::string SearchSpace::choice_name(size_t, int choice) const {
  return std::to_string(choice);
}

std::string SearchSpace::canonical(const Choices& choices) const {
  check(choices);
  // Nothing is known of the space: only equal choices are the same candidate.
  return fmt::format("{}", fmt::join(choices, ","));
}

std::optional<double> SearchSpace::weightless_share(const Choices& choices) const {
  const std::optional<Genotype> cells = genotype(choices);
  if (!cells) return std::nullopt;
  double all = 0, without = 0;
  for (const Cell* cell : {&cells->normal, &cells->reduction})
    for (const Block& block : cell->blocks)
      for (const Operation operation : {block.left_op, block.right_op}) {
        all += 1;
        without += !has_weights(info(operation).family);
      }
  return all > 0 ? without / all : 0;
}

NasnetSpace::NasnetSpace() : NasnetSpace(Settings{}) {}

NasnetSpace::NasnetSpace(Settings settings) : settings_(std::move(settings)) {
  if (settings_.blocks < 1 || settings_.blocks > 64)
    throw InputError(fmt::format("a cell of {} blocks; it must be 1 to 64", settings_.blocks));
  if (settings_.operations.empty())
    throw InputError("the search space needs at least one operation");
  if (settings_.combines.empty())
    throw InputError("the search space needs at least one combine method");
  demand_distinct(settings_.operations, "operation");
  demand_distinct(settings_.combines, "combine method");
  const auto operations = static_cast<int>(settings_.operations.size());
  const auto combines = static_cast<int>(settings_.combines.size());
  for (const char* cell : {"normal", "reduction"}) {
    for (int block = 0; block < settings_.blocks; ++block) {
      // Two inputs and the blocks before this one.
      const int states = block + 2;
      const int choices[kSteps] = {states, states, operations, operations, combines};
      for (int step = 0; step < kSteps; ++step)
        decisions_.push_back(
            {fmt::format("{}.{}.{}", cell, block, kStepNames[step]), step, choices[step]});
    }
  }
}

Genotype NasnetSpace::decode(const Choices& choices) const {
  check(choices);
  auto next = choices.begin();
  const auto cell = [&] {
    Cell cell;
    for (int i = 0; i < settings_.blocks; ++i, next += kSteps)
      cell.blocks.push_back(
          {next[kLeftInput], next[kRightInput], settings_.operations[next[kLeftOp]],
           settings_.operations[next[kRightOp]], settings_.combines[next[kCombine]]});
    cell.outputs = unused_states(cell);
    return cell;
  };
  Genotype genotype;
  genotype.normal = cell();
  genotype.reduction = cell();
  NASNET_CHECK(next == choices.end(), "each choice has its place in a cell");
  return genotype;
}

std::string NasnetSpace::describe(const Choices& choices) const {
  const Genotype genotype = decode(choices);
  return fmt::format("normal: {}; reduction: {}", describe_cell(genotype.normal),
                     describe_cell(genotype.reduction));
}

std::string NasnetSpace::choice_name(size_t decision, int choice) const {
  const Decision& one = decisions_.at(decision);
  NASNET_CHECK(choice >= 0 && choice < one.choices, "a choice of the decision");
  switch (one.kind) {
    case kLeftInput:
    case kRightInput:
      return state_name(choice);
    case kCombine:
      return std::string(label(settings_.combines[choice]));
    default:
      return std::string(info(settings_.operations[choice]).label);
  }
}

std::string NasnetSpace::canonical(const Choices& choices) const {
  const Genotype genotype = decode(choices);
  return canonical_cell(genotype.normal, false) + "; " + canonical_cell(genotype.reduction, true);
}

Choices NasnetSpace::encode(const Genotype& genotype) const {
  space::check(genotype);
  Choices choices;
  for (const Cell* cell : {&genotype.normal, &genotype.reduction}) {
    const bool same_form = cell->inputs == 2 && !cell->separate_outputs &&
                           static_cast<int>(cell->blocks.size()) == settings_.blocks &&
                           cell->outputs == unused_states(*cell);
    if (!same_form)
      throw InputError(fmt::format(
          "genotype '{}' does not lie in this search space: it needs two inputs, {} blocks a cell, "
          "and the states that no block reads as outputs",
          genotype.name, settings_.blocks));
    for (const Block& block : cell->blocks) {
      choices.push_back(block.left);
      choices.push_back(block.right);
      for (const Operation operation : {block.left_op, block.right_op})
        choices.push_back(position(settings_.operations, operation,
                                   fmt::format("operation {}", space::name(operation))));
      choices.push_back(position(settings_.combines, block.combine,
                                 fmt::format("combine method {}", space::name(block.combine))));
    }
  }
  return choices;
}

}  // namespace nasnet::space
