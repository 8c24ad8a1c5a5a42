#include "nasnet/network/fused.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/depthwise.h"
#include "nasnet/kernels/elementwise.h"
#include "nasnet/kernels/matmul.h"
#include "nasnet/kernels/patches.h"
#include "nasnet/kernels/pool.h"
#include "nasnet/network/arena.h"
#include "nasnet/network/fused_weights.h"
#include "nasnet/network/masks.h"
#include "nasnet/network/network.h"
#include "nasnet/network/operators.h"
#include "nasnet/network/plan.h"

#ifdef _OPENMP
#include <omp.h>
#else
#error "without OpenMP the fused executor would silently run on one thread"
#endif

namespace nasnet::network {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Shape;
using kernels::Affine;
using kernels::AlignedFloats;
using kernels::Border;
using kernels::padded;
using Kind = Step::Kind;

/// Groups of images whose parts of a weight's gradient are summed apart. Fixed, so that threads do
/// not change the sums; few, as each has a gradient of its own in memory.
constexpr int kGroups = 8;
/// Pixels of an image that a 1x1 convolution takes at a time: what it makes of them stays in the
/// nearest caches.
constexpr int64_t kTile = 256;
constexpr int64_t kTileFloats = 6144;
/// Weights with more floats than this get two groups only.
constexpr int64_t kLargeWeight = 1 << 18;

int64_t pixels(const Shape& shape) {
  return int64_t{shape.height} * shape.width;
}

/// Batch normalisation of one step: of the last forward pass.
struct Norm {
  std::vector<double> mean, deviation_inverse;  // 1 / sqrt(variance + epsilon)
  AlignedFloats origin, scale, shift;           // padded; origin is the mean, rounded
};

/// What a step keeps from one use to the next.
struct StepState {
  PackedConvolution convolutions[2];
  AlignedFloats depthwise;
  Norm norm;
  std::vector<float> factors;  // of drop-path by image, of dropout by value
  /// Of a pending norm: sums for its gradient by image, taken by the step that reads it.
  std::vector<double> gradient_sums;
};

/// Memory of one thread.
struct Scratch {
  AlignedFloats image, rows, gradient, products, back;
  float* grow(AlignedFloats& memory, int64_t floats) {
    if (static_cast<int64_t>(memory.size()) < floats) memory.resize(static_cast<size_t>(floats));
    return memory.data();
  }
};

Border border_of(const Operator& op, const Shape& before) {
  const Padding down = padding(before.height, op.output.height, op.kernel_height, op.stride_height,
                               op.dilation, op.same);
  const Padding across = padding(before.width, op.output.width, op.kernel_width, op.stride_width,
                                 op.dilation, op.same);
  return {static_cast<int>(down.begin), static_cast<int>(across.begin), static_cast<int>(down.end),
          static_cast<int>(across.end)};
}

}  // namespace

struct FusedExecutor::State {
  State(const graph::Graph& g, std::vector<at::Tensor>& t) : graph(g), tensors(t) {
    inference = make_plan(graph, false);
  }

  // --- places in memory
  // ---------------------------------------------------------------------------

  const Operator& op(int index) const { return graph.operators[static_cast<size_t>(index)]; }

  int64_t image_floats(int buffer) const {
    return (plan->buffers[static_cast<size_t>(buffer)].shape.elements() + 15) / 16 * 16;
  }
  /// The first float of an image in a buffer.
  float* image(int buffer, int64_t n) const {
    return memory + plan->buffers[static_cast<size_t>(buffer)].offset * images +
           n * image_floats(buffer);
  }
  int64_t stride(int buffer) const {
    return plan->buffers[static_cast<size_t>(buffer)].shape.channels;
  }
  bool is_contiguous(int buffer) const {
    return plan->buffers[static_cast<size_t>(buffer)].shape.elements() == image_floats(buffer);
  }

  /// A value or a gradient, image by image.
  struct View {
    const State* state;
    int buffer, channel;
    float* at(int64_t n) const { return state->image(buffer, n) + channel; }
    int64_t stride() const { return state->stride(buffer); }
  };
  View view(const Place& place) const { return {this, place.buffer, place.channel}; }
  View gradient(const Place& place) const {
    return {this, plan->gradient_of[static_cast<size_t>(place.buffer)], place.channel};
  }
  const Place& place(int index) const { return plan->places[static_cast<size_t>(index)]; }

  /// What the step reads: a value, or the raw convolution of the step that it finishes.
  View source(const Step& step) const {
    if (step.input.pending < 0) return view(place(step.input.op));
    return {this, plan->steps[static_cast<size_t>(step.input.pending)].raw, 0};
  }
  Affine source_affine(const Step& step) const {
    if (step.input.pending < 0) return {};
    const Norm& norm = states[static_cast<size_t>(step.input.pending)].norm;
    return {norm.scale.data(), norm.shift.data()};
  }
  View source_gradient(const Step& step) const {
    if (step.input.pending < 0) return gradient(place(step.input.op));
    return {this, plan->steps[static_cast<size_t>(step.input.pending)].pending_gradient, 0};
  }

  // --- groups of images on threads
  // ----------------------------------------------------------------

  int groups(int64_t weight_floats) const {
    return static_cast<int>(std::min<int64_t>(images, weight_floats > kLargeWeight ? 2 : kGroups));
  }

  /// Calls work(group, first image, image after the last, scratch).
  template <class Work>
  void for_groups(int count, Work work) {
    const int threads = std::min(count, at::get_num_threads());
    if (static_cast<int>(scratch.size()) < threads) scratch.resize(static_cast<size_t>(threads));
#pragma omp parallel for schedule(static, 1) num_threads(threads) if (threads > 1)
    for (int group = 0; group < count; ++group)
      work(group, images * group / count, images * (group + 1) / count,
           scratch[static_cast<size_t>(omp_get_thread_num())]);
  }

  template <class Work>
  void for_images(Work work) {
    for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch&) {
      for (int64_t n = first; n < last; ++n) work(n);
    });
  }

  // --- batch normalisation
  // ------------------------------------------------------------------------

  double epsilon() const {
    return graph.recipe.batch_norm_epsilon;
  }

  /// Sums over some pixels of a raw convolution, taken while they are warm: about the image's first
  /// pixel, so that a large mean costs no digits.
  void sum_pixels(const float* raw, int64_t channels, int64_t count, int64_t n, bool first) {
    double* sums = &partial[static_cast<size_t>(n * 2 * channels)];
    float* origin = &origins[static_cast<size_t>(n * padded(channels))];
    if (first) {
      std::fill_n(sums, 2 * channels, 0.0);
      std::copy_n(raw, channels, origin);
    }
    kernels::channel_sums(raw, channels, count, static_cast<int>(channels), origin, sums,
                          sums + channels);
  }

  void prepare_sums(int64_t channels) {
    partial.resize(static_cast<size_t>(images * 2 * channels));
    origins.assign(static_cast<size_t>(images * padded(channels)), 0.0f);
  }

  /// Mean and variance over the batch from the images' sums, in their order (Chan et al. 1979).
  void finish_statistics(const Step& step, Norm& norm, int64_t count) {
    const Operator& one = op(step.op);
    const int64_t channels = one.output.channels;
    const auto first = static_cast<size_t>(one.first_parameter);
    norm.mean.assign(static_cast<size_t>(channels), 0.0);
    std::vector<double> squares(static_cast<size_t>(channels), 0.0);
    double seen = 0;
    for (int64_t n = 0; n < images; ++n) {
      const double* sums = &partial[static_cast<size_t>(n * 2 * channels)];
      const float* origin = &origins[static_cast<size_t>(n * padded(channels))];
      const double more = static_cast<double>(count), all = seen + more;
      for (int64_t c = 0; c < channels; ++c) {
        const auto k = static_cast<size_t>(c);
        const double mean = origin[c] + sums[c] / more;
        const double away = mean - norm.mean[k];
        squares[k] +=
            sums[channels + c] - sums[c] * sums[c] / more + away * away * seen * more / all;
        norm.mean[k] += away * more / all;
      }
      seen = all;
    }
    float* moving_mean = tensors[first + 2].data_ptr<float>();
    float* moving_variance = tensors[first + 3].data_ptr<float>();
    norm.deviation_inverse.resize(static_cast<size_t>(channels));
    for (int64_t c = 0; c < channels; ++c) {
      const auto k = static_cast<size_t>(c);
      const double variance = std::max(squares[k], 0.0) / seen;
      norm.deviation_inverse[k] = 1.0 / std::sqrt(variance + epsilon());
      const double unbiased = seen > 1 ? variance * seen / (seen - 1) : variance;
      moving_mean[c] += static_cast<float>(statistics_share * (norm.mean[k] - moving_mean[c]));
      moving_variance[c] += static_cast<float>(statistics_share * (unbiased - moving_variance[c]));
    }
    set_affine(step, norm);
  }

  void use_running_statistics(const Step& step, Norm& norm) {
    const Operator& one = op(step.op);
    const auto first = static_cast<size_t>(one.first_parameter);
    const float* mean = tensors[first + 2].data_ptr<float>();
    const float* variance = tensors[first + 3].data_ptr<float>();
    const auto channels = static_cast<size_t>(one.output.channels);
    norm.mean.assign(mean, mean + channels);
    norm.deviation_inverse.resize(channels);
    for (size_t c = 0; c < channels; ++c)
      norm.deviation_inverse[c] = 1.0 / std::sqrt(variance[c] + epsilon());
    set_affine(step, norm);
  }

  void set_affine(const Step& step, Norm& norm) {
    const Operator& one = op(step.op);
    const auto first = static_cast<size_t>(one.first_parameter);
    const float* gamma = tensors[first].data_ptr<float>();
    const float* beta = tensors[first + 1].data_ptr<float>();
    const auto wide = static_cast<size_t>(padded(one.output.channels));
    norm.origin.assign(wide, 0.0f);
    norm.scale.assign(wide, 0.0f);
    norm.shift.assign(wide, 0.0f);
    for (size_t c = 0; c < static_cast<size_t>(one.output.channels); ++c) {
      const double scale = gamma[c] * norm.deviation_inverse[c];
      norm.origin[c] = static_cast<float>(norm.mean[c]);
      norm.scale[c] = static_cast<float>(scale);
      norm.shift[c] = static_cast<float>(beta[c] - norm.mean[c] * scale);
    }
  }

  float factor(const StepState& state, int64_t n) const {
    return state.factors.empty() ? 1.0f : state.factors[static_cast<size_t>(n)];
  }

  /// What a convolution or a copy writes: to be written alone or with another.
  kernels::Term term(int t, int64_t n) const {
    const Step& step = plan->steps[static_cast<size_t>(t)];
    const StepState& state = states[static_cast<size_t>(t)];
    if (step.kind == Kind::kCopy) return {source(step).at(n), source(step).stride(), {}, 1};
    return {image(step.raw, n),
            stride(step.raw),
            {state.norm.scale.data(), state.norm.shift.data()},
            factor(state, n)};
  }

  void write_result(int t) {
    const Step& step = plan->steps[static_cast<size_t>(t)];
    if (step.output.buffer < 0 || step.deferred) return;
    const Shape& shape = op(step.op).output;
    const View out = view(step.output);
    for_images([&](int64_t n) {
      const kernels::Term own = term(t, n);
      if (step.with >= 0) {
        kernels::combine(term(step.with, n), own, pixels(shape), shape.channels, out.at(n),
                         out.stride());
      } else {
        kernels::apply(own.x, own.stride, pixels(shape), shape.channels, own.affine, own.factor,
                       out.at(n), out.stride(), step.adds);
      }
    });
  }

  /// The gradient of the raw convolution is a d + b raw + c by channel (d: of the norm's result,
  /// scaled by drop-path). Adds the gradients of gamma and beta.
  struct NormGradient {
    AlignedFloats a, b, c;
  };
  void prepare_gradient_sums(StepState& state, int64_t channels) const {
    state.gradient_sums.assign(static_cast<size_t>(images * 2 * channels), 0.0);
  }
  /// Sums of the gradient d of the norm's result, over pixels [first, first + count) of an image.
  void add_gradient_sums(const Step& step, StepState& state, const float* d, int64_t d_stride,
                         int64_t first, int64_t count, int64_t n) const {
    const int64_t channels = op(step.op).output.channels;
    double* sums = &state.gradient_sums[static_cast<size_t>(n * 2 * channels)];
    kernels::gradient_sums(d, d_stride, image(step.raw, n) + first * channels, channels, count,
                           static_cast<int>(channels), state.norm.origin.data(), sums,
                           sums + channels);
  }
  NormGradient norm_gradient(const Step& step, StepState& state, const View& d) {
    const Operator& one = op(step.op);
    const int64_t channels = one.output.channels, count = pixels(one.output);
    if (step.output.buffer >= 0) {
      prepare_gradient_sums(state, channels);
      for_images(
          [&](int64_t n) { add_gradient_sums(step, state, d.at(n), d.stride(), 0, count, n); });
    }
    const std::vector<double> all_sums = std::move(state.gradient_sums);
    const auto first = static_cast<size_t>(one.first_parameter);
    const float* gamma = tensors[first].data_ptr<float>();
    float* gamma_gradient = gradient_of(tensors[first]).data_ptr<float>();
    float* beta_gradient = gradient_of(tensors[first + 1]).data_ptr<float>();
    const double all = static_cast<double>(images * count);
    NormGradient result;
    for (AlignedFloats* each : {&result.a, &result.b, &result.c})
      each->assign(static_cast<size_t>(padded(channels)), 0.0f);
    for (int64_t c = 0; c < channels; ++c) {
      const auto k = static_cast<size_t>(c);
      double sum = 0, product = 0;
      for (int64_t n = 0; n < images; ++n) {
        const double* sums = &all_sums[static_cast<size_t>(n * 2 * channels)];
        sum += factor(state, n) * sums[c];
        product += factor(state, n) * sums[channels + c];
      }
      // The products are about the rounded mean.
      product -= sum * (norm_mean(state, k) - state.norm.origin[k]);
      const double inverse = state.norm.deviation_inverse[k];
      gamma_gradient[c] += static_cast<float>(product * inverse);
      beta_gradient[c] += static_cast<float>(sum);
      const double a = gamma[c] * inverse;
      const double b = -a * inverse * inverse * product / all;
      result.a[k] = static_cast<float>(a);
      result.b[k] = static_cast<float>(b);
      result.c[k] = static_cast<float>(-a * sum / all - b * norm_mean(state, k));
    }
    return result;
  }
  static double norm_mean(const StepState& state, size_t channel) {
    return state.norm.mean[channel];
  }

  // --- convolutions
  // -------------------------------------------------------------------------------

  /// How a convolution's input becomes the rows of a matrix.
  struct Rows {
    Shape in;       // of the image that is read
    Border border;  // around it
    bool depthwise = false, patches = false;
    bool pointwise = false;          // pixels are rows already
    bool direct = false;             // and need nothing done to them
    kernels::DepthwiseShape window;  // of the depthwise part
    kernels::PatchShape patch;
    int64_t rows = 0, inner = 0;  // of the matrix, an image
    int height = 0, width = 0;    // of the result
    /// Rows of the result whose part of the matrix is made at a time.
    int band() const { return static_cast<int>(std::max<int64_t>(1, kTile / width)); }
    /// Pixels of a 1x1 convolution at a time.
    int64_t tile() const {
      return std::clamp<int64_t>(kTileFloats / std::max<int64_t>(inner, 1), 48, kTile);
    }
    int64_t padded_width() const { return in.width + border.left + border.right; }
    /// Where the image begins inside its border.
    int64_t inside() const { return (border.top * padded_width() + border.left) * in.channels; }
    int64_t padded_pixels() const {
      return int64_t{in.height + border.top + border.bottom} *
             (in.width + border.left + border.right);
    }
  };

  Rows rows_of(const Step& step) const {
    Rows result;
    result.in = op(step.input.op).output;
    const Operator& convolution = op(step.convolutions[0]);
    result.rows = pixels(op(step.op).output);
    result.height = op(step.op).output.height;
    result.width = op(step.op).output.width;
    if (step.kind == Kind::kReduction) {
      // Both halves read every second pixel; the second from (1, 1), zeros beyond the edge.
      result.border = {0, 0, result.in.height % 2, result.in.width % 2};
      result.patches = true;
      result.patch = {.channels = result.in.channels,
                      .stride_height = 2,
                      .stride_width = 2,
                      .padded_width = result.in.width + result.border.right,
                      .out_width = convolution.output.width};
      result.inner = result.in.channels;
      return result;
    }
    if (step.depthwise >= 0) {
      const Operator& one = op(step.depthwise);
      result.border = border_of(one, result.in);
      result.depthwise = true;
      result.window = {.channels = result.in.channels,
                       .kernel = one.kernel_height,
                       .stride = one.stride_height,
                       .dilation = one.dilation,
                       .height = one.output.height,
                       .width = one.output.width};
      result.inner = result.in.channels;
      return result;
    }
    result.border = border_of(convolution, result.in);
    result.patches = convolution.kernel_height * convolution.kernel_width > 1 ||
                     convolution.stride_height * convolution.stride_width > 1;
    result.pointwise = !result.patches;
    result.direct = result.pointwise && !step.input.relu && step.input.pending < 0;
    result.patch = {.channels = result.in.channels,
                    .kernel_height = convolution.kernel_height,
                    .kernel_width = convolution.kernel_width,
                    .stride_height = convolution.stride_height,
                    .stride_width = convolution.stride_width,
                    .dilation = convolution.dilation,
                    .padded_width = result.in.width + result.border.left + result.border.right,
                    .out_width = convolution.output.width};
    result.inner = result.patches ? result.patch.size() : result.in.channels;
    return result;
  }

  /// The rows of the matrix of one image.
  struct Matrix {
    const float* data;
    int64_t stride;
  };

  /// Memory for an image with its border of zeros, which nothing writes to afterwards.
  float* bordered_image(const Rows& rows, Scratch& own) const {
    float* out = own.grow(own.image, rows.padded_pixels() * rows.in.channels);
    kernels::clear_border(rows.in.height, rows.in.width, rows.in.channels, rows.border, out,
                          rows.in.channels);
    return out;
  }
  void fill_image(const Step& step, const Rows& rows, int64_t n, Scratch& own) const {
    const View from = source(step);
    kernels::activate(from.at(n), from.stride(), rows.in.height, rows.in.width, rows.in.channels,
                      source_affine(step), step.input.relu, own.image.data() + rows.inside(),
                      rows.in.channels, rows.padded_width() * rows.in.channels);
  }

  /// The rows of the matrix for result rows [first, first + count) of the image in own.image;
  /// `half` is 0 or 1 for a reduction.
  Matrix band(const Rows& rows, const StepState& state, int half, int first, int count,
              Scratch& own) const {
    const int64_t channels = rows.in.channels;
    float* out = own.grow(own.rows, int64_t{rows.band()} * rows.width * rows.inner);
    if (rows.depthwise) {
      kernels::DepthwiseShape window = rows.window;
      window.height = count;
      const int64_t skipped = int64_t{first} * window.stride * window.padded_width();
      kernels::depthwise(own.image.data() + skipped * channels, channels, state.depthwise.data(),
                         window, out, rows.inner);
    } else {
      const float* start = own.image.data() + half * (rows.patch.padded_width + 1) * channels;
      kernels::gather_patches(start, channels, rows.patch, int64_t{first} * rows.width,
                              int64_t{count} * rows.width, out, rows.inner);
    }
    return {out, rows.inner};
  }

  /// The rows of some pixels of a 1x1 convolution.
  Matrix tile(const Step& step, const Rows& rows, int64_t n, int64_t first, int64_t count,
              Scratch& own) const {
    const View from = source(step);
    const float* in = from.at(n) + first * from.stride();
    if (rows.direct) return {in, from.stride()};
    float* out = own.grow(own.image, rows.tile() * rows.inner);
    kernels::activate(in, from.stride(), 1, static_cast<int>(count), rows.in.channels,
                      source_affine(step), step.input.relu, out, rows.inner, 0);
    return {out, rows.inner};
  }

  void pointwise_forward(const Step& step, const Rows& rows, const StepState& state, int64_t n,
                         float* raw, int64_t channels, Scratch& own) {
    for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
      const int64_t count = std::min(rows.tile(), rows.rows - first);
      const Matrix a = tile(step, rows, n, first, count, own);
      kernels::matmul(a.data, a.stride, count, rows.inner, state.convolutions[0].forward.data(),
                      channels, raw + first * channels, channels, false);
      if (plan->training) sum_pixels(raw + first * channels, channels, count, n, first == 0);
    }
  }

  void image_forward(const Step& step, const Rows& rows, const StepState& state, int64_t n,
                     float* raw, int64_t channels, Scratch& own) {
    fill_image(step, rows, n, own);
    for (int first = 0; first < rows.height; first += rows.band()) {
      const int count = std::min(rows.band(), rows.height - first);
      float* out = raw + int64_t{first} * rows.width * channels;
      int64_t column = 0;
      for (int half = 0; half < halves(step); ++half) {
        const Matrix a = band(rows, state, half, first, count, own);
        const PackedConvolution& weights = state.convolutions[half];
        kernels::matmul(a.data, a.stride, int64_t{count} * rows.width, rows.inner,
                        weights.forward.data(), weights.outputs, out + column, channels, false);
        column += weights.outputs;
      }
      if (plan->training) sum_pixels(out, channels, int64_t{count} * rows.width, n, first == 0);
    }
  }

  int halves(const Step& step) const {
    return step.kind == Kind::kReduction ? 2 : 1;
  }

  void pack_weights(const Step& step, StepState& state) {
    for (int half = 0; half < halves(step); ++half)
      pack(tensors[static_cast<size_t>(op(step.convolutions[half]).first_parameter)],
           plan->training, state.convolutions[half]);
    if (step.depthwise >= 0)
      pack_depthwise(tensors[static_cast<size_t>(op(step.depthwise).first_parameter)],
                     state.depthwise);
  }

  void convolution_forward(int t) {
    const Step& step = plan->steps[static_cast<size_t>(t)];
    StepState& state = states[static_cast<size_t>(t)];
    pack_weights(step, state);
    const Rows rows = rows_of(step);
    const int64_t channels = op(step.op).output.channels;
    prepare_sums(channels);
    for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch& own) {
      if (!rows.pointwise) bordered_image(rows, own);
      const auto run = rows.pointwise ? &State::pointwise_forward : &State::image_forward;
      for (int64_t n = first; n < last; ++n)
        (this->*run)(step, rows, state, n, image(step.raw, n), channels, own);
    });
    if (plan->training) {
      finish_statistics(step, state.norm, rows.rows);
    } else {
      use_running_statistics(step, state.norm);
    }
    write_result(t);
  }

  /// One image on the way back through a convolution.
  struct Backward {
    const Step& step;
    const Rows& rows;
    const StepState& state;
    const NormGradient& norm;
    const View& d;
    int64_t channels;  // of the result

    float* gradients;     // of this group's weights
    AlignedFloats scale;  // of d, with the image's drop-path
    int64_t n = 0;
  };

  /// The gradient of the raw convolution's pixels [first, first + count).
  const float* raw_gradient(const Backward& of, int64_t first, int64_t count, int64_t most,
                            Scratch& own) const {
    float* out = own.grow(own.gradient, most * of.channels);
    kernels::norm_gradient(of.d.at(of.n) + first * of.d.stride(), of.d.stride(),
                           image(of.step.raw, of.n) + first * of.channels, of.channels, count,
                           static_cast<int>(of.channels), of.scale.data(), of.norm.b.data(),
                           of.norm.c.data(), out, of.channels);
    return out;
  }

  void convolution_backward(int t) {
    const Step& step = plan->steps[static_cast<size_t>(t)];
    StepState& state = states[static_cast<size_t>(t)];
    const View d =
        step.output.buffer >= 0 ? gradient(step.output) : View{this, step.pending_gradient, 0};
    const NormGradient norm = norm_gradient(step, state, d);
    const Rows rows = rows_of(step);
    if (step.input.pending >= 0)
      prepare_gradient_sums(states[static_cast<size_t>(step.input.pending)], rows.in.channels);
    int64_t floats = static_cast<int64_t>(state.depthwise.size());
    for (int half = 0; half < halves(step); ++half)
      floats += static_cast<int64_t>(state.convolutions[half].forward.size());
    const int count = groups(floats);
    weight_gradients.assign(static_cast<size_t>(count * floats), 0.0f);
    for_groups(count, [&](int group, int64_t first, int64_t last, Scratch& own) {
      Backward of = {.step = step,
                     .rows = rows,
                     .state = state,
                     .norm = norm,
                     .d = d,
                     .channels = op(step.op).output.channels,
                     .gradients = &weight_gradients[static_cast<size_t>(group * floats)],
                     .scale = norm.a};
      if (!rows.pointwise) bordered_image(rows, own);
      if (rows.depthwise) bordered_products(of, own);
      const auto back = rows.pointwise   ? &State::pointwise_backward
                        : rows.depthwise ? &State::depthwise_backward
                                         : &State::patches_backward;
      for (of.n = first; of.n < last; ++of.n) {
        for (size_t k = 0; k < of.scale.size(); ++k) of.scale[k] = norm.a[k] * factor(state, of.n);
        (this->*back)(of, own);
      }
    });
    add_weight_gradients(step, state, count, floats);
  }

  /// Sums for the gradient of the pending norm that the step has read, from its finished gradient.
  void sum_pending(const Step& step, int64_t n, const float* d, int64_t stride, int64_t first,
                   int64_t count) {
    if (step.input.pending < 0) return;
    const auto pending = static_cast<size_t>(step.input.pending);
    add_gradient_sums(plan->steps[pending], states[pending], d, stride, first, count, n);
  }

  void pointwise_backward(const Backward& of, Scratch& own) {
    const Step& step = of.step;
    const Rows& rows = of.rows;
    for (int64_t first = 0; first < rows.rows; first += rows.tile()) {
      const int64_t count = std::min(rows.tile(), rows.rows - first);
      const float* d = raw_gradient(of, first, count, rows.tile(), own);
      const Matrix a = tile(step, rows, of.n, first, count, own);
      kernels::matmul_transposed(a.data, a.stride, d, of.channels, count, rows.inner, of.channels,
                                 of.gradients);
      if (!step.wants_gradient) continue;
      const View into = source_gradient(step);
      float* result = into.at(of.n) + first * into.stride();
      if (!step.input.relu) {
        kernels::matmul(d, of.channels, count, of.channels,
                        of.state.convolutions[0].backward.data(), rows.inner, result, into.stride(),
                        step.gradient_adds);
        continue;
      }
      float* products = own.grow(own.products, rows.tile() * rows.inner);
      kernels::matmul(d, of.channels, count, of.channels, of.state.convolutions[0].backward.data(),
                      rows.inner, products, rows.inner, false);
      kernels::unpad(products, rows.inner, 1, static_cast<int>(count), rows.in.channels, a.data,
                     a.stride, {}, true, {}, result, into.stride(), step.gradient_adds);
      sum_pending(step, of.n, result, into.stride(), first, count);
    }
  }

  kernels::Part image_part(const Rows& rows) const {
    return {rows.border.top, rows.border.left, rows.in.height, rows.in.width};
  }

  /// The gradient of a depthwise convolution's result, with the zeros that its way back wants.
  float* bordered_products(const Backward& of, Scratch& own) const {
    const Rows& rows = of.rows;
    const Border border = kernels::gradient_border(rows.window, image_part(rows));
    const int64_t width = rows.width + border.left + border.right;
    float* out =
        own.grow(own.products, (rows.height + border.top + border.bottom) * width * rows.inner);
    kernels::clear_border(rows.height, rows.width, static_cast<int>(rows.inner), border, out,
                          rows.inner);
    return out;
  }

  void depthwise_backward(const Backward& of, Scratch& own) {
    const Step& step = of.step;
    const Rows& rows = of.rows;
    const PackedConvolution& weights = of.state.convolutions[0];
    fill_image(step, rows, of.n, own);
    const Border border = kernels::gradient_border(rows.window, image_part(rows));
    const int64_t d_row = (rows.width + border.left + border.right) * rows.inner;
    float* products = own.products.data() + border.top * d_row + border.left * rows.inner;
    for (int first = 0; first < rows.height; first += rows.band()) {
      const int count = std::min(rows.band(), rows.height - first);
      const int64_t size = int64_t{count} * rows.width;
      const float* d = raw_gradient(of, int64_t{first} * rows.width, size,
                                    int64_t{rows.band()} * rows.width, own);
      const Matrix a = band(rows, of.state, 0, first, count, own);
      kernels::matmul_transposed(a.data, a.stride, d, of.channels, size, rows.inner, of.channels,
                                 of.gradients);
      for (int y = 0; y < count; ++y)
        kernels::matmul(d + int64_t{y} * rows.width * of.channels, of.channels, rows.width,
                        of.channels, weights.backward.data(), rows.inner,
                        products + (first + y) * d_row, rows.inner, false);
    }
    kernels::depthwise_weight_gradient(own.image.data(), rows.in.channels, products, rows.inner,
                                       d_row, rows.window, of.gradients + weights.forward.size());
    if (!step.wants_gradient) return;
    kernels::Passage passage;
    if (step.input.relu)
      passage = {.activated = own.image.data() + rows.inside(),
                 .activated_stride = rows.in.channels,
                 .activated_row = rows.padded_width() * rows.in.channels};
    if (step.input.pending >= 0) {
      StepState& read = states[static_cast<size_t>(step.input.pending)];
      const View raw = source(step);
      passage.raw = raw.at(of.n);
      passage.raw_stride = raw.stride();
      passage.origin = read.norm.origin.data();
      passage.sum = &read.gradient_sums[static_cast<size_t>(of.n * 2 * rows.in.channels)];
      passage.product = passage.sum + rows.in.channels;
    }
    const View into = source_gradient(step);
    kernels::depthwise_input_gradient(products, rows.inner, of.state.depthwise.data(), rows.window,
                                      image_part(rows), passage, into.at(of.n), into.stride(),
                                      step.gradient_adds);
  }

  void patches_backward(const Backward& of, Scratch& own) {
    const Step& step = of.step;
    const Rows& rows = of.rows;
    fill_image(step, rows, of.n, own);
    const int64_t back_floats = rows.padded_pixels() * rows.in.channels;
    float* back = own.grow(own.back, back_floats);
    std::fill_n(back, back_floats, 0.0f);
    for (int first = 0; first < rows.height; first += rows.band()) {
      const int count = std::min(rows.band(), rows.height - first);
      const int64_t begin = int64_t{first} * rows.width, size = int64_t{count} * rows.width;
      const int64_t most = int64_t{rows.band()} * rows.width;
      const float* d = raw_gradient(of, begin, size, most, own);
      float* gradients = of.gradients;
      for (int half = 0; half < halves(step); ++half) {
        const PackedConvolution& weights = of.state.convolutions[half];
        const Matrix a = band(rows, of.state, half, first, count, own);
        kernels::matmul_transposed(a.data, a.stride, d, of.channels, size, rows.inner,
                                   weights.outputs, gradients);
        if (step.wants_gradient) {
          float* products = own.grow(own.products, most * rows.inner);
          kernels::matmul(d, of.channels, size, weights.outputs, weights.backward.data(),
                          rows.inner, products, rows.inner, false);
          kernels::scatter_patches(products, rows.inner, rows.patch, begin, size,
                                   back + half * (rows.patch.padded_width + 1) * rows.in.channels,
                                   rows.in.channels);
        }
        gradients += weights.forward.size();
        d += weights.outputs;
      }
    }
    if (!step.wants_gradient) return;
    const View from = source(step), into = source_gradient(step);
    kernels::unpad(back, rows.in.channels, rows.in.height, rows.in.width, rows.in.channels,
                   from.at(of.n), from.stride(), source_affine(step), step.input.relu, rows.border,
                   into.at(of.n), into.stride(), step.gradient_adds);
    sum_pending(step, of.n, into.at(of.n), into.stride(), 0, pixels(rows.in));
  }

  void add_weight_gradients(const Step& step, const StepState& state, int count, int64_t floats) {
    float* sum = weight_gradients.data();
    for (int group = 1; group < count; ++group) {
      const float* part = sum + group * floats;
      for (int64_t i = 0; i < floats; ++i) sum[i] += part[i];
    }
    for (int half = 0; half < halves(step); ++half) {
      at::Tensor& weight =
          tensors[static_cast<size_t>(op(step.convolutions[half]).first_parameter)];
      unpack_gradient(sum, weight, gradient_of(weight));
      sum += state.convolutions[half].forward.size();
    }
    if (step.depthwise < 0) return;
    at::Tensor& weight = tensors[static_cast<size_t>(op(step.depthwise).first_parameter)];
    unpack_depthwise_gradient(sum, weight, gradient_of(weight));
  }

  // --- pools, copies, ReLUs
  // -----------------------------------------------------------------------

  kernels::PoolShape pool_shape(const Step& step) const {
    const Operator& one = op(step.op);
    const Shape& in = op(step.input.op).output;
    const Border border = border_of(one, in);
    return {.channels = in.channels,
            .height = in.height,
            .width = in.width,
            .out_height = one.output.height,
            .out_width = one.output.width,
            .kernel = one.kernel_height,
            .stride = one.stride_height,
            .top = border.top,
            .left = border.left,
            .zeros = one.zeros};
  }

  /// Results that are added or scaled on their way go through the scratch.
  void pool_forward(const Step& step, StepState& state) {
    const kernels::PoolShape shape = pool_shape(step);
    const View from = source(step), into = view(step.output);
    const int64_t count = pixels(op(step.op).output);
    const bool direct = !step.adds && state.factors.empty();
    const auto pool =
        op(step.op).kind == OperatorKind::kAvgPool ? kernels::average_pool : kernels::max_pool;
    for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch& own) {
      for (int64_t n = first; n < last; ++n) {
        if (direct) {
          pool(from.at(n), from.stride(), shape, into.at(n), into.stride());
          continue;
        }
        float* result = own.grow(own.image, count * shape.channels);
        pool(from.at(n), from.stride(), shape, result, shape.channels);
        kernels::apply(result, shape.channels, count, shape.channels, {}, factor(state, n),
                       into.at(n), into.stride(), step.adds);
      }
    });
  }

  void pool_backward(const Step& step, const StepState& state) {
    if (!step.wants_gradient) return;
    const kernels::PoolShape shape = pool_shape(step);
    const View from = source(step), d = gradient(step.output), into = source_gradient(step);
    const int64_t count = pixels(op(step.op).output);
    for_groups(groups(0), [&](int, int64_t first, int64_t last, Scratch& own) {
      for (int64_t n = first; n < last; ++n) {
        const float* above = d.at(n);
        int64_t above_stride = d.stride();
        if (!state.factors.empty()) {
          float* scaled = own.grow(own.image, count * shape.channels);
          kernels::apply(above, above_stride, count, shape.channels, {}, factor(state, n), scaled,
                         shape.channels, false);
          above = scaled;
          above_stride = shape.channels;
        }
        if (op(step.op).kind == OperatorKind::kAvgPool) {
          kernels::average_pool_gradient(above, above_stride, shape, into.at(n), into.stride());
        } else {
          kernels::max_pool_gradient(from.at(n), from.stride(), above, above_stride, shape,
                                     into.at(n), into.stride());
        }
      }
    });
  }

  void copy_backward(const Step& step) {
    if (!step.wants_gradient) return;
    const Shape& shape = op(step.op).output;
    const View d = gradient(step.output), into = source_gradient(step);
    for_images([&](int64_t n) {
      kernels::apply(d.at(n), d.stride(), pixels(shape), shape.channels, {}, 1.0f, into.at(n),
                     into.stride(), step.gradient_adds);
    });
  }

  void relu_forward(const Step& step) {
    const Shape& shape = op(step.op).output;
    const View from = source(step), into = view(step.output);
    for_images([&](int64_t n) {
      kernels::pad(from.at(n), from.stride(), shape.height, shape.width, shape.channels, {}, true,
                   {}, into.at(n), into.stride());
    });
  }

  void relu_backward(const Step& step) {
    if (!step.wants_gradient) return;
    const Shape& shape = op(step.op).output;
    const View from = source(step), d = gradient(step.output), into = source_gradient(step);
    for_images([&](int64_t n) {
      kernels::unpad(d.at(n), d.stride(), shape.height, shape.width, shape.channels, from.at(n),
                     from.stride(), {}, true, {}, into.at(n), into.stride(), step.gradient_adds);
    });
  }

  // --- layer norm and instance norm
  // ---------------------------------------------------------------

  // Two genotypes have them; they are written to be read.

  /// Mean and 1 / deviation of each channel of an image, the same for all with a layer norm.
  struct Moments {
    std::vector<double> mean, inverse;
  };
  Moments moments(const Step& step, const float* x, int64_t stride) const {
    const Shape& shape = op(step.op).output;
    const auto channels = static_cast<size_t>(shape.channels);
    std::vector<double> sum(channels, 0.0), squares(channels, 0.0);
    for (int64_t p = 0; p < pixels(shape); ++p)
      for (size_t c = 0; c < channels; ++c) sum[c] += x[p * stride + static_cast<int64_t>(c)];
    Moments result;
    join(step, sum);
    const double count = values_normalised(step);
    for (size_t c = 0; c < channels; ++c) result.mean.push_back(sum[c] / count);
    for (int64_t p = 0; p < pixels(shape); ++p)
      for (size_t c = 0; c < channels; ++c) {
        const double away = x[p * stride + static_cast<int64_t>(c)] - result.mean[c];
        squares[c] += away * away;
      }
    join(step, squares);
    for (size_t c = 0; c < channels; ++c)
      result.inverse.push_back(1.0 / std::sqrt(squares[c] / count + epsilon()));
    return result;
  }
  double values_normalised(const Step& step) const {
    const Shape& shape = op(step.op).output;
    return static_cast<double>(op(step.op).kind == OperatorKind::kLayerNorm ? shape.elements()
                                                                            : pixels(shape));
  }
  /// A layer norm's sums are over all channels.
  void join(const Step& step, std::vector<double>& sums) const {
    if (op(step.op).kind != OperatorKind::kLayerNorm) return;
    double all = 0;
    for (const double sum : sums) all += sum;
    std::fill(sums.begin(), sums.end(), all);
  }

  void normalize_forward(const Step& step) {
    const Operator& one = op(step.op);
    const float* gain = tensors[static_cast<size_t>(one.first_parameter)].data_ptr<float>();
    const float* shift = tensors[static_cast<size_t>(one.first_parameter) + 1].data_ptr<float>();
    const View from = source(step), into = view(step.output);
    for_images([&](int64_t n) {
      const float* x = from.at(n);
      float* y = into.at(n);
      const Moments known = moments(step, x, from.stride());
      for (int64_t p = 0; p < pixels(one.output); ++p)
        for (int c = 0; c < one.output.channels; ++c) {
          const auto k = static_cast<size_t>(c);
          const double value = (x[p * from.stride() + c] - known.mean[k]) * known.inverse[k];
          float& result = y[p * into.stride() + c];
          result = (step.adds ? result : 0.0f) + static_cast<float>(value * gain[c] + shift[c]);
        }
    });
  }

  void normalize_backward(const Step& step) {
    const Operator& one = op(step.op);
    const auto channels = static_cast<size_t>(one.output.channels);
    const auto first = static_cast<size_t>(one.first_parameter);
    const float* gain = tensors[first].data_ptr<float>();
    const View from = source(step), d = gradient(step.output), into = source_gradient(step);
    std::vector<double> by_image(static_cast<size_t>(images) * 2 * channels, 0.0);
    for_images([&](int64_t n) {
      const float* x = from.at(n);
      const float* above = d.at(n);
      const Moments known = moments(step, x, from.stride());
      std::vector<double> sum(channels, 0.0), product(channels, 0.0);
      double* own = &by_image[static_cast<size_t>(n) * 2 * channels];
      for (int64_t p = 0; p < pixels(one.output); ++p)
        for (size_t c = 0; c < channels; ++c) {
          const auto k = static_cast<int64_t>(c);
          const double value = (x[p * from.stride() + k] - known.mean[c]) * known.inverse[c];
          const double gradient = above[p * d.stride() + k];
          own[c] += gradient * value;
          own[channels + c] += gradient;
          sum[c] += gradient * gain[c];
          product[c] += gradient * gain[c] * value;
        }
      join(step, sum);
      join(step, product);
      const double count = values_normalised(step);
      float* result = into.at(n);
      for (int64_t p = 0; p < pixels(one.output); ++p)
        for (size_t c = 0; c < channels; ++c) {
          const auto k = static_cast<int64_t>(c);
          const double value = (x[p * from.stride() + k] - known.mean[c]) * known.inverse[c];
          const double gradient = known.inverse[c] * (above[p * d.stride() + k] * gain[c] -
                                                      sum[c] / count - value * product[c] / count);
          float& place = result[p * into.stride() + k];
          place = (step.gradient_adds ? place : 0.0f) + static_cast<float>(gradient);
        }
    });
    float* gain_gradient = gradient_of(tensors[first]).data_ptr<float>();
    float* shift_gradient = gradient_of(tensors[first + 1]).data_ptr<float>();
    for (size_t c = 0; c < channels; ++c) {
      double gain_sum = 0, shift_sum = 0;
      for (int64_t n = 0; n < images; ++n) {
        gain_sum += by_image[static_cast<size_t>(n) * 2 * channels + c];
        shift_sum += by_image[static_cast<size_t>(n) * 2 * channels + channels + c];
      }
      gain_gradient[c] += static_cast<float>(gain_sum);
      shift_gradient[c] += static_cast<float>(shift_sum);
    }
  }

  // --- heads
  // --------------------------------------------------------------------------------------

  void global_pool_forward(const Step& step) {
    const Shape& shape = op(step.input.op).output;
    const View from = source(step), into = view(step.output);
    for_images([&](int64_t n) {
      std::vector<double> sums(static_cast<size_t>(shape.channels), 0.0);
      const float* x = from.at(n);
      for (int64_t p = 0; p < pixels(shape); ++p)
        for (int c = 0; c < shape.channels; ++c) {
          const float value = x[p * from.stride() + c];
          sums[static_cast<size_t>(c)] += step.input.relu ? std::max(value, 0.0f) : value;
        }
      for (int c = 0; c < shape.channels; ++c)
        into.at(n)[c] =
            static_cast<float>(sums[static_cast<size_t>(c)] / static_cast<double>(pixels(shape)));
    });
  }

  void global_pool_backward(const Step& step) {
    if (!step.wants_gradient) return;
    const Shape& shape = op(step.input.op).output;
    const View from = source(step), d = gradient(step.output), into = source_gradient(step);
    const auto share = static_cast<float>(1.0 / static_cast<double>(pixels(shape)));
    for_images([&](int64_t n) {
      const float* x = from.at(n);
      const float* above = d.at(n);
      float* result = into.at(n);
      for (int64_t p = 0; p < pixels(shape); ++p)
        for (int c = 0; c < shape.channels; ++c) {
          const bool passed = !step.input.relu || x[p * from.stride() + c] > 0;
          float& place = result[p * into.stride() + c];
          place = (step.gradient_adds ? place : 0.0f) + (passed ? above[c] * share : 0.0f);
        }
    });
  }

  float dropped(const StepState& state, int64_t n, int64_t inner, int64_t k) const {
    return state.factors.empty() ? 1.0f : state.factors[static_cast<size_t>(n * inner + k)];
  }

  at::Tensor linear_forward(const Step& step, const StepState& state) {
    const Operator& one = op(step.op);
    const auto first = static_cast<size_t>(one.first_parameter);
    const int64_t inner = tensors[first].size(1), outputs = tensors[first].size(0);
    const float* weight = tensors[first].data_ptr<float>();
    const float* bias = tensors[first + 1].data_ptr<float>();
    const View from = source(step);
    at::Tensor logits = at::empty({images, outputs}, at::TensorOptions(c10::kFloat));
    float* out = logits.data_ptr<float>();
    for_images([&](int64_t n) {
      std::vector<float> x(static_cast<size_t>(inner));
      for (int64_t k = 0; k < inner; ++k)
        x[static_cast<size_t>(k)] = from.at(n)[k] * dropped(state, n, inner, k);
      for (int64_t o = 0; o < outputs; ++o) {
        double sum = bias[o];
        const float* row = weight + o * inner;
        for (int64_t k = 0; k < inner; ++k)
          sum += static_cast<double>(x[static_cast<size_t>(k)]) * row[k];
        out[n * outputs + o] = static_cast<float>(sum);
      }
    });
    return logits;
  }

  void linear_backward(const Step& step, const StepState& state, const at::Tensor& d) {
    const Operator& one = op(step.op);
    const auto first = static_cast<size_t>(one.first_parameter);
    const int64_t inner = tensors[first].size(1), outputs = tensors[first].size(0);
    const float* weight = tensors[first].data_ptr<float>();
    const float* above = d.data_ptr<float>();
    const View from = source(step), into = source_gradient(step);
    for_images([&](int64_t n) {
      float* result = into.at(n);
      std::vector<double> sums(static_cast<size_t>(inner), 0.0);
      for (int64_t o = 0; o < outputs; ++o)
        for (int64_t k = 0; k < inner; ++k)
          sums[static_cast<size_t>(k)] +=
              static_cast<double>(above[n * outputs + o]) * weight[o * inner + k];
      for (int64_t k = 0; k < inner; ++k)
        result[k] = (step.gradient_adds ? result[k] : 0.0f) +
                    static_cast<float>(sums[static_cast<size_t>(k)]) * dropped(state, n, inner, k);
    });
    float* weight_gradient = gradient_of(tensors[first]).data_ptr<float>();
    float* bias_gradient = gradient_of(tensors[first + 1]).data_ptr<float>();
    for (int64_t n = 0; n < images; ++n)
      for (int64_t o = 0; o < outputs; ++o) {
        const float gradient = above[n * outputs + o];
        bias_gradient[o] += gradient;
        for (int64_t k = 0; k < inner; ++k)
          weight_gradient[o * inner + k] += gradient * from.at(n)[k] * dropped(state, n, inner, k);
      }
  }

  // --- whole passes
  // -------------------------------------------------------------------------------

  void draw_masks(const Step& step, StepState& state, const Pass& pass) const {
    state.factors.clear();
    if (step.drop < 0 || !pass.training) return;
    const bool path = op(step.drop).kind == OperatorKind::kDropPath;
    const double keep = path ? drop_path_keep(graph, op(step.drop).cell_number, pass.progress)
                             : graph.recipe.dropout_keep;
    if (keep >= 1) return;
    const int64_t count = path ? images : images * op(step.drop).output.elements();
    state.factors = random_mask(count, keep, pass.seed, pass.step, static_cast<uint64_t>(step.drop),
                                path ? "drop path" : "dropout");
  }

  void take_images(const at::Tensor& batch) {
    const Shape& shape = op(0).output;
    const float* data = batch.data_ptr<float>();
    const int64_t by_channel = batch.stride(1), by_row = batch.stride(2),
                  by_column = batch.stride(3), by_image = batch.stride(0);
    const View into = view(place(0));
    for_images([&](int64_t n) {
      float* out = into.at(n);
      for (int y = 0; y < shape.height; ++y)
        for (int x = 0; x < shape.width; ++x)
          for (int c = 0; c < shape.channels; ++c)
            *out++ = data[n * by_image + c * by_channel + y * by_row + x * by_column];
    });
  }

  Result forward(const at::Tensor& batch, const Pass& pass) {
    if (pass.training && training.steps.empty()) training = make_plan(graph, true);
    plan = pass.training ? &training : &inference;
    images = batch.size(0);
    memory = arena.reserve(plan->floats_per_image * images);
    states.resize(plan->steps.size());
    statistics_share = 1.0 - batch_norm_keep(graph, pass.step);
    take_images(batch);
    Result result;
    for (size_t t = 0; t < plan->steps.size(); ++t) {
      const Step& step = plan->steps[t];
      StepState& state = states[t];
      draw_masks(step, state, pass);
      switch (step.kind) {
        case Kind::kConvolution:
        case Kind::kReduction:
          convolution_forward(static_cast<int>(t));
          break;
        case Kind::kPool:
          pool_forward(step, state);
          break;
        case Kind::kCopy:
          write_result(static_cast<int>(t));
          break;
        case Kind::kRelu:
          relu_forward(step);
          break;
        case Kind::kNormalize:
          normalize_forward(step);
          break;
        case Kind::kGlobalPool:
          global_pool_forward(step);
          break;
        case Kind::kLinear:
          (step.op == graph.logits ? result.logits : result.auxiliary_logits) =
              linear_forward(step, state);
          break;
      }
    }
    return result;
  }

  void set_zeros(const Step& step) {
    for (const Region& region : step.zeros) {
      const int64_t count = pixels(plan->buffers[static_cast<size_t>(region.buffer)].shape);
      for_images([&](int64_t n) {
        float* first = image(region.buffer, n) + region.channel;
        for (int64_t p = 0; p < count; ++p)
          std::fill_n(first + p * stride(region.buffer), region.channels, 0.0f);
      });
    }
  }

  void backward(const at::Tensor& logits, const at::Tensor& auxiliary) {
    for (size_t t = plan->steps.size(); t-- > 0;) {
      const Step& step = plan->steps[t];
      const StepState& state = states[t];
      set_zeros(step);
      switch (step.kind) {
        case Kind::kConvolution:
        case Kind::kReduction:
          convolution_backward(static_cast<int>(t));
          break;
        case Kind::kPool:
          pool_backward(step, state);
          break;
        case Kind::kCopy:
          copy_backward(step);
          break;
        case Kind::kRelu:
          relu_backward(step);
          break;
        case Kind::kNormalize:
          normalize_backward(step);
          break;
        case Kind::kGlobalPool:
          global_pool_backward(step);
          break;
        case Kind::kLinear:
          linear_backward(step, state, step.op == graph.logits ? logits : auxiliary);
          break;
      }
    }
  }

  const graph::Graph& graph;
  std::vector<at::Tensor>& tensors;
  Plan inference, training;
  const Plan* plan = nullptr;  // of the last pass
  int64_t images = 0;
  double statistics_share = 0;  // of the batch in the running statistics
  float* memory = nullptr;
  Arena arena;
  std::vector<StepState> states;
  std::vector<Scratch> scratch;
  std::vector<double> partial;  // sums by image
  AlignedFloats origins, weight_gradients;
};

FusedExecutor::FusedExecutor(const graph::Graph& graph, std::vector<at::Tensor>& tensors)
    : state_(std::make_unique<State>(graph, tensors)) {}

FusedExecutor::~FusedExecutor() = default;

FusedExecutor::Result FusedExecutor::forward(const at::Tensor& images, const Pass& pass) {
  const at::NoGradGuard no_gradients;
  return state_->forward(images, pass);
}

void FusedExecutor::backward(const at::Tensor& logits, const at::Tensor& auxiliary) {
  const at::NoGradGuard no_gradients;
  state_->backward(logits, auxiliary);
}

int64_t FusedExecutor::memory() const {
  int64_t bytes = state_->arena.bytes();
  for (const Scratch& own : state_->scratch)
    for (const auto* part : {&own.image, &own.rows, &own.gradient, &own.products, &own.back})
      bytes += static_cast<int64_t>(part->size() * sizeof(float));
  return bytes + static_cast<int64_t>(state_->weight_gradients.size() * sizeof(float));
}

}  // namespace nasnet::network
