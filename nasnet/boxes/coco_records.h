#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// The lists of COCO's files: images, annotations and categories are members of an annotation
/// file's object; a file of results is one list of detections.
enum class CocoList { kImages, kAnnotations, kCategories, kDetections };

/// The fields of an entry that nasnet reads; each is meaningful only where has() says so. A field
/// that is null is one that the entry lacks.
struct CocoRecord {
  enum Field {
    kId,
    kImageId,
    kCategoryId,
    kBox,
    kScore,
    kArea,
    kCrowd,
    kIgnore,
    kName,
    kFileName,
    kWidth,
    kHeight,
    kOther  ///< any field that is not read
  };

  CocoList list = CocoList::kImages;
  int64_t index = 0;  ///< in its list, from 0
  int64_t id = 0, image_id = 0, category_id = 0;
  Rectangle box;
  double score = 0, area = 0;
  bool crowd = false, ignore = false;
  std::string name, file_name;
  int64_t width = 0, height = 0;
  bool text_id = false;  ///< an id is a text, of a whole number

  bool has(Field field) const { return (present & (1U << field)) != 0; }
  /// "annotations[17]", "detections[17]": for messages.
  std::string place() const;

  uint32_t present = 0;
};

/// Boxes that are not four numbers: an error, or a field that the entry lacks.
enum class OddBoxes { kRefused, kAbsent };

/// Calls `take` with every entry of the lists, in the file's order, without building the document:
/// COCO's own files have 450 MB. `file` names it in messages. Returns the lists that are there, as
/// bits 1 << CocoList. Throws InputError for text that is no JSON (with the byte), for a file that
/// is neither an object nor a list, and for fields of a wrong kind (with entry and field): ids that
/// are no whole numbers, boxes that are not four numbers.
uint32_t read_coco_records(std::string_view json, const std::string& file,
                           const std::function<void(const CocoRecord&)>& take,
                           OddBoxes odd_boxes = OddBoxes::kRefused);

/// Calls `read` with the JSON. Where that throws InputError, and NaN, Infinity or -Infinity stand
/// in the text, as Python's json writes them, calls it once more with null in their place.
uint32_t read_past_no_numbers(std::string_view json,
                              const std::function<uint32_t(std::string_view)>& read);

}  // namespace nasnet::boxes
