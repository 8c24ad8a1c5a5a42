#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/process_id.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {
namespace {

using std::chrono::milliseconds;

/// Studies under faults: servers that go, second drivers, wrong clocks, full disks.
class DriverFaults : public ToyStudies {
 protected:
  /// Does something once, while the search's trial 12 is evaluated.
  struct Disturbed : ToyEvaluator {
    Disturbed(const space::SearchSpace& space, std::function<void()> what)
        : ToyEvaluator(space), what_(std::move(what)) {}
    Measurements evaluate(const Task& task, const std::function<void(int64_t)>& f) override {
      if (task.arm == kSearchArm && task.number == 12 && what_) std::exchange(what_, nullptr)();
      return ToyEvaluator::evaluate(task, f);
    }
    std::function<void()> what_;
  };
  StudyResult run_disturbed(Store& store, const std::function<void()>& what) {
    Disturbed evaluator(space_, what);
    InProcessRunner runner(evaluator, 16);
    return run_study(store, spec(), {}, {&runner, {}});
  }
};
NASNET_ON_BOTH_STORES(DriverFaults);

TEST_P(DriverFaults, ASecondDriverIsToldWhoHoldsTheStudyAndHarmsNothing) {
  const StudyResult expected = run_in_process("plain");
  std::string refusal;
  const auto store = open("s");
  const StudyResult result =
      run_disturbed(*store, [&] { refusal = message_of([&] { run_in_process("s"); }); });
  EXPECT_NE(
      refusal.find("is being searched by another process (process " + std::to_string(::getpid())),
      std::string::npos)
      << refusal;
  expect_same(expected, result);
}

TEST_P(DriverFaults, ADriverMayFailAndStartAgainInTheSameProcess) {
  const StudyResult expected = run_in_process("plain");
  EXPECT_EQ(message_of([&] { run_disturbed(*open("s"), [] { throw Interrupted("the user"); }); }),
            "the user");
  expect_same(expected, run_in_process("s"));
}

class PostgresFaults : public DriverFaults {};
INSTANTIATE_TEST_SUITE_P(, PostgresFaults, testing::Values("Postgres"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(PostgresFaults, AServerThatStartsLateIsWaitedFor) {
  shared_postgres()->stop();
  std::jthread late([] {
    std::this_thread::sleep_for(milliseconds(700));
    shared_postgres()->start();
  });
  EXPECT_NO_THROW(open("s", true, 60));
}

TEST_P(PostgresFaults, AServerThatGoesInMidStudyAndComesBackChangesNothing) {
  const StudyResult expected = run_in_process("plain");
  std::jthread back;
  const auto store = open("s", true, 60);
  const StudyResult result = run_disturbed(*store, [&] {
    shared_postgres()->stop();
    back = std::jthread([] {
      std::this_thread::sleep_for(milliseconds(300));
      shared_postgres()->start();
    });
  });
  expect_same(expected, result);
}

TEST_P(PostgresFaults, AServerThatStaysAwayEndsTheStudyAndLosesNoResult) {
  const StudyResult expected = run_in_process("plain");
  const std::string end = message_of([&] {
    const auto store = open("s", true, 0.3);
    run_disturbed(*store, [] { shared_postgres()->stop(); });
  });
  EXPECT_NE(end.find("finished trials are kept"), std::string::npos) << end;
  shared_postgres()->start();
  int64_t finished = 0;
  for (const Trial& trial : open("s")->trials(kSearchArm)) finished += trial.finished();
  std::atomic<int64_t> evaluated = 0;
  struct Counting : ToyEvaluator {
    Counting(const space::SearchSpace& space, std::atomic<int64_t>& count)
        : ToyEvaluator(space), count_(count) {}
    Measurements evaluate(const Task& task, const std::function<void(int64_t)>& f) override {
      count_ += task.arm == kSearchArm;
      return ToyEvaluator::evaluate(task, f);
    }
    std::atomic<int64_t>& count_;
  } evaluator(space_, evaluated);
  InProcessRunner runner(evaluator, 16);
  const StudyResult result = run("s", runner);
  expect_same(expected, result);
  int64_t own = 0;
  for (const Trial& trial : result.search) own += trial.repeats < 0;
  EXPECT_GT(finished, 0);
  EXPECT_LE(evaluated, own - finished) << "a finished trial was evaluated again";
}

/// Says who drives the study, past everything of ours.
void name_driver(Database& database, const Owner& driver) {
  const ProcessId& process = driver.process;
  database.run("INSERT INTO owners VALUES ($1, 'driver', $2, $3, $4, $5, 0, '')",
               {to_text(driver), process.number, process.start, process.host, process.space});
  database.run("UPDATE driver SET owner = $1", {to_text(driver)});
}

TEST_P(PostgresFaults, AStudyIsFreeWhenTheServerNoticesThatItsDriverHasEnded) {
  const auto store = open("s");
  auto holder = open_postgres(url(), study("s"), OpenMode::kWork, 10);
  holder->hold([] { return ProcessId(); });
  const Owner living = this_owner(Role::kDriver);
  Owner dead = living;
  dead.process.number = 2'000'000'000;  // beyond any process's of this machine
  name_driver(*holder, living);
  EXPECT_NE(message_of([&] { store->drive(owner("me")); }).find(to_text(living.process)),
            std::string::npos);
  name_driver(*holder, dead);
  std::jthread late([&] {
    std::this_thread::sleep_for(milliseconds(300));
    holder.reset();
  });
  EXPECT_EQ(message_of([&] { store->drive(owner("me")); }), "");
}

TEST_P(PostgresFaults, ADriverThatHasJustBegunIsNamed) {
  const auto store = open("s");
  const auto holder = open_postgres(url(), study("s"), OpenMode::kWork, 10);
  holder->hold([] { return ProcessId(); });
  const Owner driver = this_owner(Role::kDriver);
  std::jthread late([&] {
    std::this_thread::sleep_for(milliseconds(300));
    name_driver(*holder, driver);
  });
  EXPECT_NE(message_of([&] { store->drive(owner("me")); }).find(to_text(driver.process)),
            std::string::npos);
}

TEST_P(PostgresFaults, AnAddressThatIsRefusedIsSaidAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  std::string nowhere = url();
  nowhere.replace(nowhere.find("/nasnet?"), 8, "/nowhere?");
  EXPECT_NE(message_of([&] { open_store(nowhere, "s", OpenMode::kDrive, 60); }).find("nowhere"),
            std::string::npos);
  EXPECT_NE(message_of([] {
              open_store("postgresql://me@host:port:x/%%", "s", OpenMode::kDrive, 60);
            }).find("write postgresql://"),
            std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(Password, IsNotShown) {
  EXPECT_EQ(without_password("postgresql://me:secret@host/db"), "postgresql://me@host/db");
  EXPECT_EQ(without_password("postgresql://me@host/db?password=secret&sslmode=disable"),
            "postgresql://me@host/db?sslmode=disable");
  EXPECT_EQ(without_password("postgresql://me@host/db?sslmode=disable"),
            "postgresql://me@host/db?sslmode=disable");
  EXPECT_EQ(without_password(""), "");
}

/// A port that takes connections and closes them again. Counts them.
class Closing {
 public:
  Closing() {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    ::listen(listener_, 100);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int peer; (peer = ::accept(listener_, nullptr, nullptr)) >= 0; ::close(peer)) ++count_;
    });
  }
  ~Closing() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  int port() const { return port_; }
  int count() const { return count_; }

 private:
  int listener_ = -1, port_ = 0;
  std::atomic<int> count_ = 0;
  std::thread thread_;
};

TEST(Unreachable, IsTriedAgainLessAndLessOften) {
  const Closing server;
  const std::string url = "postgresql://me@127.0.0.1:" + std::to_string(server.port()) +
                          "/x?sslmode=disable&gssencmode=disable";
  EXPECT_THROW(open_store(url, "s", OpenMode::kDrive, 2), SystemError);
  EXPECT_GE(server.count(), 2);
  EXPECT_LE(server.count(), 7) << "at even pauses these were 20";
}

/// A driver and a worker whose wall clocks are years apart.
class Clocks : public ToyStudies {
 protected:
  pid_t start(const char* role, const std::string& name, const char* offset) const {
    const std::string store = url(), study = this->study(name);
    const pid_t process = ::fork();
    if (process == 0) {
      ::setenv("LD_PRELOAD", CLOCK_SHIFT, 1);
      ::setenv("NASNET_CLOCK_OFFSET", offset, 1);
      ::execl(WORKER_STUB, WORKER_STUB, role, store.c_str(), study.c_str(), "1", nullptr);
      ::_exit(127);
    }
    return process;
  }
  static int64_t count_by_worker(Store& store) {
    int64_t count = 0;
    for (const char* arm : {kSearchArm, kBaselineArm})
      for (const TrialStatus& status : store.statuses(arm, 0, INT64_MAX))
        count += status.owner.role == Role::kWorker;
    return count;
  }
};
NASNET_ON_BOTH_STORES(Clocks);

TEST_P(Clocks, ThatDisagreeChangeNothing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "nothing may be loaded before the sanitizer";
#endif
  const std::string date =
      std::string("LD_PRELOAD=") + CLOCK_SHIFT + " NASNET_CLOCK_OFFSET=300000000 date +%Y";
  FILE* shifted = ::popen(date.c_str(), "r");
  int year = 0;
  EXPECT_EQ(std::fscanf(shifted, "%d", &year), 1);
  ::pclose(shifted);
  EXPECT_GE(year, 2026 + 9) << "the clock is not set off";

  const StudyResult expected = run_in_process("plain");
  int64_t by_worker = 0;
  for (int round = 0; round < 10 && by_worker == 0; ++round) {
    const std::string name = "s" + std::to_string(round);
    open(name)->set_state(StudyState::kNew);
    const pid_t worker = start("work", name, "-300000000");
    std::this_thread::sleep_for(milliseconds(100));
    const pid_t driver = start("search", name, "300000000");
    for (const pid_t process : {driver, worker}) {
      int status = -1;
      ::waitpid(process, &status, 0);
      EXPECT_EQ(status, 0);
    }
    const StudyResult result = run_in_process(name);
    expect_same(expected, result);
    for (const auto* trials : {&result.search, &result.baseline})
      for (const Trial& trial : *trials) EXPECT_TRUE(trial.failures.empty()) << trial.message;
    by_worker = count_by_worker(*open(name));
  }
  EXPECT_GT(by_worker, 0);
}

TEST(FullDisk, OfADatabaseServerKeepsWhatWasFinished) {
  if (PostgresServer::programs().empty())
    GTEST_SKIP() << "PostgreSQL is not installed (scripts/deps --test)";
  const passwd* user = ::getpwnam("postgres");
  char folder[] = "/tmp/nasnet-disk-XXXXXX";
  const std::string disk = ::mkdtemp(folder);
  const std::string access = user ? ",mode=700,uid=" + std::to_string(user->pw_uid) +
                                        ",gid=" + std::to_string(user->pw_gid)
                                  : "";
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, ("size=4m" + access).c_str()) != 0) {
    ::rmdir(disk.c_str());
    GTEST_SKIP() << "a small disk can be mounted by root only";
  }
  {
    PostgresServer server;
    server.psql("CREATE TABLESPACE small LOCATION '" + disk + "'");
    server.psql("ALTER DATABASE nasnet SET default_tablespace = small");
    const auto store = open_store(server.url(), "s", OpenMode::kDrive, 10);
    int64_t kept = 0;
    Random random(1, 0, "bytes that do not compress");
    // A generation of one trial with a large state, its claim and its result.
    const auto step = [&] {
      ArmRecord before, after;
      before.arm = after.arm = kSearchArm;
      before.proposed = kept;
      after.proposed = kept + 1;
      for (int i = 0; i < 100000; ++i) after.strategy_state += static_cast<char>(random.below(256));
      Trial trial;
      trial.arm = kSearchArm;
      trial.number = kept;
      if (store->arm(kSearchArm).proposed == kept) store->advance({before, after, {}, {trial}});
      std::vector<Claim> claims = store->claim(owner("me"), 1);
      if (claims.empty()) throw Error("no trial to claim");
      claims[0].trial.state = TrialState::kDone;
      claims[0].trial.reward = static_cast<double>(kept);
      ASSERT_TRUE(store->finish(claims).at(0));
      ++kept;
    };
    std::string message;
    try {
      while (kept < 1000) step();
    } catch (const SystemError& error) {
      message = error.what();
    }
    EXPECT_NE(message.find("free some disk space on its server"), std::string::npos) << message;
    EXPECT_GT(kept, 0);
    // Room is made, and the study goes on.
    EXPECT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, ("size=64m" + access).c_str()),
              0);
    const int64_t before = kept;
    // The claim may have been the last that went through.
    for (const TrialStatus& status : store->statuses(kSearchArm, 0, INT64_MAX)) {
      if (status.state != TrialState::kRunning) continue;
      Trial trial = store->trials(kSearchArm, status.number, status.number + 1).at(0);
      trial.state = TrialState::kPending;
      store->finish({{trial, status.token}});
    }
    while (kept < before + 10) step();
    const std::vector<Trial> trials = store->trials(kSearchArm);
    ASSERT_EQ(static_cast<int64_t>(trials.size()), kept);
    for (const Trial& trial : trials) {
      EXPECT_EQ(trial.state, TrialState::kDone);
      EXPECT_EQ(trial.reward, static_cast<double>(trial.number));
    }
  }
  EXPECT_EQ(::umount(disk.c_str()), 0);
  ::rmdir(disk.c_str());
}

}  // namespace
}  // namespace nasnet::search
