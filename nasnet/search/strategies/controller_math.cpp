#pragma GCC optimize("O3", "fp-contract=off", "no-math-errno", "no-trapping-math")

#include "nasnet/search/strategies/controller_math.h"

#include <cmath>
#include <cstdint>
#include <cstring>

#include "nasnet/search/strategies/product-inl.h"

#if defined(__x86_64__) && !defined(__clang__)
#define NASNET_CLONES \
  __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define NASNET_CLONES
#endif

namespace nasnet::search {
namespace {

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

namespace {

#ifdef NASNET_WIDE_MATH
const bool is_wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#endif

NASNET_CLONES void multiply_add_narrow(const Product& s, const float* a, const float* b, float* c) {
  multiply_add_any(s, a, b, c);
}

}  // namespace

void multiply_add(const Product& s, const float* a, const float* b, float* c) {
#ifdef NASNET_WIDE_MATH
  if (is_wide) return multiply_add_wide(s, a, b, c);
#endif
  multiply_add_narrow(s, a, b, c);
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
