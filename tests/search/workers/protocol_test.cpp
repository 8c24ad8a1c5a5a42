#include "nasnet/search/workers/protocol.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/search/workers/line_pipe.h"

namespace nasnet::search {
namespace {

template <class Message>
Message again(const Message& message) {
  return std::get<Message>(parse_worker_line(format_worker_line(message)));
}

TEST(Protocol, MessagesComeBackAsTheyWere) {
  EXPECT_EQ(again(WorkerFailed{"no data"}).message, "no data");
  const TaskProgress progress = again(TaskProgress{64, {.core_seconds = 0.25}});
  EXPECT_EQ(progress.images, 64);
  EXPECT_EQ(progress.cost.core_seconds, 0.25);
  Finished done;
  done.measurements = {{"accuracy", 0.5}, {"train_loss", std::nan("")}};
  done.cost.peak_bytes = int64_t{1} << 40;
  EXPECT_EQ(again(done).measurements->at("accuracy"), 0.5);
  EXPECT_TRUE(std::isnan(again(done).measurements->at("train_loss")));
  EXPECT_EQ(again(done).cost.peak_bytes, int64_t{1} << 40);
  EXPECT_TRUE(again(done).curve.empty());
  done.curve = {{1, 2.25, 0.1}, {2, 1.0 / 3, 0.2}};
  EXPECT_EQ(again(done).curve, done.curve);
  Finished failed;
  failed.message = "line\n\xff";  // of a library, in any encoding
  failed.cause = Cause::kOutOfMemory;
  EXPECT_EQ(again(failed).message, "line\n\xef\xbf\xbd");
  EXPECT_EQ(again(failed).cause, Cause::kOutOfMemory);
  const auto unknown = parse_worker_line(R"({"failed": "x", "cause": "luck"})");
  EXPECT_EQ(std::get<Finished>(unknown).cause, Cause::kException);
}

TEST(Protocol, AResultIsWorthMoreThanItsCurve) {
  const auto line = parse_worker_line(
      R"({"done": {"accuracy": 1}, "curve": [[1, null, 0], [2, 0.5, 0.5], 3, [4, 1]]})");
  EXPECT_EQ(std::get<Finished>(line).curve, (std::vector<CurvePoint>{{2, 0.5, 0.5}}));
  EXPECT_EQ(std::get<Finished>(parse_worker_line(R"({"done": {}, "curve": 7})")).curve.size(), 0u);
}

TEST(Protocol, WhateverIsNoWholeMessageIsChatter) {
  for (const char* line :
       {"", "words", "[1]", "{", "{}", R"({"images": "many"})", R"({"images": 1e300})",
        R"({"done": 5, "core_seconds": "long"})", R"({"done": {"accuracy": "high"}})",
        R"({"failed": 1})", R"({"fatal": null})"})
    EXPECT_EQ(std::get<Chatter>(parse_worker_line(line)).line, line);
}

TEST(Protocol, TasksComeBackWithoutTheirToken) {
  const Task task{.seed = UINT64_MAX,
                  .arm = "search",
                  .number = 7,
                  .choices = {0, 3, 1},
                  .epochs = 2,
                  .schedule = 20,
                  .token = 9};
  const Task same = parse_task(format_task(task));
  EXPECT_EQ(same.seed, task.seed);
  EXPECT_EQ(same.arm, task.arm);
  EXPECT_EQ(same.number, task.number);
  EXPECT_EQ(same.choices, task.choices);
  EXPECT_EQ(same.epochs, task.epochs);
  EXPECT_EQ(same.schedule, task.schedule);
  EXPECT_EQ(same.token, 0);
  EXPECT_THROW(parse_task("{}"), InputError);
  EXPECT_THROW(parse_task("no JSON"), InputError);
}

TEST(LineSplitter, PutsPiecesTogether) {
  LineSplitter splitter;
  std::vector<std::string> lines;
  splitter.add("on", lines);
  EXPECT_TRUE(lines.empty());
  splitter.add("e\n\ntw", lines);
  EXPECT_EQ(lines, (std::vector<std::string>{"one", ""}));
  splitter.add(std::string(size_t{1} << 20, 'o'), lines);
  EXPECT_EQ(lines.size(), 3u) << "a line without an end must not fill the memory";
}

}  // namespace
}  // namespace nasnet::search
