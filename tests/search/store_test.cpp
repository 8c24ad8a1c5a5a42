#include "nasnet/search/store.h"

#include <sqlite3.h>
#include <sys/mount.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

class StoreTest : public WithFolder {
 protected:
  void run_sql(const std::string& name, const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(file(name).c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  std::string refusal(const std::string& name) {
    try {
      Store store(file(name));
      store.trials(kSearchArm);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
};

Trial trial(int64_t number) {
  Trial trial;
  trial.arm = kSearchArm;
  trial.number = number;
  trial.choices = {1, 2, static_cast<int>(number)};
  return trial;
}

TEST_F(StoreTest, KeepsEverythingBitForBit) {
  const double awkward = 0.1 + 0.2;
  const std::string state("bytes\0with\xff zero", 16);
  {
    Store store(file("s.db"));
    EXPECT_TRUE(store.settings().is_null());
    store.set_settings({{"x", 1}});
    store.advance(kSearchArm, {1, 0, state}, {trial(0), trial(1), trial(2)});
    Trial done = trial(1);
    done.state = TrialState::kDone;
    done.reward = awkward;
    done.measurements = {{"loss", 1.0 / 3}, {"images", 2000}};
    done.attempts = 2;
    done.core_seconds = 1.25;
    Trial failed = trial(2);
    failed.state = TrialState::kFailed;
    failed.cause = "it's \"quoted\"";
    store.update({done, failed}, 1.5);
    store.update({}, 0.25);
  }
  Store store(file("s.db"));
  EXPECT_EQ(store.settings().at("x"), 1);
  const ArmProgress progress = store.progress(kSearchArm);
  EXPECT_EQ(progress.proposed, 1);
  EXPECT_EQ(progress.strategy_state, state);
  EXPECT_EQ(store.progress(kBaselineArm).proposed, 0);
  const std::vector<Trial> trials = store.trials(kSearchArm);
  ASSERT_EQ(trials.size(), 3u);
  EXPECT_EQ(trials[0].state, TrialState::kPending);
  EXPECT_EQ(trials[1].reward, awkward);
  EXPECT_EQ(trials[1].measurements.at("loss"), 1.0 / 3);
  EXPECT_EQ(trials[1].attempts, 2);
  EXPECT_EQ(trials[1].choices, (space::Choices{1, 2, 1}));
  EXPECT_EQ(trials[2].cause, "it's \"quoted\"");
  EXPECT_EQ(store.seconds_spent(), 1.75);
}

TEST_F(StoreTest, IsHeldByOneProcessAtATime) {
  Store store(file("s.db"));
  EXPECT_NE(refusal("s.db").find("being searched by another process (process " +
                                 std::to_string(getpid())),
            std::string::npos);
}

TEST_F(StoreTest, LeavesNoLockBehind) {
  { Store store(file("s.db")); }
  EXPECT_FALSE(std::filesystem::exists(file("s.db.lock")));
  EXPECT_EQ(refusal("s.db"), "");
}

TEST_F(StoreTest, RefusesWhatIsNoStudy) {
  write_file(file("text.db"), "hello, this is a text and no database at all; it goes on a bit\n");
  EXPECT_NE(refusal("text.db").find("is not a study"), std::string::npos);
  run_sql("other.db", "CREATE TABLE t (x)");
  EXPECT_NE(refusal("other.db").find("no study"), std::string::npos);
  EXPECT_NE(refusal("").find("is a folder"), std::string::npos);
  { Store store(file("new.db")); }
  run_sql("new.db", "PRAGMA user_version = 2");
  EXPECT_NE(refusal("new.db").find("version 2"), std::string::npos);
  EXPECT_EQ(read_file(file("text.db")).substr(0, 5), "hello") << "it must not be touched";
}

TEST_F(StoreTest, FullDiskKeepsWhatWasFinished) {
  const std::string disk = file("disk");
  std::filesystem::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=512k") != 0)
    GTEST_SKIP() << "a small disk can be mounted by root only";
  int64_t kept = 0;
  std::string message;
  {
    Store store(disk + "/s.db");
    try {
      for (; kept < 100; ++kept)
        store.advance(kSearchArm, {kept + 1, 0, std::string(40000, 'x')}, {trial(kept)});
    } catch (const SystemError& error) {
      message = error.what();
    }
  }
  EXPECT_NE(message.find("what was finished is kept"), std::string::npos) << message;
  EXPECT_GT(kept, 0);
  {
    Store store(disk + "/s.db");
    EXPECT_EQ(static_cast<int64_t>(store.trials(kSearchArm).size()), kept);
    EXPECT_EQ(store.progress(kSearchArm).proposed, kept);
  }
  ::umount(disk.c_str());
}

TEST_F(StoreTest, RefusesADamagedStudy) {
  {
    Store store(file("s.db"));
    std::vector<Trial> many;
    for (int i = 0; i < 500; ++i) many.push_back(trial(i));
    store.advance(kSearchArm, {1, 0, ""}, many);
  }
  const std::string whole = read_file(file("s.db"));
  std::string damaged = whole;
  for (size_t i = 4096; i < damaged.size(); i += 13) damaged[i] = static_cast<char>(i);
  write_file(file("s.db"), damaged);
  EXPECT_NE(refusal("s.db"), "");
  write_file(file("s.db"), whole);
  run_sql("s.db", "DELETE FROM trials WHERE number = 7");
  EXPECT_NE(refusal("s.db").find("trial 7"), std::string::npos);
}

}  // namespace
}  // namespace nasnet::search
