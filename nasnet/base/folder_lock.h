#pragma once

#include <filesystem>
#include <optional>

namespace nasnet {

/// Holds a folder for one process, for as long as the object lives; it goes with the process,
/// however that ends, and leaves no file. A folder that is not there is made, and taken away again
/// where nothing was put into it.
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
