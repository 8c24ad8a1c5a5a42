#include <sqlite3.h>

#include "tests/search/strategies/toy_space.h"
#include "tests/search/study/large_study.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

/// Steps of SQLite's machine by all connections opened since: what statements have read, whatever
/// they give back.
int64_t steps = 0;

int count_steps(unsigned, void*, void* statement, void*) {
  steps += sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement), SQLITE_STMTSTATUS_VM_STEP, 1);
  return 0;
}

int watch(sqlite3* db, const char**, const sqlite3_api_routines*) {
  return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, count_steps, nullptr);
}

class Opening : public WithFolder {
 protected:
  StudySpec spec(int64_t trials) const {
    StudySettings settings;
    settings.trials = trials;
    settings.generation = 50;
    settings.lag = 1;
    settings.strategies.ppo.hidden = 10;
    return {space_, settings, 1, 0};
  }
  /// Steps that the work does with a study of so many trials in each arm, all but the last
  /// generations finished.
  int64_t count(int64_t trials, OpenMode mode, const std::function<void(Store&)>& work) {
    const std::string name = file(std::to_string(trials) + ".db");
    write_large_study([&] { return open_sqlite(name, OpenMode::kDrive); }, spec(trials));
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
    steps = 0;
    work(*open_store("", name, mode));
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch));
    return steps;
  }
  void expect_no_more_of_a_large_one(OpenMode mode,
                                     const std::function<void(Store&, int64_t)>& work) {
    const auto steps_of = [&](int64_t trials) {
      return count(trials, mode, [&](Store& store) { work(store, trials); });
    };
    const int64_t small = steps_of(500), large = steps_of(20000);
    EXPECT_GT(small, 1000) << "nothing was counted";
    EXPECT_LE(large, small + small / 10);
  }

  ToySpace space_{2, 4};
};

TEST_F(Opening, ReadsNoMoreOfALargeStudyThanOfASmallOne) {
  expect_no_more_of_a_large_one(OpenMode::kWork, [&](Store& store, int64_t trials) {
    drive_to_first_claim(store, spec(trials));
  });
}

TEST_F(Opening, CountingAndRankingReadNoMoreEither) {
  expect_no_more_of_a_large_one(OpenMode::kRead, [&](Store& store, int64_t trials) {
    for (const char* arm : {kSearchArm, kBaselineArm}) {
      EXPECT_EQ(store.counts(arm),
                (std::map<TrialState, int64_t>{{TrialState::kPending, 100},
                                               {TrialState::kDone, trials - 100}}));
      EXPECT_EQ(store.best(arm, 10, trials).size(), 10u);
    }
  });
}

}  // namespace
}  // namespace nasnet::search
