#include "nasnet/group/place.h"

#include <gtest/gtest.h>

#include <map>

#include "nasnet/base/error.h"

namespace nasnet::group {
namespace {

using Values = std::map<std::string, std::string>;

std::optional<Place> place_of(const Values& values) {
  return launched_place([&](const std::string& name) -> std::optional<std::string> {
    const auto value = values.find(name);
    return value == values.end() ? std::nullopt : std::optional(value->second);
  });
}

std::string error_of(const Values& values) {
  try {
    place_of(values);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

const Values kTorch = {
    {"RANK", "3"}, {"WORLD_SIZE", "8"}, {"MASTER_ADDR", "node1"}, {"MASTER_PORT", "29500"}};

Values with(Values values, const std::string& name, const std::string& value) {
  values[name] = value;
  return values;
}

Values without(Values values, const std::string& name) {
  values.erase(name);
  return values;
}

TEST(LaunchedPlace, IsNoneOfAProcessByItself) {
  EXPECT_EQ(place_of({}), std::nullopt);
  EXPECT_EQ(place_of(with(with(kTorch, "WORLD_SIZE", "1"), "RANK", "0")), std::nullopt);
}

TEST(LaunchedPlace, OfTorchrun) {
  const auto place = place_of(kTorch);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 3);
  EXPECT_EQ(place->size, 8);
  EXPECT_EQ(place->host, "node1");
  EXPECT_EQ(place->port, 29500);
  EXPECT_FALSE(place->opened);
  EXPECT_EQ(place_of(with(kTorch, "TORCHELASTIC_USE_AGENT_STORE", "True"))->port, 29501)
      << "torchrun listens at the port itself";
  EXPECT_EQ(place_of(with(kTorch, "LOCAL_WORLD_SIZE", "2"))->on_this_machine, 2);
}

TEST(LaunchedPlace, OfSlurmIsThatOfAStepOfSeveralTasks) {
  const Values step = {{"SLURM_PROCID", "1"},
                       {"SLURM_STEP_NUM_TASKS", "4"},
                       {"SLURM_STEP_ID", "0"},
                       {"SLURM_STEP_NODELIST", "node[07-09,12]"},
                       {"SLURM_JOB_ID", "123456"}};
  const auto place = place_of(step);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 1);
  EXPECT_EQ(place->size, 4);
  EXPECT_EQ(place->host, "node07");
  EXPECT_EQ(place->port, 20000 + 123456 % 20000);
  EXPECT_EQ(place_of(without(step, "SLURM_STEP_ID")), std::nullopt) << "a plain run in a job";
  EXPECT_EQ(place_of(with(step, "SLURM_STEP_ID", "batch")), std::nullopt);
  EXPECT_EQ(place_of(with(with(step, "SLURM_STEP_NUM_TASKS", "1"), "SLURM_PROCID", "0")),
            std::nullopt);
}

TEST(LaunchedPlace, OfMpisLaunchers) {
  const auto place = place_of({{"OMPI_COMM_WORLD_RANK", "1"}, {"OMPI_COMM_WORLD_SIZE", "2"}});
  ASSERT_TRUE(place);
  EXPECT_EQ(place->rank, 1);
  EXPECT_EQ(place->host, "127.0.0.1");
  EXPECT_EQ(place_of({{"PMI_RANK", "2"}, {"PMI_SIZE", "3"}, {"MASTER_ADDR", "a"}})->host, "a");
}

TEST(LaunchedPlace, OfVariablesThatAreWrongIsAnError) {
  EXPECT_NE(error_of(without(kTorch, "WORLD_SIZE")).find("WORLD_SIZE is not"), std::string::npos);
  EXPECT_NE(error_of(without(kTorch, "MASTER_ADDR")).find("MASTER_ADDR"), std::string::npos);
  EXPECT_NE(error_of(with(kTorch, "MASTER_PORT", "70000")).find("70000"), std::string::npos);
  EXPECT_NE(error_of(with(kTorch, "RANK", "8")).find("ranks count from 0"), std::string::npos);
  EXPECT_NE(error_of(with(kTorch, "RANK", "one")).find("'one'"), std::string::npos);
}

TEST(FirstHost, OfSlurmsLists) {
  EXPECT_EQ(first_host("gpu1"), "gpu1");
  EXPECT_EQ(first_host("gpu1,gpu2"), "gpu1");
  EXPECT_EQ(first_host("node[07-09,12],gpu1"), "node07");
  EXPECT_EQ(first_host("n[3]-ib,x"), "n3-ib");
  EXPECT_EQ(first_host("a,node[1-2]"), "a");
  EXPECT_EQ(first_host("node["), "");
}

}  // namespace
}  // namespace nasnet::group
