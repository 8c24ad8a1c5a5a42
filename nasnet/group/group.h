#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/group/place.h"

namespace nasnet::group {

/// Another process of the group is gone, or answers no more. The message names it, and its own
/// error where it told of one.
class PeerLost : public SystemError {
 public:
  using SystemError::SystemError;
};

/// Processes that compute one thing together, here or on several machines, each with a rank from 0
/// to size() - 1. All of them make the same calls in the same order; a call that waits for a
/// process which is gone throws PeerLost.
class Group {
 public:
  struct Outgoing {
    int to = 0;
    std::span<const std::byte> bytes;
  };
  struct Incoming {
    int from = 0;
    std::span<std::byte> bytes;
  };

  virtual ~Group() = default;
  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  /// The process that writes files, and speaks for all.
  bool leads() const { return rank() == 0; }

  /// Sends and receives at the same time. Messages of one process to another arrive in their order,
  /// and have the size that is waited for.
  virtual void exchange(const std::vector<Outgoing>& sent,
                        const std::vector<Incoming>& received) = 0;
  /// Tells the others of the error of its own that ends this process; their PeerLost then says it.
  /// Not for a PeerLost: the others would take this one for its cause.
  virtual void leave(const std::string& why) = 0;

  /// Every process's text, in the ranks' order.
  std::vector<std::string> gather(const std::string& own);
  /// True where it is for any of the processes.
  bool any(bool own);
  /// Throws InputError, the same in all processes, where their texts differ: "process 2 of 4 has
  /// another DATA than the first: ..." with `what` in place of "another DATA".
  void demand_same(const std::string& own, const std::string& what);

 protected:
  explicit Group(Place place) : place_(std::move(place)) {}
  Place place_;
};

struct GroupSettings {
  /// After so many seconds without a sign of life a process counts as gone.
  double peer_timeout = 60;
};

/// Meets the others. The process of rank 0 opens the meeting place, where it is nobody else's
/// (Place::opened). Throws InputError where two processes have one rank or other sizes, SystemError
/// where the place cannot be opened or reached, PeerLost where others do not come in time.
std::unique_ptr<Group> join(const Place& place, const GroupSettings& settings);

/// "process 2 of 4", counted from 1 as people do.
std::string process_name(int rank, int size);

}  // namespace nasnet::group
