// Stands in for the program in the tests of processes: evaluates candidates by a formula, and
// misbehaves where it is told to.
//
//   worker_stub                              a worker process of a pool
//   worker_stub search STORE STUDY WORKERS [CASE]
//                                            a whole study, to be killed; STORE "" for a file
//   worker_stub work STORE STUDY WORKERS [CASE [LEASE HOW]]
//                                            a crew of its own on a study that another one drives
//   worker_stub launch STORE STUDY JOBS      a driver whose workers are Slurm's jobs

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/search/study/study.h"
#include "nasnet/search/workers/worker_pool.h"
#include "tests/search/strategies/toy_space.h"
#include "tests/search/study/search_cases.h"
#include "tests/search/study/slurm_study.h"

namespace nasnet::search {
namespace {

/// "how" says what trials whose number is a multiple of three do; "slow" is for all of them.
class StubEvaluator : public Evaluator {
 public:
  StubEvaluator(const std::string& name, std::string how)
      : toy_(evaluator_of(find_case(name), space_)), how_(std::move(how)) {}
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    if (how_ == "slow" && is_stale()) return {{kAccuracy, -1}};
    progress_ = progress;
    if (task.number % 3 == 0) misbehave();
    return toy_->evaluate(task, progress);
  }

  bool on_gpu() const override { return how_ == "die late"; }

 private:
  void misbehave() const {
    if (how_ == "crash") ::raise(SIGKILL);
    if (how_ == "exit") {
      std::fprintf(stderr, "the stub gave up\n");
      ::_exit(3);
    }
    if (how_ == "bytes") throw Error("no text: \xff\xfe");
    if (how_ == "die late") {
      for (int k = 0; k < 10; ++k) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        progress_(1);
      }
      ::raise(SIGKILL);
    }
    if (how_ == "throw") throw Error("the stub's own cause");
    if (how_ == "sleep") std::this_thread::sleep_for(std::chrono::seconds(600));
    if (how_ == "memory") {
      std::vector<char> much(size_t{1} << 32, 1);
      std::fprintf(stderr, "%d", much[much.size() / 2]);
    }
  }
  /// Takes its time. True where this process was stopped for seconds meanwhile: its result, marked
  /// by a file, is then one that must not be stored. Until there is one, trials take long enough to
  /// be stopped in their middle, and a file with the process' number beside the mark says so.
  static bool is_stale() {
    const char* mark = std::getenv("NASNET_STUB_MARK");
    const auto length = mark && ::access(mark, F_OK) != 0 ? 4 * kSlowTrial : kSlowTrial;
    const auto start = std::chrono::steady_clock::now();
    const std::string amidst = mark ? fmt::format("{}.{}", mark, ::getpid()) : "";
    if (mark) write_file(amidst, "");
    std::this_thread::sleep_for(length);
    const auto taken = std::chrono::steady_clock::now() - start;
    if (mark) std::filesystem::remove(amidst);
    if (taken < length + std::chrono::seconds(2)) return false;
    if (mark) write_file(mark, "stale");
    return true;
  }

  ToySpace space_{2, 4};
  std::unique_ptr<Evaluator> toy_;
  std::string how_;
  std::function<void(int64_t)> progress_;
};

std::unique_ptr<Evaluator> make(const nlohmann::json& setup) {
  if (setup.at("how") == "refuse") throw Error("the stub refuses to start");
  if (setup.at("how") == "slow start") std::this_thread::sleep_for(std::chrono::seconds(1));
  return std::make_unique<StubEvaluator>(setup.value("case", "plain"), setup.at("how"));
}

int work(Store& store, const std::string& program, int workers, const SearchCase& of, double lease,
         const std::string& how) {
  WorkerPool pool({program}, {{"how", how}, {"case", of.name}}, workers);
  Crew crew(store, pool, {5, objective_of(of.settings), of.settings.retry, lease, 0.02, 0.02},
            this_owner(Role::kWorker));
  while (store.driver().state != StudyState::kComplete) {
    crew.turn(0.05);
    if (!interrupted()) continue;
    crew.leave();
    return 130;
  }
  return 0;
}

int run(int argc, char** argv) {
  catch_interrupts();  // as the program does
  if (argc < 5) return serve_tasks(make, STDIN_FILENO, STDOUT_FILENO);
  const std::string role = argv[1];
  const int count = std::stoi(argv[4]);
  const auto store =
      open_store(argv[2], argv[3], role == "work" ? OpenMode::kWork : OpenMode::kDrive, 30);
  const SearchCase of = find_case(argc > 5 ? argv[5] : "plain");
  if (role == "work")
    return work(*store, argv[0], count, of, argc > 6 ? std::stod(argv[6]) : 60,
                argc > 7 ? argv[7] : "");
  const ToySpace space(2, 4);
  if (role == "launch") {
    SlurmLauncher launcher(*store, {.jobs = count}, slurm_worker(argv[2], argv[3]), slurm_folder(),
                           test_patience());
    run_study(*store, slurm_spec(space), {}, {nullptr, [&] { launcher.tend(); }});
    launcher.stop();
    return 0;
  }
  WorkerPool pool({argv[0]}, {{"how", ""}, {"case", of.name}}, count);
  run_study(*store, spec_of(of, space), {}, {&pool, {}});
  return 0;
}

}  // namespace
}  // namespace nasnet::search

int main(int argc, char** argv) {
  try {
    return nasnet::search::run(argc, argv);
  } catch (const nasnet::Interrupted&) {
    return 130;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
