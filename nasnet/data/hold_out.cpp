#include "nasnet/data/hold_out.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>
#include <unordered_set>

// The test split by the pictures' hashes (docs/data.md): the lowest of each class are taken. Hashes
// are as good as random numbers, and do not change with names, order or machine.

namespace nasnet::data {
namespace {

/// The pictures of one class: how often each occurs.
using Class = std::map<uint64_t, int64_t>;

/// The lowest contents that make up `wanted` images together.
std::vector<uint64_t> lowest(const Class& pictures, int64_t wanted) {
  std::vector<uint64_t> chosen;
  int64_t count = 0;
  for (const auto& [content, copies] : pictures) {
    if (count + copies > wanted) continue;
    chosen.push_back(content);
    count += copies;
  }
  if (chosen.empty()) {  // all have more copies than that
    const auto fewest =
        std::min_element(pictures.begin(), pictures.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    chosen.push_back(fewest->first);
  }
  return chosen;
}

}  // namespace

std::vector<bool> hold_out(const std::vector<int>& labels, const std::vector<uint64_t>& contents,
                           double share) {
  std::map<int, Class> classes;
  std::map<int, int64_t> sizes;
  std::unordered_map<uint64_t, int> label_of;
  std::unordered_set<uint64_t> contradictory;
  for (size_t i = 0; i < labels.size(); ++i) {
    ++classes[labels[i]][contents[i]];
    ++sizes[labels[i]];
    if (label_of.emplace(contents[i], labels[i]).first->second != labels[i])
      contradictory.insert(contents[i]);
  }
  std::unordered_set<uint64_t> chosen;
  for (auto& [label, pictures] : classes) {
    if (pictures.size() < 2) continue;
    const auto size = sizes[label];
    // At least one image, and never all of them.
    const int64_t wanted =
        std::clamp<int64_t>(std::llround(share * static_cast<double>(size)), 1, size - 1);
    // After the count: the share is one of all the class's images.
    std::erase_if(pictures,
                  [&](const auto& picture) { return contradictory.contains(picture.first); });
    if (pictures.empty()) continue;
    const std::vector<uint64_t> some = lowest(pictures, wanted);
    chosen.insert(some.begin(), some.end());
  }
  std::vector<bool> test(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) test[i] = chosen.contains(contents[i]);
  return test;
}

}  // namespace nasnet::data
