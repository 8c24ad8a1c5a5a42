#include "nasnet/base/open_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// An open costs some microseconds on a disk, and a round trip on a network's. Whoever reads holds
// its file by a shared pointer: one that is no longer among the last is closed when it is done.

namespace nasnet {
namespace {

/// Far fewer than the 64 of the tightest limits, as a thread may hold one beside these.
constexpr size_t kMostOpen = 24;

struct Shared {
  std::string path;
  std::shared_ptr<const OpenFile> file;
};

}  // namespace

OpenFile::OpenFile(std::string path)
    : path_(std::move(path)), descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail();
}

OpenFile::~OpenFile() {
  ::close(descriptor_);
}

void OpenFile::fail() const {
  throw SystemError(fmt::format("cannot read {}: {}", printable(path_), std::strerror(errno)));
}

FileStamp OpenFile::stamp() const {
  struct stat status;
  if (::fstat(descriptor_, &status) != 0) fail();
  return {status.st_dev, status.st_ino, static_cast<uint64_t>(status.st_size),
          int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

size_t OpenFile::read_at(uint64_t offset, void* bytes, size_t size) const {
  size_t done = 0;
  while (done < size) {
    const ssize_t read = ::pread(descriptor_, static_cast<char*>(bytes) + done, size - done,
                                 static_cast<off_t>(offset + done));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) fail();
    if (read == 0) break;
    done += static_cast<size_t>(read);
  }
  return done;
}

std::shared_ptr<const OpenFile> open_shared(const std::string& path, const FileStamp& stamp) {
  static std::mutex mutex;
  static std::list<Shared> last;  // the one that was used last comes first
  const std::lock_guard lock(mutex);
  const auto found =
      std::find_if(last.begin(), last.end(), [&](const Shared& file) { return file.path == path; });
  if (found != last.end()) {
    last.splice(last.begin(), last, found);
    if (last.front().file->stamp() == stamp) return last.front().file;
    last.pop_front();
  }
  auto file = std::make_shared<const OpenFile>(path);
  if (file->stamp() != stamp)
    throw InputError(fmt::format("{} has changed since it was listed", printable(path)));
  last.push_front({path, file});
  if (last.size() > kMostOpen) last.pop_back();
  return file;
}

}  // namespace nasnet
