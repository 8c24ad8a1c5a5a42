#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "nasnet/base/random.h"
#include "nasnet/search/store.h"
#include "tests/search/postgres_server.h"
#include "tests/search/temporary.h"

namespace nasnet::search {

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
    return open_store(url(), study(name), create, patience);
  }
};

}  // namespace nasnet::search

#define NASNET_ON_BOTH_STORES(suite)                                       \
  INSTANTIATE_TEST_SUITE_P(, suite, testing::Values("Sqlite", "Postgres"), \
                           [](const auto& info) { return std::string(info.param); })
