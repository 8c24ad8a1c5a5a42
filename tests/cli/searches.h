#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/cli/program.h"
#include "tests/cli/study_rows.h"

namespace nasnet::test {

using Arguments = std::vector<std::string>;
/// Values by flag; "" for a switch.
using Flags = std::map<std::string, std::string>;

/// Tests in a folder of their own with pictures of three colours in data/, and searches of seconds.
class Searches : public testing::Test {
 protected:
  void SetUp() override { write_colour_classes(folder_ / "data", 30); }

  /// A search; `changes` replace its flags, or add to them.
  static Arguments search(const std::string& study, const Flags& changes = {}) {
    Flags flags = {{"--data", "data"},
                   {"--study", study},
                   {"--trials", "6"},
                   {"--generation", "2"},
                   {"--minibatch", "2"},
                   {"--epochs", "1"},
                   {"--validation-images", "30"},
                   {"--filters", "4"},
                   {"--blocks", "2"}};
    for (const auto& [flag, value] : changes) flags[flag] = value;
    Arguments arguments = {"search", "--json"};
    for (const auto& [flag, value] : flags) {
      arguments.push_back(flag);
      if (!value.empty()) arguments.push_back(value);
    }
    return arguments;
  }

  Outcome run(const Arguments& arguments) const { return nasnet(arguments, folder_.path()); }
  /// The Python that has the oracles' packages.
  static std::filesystem::path python() {
    return std::filesystem::path(NASNET_SOURCE_DIR) / "build/oracles/bin/python";
  }
  /// The JSON that a script of tests/cli/logs prints of a file or folder. Scripts that need no
  /// package run in any Python.
  nlohmann::json read_logs(const std::string& script, const std::string& place) const {
    const Outcome outcome =
        Process({std::filesystem::exists(python()) ? python().string() : "python3",
                 std::string(NASNET_SOURCE_DIR) + "/tests/cli/logs/" + script, place},
                folder_.path())
            .wait();
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    return last_json(outcome);
  }
  /// Runs it beside the test.
  Process start(Arguments arguments) const {
    arguments.insert(arguments.begin(), nasnet_path());
    return Process(arguments, folder_.path());
  }
  /// Waits until the search of `study` has proposed trials, and so many of them are done.
  void wait_for(const std::string& study, int done = 0) const {
    const std::filesystem::path path = folder_ / study;
    for (int i = 0; i < 3000; ++i) {
      if (count_rows(path, "trials") > 0 && count_rows(path, "trials WHERE state = 'done'") >= done)
        return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    FAIL() << study << " does not get on";
  }

  /// Results that must not depend on workers, interruptions or the clock.
  static nlohmann::json findings(const Outcome& outcome) {
    nlohmann::json result = nlohmann::json::array();
    const nlohmann::json object = last_json(outcome);
    for (const char* arm : {"trials", "baseline"})
      for (const nlohmann::json& trial : object.at(arm))
        result.push_back(
            {trial.at("number"), trial.at("state"), trial.at("reward"), trial.at("genotype")});
    return result;
  }

  Folder folder_;
};

}  // namespace nasnet::test
