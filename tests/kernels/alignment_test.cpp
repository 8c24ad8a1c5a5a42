// Where maps lie in memory, and what lies between their pixels, changes no bit of a result.

#include <memory>
#include <type_traits>

#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/kernels/pool.h"
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
  T* map(int64_t pixels, int64_t channels, bool pairs = false) {
    const int64_t step = stride<T>(channels, pairs);
    auto memory = std::make_shared<Aligned<T>>(
        static_cast<size_t>(lie_.offset * (pairs ? 2 : 1) + pixels * step + kLanes), T(0.0f));
    kept_.push_back(memory);
    T* first = memory->data() + lie_.offset * (pairs ? 2 : 1);
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < channels; ++c)
        first[p * step + c] = T(static_cast<float>(random_.normal()));
    return first;
  }
  /// Rows of matrices in bf16 are made of pairs.
  template <class T>
  int64_t stride(int64_t channels, bool pairs = false) const {
    return pairs ? inner_stride<T>(channels) + 2 * lie_.gap : channels + lie_.gap;
  }
  std::vector<float> constants(int64_t rows, int64_t channels) {
    return kernels::constants(rows, channels, random_);
  }
  template <class T>
  void keep(const T* map, int64_t pixels, int64_t channels, int64_t stride) {
    for (int64_t p = 0; p < pixels; ++p)
      for (int64_t c = 0; c < channels; ++c)
        results_.push_back(static_cast<double>(float(map[p * stride + c])));
  }
  void keep(const std::vector<double>& sums) {
    results_.insert(results_.end(), sums.begin(), sums.end());
  }
  const std::vector<double>& results() const { return results_; }

 private:
  Lie lie_;
  Random random_;
  std::vector<std::shared_ptr<void>> kept_;
  std::vector<double> results_;
};

constexpr int kEdge = 7;
constexpr int64_t kPixels = kEdge * kEdge;

template <class T>
void run_elementwise(Run& run, int channels) {
  const int64_t stride = run.stride<T>(channels);
  const T* a = run.map<T>(kPixels, channels);
  const T* b = run.map<T>(kPixels, channels);
  T* out = run.map<T>(kPixels, channels);
  const std::vector<float> rows = run.constants(4, channels);
  const float* constants[4];
  for (int64_t r = 0; r < 4; ++r) constants[r] = &rows[r * padded(channels)];
  const Affine affine = {constants[0], constants[1]};
  const auto keep = [&] { run.keep(out, kPixels, channels, stride); };
  activate(a, stride, kEdge, kEdge, channels, affine, true, out, stride, kEdge * stride);
  keep();
  apply(a, stride, kPixels, channels, affine, 0.7f, out, stride, true);
  keep();
  combine({a, stride, affine, 0.3f}, Term<T>{b, stride, {}, 1.1f}, kPixels, channels, out, stride);
  keep();
  norm_gradient(a, stride, b, stride, kPixels, channels, constants[0], constants[1], constants[2],
                out, stride);
  keep();
  std::vector<double> sums(static_cast<size_t>(4 * channels), 0.0);
  channel_sums(a, stride, kPixels, channels, constants[3], &sums[0], &sums[channels]);
  gradient_sums(a, stride, b, stride, kPixels, channels, constants[3], &sums[2 * channels],
                &sums[3 * channels]);
  run.keep(sums);
  const Border border = {1, 1, 1, 1};
  const float* wide = run.map<float>((kEdge + 2) * (kEdge + 2), channels);
  unpad(wide, run.stride<float>(channels), kEdge, kEdge, channels, a, stride, affine, true, border,
        out, stride, true);
  keep();
}

template <class T>
void run_pools(Run& run, int channels) {
  const int64_t stride = run.stride<T>(channels);
  const std::vector<float> rows = run.constants(2, channels);
  const PoolShape shape = {.channels = channels,
                           .height = kEdge,
                           .width = kEdge,
                           .out_height = kEdge,
                           .out_width = kEdge,
                           .top = 1,
                           .left = 1,
                           .affine = {&rows[0], &rows[rows.size() / 2]}};
  const T* in = run.map<T>(kPixels, channels);
  const T* d = run.map<T>(kPixels, channels);
  T* out = run.map<T>(kPixels, channels);
  const auto keep = [&] { run.keep(out, kPixels, channels, stride); };
  average_pool(in, stride, shape, out, stride);
  keep();
  average_pool_gradient(d, stride, shape, out, stride);
  keep();
  max_pool(in, stride, shape, out, stride);
  keep();
  max_pool_gradient(in, stride, d, stride, shape, out, stride);
  keep();
  global_average(in, stride, kPixels, channels, true, out);
  run.keep(out, 1, channels, stride);
  global_average_gradient(in, stride, kPixels, channels, true, d, out, stride, true);
  keep();
}

template <class T>
void run_depthwise(Run& run, int channels) {
  const DepthwiseShape shape = {.channels = channels, .kernel = 5, .height = kEdge, .width = kEdge};
  const int wide = shape.padded_width();
  const int64_t stride = run.stride<T>(channels), floats = run.stride<float>(channels);
  const float* in = run.map<float>(wide * wide, channels);
  const std::vector<float> weights = run.constants(25, channels);
  T* out = run.map<T>(kPixels, channels);
  depthwise(in, floats, weights.data(), shape, out, stride);
  run.keep(out, kPixels, channels, stride);
  const float* d = run.map<float>(kPixels, channels);
  std::vector<float> gradient = run.constants(25, channels);
  depthwise_weight_gradient(in, floats, d, floats, kEdge * floats, shape, gradient.data());
  run.keep(gradient.data(), 25, channels, padded(channels));
  // The gradient of the image inside a border of two, with zeros around d.
  const Part part = {2, 2, kEdge, kEdge};
  const Border zeros = gradient_border(shape, part);
  const int64_t row = kEdge + zeros.left + zeros.right;
  float* all = run.map<float>((kEdge + zeros.top + zeros.bottom) * row, channels);
  clear_border(kEdge, kEdge, channels, zeros, all, floats);
  const std::vector<float> origin = run.constants(1, channels);
  std::vector<double> sums(static_cast<size_t>(2 * channels), 0.0);
  Passage<T> passage;
  passage.activated = in + (2 * wide + 2) * floats;
  passage.activated_stride = floats;
  passage.activated_row = wide * floats;
  passage.raw = run.map<T>(kPixels, channels);
  passage.raw_stride = stride;
  passage.origin = origin.data();
  passage.sum = sums.data();
  passage.product = &sums[channels];
  depthwise_input_gradient(all + (zeros.top * row + zeros.left) * floats, floats, weights.data(),
                           shape, part, passage, out, stride, true);
  run.keep(out, kPixels, channels, stride);
  run.keep(sums);
}

template <class T>
void run_products(Run& run, int channels) {
  if (std::is_same_v<T, Bf16> && !can_multiply_bf16()) return;
  const int columns = channels + 3;
  const bool pairs = std::is_same_v<T, Bf16>;
  const int64_t a_stride = run.stride<T>(channels, pairs);
  const int64_t d_stride = run.stride<T>(columns, pairs);
  const int64_t out_stride = run.stride<T>(columns);
  const T* a = run.map<T>(kPixels, channels, pairs);
  const T* d = run.map<T>(kPixels, columns, pairs);
  T* out = run.map<T>(kPixels, columns);
  const std::vector<float> values = run.constants(channels, columns);
  Aligned<T> weights;
  const Weights<T> packed(channels, columns, weights);
  for (int64_t k = 0; k < channels; ++k)
    for (int64_t c = 0; c < columns; ++c) packed.at(k, c) = T(values[k * padded(columns) + c]);
  const std::vector<float> bias = run.constants(1, columns);
  Finish<T> finish;
  finish.bias = bias.data();
  finish.mask = d;
  finish.mask_stride = d_stride;
  finish.accumulate = true;
  matmul(a, a_stride, kPixels, channels, weights.data(), columns, out, out_stride, finish);
  run.keep(out, kPixels, columns, out_stride);
  std::vector<float> sum = run.constants(channels, columns);
  matmul_transposed(a, a_stride, d, d_stride, kPixels, channels, columns, sum.data());
  run.keep(sum.data(), channels, columns, padded(columns));
}

void run_winograd(Run& run, int channels) {
  const Winograd all[] = {Winograd::kInput, Winograd::kOutput, Winograd::kGradient,
                          Winograd::kWeights, Winograd::kWeightGradient};
  const int64_t stride = run.stride<float>(channels);
  const Lattice lattice = {kEdge * stride, stride};
  for (const Winograd which : all) {
    const float* in = run.map<float>(kPixels, channels);
    float* out = run.map<float>(kPixels, channels);
    winograd(which, 4, in, lattice, out, lattice, {kEdge, 1, 1, channels});
    run.keep(out, kPixels, channels, stride);
  }
}

/// A 3x3 convolution straight from its image, and the gradient of its weights.
void run_windows(Run& run, int channels) {
  constexpr int kColumns = 40, kLine = kEdge + 2;
  const int64_t stride = run.stride<float>(channels), out_stride = run.stride<float>(kColumns);
  const float* image = run.map<float>(kLine * kLine, channels);
  float* out = run.map<float>(kPixels, kColumns);
  const std::vector<float> weights = run.constants(9 * channels, kColumns);
  std::vector<float> sum = run.constants(9 * channels, kColumns);
  std::vector<Tap> taps;
  for (int64_t i = 0; i < 9; ++i) taps.push_back({(i / 3 * kLine + i % 3) * stride, i * channels});
  for (int64_t y = 0; y < kEdge; ++y)
    matmul(image + y * kLine * stride, stride, kEdge, Taps{taps.data(), 9, channels},
           weights.data(), kColumns, out + y * kEdge * out_stride, out_stride, Finish<float>{});
  run.keep(out, kPixels, kColumns, out_stride);
  for (const Tap& tap : taps)
    matmul_transposed(image + tap.offset, stride, out, out_stride, kEdge,
                      {kEdge, kLine * stride, kEdge * out_stride}, channels, kColumns,
                      &sum[tap.row * padded(kColumns)]);
  run.keep(sum.data(), 9 * channels, kColumns, padded(kColumns));
}

void run_patches(Run& run, int channels) {
  const PatchShape shape = {.channels = channels,
                            .kernel_height = 3,
                            .kernel_width = 3,
                            .padded_width = kEdge + 2,
                            .out_width = kEdge};
  const int64_t floats = run.stride<float>(channels), all = (kEdge + 2) * (kEdge + 2);
  float* in = run.map<float>(all, channels);
  Bf16* rows = run.map<Bf16>(kPixels, shape.size());
  gather_patches(in, floats, shape, 0, kPixels, rows, run.stride<Bf16>(shape.size()));
  run.keep(rows, kPixels, shape.size(), run.stride<Bf16>(shape.size()));
  const float* d = run.map<float>(kPixels, shape.size());
  scatter_patches(d, run.stride<float>(shape.size()), shape, 0, kPixels, in, floats);
  run.keep(in, all, channels, floats);
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
