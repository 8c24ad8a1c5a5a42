#pragma once

#include <cstdlib>

#include "tests/data/make_files.h"

namespace nasnet::data {

/// A folder that the scripts of this one fill with what Pillow makes of pictures. Skipped where
/// Pillow is missing.
class WithPillow : public WithFolder {
 protected:
  void SetUp() override {
    if (std::system((python_ + " -c 'import PIL' 2>/dev/null").c_str()) != 0)
      GTEST_SKIP() << "Pillow is not there; scripts/oracles installs it";
  }

  void run(const std::string& script) const {
    ASSERT_EQ(std::system((python_ + " " + NASNET_SOURCE_DIR + "/tests/data/" + script + " " +
                           folder_.string())
                              .c_str()),
              0);
  }
  std::string read(const std::string& name) const { return read_file(folder_ / name); }

  std::string python_ = std::string(NASNET_SOURCE_DIR) + "/build/oracles/bin/python";
};

}  // namespace nasnet::data
