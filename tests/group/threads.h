#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "nasnet/group/group.h"
#include "nasnet/group/meeting_place.h"

namespace nasnet::group {

/// A group whose members are threads of this process: all that they say goes through sockets all
/// the same. Runs `work` in each; the messages of what it threw, by rank, "" where it did not.
inline std::vector<std::string> run_group(int size, const std::function<void(Group&)>& work,
                                          double patience = 20) {
  MeetingPlace place("127.0.0.1", 0, size);
  std::vector<std::string> errors(size);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      try {
        const auto group = join(
            {.rank = rank, .size = size, .host = "127.0.0.1", .port = place.port(), .opened = true},
            {.peer_timeout = patience});
        try {
          work(*group);
        } catch (const PeerLost&) {  // others know it already
          throw;
        } catch (const Error& error) {
          group->leave(error.what());
          throw;
        }
      } catch (const Error& error) {
        errors[rank] = error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
  return errors;
}

/// Nothing was thrown.
inline void expect_good(const std::vector<std::string>& errors) {
  for (size_t rank = 0; rank < errors.size(); ++rank) EXPECT_EQ(errors[rank], "") << rank;
}

}  // namespace nasnet::group
