#include <fcntl.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "nasnet/search/workers/protocol.h"
#include "nasnet/search/workers/worker_pool.h"
#include "tests/search/temporary.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

/// Measures a trial's number; trial 1 fails, and trial 2 runs out of memory.
class Counting : public Evaluator {
 public:
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    progress(40);
    progress(2);
    if (task.number == 1) throw std::runtime_error("no luck");
    if (task.number == 2) throw std::bad_alloc();
    return {{"number", static_cast<double>(task.number)}};
  }
};

/// The worker's side of a pipe, with files in place of its two ends.
class ServeTasks : public WithFolder {
 protected:
  int serve(const std::vector<std::string>& lines,
            const std::function<std::unique_ptr<Evaluator>(const json&)>& make) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    write_file(file("in"), text);
    const int in = ::open(file("in").c_str(), O_RDONLY);
    const int out = ::open(file("out").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int status = serve_tasks(make, in, out);
    ::close(in);
    ::close(out);
    for (const std::string& line : lines_of(read_file(file("out"))))
      answers_.push_back(parse_worker_line(line));
    return status;
  }
  int serve(const std::vector<std::string>& lines) {
    return serve(lines, [](const json&) { return std::make_unique<Counting>(); });
  }
  static std::string task(int64_t number) {
    return format_task({.arm = "search", .number = number});
  }

  template <class Line>
  const Line& answer(size_t index) const {
    return std::get<Line>(answers_.at(index));
  }

  std::vector<WorkerLine> answers_;
};

TEST_F(ServeTasks, AnswersEachTaskWithItsProgressAndItsEnd) {
  EXPECT_EQ(serve({"{}", task(0), task(7)}), 0) << "the pool has closed the pipe";
  ASSERT_EQ(answers_.size(), 5);
  EXPECT_TRUE(std::holds_alternative<WorkerReady>(answers_[0]));
  EXPECT_EQ(answer<TaskProgress>(1).images, 42);
  EXPECT_EQ(answer<Finished>(2).measurements, (Measurements{{"number", 0}}));
  EXPECT_EQ(answer<TaskProgress>(3).images, 42) << "of this task alone";
  EXPECT_EQ(answer<Finished>(4).measurements, (Measurements{{"number", 7}}));
  EXPECT_GT(answer<Finished>(4).cost.peak_bytes, 0);
  EXPECT_EQ(answer<Finished>(4).cost.gpu_seconds, 0) << "it computes on none";
}

TEST_F(ServeTasks, GoesOnAfterATaskThatFails) {
  EXPECT_EQ(serve({"{}", task(1), task(2), task(3)}), 0);
  ASSERT_EQ(answers_.size(), 7);
  EXPECT_EQ(answer<Finished>(2).cause, Cause::kException);
  EXPECT_EQ(answer<Finished>(2).message, "no luck");
  EXPECT_EQ(answer<Finished>(4).cause, Cause::kOutOfMemory);
  const Finished& full = answer<Finished>(4);
  EXPECT_EQ(full.message, "out of memory; its peak was " +
                              std::to_string((full.cost.peak_bytes + 500000) / 1000000) + " MB");
  EXPECT_EQ(answer<Finished>(6).measurements, (Measurements{{"number", 3}}));
}

TEST_F(ServeTasks, GivesTheSetupToTheEvaluatorAndTellsWhereItCannotBeMade) {
  json seen;
  EXPECT_EQ(serve({R"({"worker":3,"memory_limit":0})", task(0)},
                  [&](const json& setup) -> std::unique_ptr<Evaluator> {
                    seen = setup;
                    throw InputError("no data here");
                  }),
            1);
  EXPECT_EQ(seen.at("worker"), 3);
  ASSERT_EQ(answers_.size(), 1) << "no task is taken";
  EXPECT_EQ(answer<WorkerFailed>(0).message, "no data here");
}

TEST_F(ServeTasks, EndsWithoutAWordWhereThePoolIsGoneAtOnce) {
  EXPECT_EQ(serve({}), 1);
  EXPECT_TRUE(answers_.empty());
}

TEST_F(ServeTasks, RefusesASetupThatIsNoJsonAndATaskThatIsNotWhole) {
  EXPECT_EQ(serve({"hello"}), 1);
  ASSERT_EQ(answers_.size(), 1);
  EXPECT_NE(answer<WorkerFailed>(0).message.find("parse error"), std::string::npos);
  EXPECT_NE(message_of<InputError>([&] {
              serve({"{}", R"({"seed":1})"});
            }).find("a worker was given a task that is not whole"),
            std::string::npos);
}

}  // namespace
}  // namespace nasnet::search
