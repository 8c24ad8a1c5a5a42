#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "nasnet/base/error.h"

namespace nasnet::search {

/// The message of the error of that type that the work throws; "" where it throws none. Others
/// pass.
template <class Thrown = Error>
std::string message_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Thrown& error) {
    return error.what();
  }
  return "";
}

/// A test with a folder of its own, removed afterwards.
class WithFolder : public testing::Test {
 protected:
  WithFolder() {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& c : name)
      if (c == '/') c = '-';
    folder_ = std::filesystem::temp_directory_path() /
              ("nasnet-search-" + std::to_string(getpid()) + "-" + name);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~WithFolder() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

}  // namespace nasnet::search
