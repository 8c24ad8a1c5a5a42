#include "nasnet/api/convert.h"

#include "nasnet/graph/build.h"
#include "nasnet/space/operation.h"

// The public headers have standard types only, so each value crosses over here by a copy, field by
// field: operations and combines as their names, which stay where enumerators may move.

namespace nasnet::api {
namespace {

/// Empty outputs take the paper's rule, as they do in JSON. `where` opens the errors.
space::Cell to_core(const Cell& cell, const std::string& where) {
  space::Cell core;
  core.inputs = cell.inputs;
  for (const Block& block : cell.blocks)
    core.blocks.push_back({.left = block.left,
                           .right = block.right,
                           .left_op = space::parse_operation(block.left_operation),
                           .right_op = space::parse_operation(block.right_operation),
                           .combine = space::parse_combine(block.combine)});
  core.outputs = cell.outputs;
  core.separate_outputs = cell.separate_outputs;
  if (core.outputs.empty()) space::take_unused_as_outputs(core, where);
  return core;
}

Cell to_public(const space::Cell& core) {
  Cell cell;
  cell.inputs = core.inputs;
  for (const space::Block& block : core.blocks)
    cell.blocks.push_back({.left = block.left,
                           .right = block.right,
                           .left_operation = std::string(space::name(block.left_op)),
                           .right_operation = std::string(space::name(block.right_op)),
                           .combine = std::string(space::name(block.combine))});
  cell.outputs = core.outputs;
  cell.separate_outputs = core.separate_outputs;
  return cell;
}

}  // namespace

space::Genotype to_core(const Genotype& genotype) {
  space::Genotype core{genotype.name, to_core(genotype.normal, "normal cell"),
                       to_core(genotype.reduction, "reduction cell")};
  space::check(core);  // whoever fills a public genotype may do so in any way
  return core;
}

Genotype to_public(const space::Genotype& genotype) {
  return {genotype.name, to_public(genotype.normal), to_public(genotype.reduction)};
}

graph::StackSettings to_core(const Stack& stack) {
  // The kind's published settings first: it has some that the public Stack does not show.
  graph::StackSettings settings =
      graph::stack_settings(parse_enum<graph::StackKind>(stack.kind, "stack"));
  settings.cells = stack.cells;
  settings.filters = stack.filters;
  settings.classes = stack.classes;
  settings.input = {stack.height, stack.width, stack.channels};
  return settings;
}

Stack to_public(const graph::StackSettings& settings) {
  return {.kind = to_text(settings.stack),
          .cells = settings.cells,
          .filters = settings.filters,
          .classes = settings.classes,
          .height = settings.input.height,
          .width = settings.input.width,
          .channels = settings.input.channels};
}

}  // namespace nasnet::api
