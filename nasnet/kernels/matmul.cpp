// Products of matrices in float32. Tiles of the result stay in registers while the inner size is
// gone through, as in Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication"
// (2008), without their packing of the left side: rows are pixels where they lie. Weights are
// packed once a step.

#include "nasnet/kernels/matmul.h"

#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/matmul.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "nasnet/kernels/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

/// sums += kSteps columns of a times as many rows of b.
template <int kRows, int kVectors, int kSteps>
HWY_INLINE void multiply_steps(const float* HWY_RESTRICT a, int64_t a_stride,
                               const float* HWY_RESTRICT b, int64_t b_stride,
                               Vector (&sums)[kRows][kVectors]) {
  const Tag d;
  Vector row[kSteps][kVectors];
  NASNET_UNROLL
  for (int k = 0; k < kSteps; ++k) {
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) row[k][v] = hn::LoadU(d, b + k * b_stride + v * kWidth);
  }
  NASNET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    NASNET_UNROLL
    for (int k = 0; k < kSteps; ++k) {
      const Vector factor = hn::Set(d, a[k]);
      NASNET_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(factor, row[k][v], sums[r][v]);
    }
    a = opaque(a + a_stride);
  }
}

/// One tile's part of a Finish: the addresses of its first row.
struct TileFinish {
  const float* bias;
  bool relu;
  const float* mask;
  int64_t mask_stride;
  bool add;
  Ahead* ahead;

  TileFinish(const Finish<float>& finish, int64_t row, int64_t column)
      : bias(finish.bias ? finish.bias + column : nullptr),
        relu(finish.relu),
        mask(finish.mask ? finish.mask.from_pixel(row).data + column : nullptr),
        mask_stride(finish.mask.stride),
        add(finish.write == Write::kAdd),
        ahead(finish.ahead) {}
};

/// Calls change(sum, v, address of its row's first column) for each sum of a tile.
template <int kRows, int kVectors, class T, class Change>
HWY_INLINE void for_sums(Vector (&sums)[kRows][kVectors], T* row, int64_t stride, Change change) {
  NASNET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) change(sums[r][v], v, row);
    row = opaque(row + stride);
  }
}

// A tile of kRows x kVectors results stays in registers: with 32 of them 24 sums, which hide the
// four cycles of a multiply-add many times over, and leave eight for the rows of b. Each address in
// a serves several steps.
template <int kRows, int kVectors, bool kTail>
HWY_INLINE void multiply_tile(const float* HWY_RESTRICT a, int64_t a_stride, const Taps& taps,
                              const float* HWY_RESTRICT b, int64_t b_stride, const Floats& lanes,
                              float* HWY_RESTRICT c, int64_t c_stride, const TileFinish& finish) {
  constexpr int kSteps = kSums < 24 ? 1 : kVectors == 1 ? 4 : 2;
  const Tag d;
  Vector sums[kRows][kVectors];
  for_sums(sums, c, c_stride, [&](Vector& sum, int v, float* row) HWY_ATTR {
    prefetch_for_store(row + v * kWidth);
    sum = hn::Zero(d);
  });
  // A line for each 24 multiply-adds: lines_ahead for all at once they would be waited for.
  Ahead::Lines lines_ahead = take_lines(finish.ahead, taps.count * taps.length);
  for (const Tap* tap = taps.first; tap != taps.first + taps.count; ++tap) {
    const float* first = a + tap->offset;
    const float* row = b + tap->row * b_stride;
    int64_t k = 0;
    for (; k + kSteps <= taps.length; k += kSteps) {
      lines_ahead.prefetch(kSteps);
      multiply_steps<kRows, kVectors, kSteps>(first + k, a_stride, row + k * b_stride, b_stride,
                                              sums);
    }
    for (; k < taps.length; ++k)
      multiply_steps<kRows, kVectors, 1>(first + k, a_stride, row + k * b_stride, b_stride, sums);
  }
  const auto load = [&](const float* row, int v) HWY_ATTR {
    return kTail && v == kVectors - 1 ? lanes.load_tail(row + v * kWidth)
                                      : hn::LoadU(d, row + v * kWidth);
  };
  if (finish.bias != nullptr)
    for_sums(sums, finish.bias, 0, [&](Vector& sum, int v, const float* row) HWY_ATTR {
      sum = hn::Add(sum, hn::LoadU(d, row + v * kWidth));
    });
  if (finish.relu)
    for_sums(sums, c, 0, [&](Vector& sum, int, float*) HWY_ATTR { sum = rectified(sum); });
  if (finish.mask != nullptr)
    for_sums(sums, finish.mask, finish.mask_stride,
             [&](Vector& sum, int v, const float* row)
                 HWY_ATTR { sum = rectified_gradient(load(row, v), sum); });
  if (finish.add)
    for_sums(sums, c, c_stride,
             [&](Vector& sum, int v, float* row) HWY_ATTR { sum = hn::Add(sum, load(row, v)); });
  for_sums(sums, c, c_stride, [&](Vector& sum, int v, float* row) HWY_ATTR {
    if (kTail && v == kVectors - 1) {
      lanes.store_tail(sum, row + v * kWidth);
    } else {
      hn::StoreU(sum, d, row + v * kWidth);
    }
  });
}

/// The columns of a block, whose first is `column`.
template <int kVectors, bool kTail>
void multiply_columns(Pixels<const float> a, const Taps& taps, const float* b, const Product& size,
                      int64_t column, const Floats& lanes, Pixels<float> c,
                      const Finish<float>& finish) {
  constexpr int kRows = kSums / kVectors;
  const int64_t rows = size.rows, b_stride = padded(size.columns);
  int64_t r = 0;
  const auto tiles = [&](auto count) HWY_ATTR {
    constexpr int kCount = decltype(count)::value;
    for (; r + kCount <= rows; r += kCount)
      multiply_tile<kCount, kVectors, kTail>(a.data + r * a.stride, a.stride, taps, b + column,
                                             b_stride, lanes, c.data + r * c.stride + column,
                                             c.stride, TileFinish(finish, r, column));
  };
  tiles(std::integral_constant<int, kRows>());
  if (kRows > 8) tiles(std::integral_constant<int, 8>());
  tiles(std::integral_constant<int, 4>());
  tiles(std::integral_constant<int, 1>());
}

template <bool kTail>
auto columns_function(int vectors) {
  return vectors == 1   ? multiply_columns<1, kTail>
         : vectors == 2 ? multiply_columns<2, kTail>
                        : multiply_columns<3, kTail>;
}

void Matmul(Pixels<const float> a, const Taps& taps, const float* b, const Product& size,
            Pixels<float> c, const Finish<float>& finish) {
  const Floats lanes(size.columns);
  for (const ColumnBlock block : column_blocks(size.columns)) {
    const auto run =
        block.tail ? columns_function<true>(block.vectors) : columns_function<false>(block.vectors);
    run(a, taps, b, size, block.first, lanes, c, finish);
  }
}

/// c[i][.] += sum over the pixels of x[pixel][i] d[pixel][.] for kInner i side by side.
template <int kInner, int kVectors, bool kTail>
HWY_INLINE void transposed_tile(Backward<float> from, const TransposedProduct& size,
                                const Floats& lanes, float* HWY_RESTRICT c, int64_t c_stride,
                                Ahead* ahead) {
  const Tag tag;
  const int64_t lines = size.lines, rows = size.rows;
  const int64_t x_stride = from.x.stride, d_stride = from.d.stride;
  const int64_t x_row = from.x.row_step(rows), d_row = from.d.row_step(rows);
  const float* HWY_RESTRICT x = from.x.data;
  const float* HWY_RESTRICT d = from.d.data;
  Vector sums[kInner][kVectors];
  NASNET_UNROLL
  for (int i = 0; i < kInner; ++i) NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::LoadU(tag, c + i * c_stride + v * kWidth);
  Ahead::Lines lines_ahead = take_lines(ahead, rows * lines);
  for (int64_t y = 0; y < lines; ++y, x += x_row, d += d_row)
    for (int64_t r = 0; r < rows; ++r) {
      lines_ahead.prefetch();
      Vector row[kVectors];
      NASNET_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const float* place = d + r * d_stride + v * kWidth;
        row[v] = kTail && v == kVectors - 1 ? lanes.load_tail(place) : hn::LoadU(tag, place);
      }
      NASNET_UNROLL
      for (int i = 0; i < kInner; ++i) {
        const Vector factor = hn::Set(tag, x[r * x_stride + i]);
        NASNET_UNROLL
        for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(factor, row[v], sums[i][v]);
      }
    }
  NASNET_UNROLL
  for (int i = 0; i < kInner; ++i) NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[i][v], tag, c + i * c_stride + v * kWidth);
}

template <int kVectors, bool kTail>
void transposed_columns(Backward<float> from, const TransposedProduct& size, const Floats& lanes,
                        float* c, Ahead* ahead) {
  constexpr int kInner = kVectors == 1 ? kSums * 2 / 3 : kSums / kVectors;
  const int64_t inner = size.inner, c_stride = padded(size.columns);
  int64_t i = 0;
  const auto tiles = [&](auto count) HWY_ATTR {
    constexpr int kCount = decltype(count)::value;
    // The rest is split evenly: sixteen are eight and eight, not twelve and four.
    for (; i + kCount <= inner && (kCount <= 8 || inner - i != 16 || kCount == 16); i += kCount)
      transposed_tile<kCount, kVectors, kTail>({from.d, from.x.from_channel(i)}, size, lanes,
                                               c + i * c_stride, c_stride, ahead);
  };
  tiles(std::integral_constant<int, kInner>());
  if (kInner > 8) tiles(std::integral_constant<int, 8>());
  tiles(std::integral_constant<int, 4>());
  tiles(std::integral_constant<int, 1>());
}

template <bool kTail>
auto transposed_function(int vectors) {
  return vectors == 1   ? transposed_columns<1, kTail>
         : vectors == 2 ? transposed_columns<2, kTail>
                        : transposed_columns<3, kTail>;
}

void MatmulTransposed(Backward<float> from, const TransposedProduct& size, float* c, Ahead* ahead) {
  const Floats lanes(size.columns);
  for (const ColumnBlock block : column_blocks(size.columns)) {
    const auto run = block.tail ? transposed_function<true>(block.vectors)
                                : transposed_function<false>(block.vectors);
    run({from.d.from_channel(block.first), from.x}, size, lanes, c + block.first, ahead);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Matmul);
HWY_EXPORT(MatmulTransposed);

void matmul(Pixels<const float> a, const float* b, const Product& size, Pixels<float> c,
            const Finish<float>& finish) {
  const Tap whole;
  matmul(a, {.first = &whole, .count = 1, .length = size.inner}, b, size, c, finish);
}

void matmul(Pixels<const float> a, const Taps& taps, const float* b, const Product& size,
            Pixels<float> c, const Finish<float>& finish) {
  NASNET_CHECK(size.rows >= 0 && size.columns > 0 && taps.count >= 0);
  const Size result = {.width = size.rows, .channels = size.columns};
  NASNET_CHECK(lie_apart(c, result));
  NASNET_CHECK(!finish.mask || lie_apart(finish.mask, result));
  for (int64_t t = 0; t < taps.count; ++t)
    NASNET_DCHECK(taps.first[t].row >= 0, "a tap meets rows of the weights");
  HWY_DYNAMIC_DISPATCH(Matmul)(a, taps, b, size, c, finish);
}

void matmul_transposed(Backward<float> from, const TransposedProduct& size, float* c,
                       Ahead* ahead) {
  NASNET_CHECK(size.rows >= 0 && size.lines >= 0 && size.inner > 0 && size.columns > 0);
  HWY_DYNAMIC_DISPATCH(MatmulTransposed)(from, size, c, ahead);
}

}  // namespace nasnet::kernels
#endif
