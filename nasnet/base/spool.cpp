#include "nasnet/base/spool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "nasnet/base/error.h"

// The members of a large archive are unpacked once, in its order, and read again later in any order
// and from several threads: what memory would not hold lies here until then.

namespace nasnet {
namespace {

/// $TMPDIR, or /tmp where that is no folder.
std::string temporary_folder() {
  std::error_code none;
  const std::filesystem::path folder = std::filesystem::temp_directory_path(none);
  return none ? "/tmp" : folder.string();
}

[[noreturn]] void fail(const char* what) {
  throw SystemError(fmt::format(
      "cannot {} a temporary file in {}: {}; free some space there, or name another folder in "
      "TMPDIR",
      what, temporary_folder(), strerror(errno)));
}

}  // namespace

Spool::Spool() {
  std::string pattern = temporary_folder() + "/nasnet-XXXXXX";
  descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("make");
  // Without a name the file is gone with its last descriptor, even where the process is killed.
  ::unlink(pattern.c_str());
}

Spool::~Spool() {
  ::close(descriptor_);
}

Spool::Place Spool::put(std::string_view bytes) {
  const Place place{end_, bytes.size()};
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(end_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes.remove_prefix(written);
    end_ += static_cast<uint64_t>(written);
  }
  return place;
}

std::string Spool::get(Place place) const {
  std::string bytes(place.size, '\0');
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t read = ::pread(descriptor_, bytes.data() + done, bytes.size() - done,
                                 static_cast<off_t>(place.offset + done));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) fail("read");
    done += read;
  }
  return bytes;
}

}  // namespace nasnet
