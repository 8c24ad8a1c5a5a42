#pragma once

// Single operators of the cells beside libtorch's, and what the machine can do at most.

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool2d_backward.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "bench/processor_time.h"
#include "nasnet/kernels/activation.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/channel_sums.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/pool.h"

namespace nasnet::bench {

struct OperatorRow {
  std::string name;
  double operations;    ///< FLOP of one call; 0 where bytes are meant
  double ours, theirs;  ///< seconds of a call
};

/// Medians of `rounds`, the two alternating.
inline OperatorRow time_both(const std::string& name, double operations, int rounds, bool cpu,
                             const std::function<void()>& ours,
                             const std::function<void()>& theirs) {
  std::vector<double> a, b;
  for (int round = 0; round <= rounds; ++round) {
    double begin = seconds(cpu);
    ours();
    const double middle = seconds(cpu);
    theirs();
    if (round > 0) {
      a.push_back(middle - begin);
      b.push_back(seconds(cpu) - middle);
    }
  }
  return {name, operations, median(a), median(b)};
}

/// A batch of images as both sides take it: NHWC, of libtorch's memory.
class Images {
 public:
  Images(int64_t count, int64_t channels, int64_t edge)
      : tensor_(
            at::randn({count, channels, edge, edge}).contiguous(at::MemoryFormat::ChannelsLast)),
        channels_(channels),
        size_(channels * edge * edge) {}
  const at::Tensor& tensor() const { return tensor_; }
  kernels::Pixels<float> at(int64_t n) const {
    return {tensor_.data_ptr<float>() + n * size_, channels_};
  }

 private:
  at::Tensor tensor_;
  int64_t channels_, size_;
};

/// Depthwise convolutions with SAME padding and the ReLU before them, as they stand in the cells.
inline void depthwise_rows(int kernel, int channels, int edge, int rounds, bool cpu,
                           std::vector<OperatorRow>& rows) {
  const int64_t count = std::max<int64_t>(4, (1 << 19) / (int64_t{channels} * edge * edge));
  const Images in(count, channels, edge), d(count, channels, edge), gradient(count, channels, edge);
  const at::Tensor weight = at::randn({channels, 1, kernel, kernel});
  const int pad = kernel / 2, wide = edge + 2 * pad;
  const kernels::DepthwiseShape shape = {
      .channels = channels, .kernel = kernel, .height = edge, .width = edge};
  const kernels::Border border = {pad, pad, pad, pad};
  const kernels::Part part = {pad, pad, edge, edge};
  kernels::AlignedFloats packed(kernel * kernel * kernels::padded(channels), 0.1f);
  kernels::AlignedFloats image_floats(wide * wide * channels), above_floats = image_floats;
  const kernels::Pixels image = {image_floats.data(), channels};
  const kernels::Pixels above = {above_floats.data(), channels};
  const auto padded = [&](const Images& from, int64_t n, bool relu, kernels::Pixels<float> to) {
    kernels::pad(from.at(n), shape.result(), {.relu = relu}, border, to);
  };
  const std::string name =
      "k" + std::to_string(kernel) + " C" + std::to_string(channels) + " H" + std::to_string(edge);
  const double operations =
      2.0 * kernel * kernel * channels * edge * edge * static_cast<double>(count);
  rows.push_back(time_both(
      "depthwise forward " + name, operations, rounds, cpu,
      [&] {
        for (int64_t n = 0; n < count; ++n) {
          padded(in, n, true, image);
          kernels::depthwise(image, packed.data(), shape, gradient.at(n));
        }
      },
      [&] {
        at::conv2d(in.tensor().relu(), weight, {}, {1, 1}, {pad, pad}, {1, 1}, channels);
      }));
  const auto backward = [&](bool input, bool weights) {
    return at::convolution_backward(d.tensor(), in.tensor(), weight, c10::nullopt, {1, 1},
                                    {pad, pad}, {1, 1}, false, {0, 0}, channels,
                                    {input, weights, false});
  };
  rows.push_back(time_both(
      "depthwise input " + name, operations, rounds, cpu,
      [&] {
        for (int64_t n = 0; n < count; ++n) {
          padded(d, n, false, above);
          kernels::depthwise_input_gradient(kernels::inside(above, border, edge), packed.data(),
                                            shape, part, {.activated = in.at(n)}, gradient.at(n));
        }
      },
      [&] { std::get<0>(backward(true, false)).mul_(in.tensor().gt(0)); }));
  rows.push_back(time_both(
      "depthwise weight " + name, operations, rounds, cpu,
      [&] {
        for (int64_t n = 0; n < count; ++n) {
          padded(in, n, true, image);
          kernels::depthwise_weight_gradient({.d = d.at(n), .x = image}, shape, packed.data());
        }
      },
      [&] { backward(false, true); }));
}

/// 1x1 convolutions.
inline void pointwise_rows(int inner, int columns, int rounds, bool cpu,
                           std::vector<OperatorRow>& rows) {
  const int64_t count = 16, edge = 32, pixels = edge * edge, tile = 128;
  const Images in(count, inner, edge), d(count, columns, edge);
  const at::Tensor weight = at::randn({columns, inner, 1, 1});
  kernels::AlignedFloats forward(inner * kernels::padded(columns), 0.1f);
  kernels::AlignedFloats back(columns * kernels::padded(inner), 0.1f);
  const std::string name = std::to_string(inner) + " to " + std::to_string(columns);
  const double operations = 2.0 * inner * columns * static_cast<double>(count * pixels);
  const auto tiles = [&](const std::function<void(int64_t, int64_t)>& run) {
    for (int64_t n = 0; n < count; ++n)
      for (int64_t first = 0; first < pixels; first += tile) run(n, first);
  };
  rows.push_back(time_both(
      "pointwise forward " + name, operations, rounds, cpu,
      [&] {
        tiles([&](int64_t n, int64_t first) {
          kernels::matmul(in.at(n).from_pixel(first), forward.data(),
                          {.rows = tile, .inner = inner, .columns = columns},
                          d.at(n).from_pixel(first));
        });
      },
      [&] { at::conv2d(in.tensor(), weight); }));
  const auto backward = [&](bool input, bool weights) {
    return at::convolution_backward(d.tensor(), in.tensor(), weight, c10::nullopt, {1, 1}, {0, 0},
                                    {1, 1}, false, {0, 0}, 1, {input, weights, false});
  };
  rows.push_back(time_both(
      "pointwise input " + name, operations, rounds, cpu,
      [&] {
        tiles([&](int64_t n, int64_t first) {
          kernels::matmul(d.at(n).from_pixel(first), back.data(),
                          {.rows = tile, .inner = columns, .columns = inner},
                          in.at(n).from_pixel(first));
        });
      },
      [&] { backward(true, false); }));
  rows.push_back(time_both(
      "pointwise weight " + name, operations, rounds, cpu,
      [&] {
        std::fill(forward.begin(), forward.end(), 0.0f);
        tiles([&](int64_t n, int64_t first) {
          kernels::matmul_transposed(
              {.d = d.at(n).from_pixel(first), .x = in.at(n).from_pixel(first)},
              {.rows = tile, .inner = inner, .columns = columns}, forward.data());
        });
      },
      [&] { backward(false, true); }));
}

/// Pools of 3 x 3 pixels, stride 1.
inline void pool_rows(int channels, int edge, int rounds, bool cpu,
                      std::vector<OperatorRow>& rows) {
  const int64_t count = std::max<int64_t>(4, (1 << 19) / (int64_t{channels} * edge * edge));
  const Images in(count, channels, edge), d(count, channels, edge), out(count, channels, edge);
  const kernels::PoolShape shape = {.channels = channels,
                                    .height = edge,
                                    .width = edge,
                                    .out_height = edge,
                                    .out_width = edge,
                                    .top = 1,
                                    .left = 1};
  const std::string name = "3x3 C" + std::to_string(channels) + " H" + std::to_string(edge);
  const double operations = 9.0 * channels * edge * edge * static_cast<double>(count);
  const auto each = [&](const std::function<void(int64_t)>& run) {
    for (int64_t n = 0; n < count; ++n) run(n);
  };
  rows.push_back(time_both(
      "average pool " + name, operations, rounds, cpu,
      [&] { each([&](int64_t n) { kernels::average_pool(in.at(n), shape, out.at(n)); }); },
      [&] {
        at::avg_pool2d(in.tensor(), {3, 3}, {1, 1}, {1, 1}, false, false);
      }));
  rows.push_back(time_both(
      "average pool gradient " + name, operations, rounds, cpu,
      [&] { each([&](int64_t n) { kernels::average_pool_gradient(d.at(n), shape, out.at(n)); }); },
      [&] {
        at::avg_pool2d_backward(d.tensor(), in.tensor(), {3, 3}, {1, 1}, {1, 1}, false, false,
                                c10::nullopt);
      }));
  rows.push_back(time_both(
      "max pool " + name, operations, rounds, cpu,
      [&] { each([&](int64_t n) { kernels::max_pool(in.at(n), shape, out.at(n)); }); },
      [&] {
        at::max_pool2d_with_indices(in.tensor(), {3, 3}, {1, 1}, {1, 1});
      }));
  const at::Tensor indices =
      std::get<1>(at::max_pool2d_with_indices(in.tensor(), {3, 3}, {1, 1}, {1, 1}));
  rows.push_back(time_both(
      "max pool gradient " + name, operations, rounds, cpu,
      [&] {
        each([&](int64_t n) {
          kernels::max_pool_gradient({.d = d.at(n), .x = in.at(n)}, shape, out.at(n));
        });
      },
      [&] {
        at::max_pool2d_with_indices_backward(d.tensor(), in.tensor(), {3, 3}, {1, 1}, {1, 1},
                                             {1, 1}, false, indices);
      }));
}

/// The table of all operators, one thread.
inline std::vector<OperatorRow> time_operators(int rounds, bool cpu) {
  const at::NoGradGuard no_gradients;
  at::set_num_threads(1);
  std::vector<OperatorRow> rows;
  for (const int kernel : {3, 5, 7})
    for (const auto& [channels, edge] : {std::pair{16, 32}, {32, 32}, {32, 16}, {64, 8}, {24, 16}})
      depthwise_rows(kernel, channels, edge, rounds, cpu, rows);
  for (const auto& [inner, columns] :
       {std::pair{16, 16}, {32, 32}, {64, 64}, {128, 128}, {96, 16}, {96, 32}, {192, 32}})
    pointwise_rows(inner, columns, rounds, cpu, rows);
  for (const auto& [channels, edge] : {std::pair{16, 32}, {32, 16}, {64, 8}})
    pool_rows(channels, edge, rounds, cpu, rows);
  return rows;
}

/// Bytes a second of reading a block again and again.
inline double read_bandwidth(size_t bytes, bool cpu) {
  kernels::AlignedFloats block(bytes / sizeof(float), 1.0f);
  double best = 0;
  std::vector<double> sums(2 * 1024, 0.0);
  const kernels::AlignedFloats origin(1024, 0.0f);
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto turns = static_cast<int>(std::max<size_t>(1, (size_t{64} << 20) / bytes));
    const double begin = seconds(cpu);
    for (int turn = 0; turn < turns; ++turn)
      kernels::channel_sums(
          {block.data(), 48}, {.width = std::ssize(block) / 48, .channels = 48},
          {.origin = origin.data(), .sum = sums.data(), .product = sums.data() + 1024});
    best = std::max(best, static_cast<double>(bytes) * turns / (seconds(cpu) - begin));
  }
  return best;
}

/// The same of copying: bytes read and written.
inline double copy_bandwidth(size_t bytes, bool cpu) {
  kernels::AlignedFloats from(bytes / sizeof(float), 1.0f), to(from.size());
  double best = 0;
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto turns = static_cast<int>(std::max<size_t>(1, (size_t{64} << 20) / bytes));
    const double begin = seconds(cpu);
    for (int turn = 0; turn < turns; ++turn)
      kernels::activate({from.data(), 48}, {.width = std::ssize(from) / 48, .channels = 48},
                        {.relu = true}, kernels::Pixels{to.data(), int64_t{48}});
    best = std::max(best, 2.0 * static_cast<double>(bytes) * turns / (seconds(cpu) - begin));
  }
  return best;
}

}  // namespace nasnet::bench
