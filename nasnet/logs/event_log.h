#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "nasnet/logs/event_file.h"

namespace nasnet::logs {

/// Event files that are written in a thread of their own: whoever logs never waits for a disk, and
/// never fails. Where a file cannot be written one warning says so, and the log ends there.
class EventLog {
 public:
  /// A file of this identity in each of the folders.
  EventLog(std::vector<std::filesystem::path> folders, std::string identity);
  /// Waits for what was posted, but not for long: a disk that hangs holds nobody up.
  ~EventLog();
  EventLog(const EventLog&) = delete;

  /// All that there was before has been posted: only now is a file begun, which takes the place of
  /// an older one in one step, with all of that in it.
  void begin();
  /// Has `job` add to the file in the folder of that index. It must own all that it needs.
  void post(size_t index, std::function<void(EventFile&)> job);

 private:
  struct Shared;
  static void run(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // outlives this where the thread is not waited for
  std::thread thread_;
};

}  // namespace nasnet::logs
