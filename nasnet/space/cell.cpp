#include "nasnet/space/cell.h"

#include <fmt/format.h>

#include <string>

#include "nasnet/base/error.h"

// The rules of a cell, in one place: whatever reads a genotype (JSON, the library, a search space)
// asks check(), and what is built on cells relies on it. Errors name block and state, as users
// write genotypes by hand.

namespace nasnet::space {
namespace {

/// Bound what a file can make a network of; the published cells have at most 4 inputs, 5 blocks.
constexpr int kMostInputs = 16;
constexpr int kMostBlocks = 64;

void check_state(int state, int limit, const std::string& place) {
  if (state >= 0 && state < limit) return;
  throw InputError(
      fmt::format("{} reads state {}, but only states 0 to {} exist before it; a block reads the "
                  "cell's inputs or the results of earlier blocks",
                  place, state, limit - 1));
}

}  // namespace

std::vector<int> unused_states(const Cell& cell) {
  std::vector<bool> used(cell.states(), false);
  for (const Block& block : cell.blocks) {
    used.at(block.left) = true;
    used.at(block.right) = true;
  }
  std::vector<int> unused;
  for (int state = 0; state < cell.states(); ++state) {
    if (!used[state]) unused.push_back(state);
  }
  return unused;
}

void check(const Cell& cell, const std::string& where) {
  if (cell.inputs < 1 || cell.inputs > kMostInputs)
    throw InputError(
        fmt::format("{} has {} inputs; it must have 1 to {}", where, cell.inputs, kMostInputs));
  if (cell.blocks.empty() || cell.blocks.size() > kMostBlocks)
    throw InputError(fmt::format("{} has {} blocks; it must have 1 to {}", where,
                                 cell.blocks.size(), kMostBlocks));
  for (size_t i = 0; i < cell.blocks.size(); ++i) {
    // Earlier states alone: that is what makes a cell a graph without cycles.
    const int limit = cell.inputs + static_cast<int>(i);
    check_state(cell.blocks[i].left, limit, fmt::format("{}: blocks[{}].left", where, i));
    check_state(cell.blocks[i].right, limit, fmt::format("{}: blocks[{}].right", where, i));
  }
  if (cell.outputs.empty())
    throw InputError(
        fmt::format("{} has no outputs; leave `outputs` out to take the states that "
                    "no block reads",
                    where));
  // In ascending order, so that two cells with the same outputs are equal as values.
  int previous = -1;
  for (const int state : cell.outputs) {
    if (state < 0 || state >= cell.states())
      throw InputError(fmt::format("{}: outputs name state {}, but the states are 0 to {}", where,
                                   state, cell.states() - 1));
    if (state <= previous)
      throw InputError(
          fmt::format("{}: outputs name state {} after state {}; name each once, in "
                      "ascending order",
                      where, state, previous));
    previous = state;
  }
  // Outputs become the next cell's inputs one by one (NASNet-B).
  if (cell.separate_outputs && static_cast<int>(cell.outputs.size()) != cell.inputs)
    throw InputError(
        fmt::format("{} passes on {} separate outputs but takes {} inputs; the numbers "
                    "must match",
                    where, cell.outputs.size(), cell.inputs));
}

void take_unused_as_outputs(Cell& cell, const std::string& where) {
  // The rule needs states that exist: a stand-in output lets the blocks be checked first.
  Cell blocks = cell;
  blocks.outputs = {0};
  blocks.separate_outputs = false;
  check(blocks, where);
  cell.outputs = unused_states(cell);
}

void check(const Genotype& genotype) {
  const std::string name = genotype.name.empty() ? "the genotype" : genotype.name;
  check(genotype.normal, fmt::format("normal cell of {}", name));
  check(genotype.reduction, fmt::format("reduction cell of {}", name));
  // Cells of both kinds follow each other in a stack.
  if (genotype.normal.inputs != genotype.reduction.inputs)
    throw InputError(fmt::format("the cells of {} take {} and {} inputs; the numbers must match",
                                 name, genotype.normal.inputs, genotype.reduction.inputs));
}

}  // namespace nasnet::space
