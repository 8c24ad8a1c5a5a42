#include "nasnet/latency/measure.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/latency/cell_files.h"
#include "tests/latency/made_up.h"

namespace nasnet::latency {
namespace {

namespace fs = std::filesystem;

class LatencyFolder : public testing::Test {
 protected:
  LatencyFolder() {
    std::string name = (fs::temp_directory_path() / "latency-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~LatencyFolder() override { fs::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

using Log = LatencyFolder;
using MeasureTable = LatencyFolder;
using CellCsv = LatencyFolder;

/// Times that a test makes up: a network's own, and noise where it wants some.
struct Device {
  std::map<int, double> noise;  ///< by network, of its next call
  int calls = 0;

  std::vector<double> time(int network, int runs) {
    ++calls;
    std::vector<double> times;
    for (int k = 0; k < runs; ++k) times.push_back((1 + network) * (1 + noise[network] * k));
    return times;
  }
};

const auto kSilent = [](int, int) {};

Measured measure_on(Device& device, int networks, TimesLog& log) {
  return measure(
      networks, {}, [&](int k, int runs) { return device.time(k, runs); }, log, kSilent);
}

TEST(Measure, TakesMediansAndQuartiles) {
  const Timing timing = timing_of({5, 1, 2, 4, 3});
  EXPECT_EQ(timing.ms, 3);
  EXPECT_NEAR(timing.spread, 2.0 / 3, 1e-12);
  EXPECT_EQ(timing_of({2}).ms, 2);
  EXPECT_EQ(timing_of({1, 3}).ms, 2);
}

TEST(Measure, GoesOverAllNetworksInRounds) {
  std::vector<int> order;
  TimesLog log;
  const Measured measured = measure(
      3, {.rounds = 2},
      [&](int network, int runs) {
        order.push_back(network);
        return std::vector<double>(runs, 2.0 + network);
      },
      log, kSilent);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(measured.timings[2].ms, 4);
  EXPECT_FALSE(measured.busy);
}

TEST(Measure, NoisyNetworksAreMeasuredAgain) {
  Device device;
  device.noise[3] = 0.1;
  TimesLog log;
  const Measured measured = measure(
      8, {},
      [&](int network, int runs) {
        if (device.calls >= 24) device.noise.clear();  // after three rounds of eight
        return device.time(network, runs);
      },
      log, kSilent);
  EXPECT_EQ(device.calls, 25);
  EXPECT_FALSE(measured.busy);
  EXPECT_TRUE(measured.noisy.empty());
  EXPECT_EQ(measured.timings[3].ms, 4);
}

TEST(Measure, ABusyMachineIsToldFromASingleNoisyNetwork) {
  Device device;
  device.noise[0] = device.noise[1] = 0.1;
  TimesLog log;
  EXPECT_FALSE(measure_on(device, 8, log).busy);
  device.noise[2] = 0.1;
  TimesLog other;
  const Measured measured = measure_on(device, 8, other);
  EXPECT_TRUE(measured.busy);
  EXPECT_EQ(measured.noisy, (std::vector<int>{0, 1, 2}));
  EXPECT_NE(busy_message(measured, {}).find("3 of 8 networks spread by more than 5 %"),
            std::string::npos);
}

TEST(Measure, TimesThatAreNoneAreRefused) {
  for (const double bad : {0.0, -1.0, static_cast<double>(NAN), static_cast<double>(INFINITY)}) {
    TimesLog log;
    EXPECT_THROW(
        measure(
            1, {}, [&](int, int runs) { return std::vector<double>(runs, bad); }, log, kSilent),
        SystemError);
  }
}

TEST_F(Log, KeepsTimesAndGoesOn) {
  const Circumstances of = made_up_circumstances();
  const std::vector<MeasuredCell> cells = {{.choices = {1}}, {.choices = {2}}, {.choices = {3}}};
  Device device, rest;
  {
    TimesLog log(file("part"), of, cells);
    for (int k = 0; k < 2; ++k) log.add({k, 0}, device.time(k, 5));
  }
  std::ofstream(file("part"), std::ios::app) << R"({"cell":2,"round":0,"m)";  // a kill's last line
  TimesLog log(file("part"), of, cells);
  const Measured resumed = measure_on(rest, 3, log);
  EXPECT_EQ(rest.calls, 9);  // two to see that the machine is as it was
  TimesLog all;
  const Measured whole = measure_on(device, 3, all);
  for (int k = 0; k < 3; ++k) EXPECT_EQ(resumed.timings[k].ms, whole.timings[k].ms);
  log.remove();
  EXPECT_FALSE(fs::exists(file("part")));
}

TEST_F(Log, OfAMachineOfAnotherPaceIsRefused) {
  for (const double pace : {0.5, 1.2}) {
    TimesLog log;
    for (int k = 0; k < 3; ++k) log.add({k, 0}, {1, 1, 1, 1, 1});
    const auto time = [&](int, int runs) { return std::vector<double>(runs, pace); };
    EXPECT_THROW(measure(8, {}, time, log, kSilent), InputError);
    EXPECT_NO_THROW(measure(8, {}, time, log, kSilent, true));
  }
}

// A steady load makes all times of a later try longer, and spreads none of them.
TEST(Measure, ASlowTryIsNotTakenForItsSmallSpread) {
  TimesLog log;
  int calls = 0;
  const Measured measured = measure(
      8, {},
      [&](int network, int runs) {
        if (++calls > 24) return std::vector<double>(runs, 9.0);
        std::vector<double> times(runs, 2.0);
        if (network == 3) times[0] = times[1] = 4;
        return times;
      },
      log, kSilent);
  EXPECT_EQ(calls, 26);
  EXPECT_EQ(measured.timings[3].ms, 2);
  EXPECT_EQ(measured.noisy, std::vector<int>{3});
}

TEST_F(Log, OfOtherCircumstancesIsRefused) {
  Circumstances of = made_up_circumstances();
  const std::vector<MeasuredCell> cells = {{.choices = {1}}};
  TimesLog(file("part"), of, cells).add({0, 0}, {1.5});
  EXPECT_THROW(TimesLog(file("part"), of, {{.choices = {2}}}), InputError);
  of.threads = 2;
  try {
    TimesLog(file("part"), of, cells);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("threads 1, not 2"), std::string::npos);
  }
  of.threads = 1;
  const std::string good = read_file(file("part"));
  for (const std::string bad :
       {"{\"cell\":0}\n", "{\"cell\":0,\"round\":0,\"ms\":[-1]}\n", "x\n"}) {
    write_file(file("part"), good + bad + good.substr(good.find('\n') + 1));
    EXPECT_THROW(TimesLog(file("part"), of, cells), InputError) << bad;
  }
  write_file(file("part"), "something else\n");
  EXPECT_THROW(TimesLog(file("part"), of, cells), InputError);
}

/// A device on which a network takes what a table thinks, with noise in its first so many calls.
class MadeUpTimer : public NetworkTimer {
 public:
  explicit MadeUpTimer(int noisy_calls = 0) : noisy_calls_(noisy_calls) {}
  std::string device() const override { return "made up"; }
  std::vector<double> time(const graph::Graph& graph, int runs) override {
    if (stop_after == calls) throw Interrupted("stopped");
    const double noise = calls++ < noisy_calls_ ? 0.1 : 0;
    std::vector<double> times;
    for (int k = 0; k < runs; ++k) times.push_back(made_up_ms(graph) * (1 + noise * k));
    return times;
  }
  int stop_after = -1, calls = 0;

 private:
  int noisy_calls_;
};

TableRequest request_for(const std::string& out) {
  return {.of = made_up_circumstances(), .seed = 5, .out = out};
}

TEST_F(MeasureTable, WritesWhatItMeasured) {
  MadeUpTimer timer;
  const LatencyTable table = measure_table(request_for(file("t.json")), timer, kSilent);
  EXPECT_EQ(read_latency_table(file("t.json")), table);
  EXPECT_EQ(table.coefficients, made_up_table().coefficients);
  EXPECT_FALSE(fs::exists(file("t.json.part")));
  EXPECT_THROW(measure_table(request_for(file("t.json")), timer, kSilent), InputError);
}

TEST_F(MeasureTable, ResumesAfterAStop) {
  MadeUpTimer timer;
  timer.stop_after = 50;
  EXPECT_THROW(measure_table(request_for(file("t.json")), timer, kSilent), Interrupted);
  EXPECT_FALSE(fs::exists(file("t.json")));
  MadeUpTimer rest;
  const LatencyTable table = measure_table(request_for(file("t.json")), rest, kSilent);
  EXPECT_EQ(rest.calls, 3 * 40 - 50 + 3);
  EXPECT_EQ(table.coefficients, made_up_table().coefficients);
}

TEST_F(MeasureTable, RefusesABusyMachineAndKeepsTheQuietTimes) {
  MadeUpTimer busy(1000);
  EXPECT_THROW(measure_table(request_for(file("t.json")), busy, kSilent), InputError);
  EXPECT_FALSE(fs::exists(file("t.json")));
  MadeUpTimer calm;  // all were noisy, all are measured again
  const LatencyTable table = measure_table(request_for(file("t.json")), calm, kSilent);
  EXPECT_EQ(calm.calls, 120);
  EXPECT_EQ(table.coefficients, made_up_table().coefficients);
  TableRequest willing = request_for(file("u.json"));
  willing.allow_busy = true;
  MadeUpTimer noisy(1000);
  EXPECT_GT(measure_table(willing, noisy, kSilent).cells[0].spread, 0.05);
}

TEST_F(MeasureTable, MeasuresFinalistsBesidePredictions) {
  const LatencyTable table = made_up_table();
  const auto space = make_space(table.of.space, "test");
  std::vector<graph::Graph> graphs;
  for (int k = 0; k < 3; ++k)
    graphs.push_back(network_of(*space, table.cells[k].choices, table.of.stack));
  MadeUpTimer timer;
  const Measured measured = measure_networks(graphs, timer, {}, false, kSilent);
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(measured.timings[k].ms, table.predict(graphs[k]), 1e-6);
  MadeUpTimer noisy(1000);
  EXPECT_THROW(measure_networks(graphs, noisy, {}, false, kSilent), InputError);
}

TEST(Spaces, AreMadeOfTheirDescriptions) {
  EXPECT_EQ(make_space(made_up_circumstances().space, "x")->decisions().size(), 50u);
  EXPECT_THROW(make_space({{"name", "nowhere"}}, "x"), InputError);
  EXPECT_THROW(make_space({{"name", "nasnet"}, {"blocks", 0}}, "x"), InputError);
  EXPECT_THROW(make_space({{"blocks", 5}}, "x"), InputError);
  EXPECT_THROW(make_space(3, "x"), InputError);
}

/// A folder of --write-cells, with the table filled in by `line`.
class FilledIn {
 public:
  explicit FilledIn(std::string folder) : folder_(std::move(folder)) {
    CellFiles files{.of = made_up_circumstances(), .seed = 5};
    const auto space = make_space(files.of.space, "test");
    files.of.target = Target::kCsv;
    files.cells = draw_cells(*space, 5, 30, 10);
    write_cell_files(folder_, files, kSilent);
    for (const MeasuredCell& cell : files.cells) {
      lines_.push_back(
          cell.name + ",," +
          std::to_string(made_up_ms(network_of(*space, cell.choices, files.of.stack))));
    }
  }
  std::string csv() const { return folder_ + "/cells.csv"; }
  /// The error of reading when line `number` (of the file, from 1) is this one.
  std::string error_with(int number, const std::string& line) const {
    std::string text = "name,choices,ms\n";
    for (size_t i = 0; i < lines_.size(); ++i)
      text += (static_cast<int>(i) + 2 == number ? line : lines_[i]) + "\n";
    write_file(csv(), text);
    try {
      read_cell_files(csv());
    } catch (const InputError& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.find('\n'), std::string::npos);
      return what;
    }
    return "";
  }

 private:
  std::string folder_;
  std::vector<std::string> lines_;
};

TEST_F(CellCsv, IsWrittenToBeFilledIn) {
  const FilledIn filled(file("cells"));
  EXPECT_TRUE(fs::exists(file("cells/cell-040.onnx")));
  EXPECT_NE(read_file(filled.csv()).find("cell-001,"), std::string::npos);
  EXPECT_THROW(read_cell_files(filled.csv()), InputError);  // no times yet
}

TEST_F(CellCsv, BadRowsAreNamedByTheirLine) {
  const FilledIn filled(file("cells"));
  EXPECT_THROW(FilledIn(file("cells")), InputError);  // never written over
  const auto says = [](const std::string& error, const std::string& part) {
    return error.find(part) != std::string::npos;
  };
  // Without the choices, which need not be there: but where they are, they are the cell's.
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,1 2 3,4.5"), "line 7: the choices");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,,"), "line 7: ms is missing");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006"), "line 7: ms is missing");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,,fast"), "line 7: ms is no number: 'fast'");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,,nan"), "line 7: ms is no number");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,,3 ms"), "line 7: ms is no number");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,,-3"), "line 7: ms is not above zero");
  EXPECT_PRED2(says, filled.error_with(7, "cell-006,,0"), "line 7: ms is not above zero");
  EXPECT_PRED2(says, filled.error_with(7, "cell-999,,3"), "line 7: unknown cell 'cell-999'");
  EXPECT_PRED2(says, filled.error_with(7, "cell-005,,3"), "'cell-005' stands in line 6 already");
  write_file(filled.csv(), "cell;time\n");
  EXPECT_THROW(read_cell_files(filled.csv()), InputError);
  write_file(filled.csv(), "");
  EXPECT_THROW(read_cell_files(filled.csv()), InputError);
  fs::remove(file("cells/cells.json"));
  EXPECT_PRED2(says, filled.error_with(0, ""), "cells.json is not there");
}

TEST_F(CellCsv, GivesTheTimesOfTheCells) {
  const FilledIn filled(file("cells"));
  // An empty cell of choices stands for "not told": the column may be dropped.
  const std::string error = filled.error_with(0, "");
  EXPECT_EQ(error, "");
  const CellFiles files = read_cell_files(filled.csv());
  const auto space = make_space(files.of.space, "test");
  const LatencyTable table = fit_table(files.of, files.seed, *space, files.cells);
  EXPECT_LT(table.held_out.largest_error, 1e-4);  // times have six digits
  EXPECT_EQ(table.of.target, Target::kCsv);
}

}  // namespace
}  // namespace nasnet::latency
