#include "nasnet/boxes/coco_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"

namespace nasnet::boxes {
namespace {

using nlohmann::json;

/// Depth of the three lists, of their items, and of the items' own lists (bbox).
constexpr int kList = 2, kItem = 3, kItemList = 4;

/// Takes the fields of images, categories and annotations out of the stream of a JSON text's parts;
/// all else passes by. A fault of the text ends it, and `fault` says which.
class CocoStream final : public nlohmann::json_sax<json> {
 public:
  CocoStream(const std::string& path, CocoFile& file, Problems& problems)
      : path_(path), file_(file), problems_(problems) {}

  bool has_all() const { return has_images_ && has_annotations_ && has_categories_; }
  bool has_some() const { return has_images_ || has_annotations_ || has_categories_; }
  std::string fault;
  size_t fault_at = 0;

  bool null() override { return value(std::numeric_limits<double>::quiet_NaN()); }
  bool boolean(bool is_true) override { return value(is_true ? 1 : 0); }
  bool number_integer(int64_t number) override {
    if (depth_ == kItem) take_id(number);
    return value(static_cast<double>(number));
  }
  bool number_unsigned(uint64_t number) override {
    if (depth_ == kItem && number <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
      take_id(static_cast<int64_t>(number));
    return value(static_cast<double>(number));
  }
  bool number_float(double number, const std::string&) override {
    // Tables that lack some values turn ids into 7.0.
    if (depth_ == kItem && number == std::floor(number) && std::abs(number) < 9e15)
      take_id(static_cast<int64_t>(number));
    return value(number);
  }
  bool string(std::string& text) override {
    if (depth_ == kItem && (key_ == "file_name" || key_ == "name")) {
      item_.text = text;
    } else if (depth_ == kItem) {
      take_text_id(text);
    } else if (in_box_) {
      return value(std::numeric_limits<double>::quiet_NaN());
    }
    return true;
  }
  bool binary(binary_t&) override { return true; }
  bool start_object(size_t) override {
    if (++depth_ == kItem && list_ != List::kNone) item_ = {};
    return true;
  }
  bool end_object() override {
    if (depth_-- == kItem && list_ != List::kNone) end_item();
    return true;
  }
  bool start_array(size_t) override {
    if (++depth_ == 1) return false;  // an array is no COCO file
    if (depth_ == kList) begin_list();
    in_box_ = depth_ == kItemList && list_ == List::kAnnotations && key_ == "bbox";
    return true;
  }
  bool end_array() override {
    if (depth_-- == kList) list_ = List::kNone;
    in_box_ = false;
    return true;
  }
  bool key(std::string& name) override {
    if (depth_ == 1 || depth_ == kItem) key_ = name;
    return true;
  }
  bool parse_error(size_t position, const std::string&, const json::exception& error) override {
    fault = error.what();
    fault_at = position;
    return false;
  }

 private:
  enum class List { kNone, kImages, kAnnotations, kCategories };

  /// The fields of one item of any list.
  struct Item {
    std::optional<int64_t> id, image_id, category_id;
    std::string text;  ///< file_name or name
    double width = 0, height = 0, area = std::numeric_limits<double>::quiet_NaN();
    bool crowd = false, ignore = false;
    double box[4] = {};
    int box_numbers = 0;
  };

  void begin_list() {
    list_ = key_ == "images"        ? List::kImages
            : key_ == "annotations" ? List::kAnnotations
            : key_ == "categories"  ? List::kCategories
                                    : List::kNone;
    has_images_ |= list_ == List::kImages;
    has_annotations_ |= list_ == List::kAnnotations;
    has_categories_ |= list_ == List::kCategories;
  }

  std::optional<int64_t>* id_of_key() {
    if (list_ == List::kNone) return nullptr;
    if (key_ == "id") return &item_.id;
    if (list_ != List::kAnnotations) return nullptr;
    if (key_ == "image_id") return &item_.image_id;
    return key_ == "category_id" ? &item_.category_id : nullptr;
  }

  void take_id(int64_t number) {
    if (std::optional<int64_t>* id = id_of_key()) *id = number;
  }

  void take_text_id(const std::string& text) {
    std::optional<int64_t>* id = id_of_key();
    if (!id) return;
    const bool negative = text.starts_with('-');
    const std::optional<int64_t> number = parse_digits(text.substr(negative ? 1 : 0));
    if (!number)
      throw InputError(fmt::format("{}: {} '{}' of {} is no whole number, which ids are", path_,
                                   key_, printable(text), place()));
    problems_.add(ProblemKind::kTextId,
                  fmt::format("{}: {} \"{}\" of {}", path_, key_, text, place()));
    *id = negative ? -*number : *number;
  }

  bool value(double number) {
    if (in_box_) {
      if (item_.box_numbers < 4) item_.box[item_.box_numbers] = number;
      ++item_.box_numbers;
    } else if (depth_ == kItem && list_ == List::kImages) {
      if (key_ == "width") item_.width = number;
      if (key_ == "height") item_.height = number;
    } else if (depth_ == kItem && list_ == List::kAnnotations) {
      if (key_ == "area") item_.area = number;
      if (key_ == "iscrowd") item_.crowd = is_set(number);
      if (key_ == "ignore") item_.ignore = is_set(number);
    }
    return true;
  }

  /// "annotation number 3": of the item that is being read.
  std::string place() const {
    switch (list_) {
      case List::kImages:
        return fmt::format("image number {}", file_.images.size() + 1);
      case List::kCategories:
        return fmt::format("category number {}", file_.categories.size() + 1);
      default:
        return fmt::format("annotation number {}", annotations_ + 1);
    }
  }

  int64_t needed(const std::optional<int64_t>& id, const char* name) const {
    if (!id) throw InputError(fmt::format("{}: {} lacks {}, a whole number", path_, place(), name));
    return *id;
  }

  void end_item() {
    switch (list_) {
      case List::kImages:
        file_.images.push_back(
            {needed(item_.id, "id"), std::move(item_.text), edge(item_.width), edge(item_.height)});
        if (file_.images.back().file_name.empty())
          throw InputError(
              fmt::format("{}: image {} lacks file_name", path_, file_.images.back().id));
        break;
      case List::kCategories:
        file_.categories.push_back({needed(item_.id, "id"), std::move(item_.text)});
        break;
      case List::kAnnotations:
        end_annotation();
        break;
      case List::kNone:
        break;
    }
  }

  static bool is_set(double flag) { return flag != 0 && !std::isnan(flag); }

  static int edge(double pixels) {
    return pixels >= 1 && pixels <= 1 << 30 ? static_cast<int>(pixels) : 0;
  }

  void end_annotation() {
    CocoAnnotation annotation;
    annotation.image_id = needed(item_.image_id, "image_id");
    annotation.category_id = needed(item_.category_id, "category_id");
    ++annotations_;
    annotation.id = item_.id.value_or(annotations_);
    const auto [x, y, width, height] = item_.box;
    if (item_.box_numbers != 4 || !std::isfinite(x + y + width + height)) {
      problems_.add(ProblemKind::kNoNumbers,
                    fmt::format("{}: annotation {} of image {} has no bbox of four numbers", path_,
                                annotation.id, annotation.image_id));
      return;
    }
    annotation.box = {x, y, width, height};
    annotation.area = std::isfinite(item_.area) ? item_.area : annotation.box.area();
    annotation.crowd = item_.crowd;
    annotation.ignore = item_.ignore;
    file_.annotations.push_back(annotation);
  }

  const std::string& path_;
  CocoFile& file_;
  Problems& problems_;
  bool has_images_ = false, has_annotations_ = false, has_categories_ = false;
  List list_ = List::kNone;
  int depth_ = 0;
  bool in_box_ = false;
  std::string key_;
  Item item_;
  int64_t annotations_ = 0;
};

/// Python writes numbers that are none as NaN, Infinity and -Infinity, which JSON lacks. They
/// become empty texts of the same length. False where there is none.
bool mask_numbers_that_are_none(std::string& text) {
  bool masked = false, quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == 'N' || text[i] == 'I' || text[i] == '-')) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (text.compare(i, word.size(), word) != 0) continue;
        text.replace(i, word.size(), "\"\"" + std::string(word.size() - 2, ' '));
        masked = true;
        break;
      }
    }
  }
  return masked;
}

}  // namespace

std::optional<CocoFile> parse_coco(std::string text, const std::string& path, Problems& problems) {
  const Problems before = problems;
  CocoFile file{path, {}, {}, {}};
  CocoStream stream(path, file, problems);
  if (json::sax_parse(text, &stream)) {
    if (!stream.has_all()) return std::nullopt;
    return file;
  }
  if (!stream.has_some() || stream.fault.empty()) return std::nullopt;
  problems = before;
  if (mask_numbers_that_are_none(text)) return parse_coco(std::move(text), path, problems);
  throw InputError(fmt::format("{} is damaged JSON at byte {} of {}{}", path,
                               std::min(stream.fault_at, text.size()), text.size(),
                               stream.fault_at > text.size() ? ": it is cut off" : ""));
}

}  // namespace nasnet::boxes
