#include "nasnet/search/workers/task_runner.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace nasnet::search {
namespace {

/// Fails with a message.
class Failing : public Evaluator {
 public:
  explicit Failing(std::string message) : message_(std::move(message)) {}
  Measurements evaluate(const Task&, const std::function<void(int64_t)>&) override {
    throw std::runtime_error(message_);
  }

 private:
  std::string message_;
};

Cause cause_of(const std::string& message) {
  Failing evaluator(message);
  return evaluate_task(evaluator, {}, {}).cause;
}

TEST(TaskRunner, KnowsLibtorchsWordsForNoMemory) {
  const std::string words =
      "[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory";
  EXPECT_EQ(cause_of(words), Cause::kOutOfMemory);
  EXPECT_EQ(cause_of(words.substr(0, 15)), Cause::kOutOfMemory) << "no memory for the words";
  EXPECT_EQ(cause_of("[enforce fail at conv.cpp:7] . x == y"), Cause::kException);
}

}  // namespace
}  // namespace nasnet::search
