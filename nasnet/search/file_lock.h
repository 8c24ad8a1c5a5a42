#pragma once

#include <filesystem>
#include <string>

namespace nasnet::search {

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
