#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/data/split_names.h"

namespace nasnet::data {

/// The class and split that a source keeps beside a picture itself, as shards do.
struct Tag {
  std::string label;  ///< a name, or a number
  Split split = Split::kNone;
};

/// The tags of a source, each once: pictures have their numbers.
class Tags {
 public:
  uint32_t add(const std::string& label, Split split) {
    const auto [place, is_new] =
        numbers_.try_emplace({label, split}, static_cast<uint32_t>(all_.size()));
    if (is_new) all_.push_back({label, split});
    return place->second;
  }
  const Tag& operator[](uint32_t number) const { return all_[number]; }
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Tag> all_;
  std::map<std::pair<std::string, Split>, uint32_t> numbers_;
};

}  // namespace nasnet::data
