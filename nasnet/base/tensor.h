#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace nasnet {

/// float32 values in the processor's memory, with a shape. Of four-dimensional ones, [outputs,
/// inputs, height, width] or [images, channels, height, width], the second dimension lies innermost
/// ("channels last"), as the kernels want weights and images; all others are row-major.
class Tensor {
 public:
  Tensor() = default;
  /// Zeros. Throws Error for a negative extent.
  explicit Tensor(std::vector<int64_t> shape);

  const std::vector<int64_t>& shape() const { return shape_; }
  int64_t extent(size_t dimension) const { return shape_.at(dimension); }
  int64_t size() const { return static_cast<int64_t>(values_.size()); }
  bool defined() const { return !shape_.empty(); }

  /// The values as they lie.
  const float* data() const { return values_.data(); }
  std::span<const float> values() const { return values_; }
  /// Mutable access; increments version().
  std::span<float> change() {
    ++version_;
    return values_;
  }
  /// Grows with each change().
  uint64_t version() const { return version_; }

  /// The values in row-major order of the shape, and back. Throws Error for another number of them.
  std::vector<float> row_major() const;
  void set_row_major(std::span<const float> values);

 private:
  friend struct TensorView;
  std::vector<int64_t> shape_;
  std::vector<float> values_;
  uint64_t version_ = 0;
};

/// Copies the values into tensors of the same shapes. Throws Error, and changes nothing, for
/// others.
void replace_all(const std::vector<Tensor*>& targets, const std::vector<Tensor>& values);

/// A tensor of up to four dimensions in memory that it does not own, with any strides. Writing
/// through a view does not increment the tensor's version.
struct TensorView {
  float* data = nullptr;
  std::array<int64_t, 4> shape = {1, 1, 1, 1}, strides = {0, 0, 0, 0};  ///< further ones: 1, 0
  /// Unlike an earlier view's where the values may have changed in between.
  uint64_t version = 0;

  TensorView() = default;
  explicit TensorView(Tensor& tensor);
  int64_t size() const { return shape[0] * shape[1] * shape[2] * shape[3]; }
};

}  // namespace nasnet
