#pragma once

#include <archive.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "nasnet/base/file.h"

namespace nasnet {

/// A tar that appears whole or not at all. Equal members make equal files: neither times nor owners
/// are stored.
class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& path);
  /// `name` is UTF-8. Throws SystemError on a full disk, for instance.
  void add(const std::string& name, std::string_view bytes);
  /// Bytes so far.
  uint64_t size() const { return written_; }
  void commit();

 private:
  static la_ssize_t write(archive*, void* self, const void* bytes, size_t size);
  [[noreturn]] void fail() const;

  AtomicFile file_;
  std::string path_, fault_;
  uint64_t written_ = 0;
  std::unique_ptr<archive, int (*)(archive*)> tar_;
};

}  // namespace nasnet
