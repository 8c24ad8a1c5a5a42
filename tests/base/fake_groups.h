#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "nasnet/base/control_groups.h"
#include "nasnet/base/file.h"

namespace nasnet {

/// A machine's /proc and /sys/fs/cgroup, with the files that a test puts there.
class FakeGroups : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void put(const std::string& name, const std::string& text) const {
    const std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    write_file(file.string(), text);
  }
  std::filesystem::path proc() const { return folder_ / "proc"; }
  std::filesystem::path cgroup() const { return folder_ / "cgroup"; }

 private:
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("nasnet-groups-" + std::to_string(::getpid()));
};

}  // namespace nasnet
