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
  std::string name;  ///< its whole path in the file: "state_dict.module.conv0.conv.weight"
  std::string type;  ///< as safetensors names it: F32, F64, F16, BF16, ...; others are not read
  std::vector<int64_t> shape;

  uint64_t elements() const;
};

/// How a file's tensors lie: TensorFlow's HWIO ([k, k, C, 1] depthwise, [in, out] linear) or
/// PyTorch's OIHW ([C, 1, k, k], [out, in]).
enum class TensorLayout { kTensorflow, kTorch };

/// A member of a zip may unpack to at most this many times the whole file: weights hardly compress,
/// and a member that unpacks to more is made to fill the memory.
inline constexpr uint64_t kMostUnpacked = 16;

/// No tensor of a file may have more.
inline constexpr size_t kMostDimensions = 16;

/// A file of weights that another program wrote. Opening reads names, types and shapes; values are
/// read a tensor at a time, so that a large file is never in memory whole.
class WeightFile {
 public:
  using Take = std::function<void(size_t index, const std::vector<float>& values)>;

  virtual ~WeightFile() = default;
  /// "Keras HDF5", "PyTorch zip", "PyTorch (before 1.6)", "safetensors".
  virtual std::string format() const = 0;
  /// As such files mostly are; the shapes of their tensors decide.
  virtual TensorLayout layout() const = 0;
  /// "timm" or "Cadene" where the file itself says whose network it holds, else "".
  const std::string& origin() const { return origin_; }
  const std::vector<ForeignTensor>& tensors() const { return tensors_; }

  /// The values of these tensors (indices of tensors(), each once), row-major in their shapes, in
  /// whatever order the file has them. Time and memory are those of the tensors that are asked for:
  /// a hostile file cannot raise them beyond what the caller has seen in tensors().
  /// Throws InputError where a tensor is damaged or of a type that is not read.
  virtual void read(const std::vector<size_t>& wanted, const Take& take) const = 0;

 protected:
  std::vector<ForeignTensor> tensors_;
  std::string origin_;
};

/// Opens a file by its content, whatever its name: docs/weights.md lists the kinds. Throws
/// InputError where it is none of them (saying what it is instead, and how to convert it), or
/// damaged.
std::unique_ptr<WeightFile> open_weight_file(const std::string& path);

/// The same of one file, be it a shard of several.
std::unique_ptr<WeightFile> open_one_file(const std::string& path);
std::unique_ptr<WeightFile> open_hdf5(std::unique_ptr<ByteSource> bytes);
std::unique_ptr<WeightFile> open_keras_shards(const std::vector<std::string>& paths);
std::unique_ptr<WeightFile> open_torch_zip(const std::string& path);
/// PyTorch's form before 1.6, or NumPy's arrays; the first pickle begins at byte `begin`.
std::unique_ptr<WeightFile> open_pickle(std::unique_ptr<ByteSource> bytes, uint64_t begin = 0);
std::unique_ptr<WeightFile> open_safetensors(std::unique_ptr<ByteSource> bytes);
/// A Keras 3 model (.keras): a zip that holds model.weights.h5.
std::unique_ptr<WeightFile> open_keras_zip(const std::string& path);
/// NumPy's arrays by name (.npz).
std::unique_ptr<WeightFile> open_npz(const std::string& path);
/// A JSON index of shards ("model.safetensors.index.json") that lie beside it.
std::unique_ptr<WeightFile> open_shards(const std::string& path);
/// The index that a shard's name points to: "model.safetensors.index.json" of
/// "model-00001-of-00003.safetensors"; "" where the file is no shard by its name.
std::string index_of_shard(const std::string& path);

}  // namespace nasnet::exchange
