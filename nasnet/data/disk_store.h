#pragma once

#include <string>
#include <string_view>

#include "nasnet/data/file_store.h"

namespace nasnet::data {

/// Files of the disk. Each is opened when it is read and closed again.
class DiskStore final : public FileStore {
 public:
  /// Adds a file; returns its key. To be called by one thread, before the store is read from.
  uint64_t add(std::string_view location);

  std::string read(uint64_t key, size_t largest, const std::string& path) const override;
  std::string beginning(uint64_t key, size_t most, const std::string& path) const override;
  uint64_t size(uint64_t key, const std::string& path) const override;

 private:
  std::string location_of(uint64_t key) const;

  std::string names_;  // for each file its folder's place here and its name
  std::string_view::size_type folder_ = std::string::npos;  // the last one's
};

}  // namespace nasnet::data
