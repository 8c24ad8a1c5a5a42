#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/search_space.h"

namespace nasnet::graph {
namespace {

/// Canonical texts against networks, for identities that are built as convolutions: where one
/// operation is exchanged for conv_1x1, texts agree exactly where sizes do.
RC_GTEST_PROP(Canonical, AgreesWithTheNetworksOnIdentities, (uint64_t seed)) {
  const space::NasnetSpace space;
  Random random(seed, 0, "choices");
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  const auto block = static_cast<size_t>(*rc::gen::inRange(0, 10));
  const size_t half = 2 + static_cast<size_t>(*rc::gen::inRange(0, 2));
  choices[5 * block + half] = static_cast<int>(space::Operation::kIdentity);
  space::Choices other = choices;
  other[5 * block + half] = static_cast<int>(space::Operation::kConv1x1);
  const auto size = [&](const space::Choices& c) {
    return count(build(space.decode(c), {StackKind::kCifar, 2, 12, 10, {32, 32, 3}, false}));
  };
  const Counts a = size(choices), b = size(other);
  const bool same = a.parameters == b.parameters && a.multiply_adds == b.multiply_adds;
  RC_ASSERT((space.canonical(choices) == space.canonical(other)) == same);
}

}  // namespace
}  // namespace nasnet::graph
