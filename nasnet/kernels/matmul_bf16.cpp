// Products of bf16 matrices by the machine's own dot products: AVX512-BF16 multiplies pairs and
// adds both to a float, twice the work of a float's multiply-add. Highway 1.0.3 has no target for
// it, so that these functions are compiled for it by attribute, and called where
// can_multiply_bf16().

#include <cstring>

#include "nasnet/base/error.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/kernels/matmul.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#include <algorithm>
#include <type_traits>

#define NASNET_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define NASNET_BF16_INLINE \
  inline __attribute__((always_inline, target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define NASNET_UNROLL _Pragma("GCC unroll 64")

namespace nasnet::kernels {
namespace {

constexpr int kWide = 16;  // floats of a vector

/// As in vectors-inl.h: an address that the compiler makes no register of its own for.
template <class T>
NASNET_BF16_INLINE T* opaque(T* address) {
  asm("" : "+r"(address));
  return address;
}

/// Sixteen pairs, of any alignment.
NASNET_BF16_INLINE __m512i load_pairs(const void* place) {
  return _mm512_loadu_si512(place);
}
/// sum + both products of each pair of a, one pair for all lanes, and of b.
NASNET_BF16_INLINE __m512 multiply_add(__m512 sum, const void* a, __m512i b) {
  int pair;
  std::memcpy(&pair, a, sizeof pair);
  return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(pair), (__m512bh)b);
}

NASNET_BF16_INLINE __m512 load_masked(const float* place, __mmask16 lanes) {
  return _mm512_maskz_loadu_ps(lanes, place);
}
NASNET_BF16_INLINE __m512 load_masked(const Bf16* place, __mmask16 lanes) {
  const __m256i bits = _mm256_maskz_loadu_epi16(lanes, place);
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}
NASNET_BF16_INLINE void store_masked(__m512 value, float* place, __mmask16 lanes) {
  _mm512_mask_storeu_ps(place, lanes, value);
}
NASNET_BF16_INLINE void store_masked(__m512 value, Bf16* place, __mmask16 lanes) {
  _mm256_mask_storeu_epi16(place, lanes, (__m256i)_mm512_cvtneps_pbh(value));
}

/// The lanes of vector v of columns that end at `columns`.
NASNET_BF16_INLINE __mmask16 lanes_of(int64_t columns, int64_t first) {
  const int64_t left = columns - first;
  return static_cast<__mmask16>(left >= kWide ? 0xffff : (1 << left) - 1);
}

/// A tile of results: kRows x kVectors vectors from (row, column) on. `b`: pairs of rows.
template <int kRows, int kVectors, class T>
NASNET_BF16_INLINE void multiply_tile(Pixels<const Bf16> a, const Bf16* b, const Product& size,
                                      int64_t row, int64_t column, Pixels<T> c,
                                      const Finish<T>& finish) {
  const int64_t pairs = (size.inner + 1) / 2, b_row = padded(size.columns) * 2;
  const int64_t a_stride = a.stride, c_stride = c.stride;
  __m512 sums[kRows][kVectors];
  T* result = c.data + row * c_stride + column;
  NASNET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      prefetch_for_store(result + v * kWide);
      sums[r][v] = _mm512_setzero_ps();
    }
    result = opaque(result + c_stride);
  }
  // A line for each 24 multiply-adds, of which a pair is two: as in float32.
  Ahead::Lines lines_ahead = take_lines(finish.ahead, 2 * pairs);
  const Bf16* at = a.data + row * a_stride;
  const Bf16* weights = b + column * 2;
  for (int64_t k = 0; k < pairs; ++k, at += 2, weights += b_row) {
    lines_ahead.prefetch(2);
    __m512i right[kVectors];
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) right[v] = load_pairs(weights + v * 2 * kWide);
    const Bf16* left = at;
    NASNET_UNROLL
    for (int r = 0; r < kRows; ++r) {
      NASNET_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[r][v] = multiply_add(sums[r][v], left, right[v]);
      left = opaque(left + a_stride);
    }
  }
  __mmask16 lanes[kVectors];
  NASNET_UNROLL
  for (int v = 0; v < kVectors; ++v) lanes[v] = lanes_of(size.columns, column + v * kWide);
  NASNET_UNROLL
  for (int r = 0; r < kRows; ++r) {
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      __m512 sum = sums[r][v];
      T* place = c.data + (row + r) * c_stride + column + v * kWide;
      if (finish.bias != nullptr)
        sum = _mm512_add_ps(sum, _mm512_loadu_ps(finish.bias + column + v * kWide));
      // Of a NaN the maximum is its second operand, and the comparison is true: both let it pass.
      if (finish.relu) sum = _mm512_max_ps(_mm512_setzero_ps(), sum);
      if (finish.mask) {
        const __m512 seen =
            load_masked(finish.mask.from_pixel(row + r).data + column + v * kWide, lanes[v]);
        sum = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(seen, _mm512_setzero_ps(), _CMP_NLE_UQ), sum);
      }
      if (finish.write == Write::kAdd) sum = _mm512_add_ps(sum, load_masked(place, lanes[v]));
      store_masked(sum, place, lanes[v]);
    }
  }
}

template <int kVectors, class T>
NASNET_BF16 void multiply_columns(Pixels<const Bf16> a, const Bf16* b, const Product& size,
                                  int64_t column, Pixels<T> c, const Finish<T>& finish) {
  constexpr int kRows = 24 / kVectors;
  int64_t r = 0;
  for (; r + kRows <= size.rows; r += kRows)
    multiply_tile<kRows, kVectors>(a, b, size, r, column, c, finish);
  if (kRows > 8)
    for (; r + 8 <= size.rows; r += 8) multiply_tile<8, kVectors>(a, b, size, r, column, c, finish);
  for (; r + 4 <= size.rows; r += 4) multiply_tile<4, kVectors>(a, b, size, r, column, c, finish);
  for (; r < size.rows; ++r) multiply_tile<1, kVectors>(a, b, size, r, column, c, finish);
}

/// Calls run(a constant: how many vectors, first column) for blocks of at most three vectors.
template <class Run>
void for_columns(int64_t columns, Run run) {
  int64_t vectors = (columns + kWide - 1) / kWide, column = 0;
  while (vectors > 0) {
    const int64_t size = vectors == 4 || vectors == 2 ? 2 : vectors == 1 ? 1 : 3;
    if (size == 1) run(std::integral_constant<int, 1>(), column);
    if (size == 2) run(std::integral_constant<int, 2>(), column);
    if (size == 3) run(std::integral_constant<int, 3>(), column);
    column += size * kWide;
    vectors -= size;
  }
}

template <class T>
void multiply(Pixels<const Bf16> a, const Bf16* b, const Product& size, Pixels<T> c,
              const Finish<T>& finish) {
  for_columns(size.columns, [&](auto vectors, int64_t column) {
    multiply_columns<decltype(vectors)::value>(a, b, size, column, c, finish);
  });
}

/// Pairs of rows side by side: out[row / 2][column] holds both rows' values of a column. A row that
/// has no other gets zeros.
NASNET_BF16 void pair_rows(Pixels<const Bf16> from, int64_t rows, int64_t columns, uint32_t* out,
                           int64_t out_row) {
  for (int64_t r = 0; r < rows; r += 2, out += out_row) {
    const Bf16* first = from.data + r * from.stride;
    const Bf16* second = first + from.stride;
    const bool both = r + 1 < rows;
    for (int64_t c = 0; c < columns; c += kWide) {
      const __mmask16 lanes = lanes_of(columns, c);
      const __m512i low = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(lanes, first + c));
      const __mmask16 of_second = both ? lanes : 0;
      const __m512i high = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(of_second, second + c));
      _mm512_storeu_si512(out + c, _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
  }
}

/// Rows of both matrices in pairs, as pair_rows() makes them.
struct Pairs {
  const uint32_t* x;
  const uint32_t* d;
  int64_t x_row, d_row, count;
};

template <int kInner, int kVectors>
NASNET_BF16_INLINE void transposed_tile(const Pairs& pairs, int64_t inner, int64_t column, float* c,
                                        Ahead* ahead) {
  const int64_t x_row = pairs.x_row, d_row = pairs.d_row, c_row = pairs.d_row;
  const uint32_t* x = pairs.x + inner;
  const uint32_t* d = pairs.d + column;
  float* const first = c + inner * c_row + column;
  __m512 sums[kInner][kVectors];
  NASNET_UNROLL
  for (int i = 0; i < kInner; ++i) {
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[i][v] = _mm512_loadu_ps(first + i * c_row + v * kWide);
  }
  Ahead::Lines lines_ahead = take_lines(ahead, pairs.count);
  for (int64_t p = 0; p < pairs.count; ++p, x += x_row, d += d_row) {
    lines_ahead.prefetch();
    __m512i right[kVectors];
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) right[v] = load_pairs(d + v * kWide);
    NASNET_UNROLL
    for (int i = 0; i < kInner; ++i) {
      NASNET_UNROLL
      for (int v = 0; v < kVectors; ++v) sums[i][v] = multiply_add(sums[i][v], x + i, right[v]);
    }
  }
  NASNET_UNROLL
  for (int i = 0; i < kInner; ++i) {
    NASNET_UNROLL
    for (int v = 0; v < kVectors; ++v) _mm512_storeu_ps(first + i * c_row + v * kWide, sums[i][v]);
  }
}

template <int kVectors>
NASNET_BF16 void transposed_columns(const Pairs& pairs, int64_t inner, int64_t column, float* c,
                                    Ahead* ahead) {
  constexpr int kInner = kVectors == 1 ? 16 : 24 / kVectors;
  int64_t i = 0;
  for (; i + kInner <= inner && (kInner <= 8 || inner - i != 16 || kInner == 16); i += kInner)
    transposed_tile<kInner, kVectors>(pairs, i, column, c, ahead);
  if (kInner > 8)
    for (; i + 8 <= inner; i += 8) transposed_tile<8, kVectors>(pairs, i, column, c, ahead);
  for (; i + 4 <= inner; i += 4) transposed_tile<4, kVectors>(pairs, i, column, c, ahead);
  for (; i < inner; ++i) transposed_tile<1, kVectors>(pairs, i, column, c, ahead);
}

/// Throws where a caller has not asked for the machine, or rows are not padded to pairs.
template <class T>
void check(const Pixels<const Bf16>& a, const Product& size, const Pixels<T>& c) {
  NASNET_CHECK(can_multiply_bf16(), "callers ask the machine first");
  NASNET_CHECK(size.rows <= 1 || a.stride >= inner_stride<Bf16>(size.inner),
               "rows of bf16 are whole pairs of values");
  NASNET_CHECK(lie_apart(c, {.width = size.rows, .channels = size.columns}));
}

}  // namespace

bool can_multiply_bf16() {
  static const bool can = __builtin_cpu_supports("avx512bf16") &&
                          __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  return can;
}

void matmul(Pixels<const Bf16> a, const Bf16* b, const Product& size, Pixels<float> c,
            const Finish<float>& finish) {
  check(a, size, c);
  multiply(a, b, size, c, finish);
}

void matmul(Pixels<const Bf16> a, const Bf16* b, const Product& size, Pixels<Bf16> c,
            const Finish<Bf16>& finish) {
  check(a, size, c);
  multiply(a, b, size, c, finish);
}

void matmul_transposed(Backward<Bf16> from, const TransposedProduct& size, float* c, Ahead* ahead) {
  NASNET_CHECK(can_multiply_bf16(), "callers ask the machine first");
  NASNET_CHECK(size.lines == 1, "bf16 windows are copied to rows first");
  const int64_t pairs = (size.rows + 1) / 2;
  const int64_t x_row = padded(size.inner), d_row = padded(size.columns);
  // Both sides in pairs of pixels, over which the products are summed.
  static thread_local Aligned<uint32_t> memory;
  const int64_t wanted = pairs * (x_row + d_row);
  if (std::ssize(memory) < wanted) memory.resize(wanted);
  uint32_t* const x_pairs = memory.data();
  uint32_t* const d_pairs = x_pairs + pairs * x_row;
  pair_rows(from.x, size.rows, size.inner, x_pairs, x_row);
  pair_rows(from.d, size.rows, size.columns, d_pairs, d_row);
  const Pairs both = {x_pairs, d_pairs, x_row, d_row, pairs};
  for_columns(size.columns, [&](auto vectors, int64_t column) {
    transposed_columns<decltype(vectors)::value>(both, size.inner, column, c, ahead);
  });
}

}  // namespace nasnet::kernels

#else

namespace nasnet::kernels {

bool can_multiply_bf16() {
  return false;
}

// Nobody gets here: callers ask can_multiply_bf16() first.
void matmul(Pixels<const Bf16>, const Bf16*, const Product&, Pixels<float>, const Finish<float>&) {
  throw Error("this machine has no bf16 products");
}
void matmul(Pixels<const Bf16>, const Bf16*, const Product&, Pixels<Bf16>, const Finish<Bf16>&) {
  throw Error("this machine has no bf16 products");
}
void matmul_transposed(Backward<Bf16>, const TransposedProduct&, float*, Ahead*) {
  throw Error("this machine has no bf16 products");
}

}  // namespace nasnet::kernels

#endif
