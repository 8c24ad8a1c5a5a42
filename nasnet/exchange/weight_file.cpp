#include "nasnet/exchange/weight_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/exchange/number_types.h"

namespace nasnet::exchange {
namespace {

class Safetensors final : public WeightFile {
 public:
  explicit Safetensors(std::unique_ptr<ByteSource> bytes) : bytes_(std::move(bytes)) {
    const uint64_t size = bytes_->size();
    // The header's length is checked by the parser: a wrong one reads no more than the file has.
    const std::string start = bytes_->read(0, std::min<uint64_t>(size, 8));
    const uint64_t length = start.size() == 8 ? little_endian(start, 0, 8) : 0;
    const uint64_t front = length < kLongest ? std::min(size, length + 8) : start.size();
    header_ = parse_safetensors(bytes_->read(0, front), size, bytes_->name());
    for (const TensorEntry& entry : header_.tensors)
      tensors_.push_back({entry.name, entry.dtype, entry.shape});
  }
  std::string format() const override { return "safetensors"; }
  TensorLayout layout() const override { return TensorLayout::kTorch; }

  void read_all(const std::function<void(size_t, const std::vector<float>&)>& take) const override {
    for (size_t i = 0; i < tensors_.size(); ++i) {
      const TensorEntry& entry = header_.tensors[i];
      if (is_floating(entry.dtype))
        take(i, to_floats(entry.dtype,
                          bytes_->read(header_.data_begin + entry.begin, entry.end - entry.begin)));
    }
  }

 private:
  static constexpr uint64_t kLongest = 100'000'000;  // as the parser's
  std::unique_ptr<ByteSource> bytes_;
  SafetensorsHeader header_;
};

}  // namespace

uint64_t ForeignTensor::elements() const {
  uint64_t count = 1;
  for (const int64_t edge : shape) count *= static_cast<uint64_t>(edge);
  return count;
}

std::unique_ptr<WeightFile> open_safetensors(std::unique_ptr<ByteSource> bytes) {
  return std::make_unique<Safetensors>(std::move(bytes));
}

std::unique_ptr<WeightFile> open_weight_file(const std::string& path) {
  auto bytes = std::make_unique<FileBytes>(path);
  const std::string start = bytes->read(0, std::min<uint64_t>(bytes->size(), 16));
  if (start.starts_with("\x89HDF")) return open_hdf5(std::move(bytes));
  if (start.starts_with("PK\x03\x04")) return open_torch_zip(path);
  if (start.starts_with("\x80\x02")) return open_torch_stream(std::move(bytes));
  // A safetensors file begins with the length of its header, then the header's brace.
  if (start.size() > 8 && start[8] == '{') return open_safetensors(std::move(bytes));
  throw InputError(fmt::format(
      "{} is no file of weights: Keras' .h5, PyTorch's .pth or .pt and .safetensors are read",
      path));
}

}  // namespace nasnet::exchange
