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
  bool accumulate;
  Ahead* ahead;

  TileFinish(const Finish<float>& finish, int64_t row, int64_t column)
      : bias(finish.bias == nullptr ? nullptr : finish.bias + column),
        relu(finish.relu),
        mask(finish.mask == nullptr ? nullptr : finish.mask + row * finish.mask_stride + column),
        mask_stride(finish.mask_stride),
        accumulate(finish.accumulate),
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
  if (finish.accumulate)
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

template <int kVectors, bool kTail>
void multiply_columns(const float* a, int64_t a_stride, int64_t rows, const Taps& taps,
                      const float* b, int64_t b_stride, int64_t column, const Floats& lanes,
                      float* c, int64_t c_stride, const Finish<float>& finish) {
  constexpr int kRows = kSums / kVectors;
  int64_t r = 0;
  const auto tiles = [&](auto size) HWY_ATTR {
    constexpr int kSize = decltype(size)::value;
    for (; r + kSize <= rows; r += kSize)
      multiply_tile<kSize, kVectors, kTail>(a + r * a_stride, a_stride, taps, b + column, b_stride,
                                            lanes, c + r * c_stride + column, c_stride,
                                            TileFinish(finish, r, column));
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

void Matmul(const float* a, int64_t a_stride, int64_t rows, const Taps& taps, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish) {
  const Floats lanes(columns);
  for (const ColumnBlock block : column_blocks(columns)) {
    const auto run =
        block.tail ? columns_function<true>(block.vectors) : columns_function<false>(block.vectors);
    run(a, a_stride, rows, taps, b, padded(columns), block.first, lanes, c, c_stride, finish);
  }
}

/// c[i][.] += sum over rows of a[row][i] d[row][.] for kInner i side by side.
template <int kInner, int kVectors, bool kTail>
HWY_INLINE void transposed_tile(const float* HWY_RESTRICT a, int64_t a_stride,
                                const float* HWY_RESTRICT d, int64_t d_stride, int64_t rows,
                                const Lines& lines, const Floats& lanes, float* HWY_RESTRICT c,
                                int64_t c_stride, Ahead* ahead) {
  const Tag tag;
  Vector sums[kInner][kVectors];
  NASNET_UNROLL
  for (int i = 0; i < kInner; ++i) NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::LoadU(tag, c + i * c_stride + v * kWidth);
  Ahead::Lines lines_ahead = take_lines(ahead, rows * lines.count);
  for (int64_t y = 0; y < lines.count; ++y, a += lines.a, d += lines.d)
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
        const Vector factor = hn::Set(tag, a[r * a_stride + i]);
        NASNET_UNROLL
        for (int v = 0; v < kVectors; ++v) sums[i][v] = hn::MulAdd(factor, row[v], sums[i][v]);
      }
    }
  NASNET_UNROLL
  for (int i = 0; i < kInner; ++i) NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) hn::StoreU(sums[i][v], tag, c + i * c_stride + v * kWidth);
}

template <int kVectors, bool kTail>
void transposed_columns(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                        int64_t rows, const Lines& lines, int64_t inner, const Floats& lanes,
                        float* c, int64_t c_stride, Ahead* ahead) {
  constexpr int kInner = kVectors == 1 ? kSums * 2 / 3 : kSums / kVectors;
  int64_t i = 0;
  const auto tiles = [&](auto size) HWY_ATTR {
    constexpr int kSize = decltype(size)::value;
    // The rest is split evenly: sixteen are eight and eight, not twelve and four.
    for (; i + kSize <= inner && (kSize <= 8 || inner - i != 16 || kSize == 16); i += kSize)
      transposed_tile<kSize, kVectors, kTail>(a + i, a_stride, d, d_stride, rows, lines, lanes,
                                              c + i * c_stride, c_stride, ahead);
  };
  tiles(std::integral_constant<int, kInner>());
  if (kInner > 8) tiles(std::integral_constant<int, 8>());
  tiles(std::integral_constant<int, 4>());
  tiles(std::integral_constant<int, 1>());
}

template <bool kTail>
void transposed_block(int vectors, const float* a, int64_t a_stride, const float* d,
                      int64_t d_stride, int64_t rows, const Lines& lines, int64_t inner,
                      const Floats& lanes, float* c, int64_t c_stride, Ahead* ahead) {
  const auto run = vectors == 1   ? transposed_columns<1, kTail>
                   : vectors == 2 ? transposed_columns<2, kTail>
                                  : transposed_columns<3, kTail>;
  run(a, a_stride, d, d_stride, rows, lines, inner, lanes, c, c_stride, ahead);
}

void MatmulTransposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                      int64_t rows, const Lines& lines, int64_t inner, int64_t columns, float* c,
                      Ahead* ahead) {
  const Floats lanes(columns);
  for (const ColumnBlock block : column_blocks(columns)) {
    const auto run = block.tail ? transposed_block<true> : transposed_block<false>;
    run(block.vectors, a, a_stride, d + block.first, d_stride, rows, lines, inner, lanes,
        c + block.first, padded(columns), ahead);
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

void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish) {
  const Tap whole;
  matmul(a, a_stride, rows, Taps{&whole, 1, inner}, b, columns, c, c_stride, finish);
}

void matmul(const float* a, int64_t a_stride, int64_t rows, const Taps& taps, const float* b,
            int64_t columns, float* c, int64_t c_stride, const Finish<float>& finish) {
  NASNET_CHECK(rows >= 0 && columns > 0 && taps.count >= 0);
  NASNET_CHECK(lie_apart(c_stride, rows, columns));
  NASNET_CHECK(!finish.mask || lie_apart(finish.mask_stride, rows, columns));
  HWY_DYNAMIC_DISPATCH(Matmul)(a, a_stride, rows, taps, b, columns, c, c_stride, finish);
}

void matmul(const float* a, int64_t a_stride, int64_t rows, int64_t inner, const float* b,
            int64_t columns, float* c, int64_t c_stride, bool accumulate) {
  matmul(a, a_stride, rows, inner, b, columns, c, c_stride,
         Finish<float>{.accumulate = accumulate});
}

void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, int64_t inner, int64_t columns, float* c, Ahead* ahead) {
  matmul_transposed(a, a_stride, d, d_stride, rows, Lines{}, inner, columns, c, ahead);
}

void matmul_transposed(const float* a, int64_t a_stride, const float* d, int64_t d_stride,
                       int64_t rows, const Lines& lines, int64_t inner, int64_t columns, float* c,
                       Ahead* ahead) {
  NASNET_CHECK(rows >= 0 && lines.count >= 0 && inner > 0 && columns > 0);
  HWY_DYNAMIC_DISPATCH(MatmulTransposed)
  (a, a_stride, d, d_stride, rows, lines, inner, columns, c, ahead);
}

}  // namespace nasnet::kernels
#endif
