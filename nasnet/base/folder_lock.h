#pragma once

#include <filesystem>
#include <optional>

namespace nasnet {

/// Locks a folder for one process for as long as the object lives. The kernel releases the lock
/// when the process ends, however it ends; there is no lock file. A missing folder is created, and
/// removed again if it stays empty.
class FolderLock {
 public:
  /// None where another process holds the folder.
  static std::optional<FolderLock> try_lock(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  FolderLock(std::filesystem::path folder, int descriptor, bool made);

  std::filesystem::path folder_;
  int descriptor_ = -1;
  bool made_ = false;
};

}  // namespace nasnet
