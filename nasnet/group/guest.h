#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/group/place.h"

namespace nasnet::group {

/// A process's dealings with the meeting place. Throws SystemError where that cannot be reached.
/// Not thread-safe: each thread has its own.
class Guest {
 public:
  struct Peer {
    bool here = false, gone = false;
    std::string who;       ///< process and machine, for messages
    double silent = 0;     ///< seconds since its last sign of life
    std::string why_left;  ///< its own error; "" while it has told of none
  };

  /// `patience`: seconds in which the place must answer.
  Guest(const Place& place, double patience);
  ~Guest();

  /// Comes, trying again until the place is open or the patience is at its end. The address that
  /// others reach this process at. Throws InputError where the rank is taken, or sizes differ.
  std::string come();
  void keep(const std::string& name, const std::string& value);
  /// Waits for it. Throws SystemError at the patience's end.
  std::string give(const std::string& name);
  /// A sign of life; the news of all, by rank.
  std::vector<Peer> beat();
  /// `why`: an error of its own, or "" at a good end.
  void leave(const std::string& why);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nasnet::group
