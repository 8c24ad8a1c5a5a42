#include <fmt/format.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "nasnet/base/file.h"
#include "tests/search/store/old_stores.h"
#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

namespace fs = std::filesystem;

Claim ended(Claim claim, double reward) {
  claim.trial.state = TrialState::kDone;
  claim.trial.reward = reward;
  return claim;
}

class Reading : public OnBothStores {
 protected:
  std::unique_ptr<Store> look(const std::string& name) const {
    return open_store(url(), study(name), OpenMode::kRead, 10);
  }
  void make_old(const std::string& name, const OldVersion& version,
                const std::string& more = "") const {
    is_postgres() ? make_old_schema(url(), study(name), version, more)
                  : make_old_file(study(name), version, more);
  }
  void migrate(const std::string& name) const { open(name)->drive(owner("me")); }
};
NASNET_ON_BOTH_STORES(Reading);

TEST_P(Reading, SeesWhatOthersWriteMeanwhile) {
  const auto store = open("s");
  const auto reader = look("s");
  store->drive(owner("me"));
  propose(*store, 5);
  EXPECT_EQ(reader->counts(kSearchArm), (std::map{std::pair{TrialState::kPending, int64_t{5}}}));
  const std::vector<Claim> claims = store->claim(owner("me"), 3);
  store->finish({ended(claims[0], 0.5), ended(claims[1], 0.75)});
  store->set_state(StudyState::kRunning);
  EXPECT_EQ(reader->trials(kSearchArm).at(1).reward, 0.75);
  EXPECT_EQ(reader->best(kSearchArm, 1).at(0).number, 1);
  EXPECT_EQ(reader->statuses(kSearchArm, 2, 3).at(0).owner, owner("me"));
  EXPECT_EQ(reader->driver().state, StudyState::kRunning);
  EXPECT_EQ(reader->counts(kSearchArm),
            (std::map<TrialState, int64_t>{
                {TrialState::kPending, 2}, {TrialState::kRunning, 1}, {TrialState::kDone, 2}}));
}

TEST_P(Reading, CountsWhatTheRecordAndTheRestOfTheTrialsSay) {
  const auto store = open("s");
  propose(*store, 4);
  std::vector<Claim> claims = store->claim(owner("me"), 3);
  for (Claim& claim : claims) claim = ended(claim, 1);
  claims[1].trial.state = TrialState::kFailed;
  store->finish(claims);
  ArmRecord observed = record(1, 1);
  observed.done = observed.failed = 1;  // trials 0 and 1
  store->advance({record(1), observed, {}, {}});
  using Counts = std::map<TrialState, int64_t>;
  EXPECT_EQ(look("s")->counts(kSearchArm),
            (Counts{{TrialState::kPending, 1}, {TrialState::kDone, 2}, {TrialState::kFailed, 1}}));
  store->retry_failed();
  EXPECT_EQ(look("s")->counts(kSearchArm),
            (Counts{{TrialState::kPending, 2}, {TrialState::kDone, 2}}))
      << "the record is of what was observed";
  EXPECT_TRUE(look("s")->counts(kBaselineArm).empty());
}

TEST_P(Reading, WritesNothing) {
  const auto store = open("s");
  propose(*store, 2);
  const auto reader = look("s");
  const std::vector<Claim> claims = store->claim(owner("me"), 1);
  const std::vector<std::function<void()>> writes = {
      [&] { reader->drive(owner("a reader")); },
      [&] { reader->set_state(StudyState::kStopped); },
      [&] { reader->agree("machine", "mine"); },
      [&] { reader->ask_for(kSearchArm, 0, 1); },
      [&] { reader->claim(owner("a reader"), 1); },
      [&] { reader->finish({ended(claims[0], 1)}); },
      [&] { reader->retry_failed(); },
      [&] { reader->beat_driver(1); }};
  for (const auto& write : writes)
    EXPECT_NE(message_of(write).find("open for reading only"), std::string::npos);
  EXPECT_NO_THROW(open("s", false)->drive(owner("another"))) << "nothing is locked";
}

TEST_P(Reading, TheDatabaseItselfRefusesToWrite) {
  open("s")->set_state(StudyState::kRunning);
  const auto database = is_postgres() ? open_postgres(url(), study("s"), OpenMode::kRead, 10)
                                      : open_sqlite(study("s"), OpenMode::kRead);
  const std::string refused = message_of<SystemError>(
      [&] { database->run("UPDATE study SET value = 'stopped' WHERE key = 'state'"); });
  EXPECT_NE(refused.find("read"), std::string::npos) << refused;
  EXPECT_EQ(open("s")->driver().state, StudyState::kRunning);
}

TEST_P(Reading, NeedsAStudyThatThisProgramKnows) {
  EXPECT_NE(message_of<InputError>([&] { look("none"); }).find("there is no study"),
            std::string::npos);
  open("s");
  const auto database = is_postgres() ? open_postgres(url(), study("s"), OpenMode::kWork, 10)
                                      : open_sqlite(study("s"), OpenMode::kWork);
  database->set_version(99);
  EXPECT_NE(message_of<InputError>([&] { look("s"); }).find("of version 99"), std::string::npos);
  database->set_version(0);
  EXPECT_NE(message_of<InputError>([&] { look("s"); }).find("is empty"), std::string::npos);
}

TEST_P(Reading, OfOlderVersionsMigratesNothing) {
  for (const OldVersion& version : kOldVersions) {
    const std::string name = "old" + std::to_string(version.number);
    make_old(name, version);
    const auto reader = look(name);
    version.expect(*reader);
    const auto database = is_postgres() ? open_postgres(url(), study(name), OpenMode::kRead, 10)
                                        : open_sqlite(study(name), OpenMode::kRead);
    EXPECT_EQ(database->version(), version.number);
    migrate(name);
    EXPECT_EQ(database->version(), kNewestVersion) << "by the driver";
    version.expect(*reader);
  }
}

TEST_P(Reading, OfOlderVersionsIsMigratedByItsDriverAlone) {
  for (const OldVersion& version : kOldVersions) {
    const std::string name = "old" + std::to_string(version.number);
    make_old(name, version);
    const auto database = is_postgres() ? open_postgres(url(), study(name), OpenMode::kRead, 10)
                                        : open_sqlite(study(name), OpenMode::kRead);
    const std::string refused = message_of<InputError>([&] { open(name, false); });
    EXPECT_NE(refused.find("only its driver migrates it: resume it with"), std::string::npos)
        << refused;
    const auto store = open(name), other = open(name);
    version.expect(*store);
    EXPECT_EQ(message_of<InputError>([&] { store->claim(owner("me"), 1); }), refused);
    EXPECT_EQ(database->version(), version.number) << "it does not drive yet";
    other->drive(owner("another"));
    EXPECT_EQ(database->version(), kNewestVersion);
    EXPECT_EQ(other->driver().owner, owner("another"));
    EXPECT_NE(message_of<InputError>([&] { store->drive(owner("me")); }).find("being searched"),
              std::string::npos);
    version.expect(*store);
    version.expect(*open(name, false));
  }
}

TEST_P(Reading, OfAnOlderVersionThatIsDrivenIsLeftAsItIs) {
  make_old("old", kOldVersions[1]);
  const auto older = is_postgres() ? open_postgres(url(), study("old"), OpenMode::kWork, 10)
                                   : open_sqlite(study("old"), OpenMode::kWork);
  older->hold([] { return ProcessId(); });
  EXPECT_NE(message_of<InputError>([&] { open("old")->drive(owner("me")); }).find("being searched"),
            std::string::npos);
  EXPECT_EQ(older->version(), 2);
}

/// Old rewards are the accuracies that they were, to the last digit.
TEST_P(Reading, OfAnOlderVersionFindsAccuraciesExact) {
  std::string rows;
  for (int i = 8; i < 1000; ++i)
    rows += fmt::format(
        "INSERT INTO trials SELECT arm, {}, choices, form, repeats, state, epochs, '{}', {}, "
        "measurements, cause, message, failures, core_seconds, gpu_seconds, joules, peak_bytes, "
        "owner, token, beat FROM trials WHERE number = 0;",
        i, i % 2 ? "[]" : fmt::format("[0.5,{}]", i / 1013.0), i / 1013.0);
  make_old("old", kOldVersions[1], rows);
  const auto expect_exact = [](Store& store) {
    for (const Trial& trial : store.trials(kSearchArm, 8, 1000))
      ASSERT_EQ(trial.measurements.at(kAccuracy), static_cast<double>(trial.number) / 1013);
  };
  expect_exact(*look("old"));
  migrate("old");
  expect_exact(*look("old"));
}

/// Whoever migrates may be killed at any moment: the study is of the one version or of the other.
TEST_P(Reading, OfAMigrationThatIsKilledAtRandomMomentsLosesNothing) {
  const std::string many = R"sql(
    INSERT INTO trials
      WITH RECURSIVE n(i) AS (SELECT 8 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
      SELECT arm, i, choices, form, repeats, state, epochs, rungs, reward, measurements, cause,
        message, failures, core_seconds, gpu_seconds, joules, peak_bytes, owner, token, beat
      FROM trials, n WHERE number = 0;)sql";
  make_old("old", kOldVersions[1], many);
  const std::vector<Trial> trials = look("old")->trials(kSearchArm);
  ASSERT_EQ(trials.size(), 10000u);
  Random random(3, is_postgres(), "moments");
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const std::string name = "killed" + std::to_string(round);
    make_old(name, kOldVersions[1], many);
    const pid_t process = ::fork();
    if (process == 0) {
      migrate(name);
      ::_exit(0);
    }
    ::usleep(random.below(is_postgres() ? 200000 : 60000));
    ::kill(process, SIGKILL);
    int status = 0;
    ::waitpid(process, &status, 0);
    killed += WIFSIGNALED(status);
    EXPECT_EQ(look(name)->trials(kSearchArm), trials);
    migrate(name);
    EXPECT_EQ(look(name)->trials(kSearchArm), trials);
  }
  EXPECT_GT(killed, 0);
}

/// Files that are read beside SQLite's own rules.
class ReadingFiles : public WithFolder {
 protected:
  std::unique_ptr<Store> look(const std::string& name) const {
    return open_store("", file(name), OpenMode::kRead);
  }
  /// Every file there is, byte by byte.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(folder_))
      if (entry.is_regular_file()) files[entry.path().filename()] = read_file(entry.path());
    return files;
  }
  std::unique_ptr<Store> open(const std::string& name) const {
    return open_store("", file(name), OpenMode::kDrive);
  }
  void look_at_all(const std::string& name, size_t trials) const {
    const auto reader = look(name);
    EXPECT_EQ(reader->trials(kSearchArm).size(), trials);
    EXPECT_EQ(reader->best(kSearchArm, 3).size(), 0u);
    EXPECT_EQ(reader->counts(kSearchArm).at(TrialState::kPending), static_cast<int64_t>(trials));
  }
};

TEST_F(ReadingFiles, LeavesAStudyAtRestAsItWas) {
  propose(*open("s.db"), 50);
  const auto before = files();
  ASSERT_EQ(before.size(), 1u) << "it was closed in good order";
  look_at_all("s.db", 50);
  EXPECT_EQ(files(), before);
}

/// A kill leaves a log, and its index or, where that was not copied along, none.
TEST_F(ReadingFiles, LeavesAStudyAsAKillLeftIt) {
  const auto store = open("live.db");
  propose(*store, 50);
  for (const char* end : {"", "-wal", "-shm"})
    fs::copy(file("live.db") + end, file("killed.db") + end);
  for (const char* end : {"", "-wal"}) fs::copy(file("live.db") + end, file("copied.db") + end);
  const auto before = files();
  look_at_all("killed.db", 50);
  look_at_all("copied.db", 50);
  EXPECT_EQ(files(), before);
}

TEST_F(ReadingFiles, DoesNotKeepASearchFromTidyingUp) {
  auto store = open("s.db");
  propose(*store, 5);
  const auto reader = look("s.db");
  EXPECT_EQ(reader->trials(kSearchArm).size(), 5u);
  store.reset();
  EXPECT_EQ(files().size(), 1u) << "a -wal that stayed would be missed by who copies the file";
  EXPECT_EQ(reader->trials(kSearchArm).size(), 5u);
  propose(*open("other.db"), 1);
  store = open("s.db");
  store->claim(owner("me"), 2);
  EXPECT_EQ(reader->counts(kSearchArm).at(TrialState::kRunning), 2);
}

TEST_F(ReadingFiles, GoesByTheLocksOfAProcessThatWrites) {
  propose(*open("s.db"), 8);
  int done[2];
  ASSERT_EQ(::pipe(done), 0);
  const pid_t writer = ::fork();
  if (writer == 0) {
    // Large states: the log goes into the database and is begun anew many times.
    const auto store = open("s.db");
    for (int i = 1;; ++i) {
      store->advance({record(i), record(i + 1, 0, std::string(1000000, 'x')), {}, {}});
      if (i == 3) (void)!::write(done[1], "", 1);
    }
  }
  char started;
  ASSERT_EQ(::read(done[0], &started, 1), 1);
  const auto reader = look("s.db");
  int64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    const ArmRecord arm = reader->arm(kSearchArm);
    EXPECT_GE(arm.proposed, last);
    EXPECT_EQ(arm.strategy_state.size(), 1000000u);
    last = arm.proposed;
    EXPECT_EQ(reader->trials(kSearchArm).size(), 8u);
  }
  EXPECT_GT(last, 3);
  ::kill(writer, SIGKILL);
  ::waitpid(writer, nullptr, 0);
  const auto before = files();
  EXPECT_GE(reader->arm(kSearchArm).proposed, last);
  EXPECT_EQ(reader->trials(kSearchArm).size(), 8u);
  EXPECT_EQ(files(), before);
  EXPECT_EQ(open("s.db")->trials(kSearchArm).size(), 8u);
}

TEST_F(ReadingFiles, OfAFileThatIsNotWrittenAhead) {
  propose(*open("s.db"), 50);
  make_sqlite(file("s.db"), "PRAGMA journal_mode = DELETE");
  const auto before = files();
  look_at_all("s.db", 50);
  EXPECT_EQ(files(), before);
}

TEST_F(ReadingFiles, OfAMigrationThatWasKilled) {
  make_old_file(file("s.db"), kOldVersions[0]);
  sqlite3* half = nullptr;
  ASSERT_EQ(sqlite3_open(file("s.db").c_str(), &half), SQLITE_OK);
  const char* begun = R"sql(
      PRAGMA cache_size = 1;
      BEGIN IMMEDIATE;
      ALTER TABLE trials RENAME TO old_trials;
      CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT
        1000) SELECT i, zeroblob(1000) AS bytes FROM n;)sql";
  ASSERT_EQ(sqlite3_exec(half, begun, nullptr, nullptr, nullptr), SQLITE_OK);
  for (const char* end : {"", "-wal", "-shm"})
    fs::copy(file("s.db") + end, file("killed.db") + end);
  ASSERT_GT(fs::file_size(file("killed.db-wal")), 500000u) << "half of it has come to the disk";
  sqlite3_close(half);
  const auto before = files();
  expect_version_1(*look("killed.db"));
  EXPECT_EQ(files(), before);
  open("killed.db")->drive(owner("me"));
  expect_version_1(*look("killed.db"));
}

TEST_F(ReadingFiles, RefusesWhatIsNoStudy) {
  const auto refusal = [&](const std::string& name) {
    return message_of<InputError>([&] { look(name)->trials(kSearchArm); });
  };
  write_file(file("text.db"), "hello, this is a text and no database at all; it goes on a bit\n");
  write_file(file("empty.db"), "");
  make_sqlite(file("other.db"), "CREATE TABLE t (x)");
  EXPECT_NE(refusal("text.db").find("is not a study"), std::string::npos);
  EXPECT_NE(refusal("empty.db").find("is empty"), std::string::npos);
  EXPECT_NE(refusal("other.db").find("no study"), std::string::npos);
  EXPECT_NE(refusal("").find("is a folder"), std::string::npos);
  propose(*open("gone.db"), 1);
  const auto reader = look("gone.db");
  fs::remove(file("gone.db"));
  EXPECT_NE(message_of<InputError>([&] { reader->trials(kSearchArm); }).find("there is no study"),
            std::string::npos);
}

}  // namespace
}  // namespace nasnet::search
