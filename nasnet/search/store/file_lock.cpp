#include "nasnet/search/store/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/process_id.h"

namespace nasnet::search {

namespace {

/// True if the path still names the file that the descriptor has open.
bool is_same_file(const std::string& path, int descriptor) {
  struct stat open {};
  return ::fstat(descriptor, &open) == 0 &&
         identity_of(path) == FileIdentity{open.st_dev, open.st_ino};
}

/// The lock file names its holder, as a courtesy: the lock holds without.
nlohmann::json to_json(const ProcessId& process) {
  return {{"process", process.number},
          {"start", process.start},
          {"host", process.host},
          {"space", process.space}};
}

ProcessId read_holder(int descriptor) {
  std::array<char, 512> text{};
  const ssize_t size = ::read(descriptor, text.data(), text.size() - 1);
  const auto json = nlohmann::json::parse(size > 0 ? text.data() : "", nullptr, false);
  if (!json.is_object()) return {};
  return {json.value("process", int64_t{0}), json.value("start", int64_t{0}),
          json.value("host", ""), json.value("space", "")};
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) {
  struct stat named {};
  if (::stat(path.c_str(), &named) != 0) return std::nullopt;
  return FileIdentity{named.st_dev, named.st_ino};
}

FileLock::FileLock(const std::filesystem::path& file) : path_(file.string() + ".lock") {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0)
      throw SystemError(fmt::format("cannot write {}: {}", path_, strerror(errno)));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const ProcessId holder = read_holder(descriptor_);
      ::close(descriptor_);
      // A killed search's lock lives on in a worker that it was just starting, until that one runs
      // its own program: moments.
      if (has_ended(holder) && std::chrono::steady_clock::now() < patience) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      throw InputError(
          fmt::format("study {} is being searched by another process ({}); wait for it, or choose "
                      "another --study",
                      file.string(), holder.number > 0 ? to_text(holder) : "unknown"));
    }
    // The last holder may have removed the file between our open and our lock.
    if (is_same_file(path_, descriptor_)) break;
    ::close(descriptor_);
  }
  const std::string text = to_json(this_process()).dump();
  if (::ftruncate(descriptor_, 0) == 0) [[maybe_unused]]
    const ssize_t written = ::pwrite(descriptor_, text.data(), text.size(), 0);
}

FileLock::~FileLock() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

}  // namespace nasnet::search
