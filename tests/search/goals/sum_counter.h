#pragma once

#include <string>
#include <vector>

#include "nasnet/search/goals/counter.h"

namespace nasnet::search {

/// Counts the sum of a candidate's choices, "sum".
class SumCounter : public Counter {
 public:
  std::vector<std::string> quantities() const override { return {"sum"}; }
  Measurements count(const space::Choices& choices,
                     const std::vector<std::string>&) const override {
    double sum = 0;
    for (const int choice : choices) sum += choice;
    return {{"sum", sum}};
  }
};

}  // namespace nasnet::search
