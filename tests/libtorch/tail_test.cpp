#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <map>

#include "nasnet/base/error.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/cut.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/space/genotypes.h"
#include "tests/space/random_genotype.h"

namespace nasnet::libtorch {
namespace {

/// The classifier in two halves: crops that are the whole map come out as its last cell.
void expect_whole(const space::Genotype& genotype, graph::StackSettings settings,
                  double tolerance = 0) {
  settings.input = {96, 64, 3};
  settings.classes = 2;
  const graph::Graph whole = graph::build(genotype, settings);
  const std::vector<int> ends = graph::trunk_ends(whole);
  const graph::Shape& map = whole.operators[static_cast<size_t>(ends[1])].output;
  const graph::Graph tail = graph::build_tail(genotype, settings, map.height, map.width);
  Module classifier(whole, 3, c10::kCPU, c10::kDouble), head(tail, 3, c10::kCPU, c10::kDouble);
  std::map<int, at::Tensor> results;
  classifier.forward(at::randn({2, 3, 96, 64}), {},
                     [&](int op, const at::Tensor& result) { results[op] = result; });
  const at::Tensor expected =
      results.at(whole.endpoint("Cell_" + std::to_string(3 * settings.cells - 1))).relu();
  at::Tensor found;
  head.forward(at::cat({results.at(ends[0]), results.at(ends[1])}, 1), {},
               [&](int op, const at::Tensor& result) {
                 if (op == tail.endpoint("features")) found = result;
               });
  const double size = expected.abs().max().item<double>();
  EXPECT_LE(found.sub(expected).abs().max().item<double>(), tolerance * size) << genotype.name;

  // The fused kernels read both halves where they lie.
  const at::Tensor crops = at::cat({results.at(ends[0]), results.at(ends[1])}, 1)
                               .permute({0, 2, 3, 1})
                               .to(c10::kFloat)
                               .contiguous();
  std::vector<Tensor> parameters;
  std::vector<TensorView> views;
  for (size_t k = 0; k < tail.parameters.size(); ++k) {
    const at::Tensor rows = head.tensors()[k].detach().to(c10::kFloat).contiguous();
    parameters.emplace_back(tail.parameters[k].shape);
    parameters.back().set_row_major({rows.data_ptr<float>(), static_cast<size_t>(rows.numel())});
  }
  for (Tensor& parameter : parameters) views.emplace_back(parameter);
  fused::Executor executor(std::make_shared<const graph::Graph>(tail),
                           {.outputs = {tail.endpoint("features")}});
  const std::vector<float> ours =
      executor.infer({crops.data_ptr<float>(), 2}, views)[0].row_major();
  const at::Tensor theirs = found.contiguous();
  for (size_t k = 0; k < ours.size(); ++k)
    ASSERT_NEAR(ours[k], theirs.data_ptr<double>()[k], 1e-4 * size);
}

TEST(Tail, OfTheTrunkIsTheClassifiersLastCell) {
  graph::StackSettings mobile = graph::stack_settings(graph::StackKind::kMobile);
  expect_whole(space::named_genotype("nasnet-a"), mobile);
  mobile.filters = 8;
  for (const int cells : {1, 2}) {
    mobile.cells = cells;
    expect_whole(space::random_genotype(4), mobile);
    graph::StackSettings strided = graph::stack_settings(graph::StackKind::kPnasnetMobile);
    strided.cells = cells;
    strided.filters = 8;
    if (cells == 1) {
      EXPECT_THROW(expect_whole(space::named_genotype("pnasnet-5"), strided), InputError);
    } else {  // oneDNN sums its convolutions of stride 2 in the order of another layout
      expect_whole(space::named_genotype("pnasnet-5"), strided, 1e-15);
    }
  }
  graph::StackSettings large = graph::stack_settings(graph::StackKind::kLarge);
  large.cells = 2;
  large.filters = 12;
  expect_whole(space::named_genotype("nasnet-a"), large);
}

}  // namespace
}  // namespace nasnet::libtorch
