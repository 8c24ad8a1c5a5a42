#include <gtest/gtest.h>
#include <nasnet/error.h>
#include <nasnet/genotype.h>
#include <nasnet/network.h>

namespace nasnet {
namespace {

/// Expects an InputError whose message holds `part`.
template <class Work>
void expect_refused(const Work& work, const std::string& part) {
  try {
    work();
    ADD_FAILURE() << "nothing was thrown; expected: " << part;
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

Genotype own_cells() {
  const Cell cell = {.blocks = {{.left = 0,
                                 .right = 1,
                                 .left_operation = "sep_conv_3x3",
                                 .right_operation = "max_pool_3x3"},
                                {.left = 2, .right = 0, .combine = "concat"}}};
  return {"mine", cell, cell};
}

TEST(Genotype, AllPublishedOnesComeBackFromTheirText) {
  ASSERT_EQ(genotype_names().size(), 11u);
  EXPECT_EQ(genotype_names()[0], "nasnet-a");
  for (const std::string& name : genotype_names()) {
    const Genotype genotype = load_genotype(name);
    EXPECT_EQ(genotype.name, name);
    EXPECT_EQ(parse_genotype(format_genotype(genotype)), genotype) << name;
  }
}

TEST(Genotype, ReadsAsThePaperHasIt) {
  const Block first = load_genotype("nasnet-a").normal.blocks[0];
  EXPECT_EQ(first, (Block{0, 1, "sep_conv_5x5", "sep_conv_3x3", "add"}));
}

TEST(Genotype, OutputsThatAreNotGivenAreTheStatesThatNoBlockReads) {
  const Genotype read = parse_genotype(format_genotype(own_cells()));
  EXPECT_EQ(read.normal.outputs, (std::vector<int>{1 + 2}));
  EXPECT_EQ(read.normal.blocks, own_cells().normal.blocks);
  EXPECT_EQ(read.name, "mine");
}

TEST(Genotype, OperationsAreKnownByName) {
  EXPECT_EQ(operation_names().size(), 16u);
  EXPECT_EQ(operation_names()[0], "identity");
  EXPECT_EQ(combine_names(),
            (std::vector<std::string>{"add", "concat", "layer_norm_add", "instance_norm_add"}));
}

TEST(Genotype, MistakesAreNamed) {
  expect_refused([] { load_genotype("nasnet-aa"); }, "did you mean 'nasnet-a'?");
  EXPECT_THROW(load_genotype("no/such.json"), SystemError);
  expect_refused([] { parse_genotype("{"); }, "genotype");
  Genotype wrong = own_cells();
  wrong.normal.blocks[1].left_operation = "sep_conv_4x4";
  expect_refused([&] { format_genotype(wrong); }, "did you mean 'sep_conv_3x3'?");
  wrong = own_cells();
  wrong.reduction.blocks[1].right = 3;
  expect_refused([&] { draw_text(wrong); }, "reduction cell: blocks[1].right");
  expect_refused([] { format_genotype({}); }, "0 blocks");
}

TEST(Genotype, Draws) {
  const Genotype genotype = load_genotype("nasnet-a");
  EXPECT_NE(draw_text(genotype).find("sep 5x5"), std::string::npos);
  for (const char c : draw_text(genotype, false)) ASSERT_LT(static_cast<unsigned char>(c), 128);
  EXPECT_NE(draw_svg(genotype).find("<svg"), std::string::npos);
}

TEST(Network, CountsArePublished) {
  const NetworkCounts counts = count_network(load_genotype("nasnet-a"), published_stack("mobile"));
  EXPECT_EQ(counts.total.parameters, 5289978);
  Counts sum;
  for (const NetworkPart& part : counts.parts) {
    sum.parameters += part.counts.parameters;
    sum.multiply_adds += part.counts.multiply_adds;
  }
  EXPECT_EQ(sum, counts.total);
  EXPECT_EQ(counts.parts.front().name, "conv0");
  EXPECT_EQ(counts.parts.back().name, "FC");
  EXPECT_EQ(counts.parts.back().channels, 1000);
}

TEST(Network, StacksThatMakeNoneAreRefused) {
  const Genotype genotype = load_genotype("nasnet-a");
  expect_refused([&] { count_network(genotype, {.kind = "cifra"}); }, "did you mean 'cifar'?");
  expect_refused([&] { count_network(genotype, {.cells = 0}); }, "must be 1 to 100");
  expect_refused([&] { count_network(genotype, {.height = 2}); }, "4 to 4096 pixels");
  expect_refused([&] { count_network({}, {}); }, "0 blocks");
}

}  // namespace
}  // namespace nasnet
