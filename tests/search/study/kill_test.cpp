#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "nasnet/base/random.h"
#include "nasnet/search/workers/worker_pool.h"
#include "tests/search/study/search_cases.h"

namespace nasnet::search {
namespace {

using std::chrono::microseconds;

/// Processes that are killed with SIGKILL at random moments: the driver with its workers, single
/// workers, crews of their own, the database server.
class SlowKills : public ToyStudies {
 protected:
  void TearDown() override {
    for (const pid_t process : {driver_, crew_}) {
      if (process <= 0) continue;
      ::kill(process, SIGKILL);
      ::waitpid(process, nullptr, 0);
    }
  }

  pid_t start(const char* role, const std::string& name, int workers) {
    const std::string store = url(), study = this->study(name), count = std::to_string(workers);
    const pid_t process = ::fork();
    if (process == 0) {
      ::execl(WORKER_STUB, WORKER_STUB, role, store.c_str(), study.c_str(), count.c_str(),
              case_.name.c_str(), nullptr);
      ::_exit(127);
    }
    return process;
  }

  /// True if the process has come to its end since. One that gave up, because a worker was killed
  /// before it was ready, has only gone.
  static bool has_ended(pid_t& process, bool worker_was_killed) {
    int status = 0;
    if (::waitpid(process, &status, WNOHANG) == 0) return false;
    process = 0;
    if (worker_was_killed && WIFEXITED(status) && WEXITSTATUS(status) == 2) return false;
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    return true;
  }
  static void kill(pid_t& process) {
    ::kill(process, SIGKILL);
    ::waitpid(process, nullptr, 0);
    process = 0;
  }
  /// One of the processes that another one has started; 0 for none.
  static pid_t child_of(pid_t process) {
    std::ifstream file("/proc/" + std::to_string(process) + "/task/" + std::to_string(process) +
                       "/children");
    pid_t child = 0;
    file >> child;
    return child;
  }

  /// Runs the study to its end, however often it is killed. Returns the number of kills.
  int run_killed(const std::string& name, int workers, Random& random) {
    int kills = 0;
    bool worker_was_killed = false;
    for (;;) {
      if (!driver_) {
        driver_ = start("search", name, workers);
        worker_was_killed = false;
      }
      // On a busy machine a driver may need longer to begin: pauses grow until one gets on.
      const auto longest = static_cast<uint32_t>((is_postgres() ? 200000 : 60000) + 2000 * kills);
      std::this_thread::sleep_for(microseconds(2000 + random.below(longest)));
      if (has_ended(driver_, worker_was_killed)) break;
      if (!driver_) continue;
      switch (random.below(is_postgres() ? 5 : 4)) {
        case 0:
          kill(driver_);
          break;
        case 1:
          if (const pid_t child = child_of(driver_)) ::kill(child, SIGKILL);
          worker_was_killed = true;
          break;
        case 2:
          if (!crew_) {
            crew_ = start("work", name, 1);
            continue;
          }
          kill(crew_);
          break;
        case 3:
          // Asked for once: it may die at any time, and kill(0) is for the whole process group.
          if (crew_) {
            const pid_t child = child_of(crew_);
            ::kill(child ? child : crew_, SIGKILL);
          }
          break;
        case 4:
          shared_postgres()->kill();
          shared_postgres()->start();
          break;
      }
      ++kills;
      if (crew_ && ::waitpid(crew_, nullptr, WNOHANG) != 0) crew_ = 0;
    }
    if (crew_) kill(crew_);
    return kills;
  }

  /// Without processes; of a study that is complete, its results.
  StudyResult run_alone(const std::string& name) {
    const auto evaluator = evaluator_of(case_, space_);
    InProcessRunner runner(*evaluator, 16);
    const auto store = open(name);
    return run_study(*store, spec_of(case_, space_), {}, {&runner, {}});
  }

  void expect_the_same_whatever_is_killed(int workers, const std::string& of, int least_kills) {
    case_ = find_case(of);
    const StudyResult undisturbed = run_alone(of);
    Random random(7, static_cast<uint64_t>(workers), "moments");
    int kills = 0;
    for (int round = 0; kills < least_kills; ++round) {
      const std::string name = of + std::to_string(round);
      kills += run_killed(name, workers, random);
      expect_same(undisturbed, run_alone(name));
      expect_same_states(*open(of), *open(name));
      if (HasFailure()) FAIL() << of << ", round " << round << ", after " << kills << " kills";
    }
    std::printf("%s: %d kills\n", of.c_str(), kills);
  }

  SearchCase case_;
  pid_t driver_ = 0, crew_ = 0;
};
NASNET_ON_BOTH_STORES(SlowKills);

TEST_P(SlowKills, OfOneWorkerLoseNothingAndChangeNothing) {
  expect_the_same_whatever_is_killed(1, "plain", 200);
}
TEST_P(SlowKills, OfTwoWorkersLoseNothingAndChangeNothing) {
  expect_the_same_whatever_is_killed(2, "plain", 200);
}
TEST_P(SlowKills, OfEightWorkersLoseNothingAndChangeNothing) {
  expect_the_same_whatever_is_killed(8, "plain", 200);
}

/// Goals, limits, screens: each strategy's state has more in it then.
TEST_P(SlowKills, OfSearchesWithGoalsAndLimitsChangeNothing) {
  for (const SearchCase& of : search_cases()) {
    if (of.name == "plain") continue;
    expect_the_same_whatever_is_killed(2, of.name, 20);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace nasnet::search
