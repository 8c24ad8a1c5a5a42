#include "nasnet/space/genotypes.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/space/json.h"

namespace nasnet::space {
namespace {

TEST(Genotypes, AllAreWell) {
  const std::vector<std::string> names = genotype_names();
  EXPECT_EQ(names.size(), 11u);
  for (const std::string& name : names) {
    const Genotype genotype = named_genotype(name);
    EXPECT_EQ(genotype.name, name);
    EXPECT_NO_THROW(check(genotype)) << name;
    EXPECT_EQ(load_genotype(name), genotype);
  }
}

/// Flags of the released code: 1 for a state that is not in the concatenation.
std::vector<int> outputs_of_flags(const std::vector<int>& used) {
  std::vector<int> outputs;
  for (size_t state = 0; state < used.size(); ++state)
    if (used[state] == 0) outputs.push_back(static_cast<int>(state));
  return outputs;
}

TEST(Genotypes, OutputsAsReleased) {
  const auto expect = [](const char* name, const std::vector<int>& normal,
                         const std::vector<int>& reduction) {
    EXPECT_EQ(named_genotype(name).normal.outputs, outputs_of_flags(normal)) << name;
    EXPECT_EQ(named_genotype(name).reduction.outputs, outputs_of_flags(reduction)) << name;
  };
  expect("nasnet-a", {1, 0, 0, 0, 0, 0, 0}, {1, 1, 1, 0, 0, 0, 0});
  expect("amoebanet-a", {1, 0, 1, 0, 0, 1, 0}, {1, 1, 0, 0, 0, 0, 0});
  expect("amoebanet-b", {0, 1, 1, 0, 0, 1, 0}, {1, 1, 1, 1, 1, 0, 0});
  expect("amoebanet-c", {1, 0, 0, 1, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0});
  expect("amoebanet-d", {0, 1, 1, 0, 0, 1, 0}, {1, 1, 1, 1, 0, 0, 0});
  expect("pnasnet-5", {1, 1, 0, 0, 0, 0, 0}, {1, 1, 0, 0, 0, 0, 0});
  expect("darts-v2", {1, 1, 0, 0, 0, 0}, {1, 1, 0, 0, 0, 0});
}

TEST(Genotypes, ThePapersRuleGivesThePapersFigures) {
  EXPECT_EQ(named_genotype("nasnet-a-paper").normal.outputs, (std::vector<int>{2, 3, 4, 5, 6}));
  EXPECT_EQ(named_genotype("nasnet-a-paper").reduction.outputs, (std::vector<int>{4, 5, 6}));
  const Cell c = named_genotype("nasnet-c").normal;
  EXPECT_EQ(unused_states(c), (std::vector<int>{2, 3, 4, 5}));
  const Genotype b = named_genotype("nasnet-b");
  EXPECT_TRUE(b.normal.separate_outputs);
  EXPECT_EQ(b.normal.inputs, 4);
  EXPECT_EQ(b.reduction.blocks[3].right, 4) << "output 3 reads output 0";
}

TEST(Genotypes, ChecksNameBlockAndState) {
  Genotype genotype = named_genotype("nasnet-a");
  genotype.normal.blocks[2].right = 4;  // itself: a cycle
  try {
    check(genotype);
    FAIL();
  } catch (const InputError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("normal cell of nasnet-a: blocks[2].right reads state 4"),
              std::string::npos)
        << message;
  }
  genotype = named_genotype("nasnet-a");
  genotype.reduction.outputs = {3, 3};
  EXPECT_THROW(check(genotype), InputError);
  genotype.reduction.outputs = {7};
  EXPECT_THROW(check(genotype), InputError);
  genotype.reduction.outputs = {};
  EXPECT_THROW(check(genotype), InputError);
  genotype.reduction.blocks.clear();
  EXPECT_THROW(check(genotype), InputError);
}

TEST(Genotypes, UnknownNamesGetTheNearest) {
  try {
    load_genotype("amobanet-a");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'amoebanet-a'?"), std::string::npos);
  }
}

}  // namespace
}  // namespace nasnet::space
