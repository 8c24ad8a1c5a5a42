#include "nasnet/base/processors.h"

#include <gtest/gtest.h>

#include "tests/base/fake_groups.h"

namespace nasnet {
namespace {

class Quotas : public FakeGroups {
 protected:
  std::optional<double> quota() const { return processor_quota(ControlGroups(proc(), cgroup())); }
};

TEST_F(Quotas, NoneWithoutGroups) {
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(Quotas, OfVersion2IsTheLeastOfThoseAbove) {
  put("proc/self/cgroup", "0::/jobs/one\n");
  put("cgroup/cgroup.controllers", "cpu memory\n");
  put("cgroup/jobs/one/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  put("cgroup/jobs/cpu.max", "250000 100000\n");
  EXPECT_EQ(quota(), 2.5);
  put("cgroup/jobs/one/cpu.max", "50000 50000\n");
  EXPECT_EQ(quota(), 1.0);
}

TEST_F(Quotas, OfAContainerThatSeesItsOwnGroupAsTheRoot) {
  put("proc/self/cgroup", "0::/docker/not/seen/here\n");
  put("cgroup/cgroup.controllers", "cpu\n");
  put("cgroup/cpu.max", "400000 100000\n");
  EXPECT_EQ(quota(), 4.0);
}

TEST_F(Quotas, OfVersion1) {
  put("proc/self/cgroup", "4:cpu,cpuacct:/jobs/one\n3:memory:/elsewhere\n");
  put("cgroup/cpu,cpuacct/jobs/one/cpu.cfs_quota_us", "-1\n");
  put("cgroup/cpu,cpuacct/jobs/one/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), std::nullopt);
  put("cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us", "300000\n");
  put("cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us", "200000\n");
  EXPECT_EQ(quota(), 1.5);
}

TEST_F(Quotas, OfVersion1UnderTheControllersOwnName) {
  put("proc/self/cgroup", "4:cpuacct,cpu:/\n0::/\n");
  put("cgroup/cpu/cpu.cfs_quota_us", "600000\n");
  put("cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 6.0);
}

TEST_F(Quotas, AreNoneWhereAFileHoldsSomethingElse) {
  put("proc/self/cgroup", "0::/\nnonsense\n");
  put("cgroup/cgroup.controllers", "cpu\n");
  for (const char* text : {"", "0 100000\n", "100000\n", "100000 0\n", "many few\n"}) {
    put("cgroup/cpu.max", text);
    EXPECT_EQ(quota(), std::nullopt) << text;
  }
}

TEST(Processors, OfThisProcessAreOneAtLeast) {
  EXPECT_GE(usable_cores(), 1);
  EXPECT_LE(usable_cores(), static_cast<int>(allowed_cores().size()));
}

}  // namespace
}  // namespace nasnet
