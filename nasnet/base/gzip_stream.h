#pragma once

#include <zlib.h>

#include <array>
#include <fstream>
#include <string>

namespace nasnet {

/// Decompresses a gzip file and verifies its checksums. Concatenated members are one stream;
/// trailing bytes that are no gzip are ignored, as gzip itself does.
class GzipStream {
 public:
  /// Throws SystemError where the file cannot be opened.
  explicit GzipStream(const std::string& file);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;

  /// True where the file begins with gzip's magic number.
  static bool is_gzip(const std::string& file);

  /// The next bytes, at least one and at most `size`; 0 at the end. Throws InputError, without the
  /// file's name, where the data are corrupt or cut off; everything before has been returned.
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
