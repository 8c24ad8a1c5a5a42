#pragma once

// The constant matrices, reckoned by the compiler from their definition instead of being copied out
// of a table; tests compare what they make with the convolution itself.

#include "nasnet/kernels/winograd.h"

namespace nasnet::kernels {

/// The matrices of F(4, kTaps) by Toom and Cook: polynomials are multiplied by their values at some
/// points, the last of them infinity.
template <int kTaps>
struct WinogradForm {
  static constexpr int kPoints = kTaps + 3, kFinite = kPoints - 1;
  static constexpr double kPlaces[6] = {0, 1, -1, 2, -2, 0.5};

  static constexpr double power(double base, int exponent) {
    return exponent == 0 ? 1.0 : base * power(base, exponent - 1);
  }

  /// A^T: results from products.
  struct Output {
    static constexpr int kRows = 4, kColumns = kPoints;
    static constexpr float at(int row, int point) {
      if (point == kFinite) return row == kRows - 1 ? 1 : 0;
      return static_cast<float>(power(kPlaces[point], row));
    }
  };

  /// G: weights at the points, each divided by its distances from the others.
  struct Weights {
    static constexpr int kRows = kPoints, kColumns = kTaps;
    static constexpr float at(int point, int tap) {
      if (point == kFinite) return tap == kTaps - 1 ? 1 : 0;
      double distances = 1;
      for (int k = 0; k < kFinite; ++k)
        if (k != point) distances *= kPlaces[point] - kPlaces[k];
      return static_cast<float>(power(kPlaces[point], tap) / distances);
    }
  };

  /// B^T: of each point the polynomial that is zero at the other ones.
  struct Input {
    static constexpr int kRows = kPoints, kColumns = kPoints;
    static constexpr float at(int point, int value) {
      double polynomial[kPoints + 1] = {1};
      for (int k = 0; k < kFinite; ++k) {
        if (k == point) continue;
        for (int i = kPoints; i >= 0; --i)
          polynomial[i] = (i > 0 ? polynomial[i - 1] : 0) - kPlaces[k] * polynomial[i];
      }
      return static_cast<float>(polynomial[value]);
    }
  };
};

template <class Matrix>
struct Transposed {
  static constexpr int kRows = Matrix::kColumns, kColumns = Matrix::kRows;
  static constexpr float at(int row, int column) { return Matrix::at(column, row); }
};

/// A matrix as a table, reckoned by the compiler.
template <class Matrix>
struct Table {
  float values[Matrix::kRows][Matrix::kColumns] = {};
  constexpr Table() {
    for (int r = 0; r < Matrix::kRows; ++r)
      for (int k = 0; k < Matrix::kColumns; ++k) values[r][k] = Matrix::at(r, k);
  }
};

/// Calls take(matrix) with an object of the type of the wanted matrix.
template <int kTaps, class Take>
void with_winograd_matrix(Winograd which, Take take) {
  using Form = WinogradForm<kTaps>;
  switch (which) {
    case Winograd::kInput:
      return take(typename Form::Input());
    case Winograd::kOutput:
      return take(typename Form::Output());
    case Winograd::kGradient:
      return take(Transposed<typename Form::Output>());
    case Winograd::kWeights:
      return take(typename Form::Weights());
    case Winograd::kWeightGradient:
      return take(Transposed<typename Form::Weights>());
  }
}
template <class Take>
void with_winograd_matrix(Winograd which, int taps, Take take) {
  taps == 3 ? with_winograd_matrix<3>(which, take) : with_winograd_matrix<4>(which, take);
}

}  // namespace nasnet::kernels
