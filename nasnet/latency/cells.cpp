#include "nasnet/latency/cells.h"

#include <fmt/format.h>

#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"

namespace nasnet::latency {
namespace {

void demand_genotypes(const space::SearchSpace& space) {
  if (space.decisions().empty() || !space.has_genotypes())
    throw InputError(fmt::format(
        "--space {}: its candidates are looked up, and make no network that could be measured",
        space.name()));
}

space::Choices draw(const space::SearchSpace& space, uint64_t seed, uint64_t number) {
  Random random(seed, number, "latency cells");
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return choices;
}

}  // namespace

std::vector<MeasuredCell> draw_cells(const space::SearchSpace& space, uint64_t seed, int candidates,
                                     int held_out) {
  demand_genotypes(space);
  const int count = candidates + held_out;
  std::vector<MeasuredCell> cells;
  std::set<std::string> known;
  const uint64_t kDraws = 1000 * static_cast<uint64_t>(count);
  for (uint64_t number = 0; std::ssize(cells) < count; ++number) {
    if (number == kDraws)
      throw InputError(
          fmt::format("the space has too few cells: {} different ones were found, of {} wanted; "
                      "lower --candidates or --held-out",
                      cells.size(), count));
    space::Choices choices = draw(space, seed, number);
    if (!known.insert(space.canonical(choices)).second) continue;
    const auto index = std::ssize(cells);
    cells.push_back({.name = fmt::format("cell-{:03}", index + 1),
                     .choices = std::move(choices),
                     .held_out = index >= candidates});
  }
  return cells;
}

graph::Graph network_of(const space::SearchSpace& space, const space::Choices& choices,
                        const graph::StackSettings& stack) {
  demand_genotypes(space);
  space.check(choices);
  return graph::build(*space.genotype(choices), stack);
}

}  // namespace nasnet::latency
