#pragma once

#include <cstddef>

namespace nasnet::search {

// The few loops that the controller spends its time in, compiled for several instruction sets and
// chosen at run time. Each element is summed in the same order, without fused multiply-adds,
// whatever the vector width: the same seed gives the same proposals on every x86-64 machine.

/// c[m x n] += a[m x k] * b[k x n]. Element (i, p) of a lies at a[i * row + p * column], so that a
/// transposed matrix needs no copy; b and c are row-major, ldb and ldc elements a row.
struct Product {
  size_t m, k, n;
  size_t row, column, ldb, ldc;
};
void multiply_add(const Product& shape, const float* a, const float* b, float* c);
void multiply_add(const Product& shape, const double* a, const double* b, double* c);

/// y[i] = 1 / (1 + exp(-x[i])); x and y may be the same.
void sigmoid(const float* x, float* y, size_t n);
void sigmoid(const double* x, double* y, size_t n);
/// y[i] = tanh(x[i]); x and y may be the same.
void tanh(const float* x, float* y, size_t n);
void tanh(const double* x, double* y, size_t n);

/// One step of Adam: m and v are the moments, step = lr * sqrt(1 - b2^t) / (1 - b1^t).
struct AdamStep {
  float step, beta1, beta2, epsilon;
};
void adam(const AdamStep& settings, const float* gradient, float* m, float* v, float* parameters,
          size_t n);

}  // namespace nasnet::search
