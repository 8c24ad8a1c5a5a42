#pragma once

// Works with their dependencies, and the order in which a thread does them.

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/plan/plan.h"

namespace nasnet::plan {

/// Works in an order in which each comes after those that it needs.
class Works {
 public:
  int add(Work::Kind kind, int step) {
    works_.push_back({.work = {kind, step, {}}});
    return static_cast<int>(works_.size()) - 1;
  }
  /// The work reads what the other one has made of the same image.
  void reads(int work, int other) {
    NASNET_CHECK(other >= 0 && other < work, "a work comes after those that it needs");
    at(work).stage = std::max(at(work).stage, at(other).stage);
    at(work).after.push_back(other);
  }
  /// It reads what all images have to be done for.
  void reads_sums(int work, int other) {
    NASNET_CHECK(other >= 0 && other < work, "sums are taken before they are used");
    at(work).stage = std::max(at(work).stage, at(other).stage + 1);
  }
  void reads(int work, const Region& region) {
    for (const auto& [written, writer] : writers_[region.buffer])
      if (overlap(written, region)) reads(work, writer);
  }
  void writes(int work, const Region& region) { writers_[region.buffer].push_back({region, work}); }
  void set_stage(int work, int stage) { at(work).stage = stage; }
  /// The first stage that writes to the region as far as is known, or the very first one.
  int first_stage(const Region& region) {
    int first = -1;
    for (const auto& [written, writer] : writers_[region.buffer])
      if (overlap(written, region) && (first < 0 || at(writer).stage < first))
        first = at(writer).stage;
    return std::max(first, 0);
  }

  /// In each stage works follow each other where they read the same, as `source` says.
  template <class Source>
  std::vector<Stage> stages(Source source) {
    std::vector<Stage> result;
    for (size_t left = works_.size(); left > 0; left -= result.back().size()) {
      result.push_back(stage(static_cast<int>(result.size()), source));
      NASNET_CHECK(result.size() <= 2 * works_.size(), "works do not wait for each other in turn");
    }
    return result;
  }

 private:
  /// A work with what it waits for.
  struct Waiting {
    Work work;
    int stage = 0;           ///< the first in which it can be done
    std::vector<int> after;  ///< works that come before it, in the same stage at the latest
    bool done = false;
  };

  Waiting& at(int work) { return works_[work]; }

  static bool overlap(const Region& a, const Region& b) {
    return a.channel < b.channel + b.channels && b.channel < a.channel + a.channels;
  }

  bool is_ready(const Waiting& one, int stage) {
    return !one.done && one.stage == stage &&
           std::all_of(one.after.begin(), one.after.end(),
                       [&](int other) { return at(other).done; });
  }

  template <class Source>
  Stage stage(int index, Source source) {
    Stage result;
    for (;;) {
      Waiting* next = nullptr;
      for (Waiting& one : works_) {
        if (!is_ready(one, index)) continue;
        const bool same = !result.empty() && source(one.work) == source(result.back());
        if (next == nullptr || same) next = &one;
        if (same) break;
      }
      if (next == nullptr) return result;
      next->done = true;
      result.push_back(next->work);
    }
  }

  std::vector<Waiting> works_;
  std::map<int, std::vector<std::pair<Region, int>>> writers_;  // by buffer
};

}  // namespace nasnet::plan
