#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/base/file.h"

namespace nasnet {

/// One tensor of a safetensors file. `dtype` as the format names it: F64 F32 F16 BF16 I64 I32 I16
/// I8 U8 BOOL.
struct TensorEntry {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;  ///< byte range within the data section
};

/// Bytes of one number of a type as the format names it, 0 for an unknown one.
uint64_t safetensors_type_size(const std::string& type);

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;             ///< by offset
  std::map<std::string, std::string> metadata;  ///< the format's "__metadata__"
  uint64_t data_begin = 0;                      ///< offset of the data section in the file
};

/// Reads and checks the header at the front of `bytes` (the whole file, or at least its header),
/// the file being `file_size` bytes long: header length, JSON, known dtypes, shapes that do not
/// overflow and match their byte ranges, ranges inside the file that neither overlap nor leave
/// holes. Throws InputError naming `file` and the tensor.
SafetensorsHeader parse_safetensors(std::string_view bytes, uint64_t file_size,
                                    const std::string& file);

/// A tensor to write. `bytes` must outlive it.
struct TensorBytes {
  std::string name;
  std::string dtype;
  std::vector<int64_t> shape;
  std::string_view bytes;
};

/// Writes a safetensors file atomically (see AtomicFile), tensors laid out in the order given, the
/// data section aligned to 64 bytes.
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorBytes>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

/// The same, a tensor at a time and in any order, so that they need not all be in memory.
class SafetensorsWriter {
 public:
  /// Of the entries only name, dtype and shape are used.
  SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorEntry> tensors,
                    const std::map<std::string, std::string>& metadata = {});
  /// Throws Error where the bytes are not as many as the tensor's shape takes.
  void write(size_t index, std::string_view bytes);
  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  std::vector<TensorEntry> tensors_;
  uint64_t data_begin_ = 0;
};

/// A safetensors file held in memory.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  const SafetensorsHeader& header() const { return header_; }
  /// The entry with this name, or nullptr.
  const TensorEntry* find(std::string_view name) const;
  std::string_view bytes(const TensorEntry& entry) const;

 private:
  std::string content_;
  SafetensorsHeader header_;
};

}  // namespace nasnet
