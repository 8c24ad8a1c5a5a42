#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/search/study/study.h"

namespace nasnet::search {

/// The names that an evaluator counts by: with --limit-stack final, "multiply_adds" is
/// "final_multiply_adds" where it counts both.
class QuantityNames {
 public:
  QuantityNames(std::vector<std::string> quantities, LimitStack stack)
      : quantities_(std::move(quantities)), stack_(stack) {}

  bool counts(const std::string& name) const {
    return std::find(quantities_.begin(), quantities_.end(), name) != quantities_.end();
  }
  std::string settled(const std::string& name) const {
    const std::string of_final = "final_" + name;
    return stack_ == LimitStack::kFinal && counts(of_final) ? of_final : name;
  }
  /// Of "NAME=VALUE" and its like.
  std::string settled_text(const std::string& text) const {
    const size_t end = std::min(text.find_first_of("<>="), text.size());
    return settled(text.substr(0, end)) + text.substr(end);
  }

 private:
  std::vector<std::string> quantities_;
  LimitStack stack_;
};

}  // namespace nasnet::search
