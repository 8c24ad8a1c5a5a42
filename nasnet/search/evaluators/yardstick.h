#pragma once

#include "nasnet/search/evaluators/evaluator.h"

namespace nasnet::search {

// Trials of kYardstickArm train a network that somebody designed by hand, by the study's recipe.
// Its cells need not lie in the study's space: the trial's choices are the cells themselves.

/// The cells as numbers, for each cell: inputs, whether outputs are separate, the number of blocks,
/// each block's left and right state, left and right operation and combination (as the enumerations
/// number them, which only grow), the number of outputs, and the outputs.
space::Choices yardstick_choices(const space::Genotype& genotype);

/// The inverse, without a name. Throws InputError for numbers that are no cells.
space::Genotype yardstick_genotype(const space::Choices& choices);

/// The cells that the trial of an arm stands for; the space must have genotypes.
space::Genotype cells_of(const space::SearchSpace& space, const std::string& arm,
                         const space::Choices& choices);

}  // namespace nasnet::search
