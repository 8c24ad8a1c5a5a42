#pragma once

namespace nasnet::kernels {

/// The matrices of F(4, 3) with the points 0, 1, -1, 2, -2 and infinity.
struct WinogradInput {
  static constexpr int kRows = 6, kColumns = 6;
  static constexpr float kValues[kRows][kColumns] = {{4, 0, -5, 0, 1, 0},  {0, -4, -4, 1, 1, 0},
                                                     {0, 4, -4, -1, 1, 0}, {0, -2, -1, 2, 1, 0},
                                                     {0, 2, -1, -2, 1, 0}, {0, 4, 0, -5, 0, 1}};
  static constexpr float at(int row, int column) { return kValues[row][column]; }
};

struct WinogradOutput {
  static constexpr int kRows = 4, kColumns = 6;
  static constexpr float kValues[kRows][kColumns] = {
      {1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}};
  static constexpr float at(int row, int column) { return kValues[row][column]; }
};

struct WinogradWeights {
  static constexpr int kRows = 6, kColumns = 3;
  static constexpr float kValues[kRows][kColumns] = {{1.0f / 4, 0, 0},
                                                     {-1.0f / 6, -1.0f / 6, -1.0f / 6},
                                                     {-1.0f / 6, 1.0f / 6, -1.0f / 6},
                                                     {1.0f / 24, 1.0f / 12, 1.0f / 6},
                                                     {1.0f / 24, -1.0f / 12, 1.0f / 6},
                                                     {0, 0, 1}};
  static constexpr float at(int row, int column) { return kValues[row][column]; }
};

template <class Matrix>
struct Transposed {
  static constexpr int kRows = Matrix::kColumns, kColumns = Matrix::kRows;
  static constexpr float at(int row, int column) { return Matrix::at(column, row); }
};

}  // namespace nasnet::kernels
