#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/byte_source.h"

namespace nasnet::exchange {

/// A tensor as a foreign file has it.
struct ForeignTensor {
  std::string name;  ///< Keras: "layer/weight", as "stem_conv1/kernel"; otherwise the file's own
  std::string type;  ///< as safetensors names it: F32, F64, F16, BF16, ...
  std::vector<int64_t> shape;

  uint64_t elements() const;
};

/// How a file's tensors lie: TensorFlow's HWIO ([k, k, C, 1] depthwise, [in, out] linear) or
/// PyTorch's OIHW ([C, 1, k, k], [out, in]).
enum class TensorLayout { kTensorflow, kTorch };

/// A file of weights that another program wrote. Opening reads names, types and shapes; values are
/// read a tensor at a time, so that a large file is never in memory whole.
class WeightFile {
 public:
  virtual ~WeightFile() = default;
  /// "Keras HDF5", "PyTorch zip", "PyTorch (before 1.6)", "safetensors".
  virtual std::string format() const = 0;
  virtual TensorLayout layout() const = 0;
  const std::vector<ForeignTensor>& tensors() const { return tensors_; }

  /// Every tensor's index and values, row-major in its shape, in whatever order the file has them.
  /// Types that are no floating-point numbers are left out.
  virtual void read_all(
      const std::function<void(size_t index, const std::vector<float>& values)>& take) const = 0;

 protected:
  std::vector<ForeignTensor> tensors_;
};

/// Opens a file by its content: HDF5, PyTorch's zip or older pickle stream, safetensors. Throws
/// InputError where it is none of them, damaged, or asks for more than building tensors.
std::unique_ptr<WeightFile> open_weight_file(const std::string& path);

std::unique_ptr<WeightFile> open_hdf5(std::unique_ptr<ByteSource> bytes);
std::unique_ptr<WeightFile> open_torch_zip(const std::string& path);
std::unique_ptr<WeightFile> open_torch_stream(std::unique_ptr<ByteSource> bytes);
std::unique_ptr<WeightFile> open_safetensors(std::unique_ptr<ByteSource> bytes);

}  // namespace nasnet::exchange
