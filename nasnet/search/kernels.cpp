#pragma GCC optimize("O3", "fp-contract=off", "no-math-errno", "no-trapping-math")

#include "nasnet/search/kernels.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && !defined(__clang__)
#define NASNET_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define NASNET_CLONES
#endif
#define NASNET_INLINE __attribute__((always_inline)) inline

namespace nasnet::search {
namespace {

// GCC splits these into as many registers as the machine's vectors need.
typedef float Wide __attribute__((vector_size(64)));
typedef float Narrow __attribute__((vector_size(16)));

/// kRows x (kVectors vectors) of c are kept in registers while k runs: four rows reuse each load
/// of b, and the eight sums in flight hide the latency of the additions.
template <class Vector, int kRows, int kVectors>
NASNET_INLINE void tile(const Product& s, const float* a, const float* b, float* c) {
  constexpr size_t kWidth = sizeof(Vector) / sizeof(float);
  Vector sum[kRows][kVectors];
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v)
      std::memcpy(&sum[r][v], c + static_cast<size_t>(r) * s.ldc + static_cast<size_t>(v) * kWidth,
                  sizeof(Vector));
  for (size_t p = 0; p < s.k; ++p) {
    Vector right[kVectors];
    std::memcpy(right, b + p * s.ldb, sizeof(right));
    for (int r = 0; r < kRows; ++r) {
      const float left = a[static_cast<size_t>(r) * s.row + p * s.column];
      for (int v = 0; v < kVectors; ++v) sum[r][v] += left * right[v];
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v)
      std::memcpy(c + static_cast<size_t>(r) * s.ldc + static_cast<size_t>(v) * kWidth, &sum[r][v],
                  sizeof(Vector));
}

template <int kRows>
NASNET_INLINE void stripe(const Product& s, const float* a, const float* b, float* c) {
  size_t j = 0;
  for (; j + 32 <= s.n; j += 32) tile<Wide, kRows, 2>(s, a, b + j, c + j);
  for (; j + 16 <= s.n; j += 16) tile<Wide, kRows, 1>(s, a, b + j, c + j);
  for (; j + 4 <= s.n; j += 4) tile<Narrow, kRows, 1>(s, a, b + j, c + j);
  for (; j < s.n; ++j) {
    for (int r = 0; r < kRows; ++r) {
      float sum = c[static_cast<size_t>(r) * s.ldc + j];
      for (size_t p = 0; p < s.k; ++p)
        sum += a[static_cast<size_t>(r) * s.row + p * s.column] * b[p * s.ldb + j];
      c[static_cast<size_t>(r) * s.ldc + j] = sum;
    }
  }
}

/// exp of x <= 0 to about two units in the last place: 2^n * e^r with |r| <= ln(2)/2, e^r by its
/// Taylor polynomial of degree 7. Own code, because the C library's result depends on the machine.
NASNET_INLINE float exp_of_negative(float x) {
  x = x < -87.0f ? -87.0f : x;
  constexpr float kShift = 12582912.0f;  // adding 1.5 * 2^23 rounds to the nearest integer
  const float n = (x * 1.44269504f + kShift) - kShift;
  const float r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  float e = 1.98412698e-4f;
  e = e * r + 1.38888889e-3f;
  e = e * r + 8.33333333e-3f;
  e = e * r + 4.16666667e-2f;
  e = e * r + 1.66666667e-1f;
  e = e * r + 0.5f;
  e = e * r + 1.0f;
  e = e * r + 1.0f;
  const int32_t bits = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof(power));
  return e * power;
}

}  // namespace

NASNET_CLONES void multiply_add(const Product& s, const float* a, const float* b, float* c) {
  size_t i = 0;
  for (; i + 4 <= s.m; i += 4) stripe<4>(s, a + i * s.row, b, c + i * s.ldc);
  for (; i < s.m; ++i) stripe<1>(s, a + i * s.row, b, c + i * s.ldc);
}

void multiply_add(const Product& s, const double* a, const double* b, double* c) {
  for (size_t i = 0; i < s.m; ++i)
    for (size_t p = 0; p < s.k; ++p)
      for (size_t j = 0; j < s.n; ++j)
        c[i * s.ldc + j] += a[i * s.row + p * s.column] * b[p * s.ldb + j];
}

NASNET_CLONES void sigmoid(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const float e = exp_of_negative(-std::fabs(x[i]));
    y[i] = (x[i] < 0 ? e : 1.0f) / (1.0f + e);
  }
}

void sigmoid(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = 1 / (1 + std::exp(-x[i]));
}

NASNET_CLONES void tanh(const float* x, float* y, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const float size = std::fabs(x[i]);
    const float e = exp_of_negative(-2.0f * size);
    // Near 0 the quotient loses digits; there three terms of the series are exact enough.
    const float square = x[i] * x[i];
    const float near = size - size * square * (0.333333333f - 0.133333333f * square);
    const float value = size < 0.05f ? near : (1.0f - e) / (1.0f + e);
    y[i] = std::copysign(value, x[i]);
  }
}

void tanh(const double* x, double* y, size_t n) {
  for (size_t i = 0; i < n; ++i) y[i] = std::tanh(x[i]);
}

NASNET_CLONES void adam(const AdamStep& settings, const float* gradient, float* m, float* v,
                        float* parameters, size_t n) {
  const AdamStep s = settings;
  for (size_t i = 0; i < n; ++i) {
    m[i] = s.beta1 * m[i] + (1 - s.beta1) * gradient[i];
    v[i] = s.beta2 * v[i] + (1 - s.beta2) * gradient[i] * gradient[i];
    parameters[i] -= s.step * m[i] / (std::sqrt(v[i]) + s.epsilon);
  }
}

}  // namespace nasnet::search
