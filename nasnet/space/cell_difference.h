#pragma once

#include "nasnet/space/draw.h"

namespace nasnet::space {

/// The parts of `cell` that `other` does not have. Blocks have no names: each is held against the
/// block of the other cell that a pairing of all blocks gives it, the one that leaves the fewest
/// parts over, whatever the order of blocks and of a block's halves. A part is a block's combine
/// method, an operation, or the edge from the state that an operation reads. All pairings are
/// tried for up to 7 blocks; of more, blocks are paired one after the other, each as well as it can
/// be, so that more than the fewest may be left over. A block without a partner differs
/// altogether.
std::vector<BlockMarks> differing_parts(const Cell& cell, const Cell& other);

/// The same of both cells.
GenotypeMarks differing_parts(const Genotype& genotype, const Genotype& other);

/// The number of parts that are marked.
int count_marks(const GenotypeMarks& marks);

}  // namespace nasnet::space
