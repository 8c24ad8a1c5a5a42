#include "nasnet/group/group.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>

#include "nasnet/group/meeting_place.h"
#include "tests/group/threads.h"

namespace nasnet::group {
namespace {

TEST(Group, GathersEveryonesTextInTheOrderOfRanks) {
  for (const int size : {1, 2, 3, 5}) {
    std::vector<std::string> expected;
    for (int rank = 0; rank < size; ++rank)
      expected.push_back(std::string(static_cast<size_t>(rank * 1000), 'x') + std::to_string(rank));
    expect_good(run_group(size, [&](Group& group) {
      EXPECT_EQ(group.size(), size);
      for (int turn = 0; turn < 3; ++turn)
        EXPECT_EQ(group.gather(expected[group.rank()]), expected) << turn;
    }));
  }
}

TEST(Group, HearsAnyonesYes) {
  expect_good(run_group(3, [](Group& group) {
    EXPECT_FALSE(group.any(false));
    for (int rank = 0; rank < 3; ++rank) EXPECT_TRUE(group.any(group.rank() == rank));
  }));
}

TEST(Group, NamesTheProcessThatDiffers) {
  for (const std::string& error : run_group(3, [](Group& group) {
         group.demand_same("the same", "other data");
         group.demand_same(group.rank() == 1 ? "cats" : "dogs", "other data");
       }))
    EXPECT_EQ(error, "process 2 of 3 has other data than the first: 'cats' instead of 'dogs'");
}

TEST(Group, LargeMessagesGoBothWaysAtOnce) {
  constexpr size_t kBytes = 8 << 20;
  expect_good(run_group(2, [](Group& group) {
    std::vector<std::byte> out(kBytes, std::byte(group.rank() + 1)), in(kBytes);
    const int other = 1 - group.rank();
    group.exchange({{other, out}}, {{other, in}});
    EXPECT_EQ(in, std::vector<std::byte>(kBytes, std::byte(other + 1)));
  }));
}

/// Whoever ends tells why, and the others say it: within moments, whatever the patience.
TEST(Group, AProcessThatEndsIsNamedWithItsError) {
  const auto errors = run_group(
      3,
      [](Group& group) {
        group.any(false);
        if (group.rank() == 1) throw SystemError("the disk is full");
        for (;;) group.any(false);
      },
      600);
  EXPECT_EQ(errors[1], "the disk is full");
  for (const int rank : {0, 2}) {
    EXPECT_EQ(errors[rank].find("process 2 of 3 (process "), 0u) << errors[rank];
    EXPECT_NE(errors[rank].find("has ended: the disk is full"), std::string::npos) << errors[rank];
  }
}

std::string join_error(const Place& place, double patience) {
  try {
    join(place, {.peer_timeout = patience});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Group, SaysWhoHasNotCome) {
  const MeetingPlace meeting("127.0.0.1", 0, 3);
  Place place = {.rank = 1, .size = 3, .host = "127.0.0.1", .port = meeting.port(), .opened = true};
  EXPECT_NE(
      join_error(place, 0.3).find("of 3 processes those of rank 0, 2 have not come to 127.0.0.1:"),
      std::string::npos);
  place.size = 4;
  EXPECT_NE(join_error(place, 0.3)
                .find("the group here is of 3 processes, and this one is number 1 of 4"),
            std::string::npos);
}

TEST(Group, ARankThatIsTakenIsNamedWithItsHolder) {
  const MeetingPlace meeting("127.0.0.1", 0, 3);
  const Place place = {
      .rank = 1, .size = 3, .host = "127.0.0.1", .port = meeting.port(), .opened = true};
  httplib::Client first("127.0.0.1", meeting.port());
  ASSERT_EQ(first.Post("/come?rank=1&size=3", "process 5 (6) on elsewhere", "text/plain")->status,
            200);
  EXPECT_NE(join_error(place, 0.3).find("rank 1 is taken already, by process 5 (6) on elsewhere"),
            std::string::npos);
}

TEST(Group, APlaceThatIsNotThereIsNamed) {
  int free = 0;
  {
    const MeetingPlace meeting("127.0.0.1", 0, 2);
    free = meeting.port();
  }
  const Place place = {.rank = 1, .size = 2, .host = "127.0.0.1", .port = free};
  const std::string error = join_error(place, 0.3);
  EXPECT_NE(error.find("127.0.0.1:" + std::to_string(free)), std::string::npos) << error;
  EXPECT_NE(error.find("MASTER_PORT"), std::string::npos) << error;
}

TEST(Group, APortThatIsTakenIsNamed) {
  const MeetingPlace meeting("127.0.0.1", 0, 2);
  const std::string error =
      join_error({.rank = 0, .size = 2, .host = "127.0.0.1", .port = meeting.port()}, 0.3);
  EXPECT_NE(error.find("cannot meet at"), std::string::npos) << error;
  EXPECT_NE(error.find("MASTER_PORT"), std::string::npos) << error;
}

}  // namespace
}  // namespace nasnet::group
