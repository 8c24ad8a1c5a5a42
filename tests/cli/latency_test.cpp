#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <thread>

#include "tests/cli/program.h"

namespace nasnet::test {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using nlohmann::json;

const Arguments kTiny = {"--cells", "1", "--filters", "4", "--candidates", "12", "--held-out", "3"};

Arguments with_tiny(Arguments arguments) {
  arguments.insert(arguments.begin(), "latency");
  arguments.insert(arguments.end(), kTiny.begin(), kTiny.end());
  return arguments;
}

/// A folder of --write-cells, and its table filled in: each cell takes as long as its number.
class LatencyVerb : public testing::Test {
 protected:
  void write_cells() {
    const Outcome outcome = run(with_tiny({"--write-cells", "cells", "--json"}));
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(last_json(outcome), (json{{"cells", 15}, {"table", "cells/cells.csv"}}));
  }
  void fill_in() {
    const std::string table = read_text(folder_ / "cells/cells.csv");
    std::string filled;
    int row = 0;
    for (const char c : table) {
      if (c == '\n' && row++ > 0) filled += std::to_string(10 + row);
      filled += c;
    }
    write_text(folder_ / "cells/cells.csv", filled);
  }
  Outcome run(const Arguments& arguments) const { return nasnet(arguments, folder_.path()); }

  Folder folder_;
};

TEST_F(LatencyVerb, TakesTheTimesOfAUsersDevice) {
  write_cells();
  EXPECT_EQ(folder_.files().size(), 17u);
  expect_refused(run({"latency", "--measurements", "cells/cells.csv", "--out", "t.json"}),
                 {"cells/cells.csv, line 2", "ms is missing"});
  fill_in();
  const Arguments fit = {"latency", "--measurements", "cells/cells.csv",  "--out",
                         "t.json",  "--device-name",  "Pixel 3, one core"};
  const Outcome outcome = run(fit);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const std::string part : {"csv on Pixel 3, one core", "cifar N=1 F=4 on 32x32x3",
                                 "depthwise 5x5", "on 3 cells that had no part in the fit"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  expect_refused(run(fit), {"t.json", "there already"});

  const json predicted =
      last_json(run({"latency", "nasnet-a", "enas", "--table", "t.json", "--json"}));
  EXPECT_EQ(predicted["cells"].size(), 2u);
  EXPECT_GT(predicted["cells"][0]["predicted_ms"], 0);
  EXPECT_EQ(predicted["target"], "csv");
  const Outcome text = run({"latency", "nasnet-a", "--table", "t.json"});
  EXPECT_NE(text.out.find("predicted ms"), std::string::npos) << text.out;
  expect_refused(run({"latency", "nasnet-a", "--table", "t.json", "--measure"}),
                 {"device of your own", "--measurements"});
  expect_refused(run({"latency", "nasnet-a", "--table", "t.json", "--threads", "2"}),
                 {"--threads 2", "t.json"});
}

TEST_F(LatencyVerb, TheSameSeedWritesTheSameCells) {
  write_cells();
  ASSERT_EQ(run(with_tiny({"--write-cells", "again"})).status, 0);
  ASSERT_EQ(run(with_tiny({"--write-cells", "other", "--seed", "2"})).status, 0);
  const auto text = [&](const std::string& folder) {
    return read_text(folder_ / folder / "cells.csv");
  };
  EXPECT_EQ(text("cells"), text("again"));
  EXPECT_NE(text("cells"), text("other"));
  expect_refused(run(with_tiny({"--write-cells", "cells"})), {"cells/cells.json", "already"});
}

TEST_F(LatencyVerb, RefusesWhatCannotBe) {
  expect_refused(run({"latency"}), {"--out"});
  expect_refused(run({"latency", "--table", "t.json"}), {"name the cells"});
  expect_refused(run({"latency", "nasnet-a"}), {"--table"});
  expect_refused(run({"latency", "nasnet-a", "--table", "t.json"}), {"t.json"});
  expect_refused(run({"latency", "nasnet-a", "--table", "t.json", "--cells", "6"}), {"--cells"});
  expect_refused(run(with_tiny({"--measurements", "a.csv", "--out", "t.json"})), {"--candidates"});
  expect_refused(run(with_tiny({"--write-cells", "a", "--out", "t.json"})), {"--out"});
  expect_refused(run(with_tiny({"--out", "t.json", "--device-name", "x"})), {"--device-name"});
  expect_refused(run(with_tiny({"--out", "t.json", "--target", "gpu"})), {"'gpu'", "cuda"});
  expect_refused(run(with_tiny({"--out", "t.json", "--target", "csv"})), {"--measurements"});
  expect_refused(run(with_tiny({"--out", "t.json", "--device", "cuda"})), {"--target cuda"});
  expect_refused(run(with_tiny({"--out", "t.json", "--space", "nasbench201"})), {"nasbench201"});
  expect_refused(run(with_tiny({"--out", "t.json", "--threads", "1000"})), {"--threads 1000"});
  expect_refused(run({"latency", "--out", "t.json", "--candidates", "3"}), {"candidates", "3"});
  expect_refused(
      run(with_tiny({"--out", "t.json", "--target", "onnxruntime", "--python", "no-python"})),
      {"no-python"});
  expect_refused(
      run(with_tiny({"--out", "t.json", "--target", "onnxruntime", "--python", "false"})),
      {"false cannot run ONNX Runtime", "--python"});
  write_text(folder_ / "t.json", "{\"schema\": \"nasnet-latency\", \"version\": 9}");
  expect_refused(run({"latency", "nasnet-a", "--table", "t.json"}), {"t.json", "version is 9"});
  EXPECT_EQ(folder_.files().size(), 1u);
}

TEST_F(LatencyVerb, NeedsAGpuForCuda) {
  if (fs::exists("/dev/nvidiactl")) GTEST_SKIP() << "a GPU is there";
  expect_refused(run(with_tiny({"--out", "t.json", "--target", "cuda"})),
                 {"--target cuda", "no CUDA device"});
}

/// The lines of the file of times.
auto lines_in(const fs::path& file) {
  if (!fs::exists(file)) return std::ptrdiff_t{0};
  return std::ranges::count(read_text(file), '\n');
}

// Machines that run tests are busy.
TEST_F(LatencyVerb, SlowMeasuresStopsAndGoesOn) {
  const Arguments arguments = with_tiny({"--out", "t.json", "--allow-busy", "--json"});
  Arguments command = {nasnet_path()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  Process process(command, folder_.path());
  const Stopwatch watch;
  while (lines_in(folder_ / "t.json.part") < 6 && watch.seconds() < 60)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  process.signal(SIGINT);
  const Outcome stopped = process.wait(60);
  EXPECT_EQ(stopped.status, 130) << stopped.err;
  EXPECT_FALSE(fs::exists(folder_ / "t.json"));
  const auto measured = lines_in(folder_ / "t.json.part");
  EXPECT_GE(measured, 6);
  const std::string kept = read_text(folder_ / "t.json.part");

  Arguments other = arguments;
  other.insert(other.end(), {"--batch", "2"});
  expect_refused(run(other), {"t.json.part", "batch 1, not 2"});

  const Outcome outcome = run(arguments);
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(folder_.files(), std::vector<std::string>{"t.json"});
  const json table = last_json(outcome);
  EXPECT_EQ(table["cells"].size(), 15u);
  EXPECT_EQ(table["held_out"]["cells"], 3);
  EXPECT_EQ(table["threads"], 1);
  EXPECT_EQ(table["target"], "own-kernels");
  EXPECT_EQ(json::parse(read_text(folder_ / "t.json"))["coefficients"], table["coefficients"]);

  const Outcome finalists =
      run({"latency", "nasnet-a", "--table", "t.json", "--measure", "--allow-busy", "--json"});
  ASSERT_EQ(finalists.status, 0) << finalists.err;
  EXPECT_GT(last_json(finalists)["cells"][0]["measured_ms"], 0);
  json foreign = json::parse(read_text(folder_ / "t.json"));
  foreign["device"] = "abacus";
  write_text(folder_ / "t.json", foreign.dump());
  expect_refused(run({"latency", "nasnet-a", "--table", "t.json", "--measure"}), {"abacus"});
}

TEST_F(LatencyVerb, SlowMeasuresOnnxRuntime) {
  const std::string python = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
  if (!fs::exists(python)) GTEST_SKIP() << "ONNX Runtime is not there; scripts/oracles installs it";
  const Outcome outcome = run(with_tiny({"--out", "t.json", "--target", "onnxruntime", "--python",
                                         python, "--allow-busy", "--json"}));
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const json table = last_json(outcome);
  EXPECT_EQ(table["target"], "onnxruntime");
  EXPECT_NE(table["device"].get<std::string>().find("ONNX Runtime"), std::string::npos);
  for (const json& cell : table["cells"]) EXPECT_GT(cell["ms"], 0);
}

}  // namespace
}  // namespace nasnet::test
