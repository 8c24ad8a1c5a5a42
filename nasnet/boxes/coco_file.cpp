#include "nasnet/boxes/coco_file.h"

#include <fmt/format.h>

#include <cmath>

#include "nasnet/base/error.h"

// One annotation file of COCO's form. A folder's JSON may be anything, so that a look at the text
// comes first; then the stream of records is taken entry by entry.

namespace nasnet::boxes {
namespace {

/// Also of a file that was cut off within its first list.
bool looks_like_coco(std::string_view text) {
  const auto has = [&](std::string_view key) { return text.find(key) != text.npos; };
  const size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first == text.npos || text[first] != '{') return false;
  return (has("\"images\"") && (has("\"file_name\"") || has("\"categories\""))) ||
         (has("\"annotations\"") && has("\"image_id\""));
}

/// Takes a file's records.
class CocoFileReader {
 public:
  CocoFileReader(CocoFile& file, Problems& problems) : file_(file), problems_(problems) {}

  void take(const CocoRecord& record) {
    if (record.text_id)
      problems_.add(ProblemKind::kTextId, fmt::format("{}: {}", file_.path, record.place()));
    switch (record.list) {
      case CocoList::kImages:
        return take_image(record);
      case CocoList::kCategories:
        demand(record, CocoRecord::kId, "id");
        file_.categories.push_back({record.id, record.has(CocoRecord::kName)
                                                   ? record.name
                                                   : fmt::format("category {}", record.id)});
        return;
      case CocoList::kAnnotations:
        return take_annotation(record);
      case CocoList::kDetections:
        return;
    }
  }

 private:
  /// Throws InputError where the entry lacks the field.
  void demand(const CocoRecord& record, CocoRecord::Field field, const char* name) const {
    if (!record.has(field))
      throw InputError(fmt::format("{}: {} has no {}", file_.path, record.place(), name));
  }

  void take_image(const CocoRecord& record) {
    demand(record, CocoRecord::kId, "id");
    demand(record, CocoRecord::kFileName, "file_name");
    CocoImage image{record.id, record.file_name};
    const auto is_edge = [](int64_t pixels) { return pixels > 0 && pixels <= 1 << 30; };
    if (record.has(CocoRecord::kWidth) && record.has(CocoRecord::kHeight) &&
        is_edge(record.width) && is_edge(record.height)) {
      image.width = static_cast<int>(record.width);
      image.height = static_cast<int>(record.height);
    }
    file_.images.push_back(std::move(image));
  }

  void take_annotation(const CocoRecord& record) {
    demand(record, CocoRecord::kImageId, "image_id");
    demand(record, CocoRecord::kCategoryId, "category_id");
    CocoAnnotation annotation;
    annotation.id = record.has(CocoRecord::kId) ? record.id : record.index;
    annotation.image_id = record.image_id;
    annotation.category_id = record.category_id;
    annotation.box = record.box;
    // Without an area that is one, the box's own takes its place.
    annotation.area = record.has(CocoRecord::kArea) && std::isfinite(record.area)
                          ? record.area
                          : record.box.area();
    annotation.crowd = record.has(CocoRecord::kCrowd) && record.crowd;
    annotation.ignore = record.has(CocoRecord::kIgnore) && record.ignore;
    if (!record.has(CocoRecord::kBox)) {
      problems_.add(ProblemKind::kNoNumbers,
                    fmt::format("{}: annotation {} of image {} has no bbox of four numbers",
                                file_.path, annotation.id, annotation.image_id));
      return;
    }
    file_.annotations.push_back(annotation);
  }

  CocoFile& file_;
  Problems& problems_;
};

}  // namespace

std::optional<CocoFile> parse_coco(std::string_view text, const std::string& path,
                                   Problems& problems) {
  if (!looks_like_coco(text)) return std::nullopt;
  CocoFile file;
  // Problems of a first try, or of a file that turns out to be none, must not stay.
  Problems found;
  const uint32_t lists = read_past_no_numbers(text, [&](std::string_view whole) {
    file = {path, {}, {}, {}};
    found = problems;
    CocoFileReader reader(file, found);
    return read_coco_records(
        whole, path, [&](const CocoRecord& record) { reader.take(record); }, OddBoxes::kAbsent);
  });
  // COCO's captions, for instance, have no categories.
  for (const CocoList list : {CocoList::kImages, CocoList::kAnnotations, CocoList::kCategories})
    if ((lists & (1U << static_cast<int>(list))) == 0) return std::nullopt;
  // Classes of whole images are written so, too.
  if (file.annotations.empty() && found.count(ProblemKind::kNoNumbers) > 0) return std::nullopt;
  problems = std::move(found);
  return file;
}

}  // namespace nasnet::boxes
