#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "nasnet/base/random.h"
#include "nasnet/search/store/store.h"
#include "tests/search/store/postgres_server.h"
#include "tests/search/temporary.h"

namespace nasnet::search {

inline Trial trial(int64_t number, const std::string& arm = kSearchArm) {
  Trial trial;
  trial.arm = arm;
  trial.number = number;
  trial.choices = {1, 2, static_cast<int>(number)};
  trial.form = "form " + std::to_string(number % 3);
  return trial;
}

inline ArmRecord record(int64_t proposed, int64_t observed = 0, const std::string& state = "") {
  ArmRecord record;
  record.arm = kSearchArm;
  record.proposed = proposed;
  record.observed = observed;
  record.strategy_state = state;
  return record;
}

/// A worker on a machine of that name, of which nobody can tell whether it lives.
inline Owner owner(const std::string& name) {
  return {.role = Role::kWorker, .process = {.number = 1, .host = name}};
}

/// The first generation of some trials.
inline void propose(Store& store, int count) {
  std::vector<Trial> trials;
  for (int i = 0; i < count; ++i) trials.push_back(trial(i));
  store.advance({record(0), record(1), {}, trials});
}

/// A test that runs on both kinds of store: studies in files of its own folder, and in a database
/// under names of its own.
class OnBothStores : public WithFolder, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    if (is_postgres() && !shared_postgres())
      GTEST_SKIP() << "PostgreSQL is not installed (scripts/deps --test)";
  }
  bool is_postgres() const { return GetParam() == std::string("Postgres"); }
  std::string url() const { return is_postgres() ? shared_postgres()->url() : ""; }
  std::string study(const std::string& name) const {
    if (!is_postgres()) return file(name + ".db");
    const std::string test = testing::UnitTest::GetInstance()->current_test_info()->name();
    return "t" + std::to_string(hash64(test)) + "_" + name;
  }
  std::unique_ptr<Store> open(const std::string& name, bool create = true,
                              double patience = 10) const {
    return open_store(url(), study(name), create ? OpenMode::kDrive : OpenMode::kWork, patience);
  }
};

}  // namespace nasnet::search

#define NASNET_ON_BOTH_STORES(suite)                                       \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("Sqlite", "Postgres"), \
                           [](const auto& info) { return std::string(info.param); })
