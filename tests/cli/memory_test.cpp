#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/program.h"

// The memory that a training says it takes, against the most that its process had.

namespace nasnet::test {
namespace {

using Arguments = std::vector<std::string>;

class SlowMemory : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 12; ++i)
      for (const char* name : {"train", "test"})
        write_png(
            folder_ / "data" / name / (i % 2 == 0 ? "red" : "blue") / (std::to_string(i) + ".png"),
            80, 80, i % 2 == 0 ? 200 : 20, 10, i % 2 == 0 ? 20 : 200, 40 + i);
  }

  /// Trains, and compares. Returns what the manifest says of the memory.
  nlohmann::json train(const std::string& out, const Arguments& more) {
    Arguments arguments = {"train", "nasnet-a", "--data", "data",      "--out",
                           out,     "--epochs", "1",      "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Outcome outcome = nasnet(arguments, folder_.path());
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.out.find("memory: about "), std::string::npos) << outcome.out;
    if (outcome.status != 0) return {};
    const nlohmann::json memory =
        nlohmann::json::parse(read_text(folder_ / (out + "/manifest.json"))).at("memory");
    const double estimate = memory.at("estimate");
    const double error = estimate / static_cast<double>(outcome.peak) - 1;
    std::printf("%-12s estimated %6.1f MB, measured %6.1f MB, error %+5.1f %%\n", out.c_str(),
                estimate / 1e6, static_cast<double>(outcome.peak) / 1e6, 100 * error);
    EXPECT_LT(std::abs(error), 0.1) << out;
    return memory;
  }

  Folder folder_;
};

const Arguments kMobile = {"--stack",  "mobile", "--cells",      "4",  "--filters", "44",
                           "--recipe", "mobile", "--image-size", "160"};
const Arguments kCifar = {"--stack", "cifar", "--cells",      "3",  "--filters", "32",
                          "--batch", "12",    "--image-size", "64", "--ema",     "0.99"};

Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST_F(SlowMemory, OfATrainingIsEstimatedWithin10Percent) {
  train("cifar", kCifar);
  train("mobile", with(kMobile, {"--batch", "12"}));
  train("large", {"--stack", "large", "--cells", "1", "--filters", "168", "--recipe", "large",
                  "--batch", "2", "--image-size", "128", "--limit-train", "4"});
  train("held-out", with(kCifar, {"--hold-out", "0.5"}));
  train("replicas", with(kMobile, {"--replicas", "3", "--batch", "4"}));
}

TEST_F(SlowMemory, ThatIsSparedIsSpared) {
  const auto estimate =
      train("whole", with(kMobile, {"--batch", "12"})).at("estimate").get<double>();
  const auto again =
      train("again", with(kMobile, {"--batch", "12", "--memory",
                                    std::to_string(static_cast<int64_t>(estimate * 0.8))}));
  EXPECT_GT(again.at("recomputed_cells"), 5);
  EXPECT_EQ(again.at("batch_parts"), 1);
  const auto parts =
      train("parts", with(kMobile, {"--batch", "12", "--memory",
                                    std::to_string(static_cast<int64_t>(estimate * 0.66))}));
  EXPECT_GT(parts.at("batch_parts"), 1);
}

TEST_F(SlowMemory, ThatIsTooLittleIsRefusedWithTheLeastThatWillDo) {
  const Outcome outcome = nasnet({"train", "nasnet-a", "--data", "data", "--out", "model",
                                  "--memory", "40MB", "--filters", "32"},
                                 folder_.path());
  EXPECT_NE(outcome.status, 0);
  EXPECT_NE(outcome.err.find("--memory is 40MB, and it takes an estimated "), std::string::npos)
      << outcome.err;
}

}  // namespace
}  // namespace nasnet::test
