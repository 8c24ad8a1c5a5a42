#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet::boxes {

/// The contents of a data.yaml that nasnet reads.
struct YoloYaml {
  std::string path;  ///< the set's folder, or ""
  /// By split as written there (train, val, test): folders of images, or texts that list them.
  std::map<std::string, std::vector<std::string>> splits;
  std::map<int64_t, std::string> names;  ///< by number of class
};

/// Parses a data.yaml: names as a list or as a map from numbers, or their count (nc) alone. Nothing
/// where the text is a YAML of another kind. Throws InputError that names the file and the line
/// where a file with these keys is no YAML, uses aliases for them, or has names that are none.
std::optional<YoloYaml> parse_yolo_yaml(std::string_view text, const std::string& file);

}  // namespace nasnet::boxes
