#include "nasnet/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

// Files that are whole or not there: the bytes go to a temporary file in the same folder (a rename
// does not cross file systems), are synced, and take the name over in one step. A crash or a full
// disk leaves the old content as it was.

namespace nasnet {
namespace {

namespace fs = std::filesystem;

/// Throws SystemError by errno, which formatting may change: it is read first.
[[noreturn]] void fail(const char* what, const fs::path& path) {
  const int error = errno;
  const char* hint = error == ENOSPC ? "; free some space or choose another folder" : "";
  throw SystemError(
      fmt::format("cannot {} {}: {}{}", what, printable(path.string()), strerror(error), hint));
}

/// A rename is durable only when the folder that holds the name is.
void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Devices and pipes cannot be replaced; /dev and /proc name what the process has open.
bool is_written_through(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status) || fs::is_directory(status)) return false;
  const std::string name = path.lexically_normal().string();
  return !fs::is_regular_file(status) || name.starts_with("/dev/") || name.starts_with("/proc/");
}

/// Reads a file that cannot say its size beforehand.
std::string read_pipe(std::istream& stream, const fs::path& path, size_t limit) {
  std::string content;
  std::array<char, 1 << 16> buffer;
  while (stream.read(buffer.data(), buffer.size()), stream.gcount() > 0) {
    content.append(buffer.data(), stream.gcount());
    if (content.size() > limit)
      throw InputError(fmt::format("{} has more bytes than the {} that such a file may have",
                                   printable(path.string()), limit));
  }
  if (stream.bad()) fail("read", path);
  return content;
}

/// A digest by OpenSSL, of bytes that come in pieces.
class Hash {
 public:
  explicit Hash(const std::string& algorithm) : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    const EVP_MD* method = EVP_get_digestbyname(algorithm.c_str());
    if (!method || EVP_DigestInit_ex(context_.get(), method, nullptr) != 1)
      throw SystemError(fmt::format("the digest '{}' is not available in OpenSSL", algorithm));
  }
  void add(const void* bytes, size_t size) { EVP_DigestUpdate(context_.get(), bytes, size); }
  std::string finish() {
    unsigned char value[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), value, &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) text += fmt::format("{:02x}", value[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  std::error_code ignored;
  if (is_written_through(path_)) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail("write", path_);
    return;
  }
  // A rename would replace the link itself.
  if (fs::is_symlink(path_, ignored))
    if (const fs::path target = fs::weakly_canonical(path_, ignored); !ignored) path_ = target;
  fs::create_directories(folder_of(path_), ignored);
  std::string pattern = path_.string() + ".part-XXXXXX";
  descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("write", path_);
  // mkostemp makes files that only their owner may read.
  ::fchmod(descriptor_, 0644);
  temporary_ = pattern;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* bytes, size_t size) {
  const char* position = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(descriptor_, position, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write", path_);
    }
    position += written;
    size -= written;
  }
}

void AtomicFile::write_at(uint64_t offset, const void* bytes, size_t size) {
  const char* position = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::pwrite(descriptor_, position, size, static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR) continue;
      fail("write", path_);
    }
    position += written;
    offset += static_cast<uint64_t>(written);
    size -= written;
  }
}

void AtomicFile::commit() {
  // Before the rename: else a crash could leave the name with no content behind it.
  if (!temporary_.empty() && ::fsync(descriptor_) != 0) fail("write", path_);
  // The destructor must not close it a second time where close() fails: that number may be another
  // file's by then.
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0) fail("write", path_);
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("write", path_);
  temporary_.clear();
  sync_folder(folder_of(path_));
}

void write_file(const fs::path& path, std::string_view content) {
  AtomicFile file(path);
  file.write(content);
  file.commit();
}

std::string read_file(const fs::path& path, size_t limit) {
  // A stream that cannot be opened may leave errno as it was.
  errno = 0;
  if (fs::is_directory(path)) {
    errno = EISDIR;
    fail("read", path);
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail("read", path);
  std::error_code error;
  // Pipes and devices have no size to ask for.
  if (!fs::is_regular_file(path, error)) return read_pipe(stream, path, limit);
  stream.seekg(0, std::ios::end);
  const size_t size = stream.tellg();
  if (size > limit)
    throw InputError(fmt::format("{} has {} bytes, more than the {} that such a file may have",
                                 printable(path.string()), size, limit));
  std::string content(size, '\0');
  stream.seekg(0);
  if (!stream.read(content.data(), static_cast<std::streamsize>(size))) fail("read", path);
  return content;
}

std::string file_digest(const fs::path& path, const std::string& algorithm) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) fail("read", path);
  Hash hash(algorithm);
  std::vector<char> buffer(size_t{1} << 20);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())),
         stream.gcount() > 0) {
    hash.add(buffer.data(), static_cast<size_t>(stream.gcount()));
  }
  return hash.finish();
}

std::string digest(std::string_view bytes, const std::string& algorithm) {
  Hash hash(algorithm);
  hash.add(bytes.data(), bytes.size());
  return hash.finish();
}

}  // namespace nasnet
