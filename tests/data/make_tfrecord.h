#pragma once

#include <string>
#include <vector>

#include "nasnet/base/crc32c.h"
#include "nasnet/base/protobuf.h"
#include "tests/data/make_archives.h"

namespace nasnet::data {

/// A feature of an Example: a text, or a number.
struct MadeFeature {
  std::string name, text;
  int64_t number = 0;
  bool is_number = false;
};

inline std::string make_example(const std::vector<MadeFeature>& features) {
  ProtoWriter map;
  for (const MadeFeature& feature : features) {
    ProtoWriter list, value, entry;
    if (feature.is_number) {
      std::string packed;
      auto rest = static_cast<uint64_t>(feature.number);
      for (; rest >= 128; rest >>= 7) packed += static_cast<char>(rest | 128);
      packed += static_cast<char>(rest);
      list.text(1, packed);
    } else {
      list.text(1, feature.text);
    }
    value.message(feature.is_number ? 3 : 1, list);
    entry.text(1, feature.name);
    entry.message(2, value);
    map.message(1, entry);
  }
  ProtoWriter example;
  example.message(1, map);
  return example.take();
}

inline std::string make_record(const std::string& content) {
  const std::string length = little_endian(content.size(), 8);
  return length + little_endian(masked_crc32c(length), 4) + content +
         little_endian(masked_crc32c(content), 4);
}

/// As TF-slim's build_imagenet_data.py writes them.
inline std::string slim_record(const std::string& filename, const std::string& bytes,
                               const std::string& synset, int64_t label) {
  return make_record(make_example({{"image/height", "", 3, true},
                                   {"image/class/label", "", label, true},
                                   {"image/class/synset", synset},
                                   {"image/encoded", bytes},
                                   {"image/filename", filename}}));
}

}  // namespace nasnet::data
