#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nasnet {

/// Spools bytes that might not fit into memory to an unnamed temporary file in $TMPDIR. The system
/// caches them while there is room; they are gone when the process ends.
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
