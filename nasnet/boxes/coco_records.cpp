#include "nasnet/boxes/coco_records.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "nasnet/base/error.h"

// COCO's JSON as a stream: the parser calls RecordHandler event by event, which fills one record
// and hands it on at the closing bracket of the entry. Memory is that of one entry. Values deeper
// within an entry (segmentations) are passed over by their depth alone.

namespace nasnet::boxes {
namespace {

using nlohmann::json;

constexpr std::array<std::pair<std::string_view, CocoRecord::Field>, 12> kFieldNames = {{
    {"id", CocoRecord::kId},
    {"image_id", CocoRecord::kImageId},
    {"category_id", CocoRecord::kCategoryId},
    {"bbox", CocoRecord::kBox},
    {"score", CocoRecord::kScore},
    {"area", CocoRecord::kArea},
    {"iscrowd", CocoRecord::kCrowd},
    {"ignore", CocoRecord::kIgnore},
    {"name", CocoRecord::kName},
    {"file_name", CocoRecord::kFileName},
    {"width", CocoRecord::kWidth},
    {"height", CocoRecord::kHeight},
}};

constexpr std::array<std::pair<std::string_view, CocoList>, 4> kListNames = {{
    {"images", CocoList::kImages},
    {"annotations", CocoList::kAnnotations},
    {"categories", CocoList::kCategories},
    {"detections", CocoList::kDetections},
}};

/// kOther for any name that is not read.
CocoRecord::Field field_named(std::string_view name) {
  for (const auto& [known, field] : kFieldNames)
    if (known == name) return field;
  return CocoRecord::kOther;
}

/// Follows the parser's events. Depths count open brackets: the entries of an annotation file's
/// lists are opened at depth 2, those of a list of results at depth 1.
class RecordHandler final : public nlohmann::json_sax<json> {
 public:
  RecordHandler(const std::string& file, const std::function<void(const CocoRecord&)>& take,
                OddBoxes odd_boxes)
      : file_(file), take_(take), odd_boxes_(odd_boxes) {}

  uint32_t lists() const { return lists_; }

  bool start_object(size_t) override {
    const int outer = depth_++;
    // The document itself.
    if (outer == 0) return true;
    if (in_list_ && outer == entry_depth_) {
      record_.present = 0;
      record_.text_id = false;
      ++record_.index;
      field_ = CocoRecord::kOther;
    } else if (at_field(outer)) {
      refuse("an object");
    }
    return true;
  }
  bool end_object() override {
    if (in_list_ && --depth_ == entry_depth_) {
      take_(record_);
    } else if (!in_list_) {
      --depth_;
    }
    return true;
  }

  /// Names of fields within an entry, and names of lists at the top; others mean nothing here.
  bool key(std::string& name) override {
    if (in_list_) {
      if (depth_ == entry_depth_ + 1) field_ = field_named(name);
      return true;
    }
    if (depth_ != 1) return true;
    list_named_ = false;
    for (const auto& [known, list] : kListNames) {
      if (known != name || list == CocoList::kDetections) continue;
      record_.list = list;
      list_named_ = true;
    }
    return true;
  }

  bool start_array(size_t) override {
    const int outer = depth_++;
    if (in_list_) {
      demand_entry(outer, "a list");
      if (at_field(outer)) {
        if (field_ != CocoRecord::kBox) refuse("a list");
        numbers_ = 0;
      }
      return true;
    }
    // A document that is a list holds results; of an annotation file's members only named lists.
    if (outer == 0) {
      record_.list = CocoList::kDetections;
      open_list(1);
    } else if (outer == 1 && list_named_) {
      open_list(2);
    }
    return true;
  }
  bool end_array() override {
    --depth_;
    if (!in_list_) return true;
    if (depth_ < entry_depth_) {
      in_list_ = false;
    } else if (at_field() && field_ == CocoRecord::kBox) {
      if (numbers_ == 4) {
        record_.present |= 1U << CocoRecord::kBox;
      } else if (odd_boxes_ == OddBoxes::kRefused) {
        refuse(fmt::format("{} numbers", numbers_));
      }
    }
    return true;
  }

  /// A field that is null is one that the entry lacks.
  bool null() override {
    demand_entry(depth_, "null");
    return true;
  }
  bool boolean(bool value) override { return number(value ? 1 : 0, value ? "true" : "false"); }
  bool number_integer(json::number_integer_t value) override {
    return whole(value) || number(static_cast<double>(value));
  }
  bool number_unsigned(json::number_unsigned_t value) override {
    if (value <= static_cast<uint64_t>(INT64_MAX) && whole(static_cast<int64_t>(value)))
      return true;
    return number(static_cast<double>(value));
  }
  bool number_float(json::number_float_t value, const std::string&) override {
    // Some programs write ids as 7.0.
    // Up to 2^53 a double holds every whole number; above, two ids could become one.
    constexpr double kExact = 9007199254740992;
    if (std::nearbyint(value) == value && std::abs(value) <= kExact &&
        whole(static_cast<int64_t>(value)))
      return true;
    return number(value);
  }
  bool string(std::string& value) override {
    demand_entry(depth_, "a text");
    if (!at_field()) return true;
    if (field_ == CocoRecord::kName || field_ == CocoRecord::kFileName) {
      (field_ == CocoRecord::kName ? record_.name : record_.file_name) = value;
      record_.present |= 1U << field_;
      return true;
    }
    // A text in place of a number is taken only for ids, the first three fields.
    int64_t id = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, id);
    if (field_ > CocoRecord::kCategoryId || error != std::errc() || stop != end || value.empty())
      refuse(fmt::format("the text '{}'", value));
    record_.text_id = true;
    return whole(id);
  }
  bool binary(json::binary_t&) override { return true; }

  /// The library's own words, without the name of its exception.
  bool parse_error(size_t position, const std::string&, const json::exception& error) override {
    // "[json.exception.parse_error.101] parse error at line 1, column 7: syntax error while ..."
    std::string why = error.what();
    if (const size_t colon = why.find(": "); colon != std::string::npos) why.erase(0, colon + 2);
    throw InputError(fmt::format("{} is damaged at byte {}: {}", file_, position, why));
  }

 private:
  /// Entries of this depth are the list's from here on.
  void open_list(int entry_depth) {
    in_list_ = true;
    entry_depth_ = entry_depth;
    record_.index = -1;
    lists_ |= 1U << static_cast<int>(record_.list);
  }

  /// Is a value at `depth` that of a field which is read?
  bool at_field(int depth) const {
    return in_list_ && depth == entry_depth_ + 1 && field_ != CocoRecord::kOther;
  }
  bool at_field() const { return at_field(depth_); }

  /// Takes the value of a field that holds whole numbers; false where this is none.
  bool whole(int64_t value) {
    if (!at_field()) return false;
    switch (field_) {
      case CocoRecord::kId:
        record_.id = value;
        break;
      case CocoRecord::kImageId:
        record_.image_id = value;
        break;
      case CocoRecord::kCategoryId:
        record_.category_id = value;
        break;
      case CocoRecord::kWidth:
        record_.width = value;
        break;
      case CocoRecord::kHeight:
        record_.height = value;
        break;
      default:
        return false;
    }
    record_.present |= 1U << field_;
    return true;
  }

  /// `spelling`: as the file has it, where that is not the number's own.
  bool number(double value, const char* spelling = nullptr) {
    if (!in_list_) return true;
    demand_entry(depth_, "a number");
    if (depth_ == entry_depth_ + 2 && field_ == CocoRecord::kBox) {
      double* const place[] = {&record_.box.x, &record_.box.y, &record_.box.width,
                               &record_.box.height};
      if (numbers_ < 4) *place[numbers_] = value;
      ++numbers_;
      return true;
    }
    if (!at_field()) return true;
    switch (field_) {
      case CocoRecord::kScore:
        record_.score = value;
        break;
      case CocoRecord::kArea:
        record_.area = value;
        break;
      case CocoRecord::kCrowd:
        record_.crowd = value != 0;
        break;
      case CocoRecord::kIgnore:
        record_.ignore = value != 0;
        break;
      case CocoRecord::kName:
        record_.name = fmt::format("{}", value);
        break;
      default:
        refuse(spelling ? spelling : fmt::format("{}", value));
    }
    record_.present |= 1U << field_;
    return true;
  }

  /// Entries of lists are objects.
  void demand_entry(int depth, const char* found) const {
    if (!in_list_ || depth != entry_depth_) return;
    CocoRecord next = record_;
    ++next.index;
    throw InputError(fmt::format("{}: {} is {}; it must be an object", file_, next.place(), found));
  }

  [[noreturn]] void refuse(const std::string& found) const {
    constexpr std::array<const char*, CocoRecord::kOther> kWanted = {
        "a whole number", "a whole number", "a whole number", "four numbers",
        "a number",       "a number",       "0 or 1",         "0 or 1",
        "a text",         "a text",         "a whole number", "a whole number"};
    throw InputError(fmt::format("{}: the {} of {} is {}; it must be {}", file_,
                                 kFieldNames[field_].first, record_.place(), found,
                                 kWanted[field_]));
  }

  const std::string& file_;
  const std::function<void(const CocoRecord&)>& take_;
  const OddBoxes odd_boxes_;
  CocoRecord record_;
  uint32_t lists_ = 0;
  int depth_ = 0, entry_depth_ = 0;
  bool in_list_ = false, list_named_ = false;
  CocoRecord::Field field_ = CocoRecord::kOther;
  int numbers_ = 0;  // of a box so far
};

/// The text with null for NaN, Infinity and -Infinity; "" where it has none.
std::string without_what_is_no_number(std::string_view text) {
  std::string out;
  size_t copied = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && quoted) {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && (text[i] == 'N' || text[i] == 'I' || text[i] == '-')) {
      for (const std::string_view word : {"NaN", "Infinity", "-Infinity"}) {
        if (!text.substr(i).starts_with(word)) continue;
        out.append(text.substr(copied, i - copied)).append("null");
        copied = i + word.size();
        i = copied - 1;
        break;
      }
    }
  }
  return copied == 0 ? "" : out.append(text.substr(copied));
}

}  // namespace

std::string CocoRecord::place() const {
  return fmt::format("{}[{}]", kListNames[static_cast<size_t>(list)].first, index);
}

uint32_t read_coco_records(std::string_view text, const std::string& file,
                           const std::function<void(const CocoRecord&)>& take, OddBoxes odd_boxes) {
  const size_t first = text.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  if (first == std::string_view::npos) throw InputError(fmt::format("{} is empty", file));
  if (text[first] != '{' && text[first] != '[')
    throw InputError(
        fmt::format("{} is no JSON of COCO's form: it begins with neither {{ nor [", file));
  RecordHandler handler(file, take, odd_boxes);
  json::sax_parse(text.begin(), text.end(), &handler);
  return handler.lists();
}

uint32_t read_past_no_numbers(std::string_view json,
                              const std::function<uint32_t(std::string_view)>& read) {
  try {
    return read(json);
  } catch (const InputError&) {
    const std::string better = without_what_is_no_number(json);
    // Empty where there is no such word, so that it is read again at most once.
    if (better.empty()) throw;
    return read(better);
  }
}

}  // namespace nasnet::boxes
