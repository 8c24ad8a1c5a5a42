#include "nasnet/space/search_space.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::space {
namespace {

/// The number of choice vectors of the first `count` decisions.
unsigned __int128 product(const NasnetSpace& space, size_t count) {
  unsigned __int128 all = 1;
  for (size_t i = 0; i < count; ++i)
    all *= static_cast<unsigned __int128>(space.decisions()[i].choices);
  return all;
}

TEST(NasnetSpace, SizesOfThePaper) {
  const NasnetSpace space;
  ASSERT_EQ(space.decisions().size(), 50u);
  const int64_t blocks[] = {1352, 3042, 5408, 8450, 12168};
  for (size_t b = 0; b < 5; ++b) {
    int64_t choices = 1;
    for (size_t i = 5 * b; i < 5 * b + 5; ++i) choices *= space.decisions()[i].choices;
    EXPECT_EQ(choices, blocks[b]);
  }
  EXPECT_TRUE(product(space, 25) == 2286906949584691200u);
  const NasnetSpace add_only({5, paper_operations(), {Combine::kAdd}});
  EXPECT_TRUE(product(add_only, 25) == 71465842174521600u);
  EXPECT_NEAR(static_cast<double>(product(space, 50)), 5.23e36, 0.005e36);
  EXPECT_NEAR(static_cast<double>(product(add_only, 50)), 5.11e33, 0.005e33);
}

TEST(NasnetSpace, DecisionsAreNamedInTheControllersOrder) {
  const NasnetSpace space;
  EXPECT_EQ(space.decisions()[0].name, "normal.0.left");
  EXPECT_EQ(space.decisions()[3].name, "normal.0.right_op");
  EXPECT_EQ(space.decisions()[29].name, "reduction.0.combine");
  EXPECT_EQ(space.decisions()[21].choices, 6);
}

RC_GTEST_PROP(NasnetSpace, EncodeIsTheInverseOfDecode, ()) {
  NasnetSpace::Settings settings;
  settings.blocks = *rc::gen::inRange(1, 9);
  settings.operations = *rc::gen::suchThat(
      rc::gen::unique<std::vector<Operation>>(rc::gen::map(
          rc::gen::inRange(0, kOperationCount), [](int i) { return static_cast<Operation>(i); })),
      [](const auto& list) { return !list.empty(); });
  settings.combines = {Combine::kConcat};
  if (*rc::gen::arbitrary<bool>()) settings.combines.push_back(Combine::kLayerNormAdd);
  const NasnetSpace space(settings);
  Choices choices;
  for (const Decision& decision : space.decisions())
    choices.push_back(*rc::gen::inRange(0, decision.choices));
  const Genotype genotype = space.decode(choices);
  check(genotype);
  RC_ASSERT(space.encode(genotype) == choices);
}

TEST(NasnetSpace, RefusesWhatLiesOutside) {
  const NasnetSpace space;
  Choices choices(50, 0);
  EXPECT_NO_THROW(space.decode(choices));
  choices[0] = 2;
  EXPECT_THROW(space.decode(choices), InputError);
  choices[0] = -1;
  EXPECT_THROW(space.decode(choices), InputError);
  EXPECT_THROW(space.decode(Choices(49, 0)), InputError);
  // The released NASNet-A keeps outputs that the rule drops; AmoebaNet-B has other operations.
  EXPECT_THROW(space.encode(named_genotype("nasnet-a")), InputError);
  EXPECT_NO_THROW(space.encode(named_genotype("nasnet-a-paper")));
  EXPECT_THROW(space.encode(named_genotype("nasnet-b")), InputError);
  EXPECT_THROW(space.encode(named_genotype("amoebanet-b")), InputError);
  EXPECT_THROW(NasnetSpace({0, paper_operations(), {Combine::kAdd}}), InputError);
  EXPECT_THROW(NasnetSpace({5, {}, {Combine::kAdd}}), InputError);
  EXPECT_THROW(NasnetSpace({5, paper_operations(), {}}), InputError);
  EXPECT_THROW(NasnetSpace({5, {Operation::kConv3x3, Operation::kConv3x3}, {Combine::kAdd}}),
               InputError);
  EXPECT_THROW(NasnetSpace({5, paper_operations(), {Combine::kAdd, Combine::kAdd}}), InputError);
}

}  // namespace
}  // namespace nasnet::space
