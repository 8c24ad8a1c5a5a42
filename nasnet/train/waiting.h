#pragma once

#include <chrono>
#include <string>

namespace nasnet::train {

/// Seconds in which a training did not compute, as its process saw them.
struct Waiting {
  double images = 0;  ///< for batches that were not ready
  double others = 0;  ///< for results of processes that train along
  double disk = 0;    ///< for its folder to be written
};

/// ", waited 12 % for images, 3 % for other processes, 1 % for the disk" of `seconds`; shares under
/// a half percent are left out, and all of them in the first second.
std::string describe(const Waiting& waiting, double seconds);

/// Adds the time of its life to `seconds`.
class AddTime {
 public:
  explicit AddTime(double& seconds) : seconds_(seconds) {}
  ~AddTime() { seconds_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }
  AddTime(const AddTime&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace nasnet::train
