#pragma once

#include <memory>
#include <string>

namespace nasnet::group {

/// Where the processes of a group find each other: a small HTTP server that keeps who has come, the
/// addresses that they tell each other, and when each last gave a sign of life. It keeps no data of
/// the computation. Serves on a thread of its own until it is destroyed.
class MeetingPlace {
 public:
  /// `port` 0: any free one. Throws SystemError where it cannot listen there.
  MeetingPlace(const std::string& host, int port, int size);
  ~MeetingPlace();
  MeetingPlace(const MeetingPlace&) = delete;

  int port() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nasnet::group
