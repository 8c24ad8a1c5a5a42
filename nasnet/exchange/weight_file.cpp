#include "nasnet/exchange/weight_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/exchange/file_kinds.h"
#include "nasnet/exchange/sorted_table.h"
#include "nasnet/exchange/tensorflow_paths.h"

// The way in: a file is opened by its first bytes, whatever its name, and a zip by its members.
// Kinds that are known but not read are refused by name (file_kinds.cpp, folder_kinds.cpp).

namespace nasnet::exchange {
namespace {

/// Only the header is read on opening.
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

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    for (const size_t index : wanted) {
      const TensorEntry& entry = header_.tensors[index];
      take(index, to_floats(entry.dtype, bytes_->read(header_.data_begin + entry.begin,
                                                      entry.end - entry.begin)));
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

namespace {

/// A zip is PyTorch's, Keras' or NumPy's by its members.
std::unique_ptr<WeightFile> open_zip(const std::string& path) {
  bool torch = false, keras = false, numpy = false;
  std::string other;
  read_archive(
      path,
      [&](const ArchiveEntry& entry) {
        torch |= entry.path == "data.pkl" || entry.path.ends_with("/data.pkl");
        keras |= entry.path == "model.weights.h5";
        numpy |= entry.path.ends_with(".npy");
        if (other.empty()) other = unread_zip(entry.path);
        return false;
      },
      [](const ArchiveEntry&, const std::string&) {});
  if (torch) return open_torch_zip(path);
  if (keras) return open_keras_zip(path);
  if (numpy) return open_npz(path);
  throw InputError(fmt::format(
      "{} {}", path,
      other.empty() ? "is a zip without weights of PyTorch, Keras or NumPy in it" : other));
}

/// An array of NumPy is one tensor, or an object: a dict of arrays, which is pickled behind the
/// array's head.
std::unique_ptr<WeightFile> open_npy(std::unique_ptr<ByteSource> bytes) {
  const std::string start = bytes->read(0, std::min<uint64_t>(bytes->size(), 12));
  const size_t width = start.size() == 12 && start[6] >= 2 ? 4 : 2;
  const uint64_t head = start.size() == 12 ? 8 + width + little_endian(start, 8, width) : 0;
  constexpr uint64_t kLongestHead = 1 << 16;
  if (head > kLongestHead || bytes->read(0, head).find("'|O'") == std::string::npos)
    throw InputError(fmt::format("{} {}", bytes->name(), unread_kind(bytes->name(), start)));
  return open_pickle(std::move(bytes), head);
}

}  // namespace

std::unique_ptr<WeightFile> open_weight_file(const std::string& path) {
  if (const auto prefix = checkpoint_prefix(path)) return open_checkpoint_at(*prefix);
  if (std::filesystem::is_directory(path))
    throw InputError(fmt::format("{} {}", path, unread_folder(path)));
  if (const std::string index = index_of_shard(path); !index.empty())
    throw InputError(fmt::format("{} is one of several shards; import {}", path, index));
  return open_one_file(path);
}

std::unique_ptr<WeightFile> open_one_file(const std::string& path) {
  auto bytes = std::make_unique<FileBytes>(path);
  const std::string start = bytes->read(0, std::min<uint64_t>(bytes->size(), 128));
  if (start.starts_with("\x89HDF")) return open_hdf5(std::move(bytes));
  if (start.starts_with("PK\x03\x04")) return open_zip(path);
  // PROTO, and a protocol of pickle.
  if (start.size() > 1 && start[0] == '\x80' && start[1] >= 2 && start[1] <= 5)
    return open_pickle(std::move(bytes));
  if (start.starts_with("\x93NUMPY")) return open_npy(std::move(bytes));
  // A safetensors file begins with the length of its header, then the header's brace.
  if (start.size() > 8 && start[8] == '{') return open_safetensors(std::move(bytes));
  if (start.starts_with("{") && path.ends_with(".json")) return open_shards(path);
  if (is_sorted_table(*bytes)) return open_checkpoint_of(*bytes);
  if (start.starts_with("model_checkpoint_path:"))
    return open_checkpoint_at(listed_checkpoint(path));
  for (const char* ending : {".tar", ".tar.gz", ".tgz"})
    if (path.ends_with(ending)) return open_packed_checkpoint(path);
  throw InputError(fmt::format("{} {}", path, unread_kind(path, start)));
}

}  // namespace nasnet::exchange
