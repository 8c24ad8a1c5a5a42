#pragma once

#include <cstdint>

#include "nasnet/base/random.h"
#include "nasnet/space/search_space.h"

namespace nasnet::space {

/// A genotype of the NASNet space, each decision drawn evenly.
inline Genotype random_genotype(uint64_t seed) {
  const NasnetSpace space;
  Random random(seed, 0, "test genotypes");
  Choices choices;
  for (const Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return space.decode(choices);
}

/// A random genotype whose left operations are all this one, which random genotypes may lack.
inline Genotype genotype_with(Operation operation, uint64_t seed) {
  Genotype genotype = random_genotype(seed);
  for (Cell* cell : {&genotype.normal, &genotype.reduction})
    for (Block& block : cell->blocks) block.left_op = operation;
  return genotype;
}

}  // namespace nasnet::space
