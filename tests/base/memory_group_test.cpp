#include "nasnet/base/memory_group.h"

#include <gtest/gtest.h>

#include "tests/base/fake_groups.h"

namespace nasnet {
namespace {

/// A machine of 8 GB with 2 GB of swap, as the kernel's files show it.
class MemoryGroups : public FakeGroups {
 protected:
  void SetUp() override {
    put("proc/meminfo", "MemTotal:        8000000 kB\nMemFree: 5 kB\nSwapTotal:  2000000 kB\n");
    put("proc/vmstat", "oom_kill_disable 9\noom_kill 3\n");
  }
  MemoryGroup group() const { return MemoryGroup(proc(), cgroup()); }
};

TEST_F(MemoryGroups, OfAMachineWithoutGroups) {
  EXPECT_EQ(group().limit(), 10'240'000'000);
  EXPECT_EQ(group().oom_kills(), 3);
  std::filesystem::remove_all(proc());
  EXPECT_EQ(group().limit(), 0);
  EXPECT_EQ(group().oom_kills(), -1);
}

TEST_F(MemoryGroups, OfVersion2CountTheLeastOfThoseAbove) {
  put("proc/self/cgroup", "0::/jobs/one\n");
  put("cgroup/cgroup.controllers", "memory\n");
  put("cgroup/jobs/one/memory.max", "max\n");
  put("cgroup/jobs/one/memory.events", "low 0\noom 7\noom_kill 4\noom_group_kill 1\n");
  EXPECT_EQ(group().limit(), 10'240'000'000);
  put("cgroup/jobs/memory.max", "1000000\n");
  EXPECT_EQ(group().limit(), 2'048'000'000 + 1'000'000) << "swap is not limited";
  put("cgroup/jobs/memory.swap.max", "500\n");
  EXPECT_EQ(group().limit(), 1'000'500);
  EXPECT_EQ(group().oom_kills(), 4);
}

TEST_F(MemoryGroups, OfVersion1) {
  put("proc/self/cgroup", "5:cpu,memory:/container/that/is/not/seen\n0::/\n");
  put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("cgroup/memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
  EXPECT_EQ(group().limit(), 10'240'000'000);
  put("cgroup/memory/memory.limit_in_bytes", "3000000\n");
  put("cgroup/memory/memory.memsw.limit_in_bytes", "3000000\n");
  EXPECT_EQ(group().limit(), 3'000'000);
  EXPECT_EQ(group().oom_kills(), 2);
}

TEST(MemoryGroup, OfThisProcess) {
  EXPECT_GT(MemoryGroup().limit(), 0);
}

}  // namespace
}  // namespace nasnet
