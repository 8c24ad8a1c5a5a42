#include "nasnet/space/cell_difference.h"

#include <gtest/gtest.h>

#include "nasnet/space/genotypes.h"

namespace nasnet::space {
namespace {

constexpr auto kSep3 = Operation::kSepConv3x3, kSep5 = Operation::kSepConv5x5,
               kPool = Operation::kAvgPool3x3, kSkip = Operation::kIdentity;

Cell cell_of(std::vector<Block> blocks) {
  Cell cell;
  cell.blocks = std::move(blocks);
  cell.outputs = unused_states(cell);
  return cell;
}

const Cell kCell = cell_of({{0, 1, kSep3, kPool}, {2, 0, kSep5, kSkip}, {3, 2, kSkip, kSep3}});

TEST(CellDifference, IsNothingBetweenACellAndItself) {
  EXPECT_EQ(differing_parts(kCell, kCell), std::vector<BlockMarks>(3));
  const Genotype nasnet = named_genotype("nasnet-a");
  EXPECT_EQ(count_marks(differing_parts(nasnet, nasnet)), 0);
}

TEST(CellDifference, NamesEachPartThatIsAnother) {
  Cell other = kCell;
  other.blocks[1].left_op = kSep3;
  other.blocks[2].right = 0;
  other.blocks[0].combine = Combine::kConcat;
  std::vector<BlockMarks> expected(3);
  expected[1].left_op = expected[2].right = expected[0].combine = true;
  EXPECT_EQ(differing_parts(kCell, other), expected);
  EXPECT_EQ(differing_parts(other, kCell), expected);
}

TEST(CellDifference, OrderOfBlocksAndOfHalvesIsNone) {
  const Cell swapped = cell_of({{1, 0, kPool, kSep3}, {0, 2, kSkip, kSep5}, {2, 3, kSep3, kSkip}});
  EXPECT_EQ(differing_parts(kCell, swapped), std::vector<BlockMarks>(3));
  const Cell a = cell_of({{0, 1, kSep3, kPool}, {1, 1, kSep5, kSep5}, {2, 3, kSkip, kPool}});
  const Cell b = cell_of({{1, 1, kSep5, kSep5}, {0, 1, kSep3, kPool}, {3, 2, kSkip, kPool}});
  EXPECT_EQ(differing_parts(a, b), std::vector<BlockMarks>(3));
}

TEST(CellDifference, BlocksWithoutAPartnerDifferAltogether) {
  const Cell shorter = cell_of({{2 - 2, 1, kSep3, kPool}, {2, 0, kSep5, kSkip}});
  const BlockMarks all = {true, true, true, true, true};
  const std::vector<BlockMarks> marks = differing_parts(kCell, shorter);
  EXPECT_EQ(marks[0], BlockMarks());
  EXPECT_EQ(marks[1], BlockMarks());
  EXPECT_EQ(marks[2], all);
  EXPECT_EQ(differing_parts(shorter, kCell), std::vector<BlockMarks>(2));
}

TEST(CellDifference, OfManyBlocksIsFoundWithoutTryingAll) {
  std::vector<Block> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back({i, i + 1, kSep3, kPool});
  Cell a = cell_of(blocks);
  Cell b = a;
  b.blocks[19].right_op = kSep5;
  std::vector<BlockMarks> expected(20);
  expected[19].right_op = true;
  EXPECT_EQ(differing_parts(a, b), expected);
}

TEST(CellDifference, IsMarkedInTheDrawing) {
  Genotype genotype = {"", kCell, kCell}, other = genotype;
  other.normal.blocks[1].left_op = kSep3;
  other.reduction.blocks[1].right = 1;
  const std::string plain = draw_dot(genotype);
  EXPECT_EQ(plain.find("penwidth"), std::string::npos);
  const std::string marked = draw_dot(genotype, differing_parts(genotype, other));
  EXPECT_NE(marked.find("n_l3 [label=\"sep 5x5\" fillcolor=\"#ffe0a3\" color=\"#c2185b\" penwidth"),
            std::string::npos)
      << marked;
  EXPECT_NE(marked.find("r_s0 -> r_r3 [color=\"#c2185b\""), std::string::npos) << marked;
}

}  // namespace
}  // namespace nasnet::space
