#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace nasnet {

/// Random access to bytes: of a file, or of memory in tests.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  /// Exactly `count` bytes from `offset`. Throws InputError where they do not all lie within,
  /// before anything is allocated, and SystemError where they cannot be read.
  std::string read(uint64_t offset, uint64_t count) const;
  /// Its name in errors.
  const std::string& name() const { return name_; }

 protected:
  explicit ByteSource(std::string name) : name_(std::move(name)) {}

 private:
  virtual void copy(uint64_t offset, char* bytes, uint64_t count) const = 0;
  std::string name_;
};

class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& path);
  ~FileBytes() override;
  FileBytes(const FileBytes&) = delete;
  uint64_t size() const override { return size_; }

 private:
  void copy(uint64_t offset, char* bytes, uint64_t count) const override;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

/// Borrows the bytes.
class MemoryBytes final : public ByteSource {
 public:
  explicit MemoryBytes(std::string_view bytes, std::string name = "memory")
      : ByteSource(std::move(name)), bytes_(bytes) {}
  uint64_t size() const override { return bytes_.size(); }

 private:
  void copy(uint64_t offset, char* bytes, uint64_t count) const override;
  std::string_view bytes_;
};

/// Keeps the bytes.
class OwnedBytes final : public ByteSource {
 public:
  explicit OwnedBytes(std::string bytes, std::string name = "memory")
      : ByteSource(std::move(name)), bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }

 private:
  void copy(uint64_t offset, char* bytes, uint64_t count) const override;
  std::string bytes_;
};

/// An unsigned number of `size` bytes (1 to 8), least significant first.
uint64_t little_endian(std::string_view bytes, size_t offset, size_t size);
/// The same, most significant first.
uint64_t big_endian(std::string_view bytes, size_t offset, size_t size);

}  // namespace nasnet
