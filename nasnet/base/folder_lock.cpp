#include "nasnet/base/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// A lock on the folder itself (flock), as a lock file would outlive a process that is killed. The
// folder is made, opened and locked in turn, and each step may be overtaken by another process that
// removes it: then all of it is begun again.

namespace nasnet {
namespace {

namespace fs = std::filesystem;

/// The name may have gone to another folder between our open and our lock.
bool is_still(const fs::path& folder, int descriptor) {
  struct stat open {
  }, named{};
  return ::fstat(descriptor, &open) == 0 && ::stat(folder.c_str(), &named) == 0 &&
         open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

}  // namespace

FolderLock::FolderLock(fs::path folder, int descriptor, bool made)
    : folder_(std::move(folder)), descriptor_(descriptor), made_(made) {}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : folder_(std::move(other.folder_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      made_(other.made_) {}

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  // Removed while the lock is held: nobody else can have begun to fill it.
  if (made_ && is_still(folder_, descriptor_)) ::rmdir(folder_.c_str());  // where it is empty
  ::close(descriptor_);
}

std::optional<FolderLock> FolderLock::try_lock(const fs::path& folder) {
  for (;;) {
    std::error_code error;
    const bool made = fs::create_directories(folder, error);
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
      if (errno == ENOENT && !error) continue;  // another process has just taken it away
      throw SystemError(fmt::format("cannot write {}: {}", printable(folder.string()),
                                    error ? error.message() : std::strerror(errno)));
    }
    // File systems that cannot lock folders (some of NFS) are used without.
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      ::close(descriptor);
      return {};
    }
    // Else the lock is on a folder that has no name any more.
    if (is_still(folder, descriptor)) return FolderLock(folder, descriptor, made);
    ::close(descriptor);
  }
}

}  // namespace nasnet
