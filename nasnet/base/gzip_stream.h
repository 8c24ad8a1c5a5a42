#pragma once

#include <zlib.h>

#include <array>
#include <fstream>
#include <string>

namespace nasnet {

/// Reads a file that is packed by gzip, with its checksums. Several packed one behind the other are
/// one text; what follows that is no gzip is not part of it, as in gzip itself.
class GzipStream {
 public:
  /// Throws SystemError where the file cannot be opened.
  explicit GzipStream(const std::string& file);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;

  /// Whether the file begins as those packed by gzip do.
  static bool is_gzip(const std::string& file);

  /// The next bytes, at least one and at most `size`; 0 at the end. Throws InputError, without the
  /// file's name, where the data are corrupt or cut off: what stands before has been given.
  size_t read(char* out, size_t size);

 private:
  /// Whether there is a byte more to unpack.
  bool fill();

  std::ifstream file_;
  z_stream stream_{};
  std::array<char, 1 << 16> packed_;
  bool between_ = true;  ///< at a place where a packed text may begin
  int status_ = Z_OK;
};

}  // namespace nasnet
