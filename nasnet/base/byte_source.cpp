#include "nasnet/base/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nasnet/base/error.h"

// The ground of the readers of foreign weight files (nasnet/exchange): their offsets and lengths
// come from the file and may be anything, so all reading goes through one check of the bounds.

namespace nasnet {

std::string ByteSource::read(uint64_t offset, uint64_t count) const {
  // `size() - offset` cannot wrap around once the first comparison is false.
  if (offset > size() || count > size() - offset)
    throw InputError(fmt::format("{} is damaged or cut off: it points at bytes {} to {} and has {}",
                                 name_, offset, offset + count, size()));
  std::string bytes(count, '\0');
  if (count > 0) copy(offset, bytes.data(), count);
  return bytes;
}

FileBytes::FileBytes(const std::filesystem::path& path) : ByteSource(path.string()) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0)
    throw SystemError(fmt::format("cannot read {}: {}", name(), strerror(errno)));
  if (!S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    throw InputError(fmt::format("{} is no file", name()));
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

FileBytes::~FileBytes() {
  ::close(descriptor_);
}

void FileBytes::copy(uint64_t offset, char* bytes, uint64_t count) const {
  while (count > 0) {
    // pread leaves no position behind: several threads may read at once.
    const ssize_t got = ::pread(descriptor_, bytes, count, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    // 0 bytes within the size that the file had when it was opened: it has been cut since.
    if (got <= 0) throw SystemError(fmt::format("cannot read {}: {}", name(), strerror(errno)));
    bytes += got;
    offset += static_cast<uint64_t>(got);
    count -= static_cast<uint64_t>(got);
  }
}

void MemoryBytes::copy(uint64_t offset, char* bytes, uint64_t count) const {
  std::memcpy(bytes, bytes_.data() + offset, count);
}

void OwnedBytes::copy(uint64_t offset, char* bytes, uint64_t count) const {
  bytes_.copy(bytes, count, offset);
}

uint64_t little_endian(std::string_view bytes, size_t offset, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes.at(offset + i));
  return value;
}

uint64_t big_endian(std::string_view bytes, size_t offset, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(offset + i));
  return value;
}

}  // namespace nasnet
