#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace nasnet::search {

/// Tells a file from every other one that there is at the same time, whatever their names.
struct FileIdentity {
  uint64_t device = 0, number = 0;
  bool operator==(const FileIdentity&) const = default;
};
/// None where there is no such file.
std::optional<FileIdentity> identity_of(const std::string& path);

/// Holds FILE.lock for as long as the object lives. The lock goes with the process, however it
/// ends. Throws InputError that names the process that holds it.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace nasnet::search
