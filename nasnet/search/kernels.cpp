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

/// Rows of c, `kRows` at a time: four rows of b are read for each pass over them, so that a sum is
/// loaded and stored once for four products. Plain loops over contiguous floats, which the compiler
/// turns into the vectors of each instruction set.
template <int kRows>
NASNET_INLINE void stripe(const Product& s, const float* a, const float* b, float* c) {
  constexpr size_t kDepth = 4;
  for (size_t p = 0; p < s.k; p += kDepth) {
    const size_t depth = s.k - p < kDepth ? s.k - p : kDepth;
    float left[kRows][kDepth] = {};
    for (int r = 0; r < kRows; ++r)
      for (size_t d = 0; d < depth; ++d)
        left[r][d] = a[static_cast<size_t>(r) * s.row + (p + d) * s.column];
    const float* b0 = b + p * s.ldb;
    // Beyond the end the factor is zero: any row of b will do.
    const float* b1 = depth > 1 ? b0 + s.ldb : b0;
    const float* b2 = depth > 2 ? b1 + s.ldb : b0;
    const float* b3 = depth > 3 ? b2 + s.ldb : b0;
    for (int r = 0; r < kRows; ++r) {
      float* __restrict to = c + static_cast<size_t>(r) * s.ldc;
      const float x0 = left[r][0], x1 = left[r][1], x2 = left[r][2], x3 = left[r][3];
      for (size_t j = 0; j < s.n; ++j)
        to[j] = (((to[j] + x0 * b0[j]) + x1 * b1[j]) + x2 * b2[j]) + x3 * b3[j];
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
