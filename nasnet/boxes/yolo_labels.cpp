#include "nasnet/boxes/yolo_labels.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/boxes/number.h"

// The text of an image's boxes in YOLO's form, line by line: a class and four shares of the image,
// or a class and a polygon. It is strict about anything else, as a file that is no such text would
// otherwise teach wrong boxes without a word; each error names file and line.

namespace nasnet::boxes {
namespace {

/// Programs round, and let boxes reach a little over the edge.
constexpr double kBeyond = 0.01;

/// Words between blanks or commas.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  constexpr std::string_view kBlanks = " \t\r,";
  for (size_t at = line.find_first_not_of(kBlanks); at != line.npos;) {
    const size_t end = std::min(line.find_first_of(kBlanks, at), line.size());
    words.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlanks, end);
  }
  return words;
}

/// Reads the words of one line.
class LineParser {
 public:
  LineParser(const std::string& path, int64_t line) : path_(path), line_(line) {}

  YoloObject parse(const std::vector<std::string_view>& words) const {
    YoloObject object{.line = line_, .category = category(words[0])};
    // A sixth number is a confidence, which programs write with their detections. Polygons have at
    // least three points, and with the class an odd number of words.
    if (words.size() == 5 || words.size() == 6) {
      object.x = share(words[1]);
      object.y = share(words[2]);
      object.width = share(words[3]);
      object.height = share(words[4]);
    } else if (words.size() >= 7 && words.size() % 2 == 1) {
      bound(words, object);
    } else {
      fail(fmt::format("{} numbers, where a class and a box take 5", words.size()));
    }
    return object;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw InputError(fmt::format("{} line {}: {}", path_, line_, why));
  }

  /// A class is a whole number, which may be written as "3.0".
  int64_t category(std::string_view word) const {
    constexpr double kMost = 1e9;
    const std::optional<double> number = parse_number(word);
    if (!number || *number != std::floor(*number) || *number < 0 || *number > kMost)
      fail(fmt::format("'{}' is no number of a class", printable(word)));
    return static_cast<int64_t>(*number);
  }

  /// A share of the image's width or height. Pixels in its place are an error, not clipped: the
  /// file would be of another form.
  double share(std::string_view word) const {
    const std::optional<double> number = parse_number(word);
    if (!number || *number < -kBeyond || *number > 1 + kBeyond)
      fail(fmt::format("'{}' is no share of the image's width or height, 0 to 1", printable(word)));
    return *number;
  }

  /// The bounding box of a polygon.
  void bound(const std::vector<std::string_view>& words, YoloObject& object) const {
    double low[2] = {share(words[1]), share(words[2])}, high[2] = {low[0], low[1]};
    for (size_t i = 3; i < words.size(); ++i) {
      const double value = share(words[i]);
      const size_t axis = (i - 1) % 2;
      low[axis] = std::min(low[axis], value);
      high[axis] = std::max(high[axis], value);
    }
    object.x = (low[0] + high[0]) / 2;
    object.y = (low[1] + high[1]) / 2;
    object.width = high[0] - low[0];
    object.height = high[1] - low[1];
  }

  const std::string& path_;
  int64_t line_;
};

}  // namespace

std::vector<YoloObject> parse_yolo_labels(std::string_view text, const std::string& path) {
  // The byte order mark of Windows' editors would be a part of the first class.
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  std::vector<YoloObject> objects;
  for (int64_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> words = words_of(text.substr(0, end));
    if (!words.empty()) objects.push_back(LineParser(path, line).parse(words));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return objects;
}

}  // namespace nasnet::boxes
