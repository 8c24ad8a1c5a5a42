#include "nasnet/doctor/machine.h"

#include <gtest/gtest.h>

namespace nasnet::doctor {
namespace {

Machine healthy() {
  Machine machine;
  machine.cores = machine.allowed_cores = 8;
  machine.load = 0.5;
  machine.simd = "AVX3";
  machine.memory = machine.available = 16'000'000'000;
  machine.disk = 100'000'000'000;
  machine.open_files = 1024;
  machine.folder = "/srv";
  return machine;
}

/// The only finding, as "warning little_disk".
std::string only(const Machine& machine) {
  const Diagnosis diagnosis = examine_machine(machine);
  if (diagnosis.findings.size() != 1)
    return std::to_string(diagnosis.findings.size()) + " findings";
  const Finding& finding = diagnosis.findings[0];
  EXPECT_EQ(finding.area, "machine");
  EXPECT_FALSE(finding.text.empty());
  EXPECT_FALSE(finding.remedy.empty());
  return std::string(to_text(finding.severity)) + " " + finding.name;
}

TEST(ExamineMachine, FindsNothingOnAHealthyOne) {
  const Diagnosis diagnosis = examine_machine(healthy());
  EXPECT_TRUE(diagnosis.findings.empty());
  EXPECT_EQ(diagnosis.facts.at("machine").at("cores"), 8);
  EXPECT_TRUE(diagnosis.facts.at("machine").at("libtorch").is_null());
}

TEST(ExamineMachine, NamesEachFault) {
  const auto with = [](const auto& change) {
    Machine machine = healthy();
    change(machine);
    return only(machine);
  };
  EXPECT_EQ(with([](Machine& m) { m.quota = 0.5; }), "warning little_quota");
  EXPECT_EQ(with([](Machine& m) { m.quota = 2.5; }), "note fewer_cores");
  EXPECT_EQ(with([](Machine& m) { m.allowed_cores = 2; }), "note fewer_cores");
  EXPECT_EQ(with([](Machine& m) { m.load = 12; }), "note busy");
  EXPECT_EQ(with([](Machine& m) { m.memory = 1'000'000'000; }), "warning little_memory");
  EXPECT_EQ(with([](Machine& m) { m.available = 100'000'000; }), "problem little_memory");
  EXPECT_EQ(with([](Machine& m) { m.oom_kills = 1; }), "note killed_for_memory");
  EXPECT_EQ(with([](Machine& m) { m.has_gpu = true; }), "warning unused_gpu");
  EXPECT_EQ(with([](Machine& m) { m.libtorch_fault = "cannot load"; }), "problem libtorch");
  EXPECT_EQ(with([](Machine& m) { m.writable = false; }), "problem read_only");
  EXPECT_EQ(with([](Machine& m) { m.disk = 500'000'000; }), "warning little_disk");
  EXPECT_EQ(with([](Machine& m) { m.disk = 0; }), "problem little_disk");
  EXPECT_EQ(with([](Machine& m) { m.open_files = 64; }), "warning few_files");
  EXPECT_EQ(with([](Machine& m) { m.clock_lag = 86400; }), "warning clock_behind");
  EXPECT_EQ(with([](Machine& m) { m.clock_drift = -3; }), "warning clock_jumps");
}

TEST(LookAtMachine, KnowsThisOne) {
  const Machine machine = look_at_machine(".");
  EXPECT_GE(machine.cores, machine.allowed_cores);
  EXPECT_GE(machine.allowed_cores, 1);
  EXPECT_FALSE(machine.simd.empty());
  EXPECT_GT(machine.disk, 0);
  EXPECT_LT(std::abs(machine.clock_drift), 5);
}

}  // namespace
}  // namespace nasnet::doctor
