#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "nasnet/terminal/snapshot.h"

namespace nasnet::terminal {

/// Looks at a study about once a second, in a thread of its own: a store that does not answer
/// holds nobody up who draws.
class Watch {
 public:
  /// `live` was refreshed once, and outlives this.
  explicit Watch(dashboard::LiveStudy& live);
  ~Watch();
  Watch(const Watch&) = delete;

  struct News {
    Snapshot snapshot;
    int64_t number = 0;  ///< grows with each snapshot that differs
  };
  News latest() const;

 private:
  void run();

  dashboard::LiveStudy& live_;
  mutable std::mutex mutex_;
  std::condition_variable ends_;
  bool ending_ = false;
  News latest_;
  std::thread thread_;
};

/// Draws on the terminal until the user leaves or is interrupted; the search goes on.
void show_live(dashboard::LiveStudy& live);

/// Prints a line for each change, the first at once, until the study ends or the user interrupts.
/// `print` returns when the line is on its way.
void print_changes(dashboard::LiveStudy& live, const std::function<void(const Snapshot&)>& print);

}  // namespace nasnet::terminal
