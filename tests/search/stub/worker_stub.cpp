// Stands in for the program in the tests of processes: evaluates candidates by a formula, and
// misbehaves where it is told to.
//
//   worker_stub                              a worker process of a pool
//   worker_stub search STORE STUDY WORKERS   a whole study, to be killed; STORE "" for a file
//   worker_stub work STORE STUDY WORKERS     a crew of its own on a study that another one drives

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/search/process_name.h"
#include "nasnet/search/study.h"
#include "nasnet/search/worker_pool.h"
#include "tests/search/study_fixture.h"
#include "tests/search/toy_space.h"

namespace nasnet::search {
namespace {

/// "how" says what trials whose number is a multiple of three do.
class StubEvaluator : public Evaluator {
 public:
  explicit StubEvaluator(std::string how) : how_(std::move(how)) {}
  Evaluation evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    if (task.number % 3 == 0) misbehave();
    return toy_.evaluate(task, progress);
  }

 private:
  void misbehave() const {
    if (how_ == "crash") ::raise(SIGKILL);
    if (how_ == "exit") {
      std::fprintf(stderr, "the stub gave up\n");
      ::_exit(3);
    }
    if (how_ == "throw") throw Error("the stub's own cause");
    if (how_ == "sleep") std::this_thread::sleep_for(std::chrono::seconds(600));
    if (how_ == "memory") {
      std::vector<char> much(size_t{1} << 32, 1);
      std::fprintf(stderr, "%d", much[much.size() / 2]);
    }
  }
  ToySpace space_{2, 4};
  ToyEvaluator toy_{space_};
  std::string how_;
};

std::unique_ptr<Evaluator> make(const nlohmann::json& setup) {
  if (setup.at("how") == "refuse") throw Error("the stub refuses to start");
  return std::make_unique<StubEvaluator>(setup.at("how"));
}

int run(int argc, char** argv) {
  if (argc < 5) return serve_tasks(make, STDIN_FILENO, STDOUT_FILENO);
  catch_interrupts();
  const ToySpace space(2, 4);
  WorkerPool pool({"/proc/self/exe"}, {{"how", ""}}, std::stoi(argv[4]));
  if (argv[1] == std::string("search")) {
    const auto store = open_store(argv[2], argv[3], true, 30);
    run_study(*store, {space, toy_settings(), 5, 0}, {}, {&pool, {}});
    return 0;
  }
  const auto store = open_store(argv[2], argv[3], false, 30);
  Crew crew(*store, pool, {5, toy_settings().retry, 60, 0.02, 0.02}, "worker, " + process_name());
  while (store->note("state") != "complete") crew.turn(0.05);
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
