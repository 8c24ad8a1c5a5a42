#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <thread>

#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;

/// `nasnet train` in several processes.
class Processes : public testing::Test {
 protected:
  Processes() { write_colour_classes(folder_ / "data", 24); }

  std::vector<std::string> command(const std::string& model,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {nasnet_path(),
                                      "train",
                                      "nasnet-a",
                                      "--data",
                                      (folder_ / "data").string(),
                                      "--out",
                                      (folder_ / model).string(),
                                      "--cells",
                                      "1",
                                      "--filters",
                                      "4",
                                      "--epochs",
                                      "24",
                                      "--batch",
                                      "4",
                                      "--replicas",
                                      "6",
                                      "--optimizer",
                                      "rmsprop",
                                      "--ema",
                                      "0.9",
                                      "--learning-rate",
                                      "0.01",
                                      "--drop-path-keep",
                                      "0.8"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  Outcome train(const std::string& model, const std::vector<std::string>& more) const {
    return Process(command(model, more), folder_.path()).wait();
  }

  /// A digest of the model's tensors.
  std::string weights(const std::string& model) const {
    for (const auto& entry : fs::directory_iterator(folder_ / model))
      if (entry.path().filename().string().starts_with("weights-"))
        return digest(read_file(entry.path()), "sha256");
    return "no weights";
  }

  /// Of a training by one process: the same in all tests.
  const std::string& expected() {
    static std::string digest;
    if (digest.empty()) {
      EXPECT_EQ(train("alone", {"--threads", "1"}).status, 0);
      digest = weights("alone");
    }
    return digest;
  }

  static std::vector<pid_t> children(pid_t process) {
    std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", process));
    std::vector<pid_t> all;
    for (pid_t one; file >> one;) all.push_back(one);
    return all;
  }

  /// The training's processes, once there are so many.
  static std::vector<pid_t> await_children(Process& process, size_t count) {
    for (;;) {
      const std::vector<pid_t> all = children(process.id());
      if (all.size() == count || !process.running()) return all;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  /// Returns once all have met and the first one has begun.
  void await_training(Process& process, const std::string& model) const {
    while (process.running() && !fs::exists(folder_ / model / "training-images.safetensors"))
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }

  struct Victim {
    size_t of, rank;
  };
  /// Sends the signal to one of the training's processes, once it has begun.
  void strike(Process& process, const std::string& model, Victim victim, int signal) const {
    const std::vector<pid_t> all = await_children(process, victim.of);
    ASSERT_EQ(all.size(), victim.of);
    await_training(process, model);
    ::kill(all[victim.rank], signal);
  }

  /// As launchers leave them.
  static std::map<std::string, std::string> place(int rank, int size, int port) {
    return {{"RANK", std::to_string(rank)},
            {"WORLD_SIZE", std::to_string(size)},
            {"MASTER_ADDR", "127.0.0.1"},
            {"MASTER_PORT", std::to_string(port)}};
  }
  /// One for each test and process of tests.
  static int port() {
    static int next = 0;
    return 20000 + (static_cast<int>(::getpid()) * 16 + next++) % 12000;  // no outgoing ones
  }

  Folder folder_;
};

TEST_F(Processes, HaveTheWeightsOfOneBitForBit) {
  for (const int processes : {2, 3, 4}) {
    const std::string model = fmt::format("of-{}", processes);
    const Outcome outcome = train(model, {"--processes", std::to_string(processes), "--threads",
                                          std::to_string(processes % 2 + 1)});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(weights(model), expected()) << processes << " processes";
    EXPECT_NE(outcome.out.find("test accuracy"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find("epoch  24"), outcome.out.rfind("epoch  24"))
        << "one speaks for all";
  }
}

TEST_F(Processes, StartedByALauncherAreOneTraining) {
  const int at = port();
  std::vector<std::unique_ptr<Process>> all;
  for (const int rank : {2, 0, 1})
    all.push_back(
        std::make_unique<Process>(command("launched"), folder_.path(), place(rank, 3, at)));
  for (size_t k = 0; k < all.size(); ++k) {
    const Outcome outcome = all[k]->wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.out.empty(), k != 1) << "rank 0 alone reports: " << outcome.out;
  }
  EXPECT_EQ(weights("launched"), expected());
}

TEST_F(Processes, AKilledOneCostsNothingButTime) {
  for (int victim = 0; victim < 3; ++victim) {
    const std::string model = fmt::format("killed-{}", victim);
    Process process(command(model, {"--processes", "3"}), folder_.path());
    strike(process, model, {.of = 3, .rank = static_cast<size_t>(victim)}, SIGKILL);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.err.find(fmt::format("process {} of 3 was killed by signal 9", victim + 1)),
              std::string::npos)
        << outcome.err;
    EXPECT_EQ(weights(model), expected());
  }
}

TEST_F(Processes, SlowAreKilledAtTwentyMoments) {
  Random random(5, 0, "kills");
  for (int turn = 0; turn < 20; ++turn) {
    const std::string model = fmt::format("killed-{}", turn);
    Process process(command(model, {"--processes", "3"}), folder_.path());
    const std::vector<pid_t> all = await_children(process, 3);
    ASSERT_EQ(all.size(), 3u);
    const pid_t victim = all[random.below(3)];
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(2500)));
    ::kill(victim, SIGKILL);
    const Outcome outcome = process.wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(weights(model), expected()) << turn;
  }
}

TEST_F(Processes, OneThatAnswersNoMoreIsGivenUp) {
  Process process(command("stopped", {"--processes", "2", "--peer-timeout", "3"}), folder_.path());
  strike(process, "stopped", {.of = 2, .rank = 1}, SIGSTOP);
  const Outcome outcome = process.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("process 2 of 2 (process "), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("no sign of life"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("process 2 of 2 answered no more"), std::string::npos) << outcome.err;
  EXPECT_EQ(weights("stopped"), expected());
}

TEST_F(Processes, WithoutARestartTheTrainingGoesOnByHand) {
  Process process(command("by-hand", {"--processes", "3", "--restarts", "0"}), folder_.path());
  strike(process, "by-hand", {.of = 3, .rank = 2}, SIGKILL);
  const Outcome outcome = process.wait();
  EXPECT_NE(outcome.status, 0);
  EXPECT_NE(outcome.err.find("go on with --resume"), std::string::npos) << outcome.err;
  EXPECT_EQ(train("by-hand", {"--resume"}).status, 0);
  EXPECT_EQ(weights("by-hand"), expected());
}

TEST_F(Processes, StopAtOnceAndGoOnInAnotherNumber) {
  Process process(command("stopped", {"--processes", "3"}), folder_.path());
  ASSERT_EQ(await_children(process, 3).size(), 3u);
  await_training(process, "stopped");
  process.signal(SIGTERM);
  const Outcome stopped = process.wait();
  EXPECT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_EQ(train("stopped", {"--processes", "2", "--resume"}).status, 0);
  EXPECT_EQ(weights("stopped"), expected());
}

TEST_F(Processes, MoreThanReplicasAreRefused) {
  const Outcome outcome = train("many", {"--processes", "7"});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_NE(outcome.err.find("a step is of 6 replicas, too few for 7 processes; give --replicas 7"),
            std::string::npos)
      << outcome.err;
}

/// The lines of two processes that do not fit together: at least one says why.
TEST_F(Processes, ThatDifferAreRefused) {
  const auto errors = [&](const std::vector<std::string>& more, const std::string& data = "data") {
    const int at = port();
    std::vector<std::string> second = command("odd", more);
    std::ranges::replace(second, (folder_ / "data").string(), (folder_ / data).string());
    Process one(command("odd"), folder_.path(), place(0, 2, at));
    Process other(second, folder_.path(), place(1, 2, at));
    const Outcome a = one.wait(), b = other.wait();
    EXPECT_NE(a.status, 0);
    EXPECT_NE(b.status, 0);
    return a.err + b.err;
  };
  EXPECT_NE(errors({"--clip", "3"}).find("process 2 of 2 has other settings than the first"),
            std::string::npos);
  EXPECT_NE(errors({"--limit-train", "60"}).find("has other data (a digest"), std::string::npos);
  EXPECT_NE(errors({"--image-size", "8"}).find("process 2 of 2 has other"), std::string::npos);
  const std::string absent = errors({}, "nowhere");
  EXPECT_NE(absent.find("process 2 of 2 (process "), std::string::npos) << absent;
  EXPECT_NE(absent.find("has ended: data set"), std::string::npos) << absent;
}

TEST_F(Processes, VariablesThatAreWrongAreNamed) {
  const auto outcome = [&](std::map<std::string, std::string> variables) {
    return Process(command("odd", {"--peer-timeout", "0.5"}), folder_.path(), variables).wait();
  };
  std::map<std::string, std::string> variables = place(1, 2, port());
  expect_refused(outcome(variables), {"127.0.0.1:" + variables["MASTER_PORT"], "MASTER_PORT"});
  variables.erase("WORLD_SIZE");
  expect_refused(outcome(variables), {"RANK is set, but WORLD_SIZE is not"});
  EXPECT_EQ(outcome(place(0, 2, port())).status, 75) << "nobody else has come";
}

}  // namespace
}  // namespace nasnet::test
