#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nasnet {

/// Bytes put aside in a file without a name in the folder for temporary files ($TMPDIR): the
/// system keeps them in memory while there is room, and they are gone with the process. For
/// what would be too much to hold.
class Spool {
 public:
  struct Place {
    uint64_t offset = 0;
    size_t size = 0;
  };

  /// Throws SystemError where no file can be made there.
  Spool();
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Throws SystemError on a full disk.
  Place put(std::string_view bytes);
  /// From any thread.
  std::string get(Place place) const;

 private:
  int descriptor_;
  uint64_t end_ = 0;
};

}  // namespace nasnet
