#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace nasnet::search {

/// The energy that this machine's processor packages have used, as Linux's power capping interface
/// counts it (Intel and AMD; to be read by root on most systems). That of memory, GPUs and fans is
/// not in it.
class EnergyMeter {
 public:
  explicit EnergyMeter(const std::filesystem::path& root = "/sys/class/powercap");

  /// True if anything can be measured here.
  bool works() const { return !packages_.empty(); }
  /// Joules since the last call, or since the meter was made.
  double joules();

 private:
  struct Package {
    std::filesystem::path counter;
    int64_t range = 0;  // the counter begins again after it
    int64_t last = 0;
  };
  std::vector<Package> packages_;
};

}  // namespace nasnet::search
