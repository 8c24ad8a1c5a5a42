#pragma once

#include <zlib.h>

#include <array>
#include <fstream>
#include <string>

namespace nasnet {

/// Decompresses a gzip file piece by piece and verifies its checksums. Concatenated members are one
/// stream; trailing bytes that are no gzip are ignored, as gzip itself does.
class GzipStream {
 public:
  /// Opens the file at this path. Throws SystemError where it cannot.
  explicit GzipStream(const std::string& file);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;

  /// True where the file begins with gzip's magic number; false where it cannot be read.
  static bool is_gzip(const std::string& file);

  /// Writes the next decompressed bytes to `out`, at most `size` of them, and returns how many: at
  /// least one, or 0 at the end. Throws InputError where the data are corrupt or cut off, once all
  /// bytes before that are returned; its message lacks the file's name, which the caller adds.
  size_t read(char* out, size_t size);

 private:
  /// True where there is another byte to decompress.
  bool fill();

  std::ifstream file_;
  z_stream stream_{};
  std::array<char, 1 << 16> packed_;
  bool between_ = true;  ///< at a place where a packed text may begin
  int status_ = Z_OK;
};

}  // namespace nasnet
