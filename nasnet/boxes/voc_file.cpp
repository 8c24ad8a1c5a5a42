#include "nasnet/boxes/voc_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

#include "nasnet/base/error.h"
#include "nasnet/boxes/number.h"

// One XML file of Pascal VOC's form, as it stands: whether its numbers count from 1 or 0 is seen
// over all files of a set (voc_set.cpp). Boxes of an object's parts lie deeper and are not read.

namespace nasnet::boxes {
namespace {

/// An edge of an image in pixels; 0 for what can be none.
int edge_of(const pugi::xml_node& size, const char* name) {
  const double pixels = parse_number(size.child_value(name)).value_or(0);
  return pixels >= 1 && pixels <= 1 << 30 ? static_cast<int>(pixels) : 0;
}

/// An object, which may lack a box of four numbers: the caller tells of it and leaves it out.
VocObject object_of(const pugi::xml_node& node) {
  VocObject object;
  object.name = node.child_value("name");
  object.difficult = parse_number(node.child_value("difficult")).value_or(0) != 0;
  const pugi::xml_node box = node.child("bndbox");
  object.has_box = true;
  for (const auto& [name, value] :
       {std::pair{"xmin", &object.xmin}, std::pair{"ymin", &object.ymin},
        std::pair{"xmax", &object.xmax}, std::pair{"ymax", &object.ymax}}) {
    const std::optional<double> number = parse_number(box.child_value(name));
    object.has_box = object.has_box && number;
    *value = number.value_or(0);
  }
  return object;
}

}  // namespace

std::optional<VocFile> parse_voc(std::string_view text, const std::string& path) {
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size());
  if (!result) {
    // The library counts bytes; a line is what an editor shows.
    const auto offset = std::min(static_cast<size_t>(result.offset), text.size());
    throw InputError(fmt::format("{} line {} is no XML: {}", path,
                                 1 + std::count(text.begin(), text.begin() + offset, '\n'),
                                 result.description()));
  }
  const pugi::xml_node annotation = document.child("annotation");
  // XML of another kind, as a project's settings, is no fault of the set.
  if (!annotation) return std::nullopt;
  VocFile file;
  file.filename = annotation.child_value("filename");
  const pugi::xml_node size = annotation.child("size");
  file.width = edge_of(size, "width");
  file.height = edge_of(size, "height");
  // Half a size is none: the picture itself tells it then.
  if (file.width == 0 || file.height == 0) file.width = file.height = 0;
  for (const pugi::xml_node& node : annotation.children("object")) {
    file.objects.push_back(object_of(node));
    if (file.objects.back().name.empty())
      throw InputError(fmt::format("{}: object {} has no name", path, file.objects.size()));
  }
  return file;
}

}  // namespace nasnet::boxes
