#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet::boxes {

struct VocObject {
  std::string name;
  bool difficult = false;
  bool has_box = false;  ///< four finite numbers, as they stand in the file:
  double xmin = 0, ymin = 0, xmax = 0, ymax = 0;
};

/// An image's annotation in Pascal VOC's form.
struct VocFile {
  std::string filename;
  int width = 0, height = 0;  ///< 0 where the file does not say both
  std::vector<VocObject> objects;
};

/// Parses it. Nothing where the text is well-formed XML of another kind. Boxes of parts (a person's
/// head) are no objects. Throws InputError that names the file and the line where the text is no
/// XML, and for an object without a name.
std::optional<VocFile> parse_voc(std::string_view text, const std::string& path);

}  // namespace nasnet::boxes
