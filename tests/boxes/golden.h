#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace nasnet::boxes {

/// Where the golden files lie that other programs made; they are no part of the repository.
inline const std::string kGoldenFolder = NASNET_SOURCE_DIR "/../shared/data/";

inline nlohmann::json golden(const std::string& file) {
  return nlohmann::json::parse(std::ifstream(kGoldenFolder + file));
}

}  // namespace nasnet::boxes

#define NASNET_NEEDS_GOLDEN()                                                 \
  if (!std::filesystem::exists(::nasnet::boxes::kGoldenFolder + "detection")) \
  GTEST_SKIP() << "../shared/data/detection is not there"
