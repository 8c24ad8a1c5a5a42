#include "nasnet/boxes/write_coco.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nasnet/base/file.h"

// Writes a split as an annotation file of COCO's form. Boxes are written as they were read, not as
// they were clipped, with the ids of the set, so that reading the file again gives the same set.

namespace nasnet::boxes {
namespace {

/// A JSON text with its quotation marks; bytes that are no UTF-8 become U+FFFD.
std::string quoted(const std::string& text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Writes the entries of a list, with commas between, piece by piece: the whole may have gigabytes.
class EntryList {
 public:
  /// `open`: the text before the first entry.
  EntryList(AtomicFile& file, const std::string& open) : file_(file) { file_.write(open); }
  void add(const std::string& entry) {
    buffer_ += is_first_ ? entry : ",\n" + entry;
    is_first_ = false;
    // Each write is a call of the system; a piece of a megabyte makes few of them.
    constexpr size_t kPiece = size_t{1} << 20;
    if (buffer_.size() > kPiece) flush();
  }
  void end(const char* close) {
    buffer_ += close;
    flush();
  }

 private:
  void flush() {
    file_.write(buffer_);
    buffer_.clear();
  }

  AtomicFile& file_;
  std::string buffer_;
  bool is_first_ = true;
};

}  // namespace

void write_coco(const DetectionSplit& split, const std::vector<Category>& categories,
                const std::filesystem::path& path) {
  AtomicFile file(path);
  file.write("{");
  EntryList images(file, "\"images\":[\n");
  for (const DetectionImage& image : split.images)
    images.add(fmt::format(R"({{"id":{},"file_name":{},"width":{},"height":{}}})", image.id,
                           quoted(image.path), image.width, image.height));
  images.end("],\n");
  EntryList named(file, "\"categories\":[\n");
  for (const Category& category : categories)
    named.add(fmt::format(R"({{"id":{},"name":{}}})", category.id, quoted(category.name)));
  named.end("],\n");
  EntryList annotations(file, "\"annotations\":[\n");
  // Annotations are numbered anew from 1: cocoapi takes a match with id 0 for none.
  int64_t id = 0;
  for (const DetectionImage& image : split.images)
    for (const Object& object : image.objects) {
      const Rectangle& box = object.written;
      annotations.add(fmt::format(
          R"({{"id":{},"image_id":{},"category_id":{},"bbox":[{},{},{},{}],)"
          R"("area":{},"iscrowd":{}{}}})",
          ++id, image.id, categories[object.label].id, box.x, box.y, box.width, box.height,
          object.area, object.crowd ? 1 : 0, object.difficult ? ",\"ignore\":1" : ""));
    }
  annotations.end("]}\n");
  file.commit();
}

void write_results(const std::vector<Result>& results, const std::filesystem::path& path) {
  AtomicFile file(path);
  EntryList entries(file, "[\n");
  for (const Result& one : results) {
    const Rectangle& box = one.box;
    const std::string name =
        one.file_name.empty() ? "" : fmt::format(R"(,"file_name":{})", quoted(one.file_name));
    entries.add(fmt::format(R"({{"image_id":{},"category_id":{},"bbox":[{},{},{},{}],)"
                            R"("score":{}{}}})",
                            one.image_id, one.category_id, box.x, box.y, box.width, box.height,
                            one.score, name));
  }
  entries.end("]\n");
  file.commit();
}

}  // namespace nasnet::boxes
