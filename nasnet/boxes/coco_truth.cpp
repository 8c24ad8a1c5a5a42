#include "nasnet/boxes/coco_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/boxes/coco_records.h"

// Annotations and results for the metric alone: neither pictures nor splits are looked for, and
// entries go from the stream of records straight into arrays, ids replaced by indices. Annotations
// may stand before the images in a file, so that their ids are resolved at the end.

namespace nasnet::boxes {
namespace {

bool has_list(uint32_t lists, CocoList list) {
  return (lists & (1U << static_cast<int>(list))) != 0;
}

/// Throws InputError where the entry lacks a field without which it has no meaning.
void demand(const CocoRecord& record, CocoRecord::Field field, const char* name,
            const std::string& file) {
  if (!record.has(field))
    throw InputError(fmt::format("{}: {} has no {}", file, record.place(), name));
}

/// Finds ids in an ascending list. Entries of an image stand together in most files.
class IndexOf {
 public:
  explicit IndexOf(const std::vector<int64_t>& ids) : ids_(ids) {}

  std::optional<int> operator()(int64_t id) {
    if (last_ < ids_.size() && ids_[last_] == id) return static_cast<int>(last_);
    const auto found = std::lower_bound(ids_.begin(), ids_.end(), id);
    if (found == ids_.end() || *found != id) return std::nullopt;
    last_ = static_cast<size_t>(found - ids_.begin());
    return static_cast<int>(last_);
  }

 private:
  const std::vector<int64_t>& ids_;
  size_t last_ = 0;
};

/// Entries that do not count: by their id, as one sentence.
class Uncounted {
 public:
  void add(int64_t id) { ++ids_[id]; }
  void note(const char* entries, const char* unknown, std::vector<std::string>& notes) const {
    if (ids_.empty()) return;
    int64_t count = 0;
    for (const auto& [id, entries_of] : ids_) count += entries_of;
    std::string named;
    for (const auto& [id, entries_of] : ids_) {
      // The sentence stays a line or two long; the number of all stands before it.
      if (named.size() > 60) {
        named += ", ...";
        break;
      }
      named += fmt::format("{}{}", named.empty() ? "" : ", ", id);
    }
    notes.push_back(fmt::format("{} {} of {} that the annotations do not list ({}): not counted",
                                count, entries, unknown, named));
  }

 private:
  std::map<int64_t, int64_t> ids_;
};

/// The entry of an annotation before the ids are known.
struct Annotated {
  int64_t image, category;
  TruthObject object;
};

/// Sorts ids and takes those away that repeat; returns how many these were.
int64_t sort_unique(std::vector<int64_t>& ids) {
  const size_t before = ids.size();
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return static_cast<int64_t>(before - ids.size());
}

void note_text_ids(bool text, const std::string& file, std::vector<std::string>& notes) {
  if (text) notes.push_back(fmt::format("{} writes ids as texts; they were read as numbers", file));
}

/// All that a file's records tell, before the ids are resolved.
struct TruthRecords {
  Truth truth;
  std::vector<Annotated> annotated;
  std::map<int64_t, std::string> names;
  bool text = false;
  int64_t odd_boxes = 0;

  void take(const CocoRecord& record, const TruthOptions& options);
};

void TruthRecords::take(const CocoRecord& record, const TruthOptions& options) {
  const std::string& file = truth.file;
  text = text || record.text_id;
  switch (record.list) {
    case CocoList::kImages:
      demand(record, CocoRecord::kId, "id", file);
      truth.images.push_back(record.id);
      break;
    case CocoList::kCategories:
      demand(record, CocoRecord::kId, "id", file);
      truth.categories.push_back(record.id);
      names.try_emplace(record.id, record.has(CocoRecord::kName)
                                       ? record.name
                                       : fmt::format("category {}", record.id));
      break;
    case CocoList::kAnnotations: {
      demand(record, CocoRecord::kImageId, "image_id", file);
      demand(record, CocoRecord::kCategoryId, "category_id", file);
      if (!record.has(CocoRecord::kBox)) {
        ++odd_boxes;
        break;
      }
      annotated.push_back(
          {record.image_id,
           record.category_id,
           {.crowd = record.has(CocoRecord::kCrowd) && record.crowd,
            .ignored = options.honour_ignore && record.has(CocoRecord::kIgnore) && record.ignore,
            .box = record.box,
            .area = record.has(CocoRecord::kArea) ? record.area : record.box.area()}});
      break;
    }
    case CocoList::kDetections:
      break;
  }
}

}  // namespace

Truth read_truth(const std::string& file, const TruthOptions& options) {
  TruthRecords records;
  const uint32_t lists = read_past_no_numbers(read_file(file), [&](std::string_view json) {
    records = {.truth = {.file = file}};
    return read_coco_records(
        json, file, [&](const CocoRecord& record) { records.take(record, options); },
        OddBoxes::kAbsent);
  });
  auto& [truth, annotated, names, text, odd_boxes] = records;
  // The two files are easily swapped on the command line.
  if (has_list(lists, CocoList::kDetections))
    throw InputError(
        fmt::format("{} is one list, as files of results are; the annotations' file is an object "
                    "with images, annotations and categories",
                    file));
  for (const auto& [list, name] :
       {std::pair{CocoList::kImages, "images"}, std::pair{CocoList::kAnnotations, "annotations"},
        std::pair{CocoList::kCategories, "categories"}})
    if (!has_list(lists, list))
      throw InputError(
          fmt::format("{} has no list of {}; annotation files of COCO's form have "
                      "images, annotations and categories",
                      file, name));

  if (const int64_t twice = sort_unique(truth.images); twice > 0)
    truth.notes.push_back(fmt::format("{} lists {} image ids more than once", file, twice));
  if (const int64_t twice = sort_unique(truth.categories); twice > 0)
    truth.notes.push_back(fmt::format("{} lists {} category ids more than once", file, twice));
  for (const auto& [id, name] : names) truth.names.push_back(name);
  note_text_ids(text, file, truth.notes);
  if (odd_boxes > 0)
    truth.notes.push_back(fmt::format("{} annotation{} without a bbox of four numbers: left out",
                                      odd_boxes, odd_boxes == 1 ? "" : "s"));

  IndexOf image_index(truth.images), category_index(truth.categories);
  Uncounted images, categories;
  truth.objects.reserve(annotated.size());
  for (Annotated& entry : annotated) {
    const std::optional<int> image = image_index(entry.image);
    const std::optional<int> category = category_index(entry.category);
    if (!image) images.add(entry.image);
    if (!category) categories.add(entry.category);
    if (!image || !category) continue;
    entry.object.image = *image;
    entry.object.category = *category;
    truth.objects.push_back(entry.object);
  }
  images.note("annotations", "images", truth.notes);
  categories.note("annotations", "categories", truth.notes);
  return std::move(truth);
}

Detections read_detections(const std::string& file, const Truth& truth) {
  Detections detections;
  IndexOf image_index(truth.images), category_index(truth.categories);
  Uncounted categories;
  bool text = false;
  const uint32_t lists = read_coco_records(read_file(file), file, [&](const CocoRecord& record) {
    if (record.list != CocoList::kDetections) return;
    text = text || record.text_id;
    demand(record, CocoRecord::kImageId, "image_id", file);
    demand(record, CocoRecord::kCategoryId, "category_id", file);
    demand(record, CocoRecord::kBox, "bbox", file);
    demand(record, CocoRecord::kScore, "score", file);
    // An image that is not annotated is an error: nothing there could count, and left out it would
    // hide that the two files do not belong together.
    const std::optional<int> image = image_index(record.image_id);
    if (!image)
      throw InputError(fmt::format("{}: {} is of image {}, which {} does not list", file,
                                   record.place(), record.image_id, truth.file));
    if (const std::optional<int> category = category_index(record.category_id)) {
      detections.found.push_back({*image, *category, record.box, record.score});
    } else {
      categories.add(record.category_id);
    }
  });
  if (!has_list(lists, CocoList::kDetections))
    throw InputError(fmt::format(
        "{} is an object, as annotation files are; a file of results is one list of entries with "
        "image_id, category_id, bbox and score",
        file));
  note_text_ids(text, file, detections.notes);
  categories.note("detections", "categories", detections.notes);
  return detections;
}

}  // namespace nasnet::boxes
