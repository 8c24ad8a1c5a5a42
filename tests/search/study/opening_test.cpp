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
  /// Steps from the start of the driver to its first claim, in a study of so many trials in each
  /// arm, all but the last generations finished.
  int64_t steps_to_first_claim(int64_t trials) {
    StudySettings settings;
    settings.trials = trials;
    settings.generation = 50;
    settings.lag = 1;
    settings.strategies.ppo.hidden = 10;
    const StudySpec spec{space_, settings, 1, 0};
    const std::string name = file(std::to_string(trials) + ".db");
    write_large_study([&] { return open_sqlite(name, true); }, spec);
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
    steps = 0;
    const auto store = open_store("", name, false);
    drive_to_first_claim(*store, spec);
    sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch));
    return steps;
  }

  ToySpace space_{2, 4};
};

TEST_F(Opening, ReadsNoMoreOfALargeStudyThanOfASmallOne) {
  const int64_t small = steps_to_first_claim(500), large = steps_to_first_claim(20000);
  EXPECT_GT(small, 1000) << "nothing was counted";
  EXPECT_LE(large, small + small / 10);
}

}  // namespace
}  // namespace nasnet::search
