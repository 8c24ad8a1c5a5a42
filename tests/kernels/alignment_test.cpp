// Where maps lie in memory, and what lies between their pixels, changes no bit of a result.

#include <memory>
#include <type_traits>

#include "nasnet/kernels/activation.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/channel_sums.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/kernels/pool.h"
#include "nasnet/kernels/terms.h"
#include "nasnet/kernels/winograd.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::kernels {
namespace {

/// Where the maps of a run lie: values after a cache line's beginning, and between the pixels.
struct Lie {
  int64_t offset = 0, gap = 0;
};

/// Runs kernels on the same values, which begin anew with each run, and keeps their results.
class Run {
 public:
  explicit Run(Lie lie) : lie_(lie), random_(1, 0, "alignment") {}

  /// A map of random values, moved; kept as long as the run.
  template <class T>
  Pixels<T> map(int64_t pixels, int64_t channels) {
    return make<T>(pixels, channels, channels + lie_.gap, lie_.offset);
  }
  /// Rows of a matrix: those of bf16 are made of pairs.
  template <class T>
  Pixels<T> matrix(int64_t rows, int64_t columns) {
    constexpr int64_t kPair = sizeof(T) == 2 ? 2 : 1;
    return make<T>(rows, columns, inner_stride<T>(columns) + kPair * lie_.gap, kPair * lie_.offset);
  }
  std::vector<float> constants(int64_t rows, int64_t channels) {
    return kernels::constants(rows, channels, random_);
  }
  template <class T>
  void keep(const Pixels<T>& map, int64_t pixels, int64_t channels) {
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < channels; ++c)
        results_.push_back(static_cast<double>(float(map.from_pixel(p).data[c])));
  }
  void keep_constants(const std::vector<float>& values, int64_t channels) {
    const int64_t row = padded(channels);
    keep(Pixels{values.data(), row}, std::ssize(values) / row, channels);
  }
  void keep(const std::vector<double>& sums) {
    results_.insert(results_.end(), sums.begin(), sums.end());
  }
  const std::vector<double>& results() const { return results_; }

 private:
  template <class T>
  Pixels<T> make(int64_t pixels, int64_t channels, int64_t stride, int64_t offset) {
    auto memory = std::make_shared<Aligned<T>>(
        static_cast<size_t>(offset + pixels * stride + kLanes), T(0.0f));
    kept_.push_back(memory);
    const Pixels map = {memory->data() + offset, stride};
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < channels; ++c)
        map.from_pixel(p).data[c] = T(static_cast<float>(random_.normal()));
    return map;
  }

  Lie lie_;
  Random random_;
  std::vector<std::shared_ptr<void>> kept_;
  std::vector<double> results_;
};

constexpr int kEdge = 7;
constexpr int64_t kPixels = kEdge * kEdge;

template <class T>
void run_elementwise(Run& run, int channels) {
  const Size size = {.height = kEdge, .width = kEdge, .channels = channels};
  const Pixels<T> a = run.map<T>(kPixels, channels);
  const Pixels<T> b = run.map<T>(kPixels, channels);
  const Pixels<T> out = run.map<T>(kPixels, channels);
  const std::vector<float> rows = run.constants(4, channels);
  const float* constants[4];
  for (int64_t r = 0; r < 4; ++r) constants[r] = &rows[r * padded(channels)];
  const Activation activation = {.affine = {constants[0], constants[1]}, .relu = true};
  const auto keep = [&] { run.keep(out, kPixels, channels); };
  activate(a, size, activation, out);
  keep();
  const Term<T> term = {.x = a, .affine = activation.affine, .factor = 0.7f};
  apply(term, size, out, Write::kAdd);
  keep();
  combine(term, Term<T>{.x = b, .factor = 1.1f}, size, out);
  keep();
  norm_gradient({.d = a, .x = b},
                {.d_scale = constants[0], .x_scale = constants[1], .shift = constants[2]}, size,
                out);
  keep();
  std::vector<double> sums(static_cast<size_t>(4 * channels), 0.0);
  channel_sums(a, size, {constants[3], &sums[0], &sums[channels]});
  gradient_sums({.d = a, .x = b}, size, {constants[3], &sums[2 * channels], &sums[3 * channels]});
  run.keep(sums);
  const Border border = {1, 1, 1, 1};
  const Pixels<float> wide = run.map<float>((kEdge + 2) * (kEdge + 2), channels);
  activate_gradient({.d = inside(wide, border, kEdge), .x = a}, size, activation, out, Write::kAdd);
  keep();
}

template <class T>
void run_pools(Run& run, int channels) {
  const std::vector<float> rows = run.constants(2, channels);
  const PoolShape shape = {.channels = channels,
                           .height = kEdge,
                           .width = kEdge,
                           .out_height = kEdge,
                           .out_width = kEdge,
                           .top = 1,
                           .left = 1,
                           .affine = {&rows[0], &rows[rows.size() / 2]}};
  const Pixels<T> in = run.map<T>(kPixels, channels);
  const Pixels<T> d = run.map<T>(kPixels, channels);
  const Pixels<T> out = run.map<T>(kPixels, channels);
  const auto keep = [&] { run.keep(out, kPixels, channels); };
  average_pool(in, shape, out);
  keep();
  average_pool_gradient(d, shape, out);
  keep();
  max_pool(in, shape, out);
  keep();
  max_pool_gradient({.d = d, .x = in}, shape, out);
  keep();
  const GlobalPoolShape whole = {.pixels = kPixels, .channels = channels, .relu = true};
  global_average(in, whole, out);
  run.keep(out, 1, channels);
  global_average_gradient({.d = d, .x = in}, whole, out, Write::kAdd);
  keep();
}

template <class T>
void run_depthwise(Run& run, int channels) {
  const DepthwiseShape shape = {.channels = channels, .kernel = 5, .height = kEdge, .width = kEdge};
  const int wide = shape.padded_width();
  const Pixels<float> in = run.map<float>(wide * wide, channels);
  const std::vector<float> weights = run.constants(25, channels);
  const Pixels<T> out = run.map<T>(kPixels, channels);
  depthwise(in, weights.data(), shape, out);
  run.keep(out, kPixels, channels);
  const Pixels<float> d = run.map<float>(kPixels, channels);
  std::vector<float> gradient = run.constants(25, channels);
  depthwise_weight_gradient({.d = d, .x = in}, shape, gradient.data());
  run.keep_constants(gradient, channels);
  // The gradient of the image inside a border of two, with zeros around d.
  const Part part = {2, 2, kEdge, kEdge};
  const Border zeros = gradient_border(shape, part);
  const Pixels<float> around =
      run.map<float>((kEdge + zeros.down()) * (kEdge + zeros.across()), channels);
  clear_border(shape.result(), zeros, around);
  const std::vector<float> origin = run.constants(1, channels);
  std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
  const Passage<T> passage = {.activated = inside(in, {2, 2, 2, 2}, kEdge),
                              .raw = run.map<T>(kPixels, channels),
                              .sums = {origin.data(), sums.data(), &sums[channels]},
                              .write = Write::kAdd};
  depthwise_input_gradient(inside(around, zeros, kEdge), weights.data(), shape, part, passage, out);
  run.keep(out, kPixels, channels);
  run.keep(sums);
}

template <class T>
void run_products(Run& run, int channels) {
  if (std::is_same_v<T, Bf16> && !can_multiply_bf16()) return;
  const int columns = channels + 3;
  const Pixels<T> a = run.matrix<T>(kPixels, channels);
  const Pixels<T> d = run.matrix<T>(kPixels, columns);
  const Pixels<T> out = run.map<T>(kPixels, columns);
  const std::vector<float> values = run.constants(channels, columns);
  Aligned<T> weights;
  const Weights<T> packed(channels, columns, weights);
  for (int64_t k = 0; k < channels; ++k)
    for (int64_t c = 0; c < columns; ++c) packed.at(k, c) = T(values[k * padded(columns) + c]);
  const std::vector<float> bias = run.constants(1, columns);
  matmul(a, weights.data(), {.rows = kPixels, .inner = channels, .columns = columns}, out,
         {.bias = bias.data(), .mask = d, .write = Write::kAdd});
  run.keep(out, kPixels, columns);
  std::vector<float> sum = run.constants(channels, columns);
  matmul_transposed({.d = d, .x = a}, {.rows = kPixels, .inner = channels, .columns = columns},
                    sum.data());
  run.keep_constants(sum, columns);
}

void run_winograd(Run& run, int channels) {
  const Winograd all[] = {Winograd::kInput, Winograd::kOutput, Winograd::kGradient,
                          Winograd::kWeights, Winograd::kWeightGradient};
  for (const Winograd which : all) {
    const Pixels<float> in = run.map<float>(kPixels, channels);
    const Pixels<float> out = run.map<float>(kPixels, channels);
    const Lattice lattice = {.step = kEdge * in.stride, .row = in.stride};
    winograd(which, 4, {in.data, lattice}, {out.data, lattice},
             {.rows = kEdge, .channels = channels});
    run.keep(out, kPixels, channels);
  }
}

/// A 3x3 convolution straight from its image, and the gradient of its weights.
void run_windows(Run& run, int channels) {
  constexpr int kColumns = 40, kLine = kEdge + 2;
  Pixels<float> image = run.map<float>(kLine * kLine, channels);
  Pixels<float> out = run.map<float>(kPixels, kColumns);
  image.row = kLine * image.stride;
  out.row = kEdge * out.stride;
  const std::vector<float> weights = run.constants(9 * channels, kColumns);
  std::vector<float> sum = run.constants(9 * channels, kColumns);
  std::vector<Tap> taps;
  for (int64_t i = 0; i < 9; ++i)
    taps.push_back({i / 3 * image.row + i % 3 * image.stride, i * channels});
  for (int64_t y = 0; y < kEdge; ++y)
    matmul(image.from_row(y), {taps.data(), 9, channels}, weights.data(),
           {.rows = kEdge, .columns = kColumns}, out.from_row(y));
  run.keep(out, kPixels, kColumns);
  for (const Tap& tap : taps)
    matmul_transposed({.d = out, .x = image.from_channel(tap.offset)},
                      {.lines = kEdge, .rows = kEdge, .inner = channels, .columns = kColumns},
                      &sum[tap.row * padded(kColumns)]);
  run.keep_constants(sum, kColumns);
}

void run_patches(Run& run, int channels) {
  const PatchShape shape = {.channels = channels,
                            .kernel_height = 3,
                            .kernel_width = 3,
                            .padded_width = kEdge + 2,
                            .out_width = kEdge};
  const int64_t all = (kEdge + 2) * (kEdge + 2);
  const Pixels<float> in = run.map<float>(all, channels);
  const Pixels<Bf16> rows = run.map<Bf16>(kPixels, shape.size());
  gather_patches(in, shape, {.first = 0, .count = kPixels}, rows);
  run.keep(rows, kPixels, shape.size());
  const Pixels<float> d = run.map<float>(kPixels, shape.size());
  scatter_patches(d, shape, {.first = 0, .count = kPixels}, in);
  run.keep(in, all, channels);
}

void expect_same_bits(void (*kernels)(Run&, int)) {
  for_every_target([&] {
    for (const int channels : {1, 3, 7, 16, 17, 24, 33, 50}) {
      SCOPED_TRACE(channels);
      Run first({});
      kernels(first, channels);
      for (const Lie lie : {Lie{1, 0}, Lie{0, 1}, Lie{3, 5}, Lie{7, 0}, Lie{13, 2}, Lie{15, 16}}) {
        Run moved(lie);
        kernels(moved, channels);
        ASSERT_EQ(moved.results(), first.results()) << lie.offset << " " << lie.gap;
      }
    }
  });
}

TEST(Alignment, ChangesNoBitOfElementwiseKernels) {
  expect_same_bits(run_elementwise<float>);
  expect_same_bits(run_elementwise<Bf16>);
}

TEST(Alignment, ChangesNoBitOfPools) {
  expect_same_bits(run_pools<float>);
  expect_same_bits(run_pools<Bf16>);
}

TEST(Alignment, ChangesNoBitOfDepthwiseKernels) {
  expect_same_bits(run_depthwise<float>);
  expect_same_bits(run_depthwise<Bf16>);
}

TEST(Alignment, ChangesNoBitOfProducts) {
  expect_same_bits(run_products<float>);
  expect_same_bits(run_products<Bf16>);
}

TEST(Alignment, ChangesNoBitOfDenseConvolutions) {
  expect_same_bits(run_windows);
  expect_same_bits(run_winograd);
  expect_same_bits(run_patches);
}

}  // namespace
}  // namespace nasnet::kernels
