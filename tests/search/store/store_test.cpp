#include "nasnet/search/store/store.h"

#include <sys/mount.h>

#include <cmath>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/search/store/store_schema.h"
#include "tests/search/store/forwarding_database.h"
#include "tests/search/store/old_stores.h"
#include "tests/search/store/stores.h"

namespace nasnet::search {
namespace {

Claim ended(Claim claim, double reward) {
  claim.trial.state = TrialState::kDone;
  claim.trial.reward = reward;
  return claim;
}

class Stores : public OnBothStores {};
NASNET_ON_BOTH_STORES(Stores);

TEST_P(Stores, AreMadeOnceByManyThatOpenThemAtOnce) {
  for (int round = 0; round < 5; ++round) {
    const std::string name = "s" + std::to_string(round);
    std::vector<std::jthread> openers;
    for (int i = 0; i < 8; ++i)
      openers.emplace_back([&] { EXPECT_NO_THROW(open(name)->driver()); });
  }
}

/// Its connection goes the first time that it is asked for its version, and that it is held.
class RestartedDatabase : public ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;
  int64_t version() override {
    if (std::exchange(fresh_, false)) throw ConnectionLost("the server restarts");
    return ForwardingDatabase::version();
  }
  void hold(const std::function<ProcessId()>& holder) override {
    if (std::exchange(free_, false)) throw ConnectionLost("the server restarts");
    ForwardingDatabase::hold(holder);
  }

 private:
  bool fresh_ = true, free_ = true;
};

TEST_P(Stores, OpenAndAreDrivenThroughARestartOfTheServer) {
  open("s");
  Store store(std::make_unique<RestartedDatabase>(
                  is_postgres() ? open_postgres(url(), study("s"), OpenMode::kWork, 10)
                                : open_sqlite(study("s"), OpenMode::kWork)),
              10);
  EXPECT_NO_THROW(store.drive(owner("me")));
  EXPECT_NO_THROW(store.drive(owner("me"))) << "it does already";
  EXPECT_THROW(open("s")->drive(owner("another")), InputError);
}

TEST_P(Stores, AgreeOnWhatWasSaidFirst) {
  const auto one = open("s"), other = open("s");
  EXPECT_EQ(one->agree("machine", "a"), "a");
  EXPECT_EQ(other->agree("machine", "b"), "a");
}

TEST_P(Stores, KeepTheBeginningOfLongMessages) {
  const auto store = open("s");
  propose(*store, 2);
  std::vector<Claim> claims = store->claim(owner("me"), 2);
  claims[0].trial.message = "x";
  for (int i = 0; i < 2000; ++i) claims[0].trial.message += "\xc3\xa9";  // the 2,000th byte is half
  claims[1].trial.message = std::string("a\0b", 3);
  for (Claim& claim : claims) claim.trial.state = TrialState::kFailed;
  EXPECT_EQ(store->finish(claims), (std::vector<bool>{true, true}));
  const std::vector<Trial> trials = store->trials(kSearchArm);
  EXPECT_TRUE(trials[0].message.starts_with("x\xc3\xa9"));
  EXPECT_TRUE(trials[0].message.ends_with("\xc3\xa9\xef\xbf\xbd"));
  EXPECT_EQ(trials[1].message, "a b");
}

TEST_P(Stores, KeepEverythingBitForBit) {
  const double awkward = 0.1 + 0.2;
  const std::string state("bytes\0with\xff zero", 16);
  ArmRecord after = record(1, 0, state);
  after.done = 4;
  after.cost = {1.0 / 3, 0.25, 1e300, 0};
  {
    const auto store = open("s");
    EXPECT_TRUE(store->settings().is_null());
    store->set_settings({{"x", 1}});
    store->advance({record(0), after, {}, {trial(0), trial(1), trial(2)}});
    std::vector<Claim> claims = store->claim(owner("me"), 2);
    ASSERT_EQ(claims.size(), 2u);
    EXPECT_EQ(claims[0].trial.choices, trial(0).choices);
    claims[1] = ended(claims[1], awkward);
    claims[1].trial.measurements = {{"loss", 1.0 / 3}, {"images", 2000}};
    claims[1].trial.rungs = {awkward, -0.0, 5e-324};
    claims[1].trial.cost = {1.25, 2.5, 0.125, int64_t{1} << 40};
    claims[0].trial.state = TrialState::kFailed;
    claims[0].trial.cause = Cause::kOutOfMemory;
    claims[0].trial.message = "it's \"quoted\" \xff";
    claims[0].trial.failures = {{"out of memory", 2}};
    EXPECT_EQ(store->finish(claims), (std::vector<bool>{true, true}));
    store->beat_driver(1.5);
    store->beat_driver(0.25);
  }
  const auto store = open("s", false);
  EXPECT_EQ(store->settings().at("x"), 1);
  const ArmRecord read = store->arm(kSearchArm);
  EXPECT_EQ(read.proposed, 1);
  EXPECT_EQ(read.done, 4);
  EXPECT_EQ(read.cost, after.cost);
  EXPECT_EQ(read.strategy_state, state);
  EXPECT_EQ(store->arm(kBaselineArm).proposed, 0);
  const std::vector<Trial> trials = store->trials(kSearchArm);
  ASSERT_EQ(trials.size(), 3u);
  EXPECT_EQ(trials[2].state, TrialState::kPending);
  EXPECT_EQ(trials[1].reward, awkward);
  EXPECT_EQ(trials[1].rungs, (std::vector<double>{awkward, -0.0, 5e-324}));
  EXPECT_EQ(trials[1].measurements.at("loss"), 1.0 / 3);
  EXPECT_EQ(trials[1].cost.peak_bytes, int64_t{1} << 40);
  EXPECT_EQ(trials[0].cause, Cause::kOutOfMemory);
  EXPECT_EQ(trials[0].failures.at("out of memory"), 2);
  EXPECT_EQ(trials[0].message, "it's \"quoted\" \xef\xbf\xbd") << "bytes that are no text";
  EXPECT_EQ(store->driver().seconds, 1.75);
}

TEST_P(Stores, ClaimsGoOutOnceInOrderAndBothArms) {
  const auto store = open("s");
  propose(*store, 5);
  ArmRecord baseline = record(1);
  baseline.arm = kBaselineArm;
  ArmRecord none = baseline;
  none.proposed = 0;
  store->advance({none, baseline, {}, {trial(0, kBaselineArm), trial(1, kBaselineArm)}});
  const auto other = open("s", false);
  const std::vector<Claim> first = store->claim(owner("a"), 3),
                           second = other->claim(owner("b"), 10);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_EQ(first[0].trial.number, 0);
  EXPECT_EQ(first[1].trial.number, 0);
  EXPECT_EQ(first[2].trial.number, 1);
  EXPECT_EQ(second.size(), 4u);
  EXPECT_TRUE(store->claim(owner("a"), 1).empty());
}

TEST_P(Stores, ClaimsOfManyAtOnceNeverMeet) {
  { propose(*open("s"), 300); }
  std::vector<std::vector<int64_t>> got(4);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < got.size(); ++i)
    threads.emplace_back([&, i] {
      const auto store = open("s", false);
      for (;;) {
        const std::vector<Claim> claims = store->claim(owner("owner " + std::to_string(i)), 2);
        if (claims.empty()) break;
        for (const Claim& claim : claims) got[i].push_back(claim.trial.number);
        store->finish({ended(claims[0], 1)});
      }
    });
  for (std::thread& thread : threads) thread.join();
  std::vector<int64_t> all;
  for (const auto& part : got) all.insert(all.end(), part.begin(), part.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 300u);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST_P(Stores, AWorkerThatLostItsLeaseCannotWrite) {
  const auto store = open("s");
  propose(*store, 1);
  const Claim slow = store->claim(owner("slow"), 1).at(0);
  EXPECT_EQ(store->beat({slow}), std::vector<bool>{true});
  Claim back = slow;
  back.trial.state = TrialState::kPending;
  EXPECT_EQ(store->finish({back}), std::vector<bool>{true}) << "the driver takes it back";
  EXPECT_EQ(store->beat({slow}), std::vector<bool>{false});
  EXPECT_EQ(store->finish({ended(slow, 0.9)}), std::vector<bool>{false});
  const Claim quick = store->claim(owner("quick"), 1).at(0);
  EXPECT_GT(quick.token, slow.token);
  EXPECT_EQ(store->finish({ended(slow, 0.9)}), std::vector<bool>{false});
  EXPECT_EQ(store->finish({ended(quick, 0.4)}), std::vector<bool>{true});
  EXPECT_EQ(store->finish({ended(slow, 0.9)}), std::vector<bool>{false});
  EXPECT_EQ(store->trials(kSearchArm).at(0).reward, 0.4);
}

TEST_P(Stores, BeatsAndStatuses) {
  const auto store = open("s");
  propose(*store, 3);
  Claim claim = store->claim(owner("me"), 1).at(0);
  claim.trial.cost = {2, 0, 0, 0};
  store->beat({claim});
  store->beat({claim});
  const std::vector<TrialStatus> statuses = store->statuses(kSearchArm, 0, 2);
  ASSERT_EQ(statuses.size(), 2u);
  EXPECT_EQ(statuses[0].beat, 2);
  EXPECT_EQ(statuses[0].owner, owner("me"));
  EXPECT_EQ(statuses[0].spent.core_seconds, 2);
  EXPECT_EQ(statuses[0].state, TrialState::kRunning);
  EXPECT_EQ(statuses[1].state, TrialState::kPending);
}

TEST_P(Stores, FindFormsAndTheBest) {
  const auto store = open("s");
  propose(*store, 6);
  std::vector<Claim> claims = store->claim(owner("me"), 6);
  for (Claim& claim : claims) claim = ended(claim, static_cast<double>(claim.trial.number % 3));
  store->finish(claims);
  EXPECT_EQ(store->find_form(kSearchArm, "form 1"), 1);
  EXPECT_EQ(store->find_form(kSearchArm, "form 7"), -1);
  EXPECT_EQ(store->find_form(kBaselineArm, "form 1"), -1);
  const std::vector<Trial> best = store->best(kSearchArm, 3);
  ASSERT_EQ(best.size(), 3u);
  EXPECT_EQ(best[0].number, 2);
  EXPECT_EQ(best[1].number, 5);
  EXPECT_EQ(best[2].number, 1);
}

TEST_P(Stores, HoldBackWhatIsNotAskedFor) {
  const auto store = open("s");
  propose(*store, 6);
  store->ask_for(kSearchArm, 0, 2);
  EXPECT_EQ(store->claim(owner("me"), 10).size(), 2u);
  store->ask_for(kSearchArm, 0, 5);
  EXPECT_EQ(store->claim(owner("me"), 10).size(), 3u);
}

TEST_P(Stores, AreDrivenByOneAtATime) {
  const auto store = open("s");
  store->drive(owner("the first one"));
  propose(*store, 2);
  const auto second = open("s", false);
  try {
    second->drive(owner("the second one"));
    FAIL() << "two drivers";
  } catch (const InputError& error) {
    const std::string expected =
        is_postgres() ? "the first one" : "process " + std::to_string(::getpid());
    EXPECT_NE(std::string(error.what()).find(expected), std::string::npos) << error.what();
  }
  EXPECT_EQ(second->claim(owner("a worker"), 1).size(), 1u) << "workers need no such place";
}

TEST_P(Stores, ADriverThatLostItsPlaceCannotWrite) {
  auto old = open("s", true, 0.3);
  old->drive(owner("the old one"));
  if (is_postgres()) {
    // As after a partition of the network: the server has dropped the old one's session.
    shared_postgres()->psql(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
  } else {
    std::filesystem::remove(study("s") + ".lock");
  }
  const auto next = open("s", false);
  next->drive(owner("the new one"));
  propose(*next, 2);
  next->set_state(StudyState::kRunning);
  next->beat_driver(1);
  const std::vector<Claim> claims = next->claim(owner("a worker"), 1);
  const std::vector<std::function<void()>> writes = {
      [&] {
        old->advance({record(1), record(2), {}, {trial(2)}});
      },
      [&] { old->set_state(StudyState::kStopped); },
      [&] { old->agree("machine", "the old one's"); },
      [&] { old->ask_for(kSearchArm, 0, 1); },
      [&] { old->beat_driver(100); },
      [&] { old->claim(owner("the old one's crew"), 1); },
      [&] { old->beat(claims); },
      [&] { old->finish({ended(claims[0], 1)}); },
  };
  for (size_t i = 0; i < writes.size(); ++i) {
    const std::string message = message_of<Superseded>(writes[i]);
    EXPECT_NE(message.find("on the new one)"), std::string::npos) << i << ": " << message;
  }
  const std::vector<TrialStatus> statuses = next->statuses(kSearchArm, 0, INT64_MAX);
  ASSERT_EQ(statuses.size(), 2u);
  EXPECT_EQ(statuses[0].state, TrialState::kRunning);
  EXPECT_EQ(statuses[0].beat, 0);
  EXPECT_EQ(statuses[1].state, TrialState::kPending);
  EXPECT_EQ(next->driver().state, StudyState::kRunning);
  EXPECT_EQ(next->note("machine"), "");
  EXPECT_EQ(next->driver().seconds, 1);
}

TEST_P(Stores, AStepThatWasStoredIsNotStoredTwice) {
  const auto store = open("s");
  const Store::Step step = {record(0), record(1), {}, {trial(0)}};
  store->advance(step);
  store->advance(step);  // as after a connection that went with the answer
  EXPECT_EQ(store->trials(kSearchArm).size(), 1u);
  EXPECT_THROW(store->advance({record(5), record(6), {}, {}}), InternalError);
}

TEST_P(Stores, NoStudyWhereNoneWasMade) {
  EXPECT_THROW(open("nothing", false), InputError);
}

TEST_P(Stores, RefuseANewerVersion) {
  { open("s"); }
  {
    auto database = is_postgres() ? open_postgres(url(), study("s"), OpenMode::kWork, 1)
                                  : open_sqlite(study("s"), OpenMode::kWork);
    database->set_version(99);
  }
  try {
    open("s");
    FAIL() << "opened";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("of version 99"), std::string::npos) << error.what();
  }
}

class PostgresStore : public OnBothStores {};
INSTANTIATE_TEST_SUITE_P(, PostgresStore, testing::Values("Postgres"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(PostgresStore, ServerOutOfReachIsSaidAfterAWhile) {
  try {
    open_store("postgresql://nobody@/x?host=/nowhere/at/all", "s", OpenMode::kDrive, 0.3);
    FAIL() << "opened";
  } catch (const SystemError& error) {
    EXPECT_NE(std::string(error.what()).find("is the server running"), std::string::npos);
  }
  try {
    open_store("mysql://x", "s", OpenMode::kDrive, 0.3);
    FAIL() << "opened";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("postgresql://"), std::string::npos);
  }
  EXPECT_THROW(open_store(url(), "Bad-Name", OpenMode::kDrive, 1), InputError);
  EXPECT_THROW(open_store(url(), std::string(60, 'x'), OpenMode::kDrive, 1), InputError);
}

TEST_P(PostgresStore, APasswordIsNotShown) {
  try {
    open_store("postgresql://me:secret@localhost:1/x", "s", OpenMode::kDrive, 0);
    FAIL() << "opened";
  } catch (const SystemError& error) {
    EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos) << error.what();
  }
}

TEST_P(PostgresStore, ADeadlockIsTriedAgainWithoutLettingGoOfTheStudy) {
  const auto store = open("s");
  store->drive(owner("me"));
  propose(*store, 2);
  std::vector<Claim> claims = store->claim(owner("me"), 2);
  const auto peer = open_postgres(url(), study("s"), OpenMode::kWork, 10);
  const auto holder = [&] {
    return peer
        ->run(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid IN "
            "(SELECT pid FROM pg_stat_activity WHERE datname = current_database())")
        .integer(0, 0);
  };
  const int64_t before = holder();
  peer->script("SET deadlock_timeout = '60s'");  // so that the store is the one to give way
  peer->begin(false);
  peer->run("UPDATE trials SET beat = beat + 1 WHERE number = 1");
  std::jthread crossing([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    peer->run("UPDATE trials SET beat = beat + 1 WHERE number = 0");
    peer->commit();
  });
  EXPECT_EQ(store->finish({ended(claims[0], 1), ended(claims[1], 2)}),
            (std::vector<bool>{true, true}));
  crossing.join();
  EXPECT_EQ(holder(), before);
  EXPECT_EQ(store->trials(kSearchArm)[1].reward, 2);
}

TEST_P(PostgresStore, ADriverThatWasReplacedWhileItsConnectionWasGoneIsToldByWhom) {
  const auto old = open("s", true, 60);
  old->drive(owner("the old one"));
  const auto drop_all = [&] {
    shared_postgres()->psql(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'");
  };
  drop_all();
  const auto next = open("s", false);
  next->drive(owner("the new one"));
  const auto start = std::chrono::steady_clock::now();
  const std::string replaced = message_of<Superseded>([&] { old->driver().seconds; });
  EXPECT_NE(replaced.find("another process now (process 1 (0) on the new one)"), std::string::npos)
      << replaced;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));

  // A driver that holds the study and is silent is not taken for a server that is gone.
  const auto silent = open("other", true, 0.3);
  silent->drive(owner("me"));
  drop_all();
  const auto holder = open_postgres(url(), study("other"), OpenMode::kWork, 10);
  holder->hold([] { return ProcessId(); });
  const std::string lost = message_of<SystemError>([&] { silent->driver().seconds; });
  EXPECT_NE(lost.find("another connection holds the study"), std::string::npos) << lost;
}

class SqliteStore : public WithFolder {
 protected:
  std::unique_ptr<Store> open(const std::string& name) {
    return open_store("", name[0] == '/' ? name : file(name), OpenMode::kDrive);
  }
  std::string refusal(const std::string& name) {
    try {
      open(name)->trials(kSearchArm);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(SqliteStore, LeavesNoLockBehind) {
  { open("s.db")->drive(owner("me")); }
  EXPECT_FALSE(std::filesystem::exists(file("s.db.lock")));
  EXPECT_EQ(refusal("s.db"), "");
}

TEST_F(SqliteStore, RefusesWhatIsNoStudy) {
  write_file(file("text.db"), "hello, this is a text and no database at all; it goes on a bit\n");
  EXPECT_NE(refusal("text.db").find("is not a study"), std::string::npos);
  make_sqlite(file("other.db"), "CREATE TABLE t (x)");
  EXPECT_NE(refusal("other.db").find("no study"), std::string::npos);
  EXPECT_NE(refusal("").find("is a folder"), std::string::npos);
  EXPECT_EQ(message_of<InputError>([] { open_store("", "", OpenMode::kDrive); }),
            "--study is empty; name a file");
  EXPECT_EQ(read_file(file("text.db")).substr(0, 5), "hello") << "it must not be touched";
}

TEST_F(SqliteStore, FullDiskKeepsWhatWasFinished) {
  const std::string disk = file("disk");
  std::filesystem::create_directories(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=512k") != 0)
    GTEST_SKIP() << "a small disk can be mounted by root only";
  int64_t kept = 0;
  std::string message;
  {
    const auto store = open(disk + "/s.db");
    try {
      for (; kept < 100; ++kept)
        store->advance(
            {record(kept), record(kept + 1, 0, std::string(40000, 'x')), {}, {trial(kept)}});
    } catch (const SystemError& error) {
      message = error.what();
    }
  }
  EXPECT_NE(message.find("finished trials are kept"), std::string::npos) << message;
  EXPECT_GT(kept, 0);
  {
    const auto store = open(disk + "/s.db");
    EXPECT_EQ(static_cast<int64_t>(store->trials(kSearchArm).size()), kept);
    EXPECT_EQ(store->arm(kSearchArm).proposed, kept);
  }
  ::umount(disk.c_str());
}

TEST_F(SqliteStore, RefusesADamagedStudy) {
  {
    const auto store = open("s.db");
    propose(*store, 500);
  }
  const std::string whole = read_file(file("s.db"));
  std::string damaged = whole;
  for (size_t i = 4096; i < damaged.size(); i += 13) damaged[i] = static_cast<char>(i);
  write_file(file("s.db"), damaged);
  EXPECT_NE(refusal("s.db"), "");
  write_file(file("s.db"), whole);
  make_sqlite(file("s.db"), "UPDATE trials SET measurements = '{' WHERE number = 7");
  EXPECT_EQ(refusal("s.db"), "the study is damaged: a trial has the measurements '{'");
  make_sqlite(file("s.db"), "DELETE FROM trials WHERE number = 7");
  EXPECT_NE(refusal("s.db").find("trial 7"), std::string::npos);
}

TEST_F(SqliteStore, BringsOldStudiesToTheNewestVersion) {
  for (const OldVersion& version : kOldVersions) {
    const std::string study = std::to_string(version.number) + ".db";
    make_old_file(file(study), version);
    for (int time = 0; time < 2; ++time) {
      const auto store = open(study);
      store->drive(owner("me"));
      version.expect(*store);
      EXPECT_EQ(store->arm(kSearchArm).strategy_state, std::string("\x01\x02"));
    }
  }
}

}  // namespace
}  // namespace nasnet::search
