#include "nasnet/search/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "nasnet/base/error.h"

namespace nasnet::search {

FileLock::FileLock(const std::filesystem::path& file) {
  const std::string path = file.string() + ".lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) throw SystemError(fmt::format("cannot write {}: {}", path, strerror(errno)));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 256> holder{};
    const ssize_t size = ::read(descriptor_, holder.data(), holder.size() - 1);
    ::close(descriptor_);
    throw InputError(
        fmt::format("study {} is being searched by another process ({}); wait for it, "
                    "or choose another --study",
                    file.string(), size > 0 ? holder.data() : "unknown"));
  }
  std::array<char, 128> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string text = fmt::format("process {} on {}", ::getpid(), host.data());
  // The text is a courtesy to whoever finds the file locked; the lock holds without it.
  if (::ftruncate(descriptor_, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(descriptor_, text.data(), text.size(), 0);
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

}  // namespace nasnet::search
