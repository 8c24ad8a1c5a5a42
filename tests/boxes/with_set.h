#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nasnet/boxes/find_detection_set.h"
#include "tests/data/make_files.h"

namespace nasnet::boxes {

using nlohmann::json;

/// A folder to make sets of images with boxes in.
class WithSet : public data::WithFolder {
 protected:
  /// The set in the folder `set`, or another.
  DetectionSet read(const ReadOptions& options = {}, const std::string& name = "set") const {
    std::optional<DetectionSet> set = find_detection_set(path(name), options);
    if (!set) throw InputError(name + " is no set of boxes");
    return std::move(*set);
  }
  /// The message that reading it throws, or "".
  std::string refused(const std::string& name = "set") const {
    return data::refusal([&] { read({}, name); });
  }
  void picture(const std::string& name, int width, int height) const {
    write({{name, data::flat_png(width, height, 20, 30, 40)}});
  }
};

/// Sentences of a kind of problem.
inline std::vector<std::string> sentences(const DetectionSet& set, ProblemKind kind) {
  const auto found = set.problems.found().find(kind);
  return found == set.problems.found().end() ? std::vector<std::string>() : found->second.sentences;
}

/// Kinds of problems and how often: "no_size 1, clipped 2".
inline std::string problems_of(const DetectionSet& set) {
  std::string text;
  for (const auto& [kind, found] : set.problems.found())
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", text_of(kind).name, found.count);
  return text;
}

inline std::vector<float> edges(const Box& box) {
  return {box.x0, box.y0, box.x1, box.y1};
}

}  // namespace nasnet::boxes
