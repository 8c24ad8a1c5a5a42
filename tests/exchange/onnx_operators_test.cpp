#include "nasnet/exchange/onnx_operators.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <limits>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/exchange/onnx_nodes.h"

namespace nasnet::exchange {
namespace {

namespace fs = std::filesystem;

OnnxTensor reals(std::vector<int64_t> shape, std::vector<float> values) {
  return {std::move(shape), std::move(values), {}, false};
}

OnnxTensor places(std::vector<int64_t> values) {
  const int64_t count = std::ssize(values);
  return {{count}, {}, std::move(values), true};
}

OnnxTensor place(int64_t value) {
  return {{}, {}, {value}, true};
}

OnnxTensor integers_of(std::vector<int64_t> shape, std::vector<int64_t> values) {
  return {std::move(shape), {}, std::move(values), true};
}

/// Normal values.
OnnxTensor drawn(std::vector<int64_t> shape) {
  Random random(3, 0, "values");
  OnnxTensor tensor{std::move(shape), {}, {}, false};
  for (int64_t k = 0; k < element_count(tensor.shape); ++k)
    tensor.floats.push_back(static_cast<float>(random.normal()));
  return tensor;
}

/// So many boxes of an image of 32 x 32, some alike.
OnnxTensor boxes(int64_t count) {
  Random random(5, 0, "boxes");
  OnnxTensor tensor{{count, 4}, {}, {}, false};
  for (int64_t k = 0; k < count; ++k) {
    const float x = static_cast<float>(random.below(5)) * 4.5F,
                y = static_cast<float>(random.below(5)) * 4;
    const float width = 2 + static_cast<float>(random.uniform()) * 12;
    tensor.floats.insert(tensor.floats.end(), {x, y, x + width, y + 9});
  }
  return tensor;
}

OnnxTensor with_shape(OnnxTensor tensor, std::vector<int64_t> shape) {
  tensor.shape = std::move(shape);
  return tensor;
}

/// A node and its inputs; an input without values or edges is left out.
struct Case {
  std::string type;
  std::vector<OnnxTensor> inputs;
  OnnxAttributes attributes;
  bool truths = false;  ///< its result has truths
};

bool left_out(const OnnxTensor& tensor) {
  return tensor.shape.empty() && tensor.floats.empty() && tensor.integers.empty();
}

std::vector<OnnxTensor> compute(const Case& one) {
  OnnxNode node{one.type, "tested", {}, {}, one.attributes};
  std::vector<const OnnxTensor*> inputs;
  for (const OnnxTensor& input : one.inputs) inputs.push_back(left_out(input) ? nullptr : &input);
  return compute_onnx(one.type, OnnxCall(node, inputs));
}

const float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// Every form that exports write, and its edges: broadcast, negative axes, ties, nothing at all.
std::vector<Case> cases() {
  const OnnxTensor scores = reals({1, 1, 12}, {5, 1, 5, 2, -kInfinity, 3, 9, 0, 3, 4, 4, 4});
  const OnnxTensor twelve = with_shape(boxes(12), {1, 12, 4});
  const auto roi = [](int64_t samples, const char* mode, OnnxTensor of) {
    const int64_t count = of.shape[0];
    return Case{"RoiAlign",
                {drawn({1, 3, 8, 9}), std::move(of), places(std::vector<int64_t>(count))},
                {{"output_height", integer(3)},
                 {"output_width", integer(4)},
                 {"sampling_ratio", integer(samples)},
                 {"spatial_scale", real(0.25)},
                 {"coordinate_transformation_mode", text(mode)}}};
  };
  const OnnxAttributes last = {{"axis", integer(-1)}}, second = {{"axis", integer(1)}};
  return {
      {"Abs", {reals({3}, {-1, 0, 2})}},
      {"Add", {drawn({2, 1, 3}), drawn({4, 1})}},
      {"Add", {places({1, 2}), place(3)}},
      {"Sub", {place(7), places({1, 9})}},
      {"Sub", {drawn({0, 3, 4}), drawn({4})}},
      {"Mul", {drawn({2, 3}), drawn({1, 3})}},
      {"Div", {drawn({2, 3}), reals({}, {3})}},
      {"Div", {places({0, 7, 8, 9}), place(4)}},
      {"Mod", {places({0, 7, 8, 9}), place(4)}},
      {"Min", {reals({3}, {1, kNaN, 3}), reals({}, {2})}},
      {"Max", {reals({3}, {1, kNaN, 3}), reals({}, {2})}},
      {"Min", {places({5}), places({1 << 20})}},
      {"Exp", {reals({4}, {-kInfinity, 0, 1, 4.1351666F})}},
      {"Relu", {reals({3}, {-1, kNaN, 2})}},
      {"Equal", {places({1, 2, 1}), place(1)}, {}, true},
      {"GreaterOrEqual", {reals({4}, {1, 2, 3, kNaN}), reals({}, {2})}, {}, true},
      {"Cast", {places({-1, 0, 3})}, {{"to", integer(kOnnxFloat)}}},
      {"Softmax", {drawn({3, 5})}, second},
      {"Softmax", {drawn({0, 5})}, last},
      {"MatMul", {drawn({3, 1, 2, 5}), drawn({1, 4, 5, 6})}},
      {"MatMul", {drawn({0, 1, 2, 5}), drawn({1, 4, 5, 6})}},
      {"Gemm", {drawn({3, 19}), drawn({4, 19})}, {{"transB", integer(1)}}},
      {"Gemm", {drawn({0, 5}), drawn({4, 5}), drawn({4})}, {{"transB", integer(1)}}},
      {"Shape", {drawn({2, 0, 3})}},
      {"Range", {place(0), place(5), place(1)}},
      {"Unsqueeze", {drawn({0, 4}), places({1})}},
      {"Reshape", {drawn({2, 3, 4}), places({0, -1})}},
      {"Reshape", {drawn({0, 4}), places({-1, 2, 2})}},
      {"Transpose",
       {
           drawn({2, 3, 4}),
       },
       {{"perm", integers({2, 0, 1})}}},
      {"Concat", {drawn({2, 1, 3}), drawn({2, 2, 3})}, second},
      {"Concat", {drawn({2, 2}), drawn({2, 1})}, last},
      {"Concat", {places({1, 2}), places({3})}, {{"axis", integer(0)}}},
      {"Slice", {drawn({2, 6}), places({1}), places({5}), places({-1}), places({2})}},
      {"Slice",
       {drawn({7, 2}), places({-1}), places({std::numeric_limits<int64_t>::min() + 1}), places({0}),
        places({-2})}},
      {"Slice", {places({1, 2, 3, 4}), places({2}), places({99}), places({0})}},
      {"Slice", {drawn({2, 3}), places({3}), places({1}), places({1})}},
      {"Expand", {place(7), places({3})}},
      {"Expand", {drawn({3, 1}), places({2, 1, 4})}},
      {"Pad", {drawn({1, 2, 3, 4}), places({0, 0, 1, 0, 0, 0, 2, 3})}},
      {"Resize",
       {drawn({1, 2, 3, 4}), {}, reals({4}, {1, 1, 2, 2})},
       {{"mode", text("nearest")},
        {"coordinate_transformation_mode", text("asymmetric")},
        {"nearest_mode", text("floor")}}},
      {"Gather", {drawn({4, 3}), places({2, 0, -1, 2})}, {{"axis", integer(0)}}},
      {"Gather", {drawn({2, 3, 4}), place(1)}, last},
      {"Gather", {drawn({4, 3}), integers_of({0}, {})}, {{"axis", integer(0)}}},
      {"Gather", {places({5, 6, 7}), place(2)}, {{"axis", integer(0)}}},
      {"TopK", {reals({6}, {1, 3, 3, 2, 3, -1}), places({4})}, {{"axis", integer(0)}}},
      {"TopK", {reals({2}, {1, 2}), places({0})}, {{"axis", integer(0)}}},
      {"TopK",
       {places({9, 2, 5, 2}), places({4})},
       {{"axis", integer(0)}, {"largest", integer(0)}}},
      {"NonZero", {places({0, 3, 0, -1})}},
      {"NonZero", {places({0})}},
      {"NonMaxSuppression",
       {twelve, scores, places({12}), reals({1}, {0.3F}), reals({1}, {-1e30F})}},
      {"NonMaxSuppression", {twelve, scores, places({3}), reals({1}, {0.6F}), reals({1}, {2})}},
      {"NonMaxSuppression",
       {with_shape(boxes(12), {3, 4, 4}), with_shape(scores, {3, 1, 4}), places({2}),
        reals({1}, {0.5F}), reals({1}, {0})}},
      {"NonMaxSuppression",
       {reals({2, 0, 4}, {}), reals({2, 1, 0}, {}), places({2}), reals({1}, {0.5F}),
        reals({1}, {0})}},
      roi(2, "half_pixel", boxes(9)),
      roi(2, "output_half_pixel", boxes(9)),
      roi(0, "half_pixel", reals({3, 4}, {-20, -20, 60, 70, 3, 3, 3, 3, 1, 2, 30, 8})),
      roi(2, "half_pixel", reals({0, 4}, {})),
  };
}

/// The same numbers, or both NaN.
void expect_near(float found, float expected) {
  if (std::isnan(expected) || std::isinf(expected)) {
    EXPECT_EQ(std::isnan(found), std::isnan(expected));
  } else {
    EXPECT_NEAR(found, expected, 1e-5 * std::max(1.0F, std::abs(expected)));
  }
}

TEST(SlowOnnxOperators, ComputeWhatOnnxRuntimeDoes) {
  const std::string python = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
  if (std::system((python + " -c 'import onnx, onnxruntime' 2>/dev/null").c_str()) != 0)
    GTEST_SKIP() << "ONNX Runtime is not there; scripts/oracles installs it";
  const fs::path folder =
      fs::temp_directory_path() / fmt::format("nasnet-operators-{}", ::getpid());
  fs::create_directories(folder);
  const auto name = [](size_t k) { return fmt::format("{:02}", k); };
  const std::vector<Case> all = cases();
  for (size_t k = 0; k < all.size(); ++k) {
    OnnxModel model;
    OnnxNode node{all[k].type, "tested", {}, {}, all[k].attributes};
    for (size_t i = 0; i < all[k].inputs.size(); ++i) {
      node.inputs.push_back(left_out(all[k].inputs[i]) ? "" : fmt::format("input_{}", i));
      if (!node.inputs[i].empty()) model.constants[node.inputs[i]] = all[k].inputs[i];
    }
    for (const OnnxTensor& result : compute(all[k])) {
      OnnxPort port{fmt::format("output_{}", model.outputs.size()), {}, result.is_integer};
      for (size_t edge = 0; edge < result.shape.size(); ++edge)
        port.shape.push_back({fmt::format("{}_{}", port.name, edge)});
      node.outputs.push_back(port.name);
      model.outputs.push_back(port);
    }
    model.nodes = {node};
    if (all[k].truths) {
      // Files here have no truths for outputs.
      model.nodes[0].outputs = {"truths"};
      OnnxNodes(model).rename(OnnxNodes(model).to_integer("truths"), "output_0");
    }
    write_file(folder / (name(k) + ".onnx"), write_onnx(model));
  }
  const std::string command = fmt::format("{} {}/tests/exchange/run_operators.py {}", python,
                                          NASNET_SOURCE_DIR, folder.string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  for (size_t k = 0; k < all.size(); ++k) {
    SCOPED_TRACE(fmt::format("{} ({})", all[k].type, k));
    const std::string bytes = read_file(folder / (name(k) + ".f32"));
    std::vector<float> numbers(bytes.size() / sizeof(float));
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    auto at = numbers.begin();
    for (const OnnxTensor& result : compute(all[k])) {
      std::vector<int64_t> shape(static_cast<size_t>(*at++));
      for (int64_t& edge : shape) edge = static_cast<int64_t>(*at++);
      ASSERT_EQ(result.shape, shape);
      for (const float value : result.floats) expect_near(value, *at++);
      for (const int64_t value : result.integers) EXPECT_EQ(static_cast<float>(value), *at++);
    }
    EXPECT_EQ(at, numbers.end());
  }
  fs::remove_all(folder);
}

TEST(OnnxOperators, OfEqualValuesTheFirstIsAhead) {
  const std::vector<OnnxTensor> top =
      compute({"TopK", {reals({4}, {1, 3, 3, 2}), places({3})}, {{"axis", integer(0)}}});
  EXPECT_EQ(top[0].floats, (std::vector<float>{3, 3, 2}));
  EXPECT_EQ(top[1].integers, (std::vector<int64_t>{1, 2, 3}));
}

TEST(OnnxOperators, SuppressionGoesListByList) {
  const OnnxTensor two = reals({2, 2, 4}, {0, 0, 4, 4, 0, 0, 4, 4, 0, 0, 4, 4, 9, 9, 4, 4});
  const OnnxTensor kept = compute(
      {"NonMaxSuppression",
       {two, reals({2, 1, 2}, {1, 2, 1, 2}), places({9}), reals({1}, {0.5F}), reals({1}, {0})}})[0];
  // The corners of a box may be given in any order.
  EXPECT_EQ(kept.shape, (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(kept.integers, (std::vector<int64_t>{0, 0, 1, 1, 0, 1, 1, 0, 0}));
}

TEST(OnnxOperators, FormsThatNoExportWritesAreRefusedWithTheNode) {
  const std::vector<Case> refused = {
      {"Sin", {drawn({1})}},
      {"Add", {drawn({2}), places({1, 2})}},
      {"Add", {drawn({2}), drawn({3})}},
      {"Div", {places({1}), place(0)}},
      {"Mod", {places({-1}), place(2)}},
      {"Gather", {drawn({2}), places({2})}},
      {"Gather", {drawn({2}), reals({1}, {1})}},
      {"Concat", {drawn({2, 3}), drawn({3, 3})}, {{"axis", integer(1)}}},
      {"Concat", {drawn({2}), drawn({2})}, {{"axis", integer(1)}}},
      {"Slice", {drawn({2}), places({0}), places({1}), places({0}), places({0})}},
      {"Slice", {drawn({2}), places({0, 0}), places({1}), places({0})}},
      {"Transpose", {drawn({2, 2})}, {{"perm", integers({0, 0})}}},
      {"Transpose", {drawn({2, 2})}},
      {"Reshape", {drawn({0}), places({0, -1})}},
      {"TopK", {drawn({2}), places({3})}, {{"axis", integer(0)}}},
      {"TopK", {drawn({2, 2}), places({1})}, {{"axis", integer(0)}}},
      {"Range", {place(1), place(5), place(1)}},
      {"Softmax", {drawn({2, 2})}, {{"axis", integer(0)}}},
      {"MatMul", {drawn({2, 3}), drawn({2, 3})}},
      {"NonMaxSuppression", {drawn({1, 2, 4}), drawn({1, 1, 3})}},
      {"RoiAlign", {drawn({1, 1, 4, 4}), drawn({2, 4}), places({0})}},
      {"RoiAlign", {drawn({1, 1, 4, 4}), drawn({1, 4}), places({1})}},
      {"Resize", {drawn({1, 1, 2, 2}), {}, reals({4}, {1, 1, 2, 2})}},
      {"Abs", {}},
  };
  for (size_t k = 0; k < refused.size(); ++k) {
    SCOPED_TRACE(fmt::format("{} ({})", refused[k].type, k));
    try {
      compute(refused[k]);
      ADD_FAILURE() << "it is computed";
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find("ONNX node tested"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace nasnet::exchange
