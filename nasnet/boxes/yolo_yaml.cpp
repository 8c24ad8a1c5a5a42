#include "nasnet/boxes/yolo_yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/text.h"

// The few keys of a data.yaml that tell classes and splits; all others are passed over. The
// document is read event by event: no tree is built of a file that may come from anywhere.

namespace nasnet::boxes {
namespace {

/// Brackets within brackets: a data.yaml has one or two, and the library's time grows with them.
constexpr int kMostDepth = 32;
/// A count above it is a damaged file, and would make as many names.
constexpr int64_t kMostClasses = 100'000;

/// The library's stream of events. It follows no aliases, so that none can blow up.
class YamlEvents {
 public:
  YamlEvents(std::string_view text, const std::string& file) : file_(file) {
    if (!yaml_parser_initialize(&parser_)) throw OutOfMemory("no memory for a YAML parser");
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~YamlEvents() {
    yaml_event_delete(&event_);
    yaml_parser_delete(&parser_);
  }
  YamlEvents(const YamlEvents&) = delete;

  /// The next event, which takes the place of the present one. Throws InputError, with the line,
  /// where the text is no YAML.
  yaml_event_type_t next() {
    yaml_event_delete(&event_);
    if (!yaml_parser_parse(&parser_, &event_)) {
      // Nothing is in it after a failure, and the destructor deletes it.
      event_ = {};
      fail(parser_.problem_mark.line, parser_.problem ? parser_.problem : "it is damaged");
    }
    return event_.type;
  }
  yaml_event_type_t type() const { return event_.type; }
  std::string text() const {
    return {reinterpret_cast<const char*>(event_.data.scalar.value), event_.data.scalar.length};
  }
  [[noreturn]] void fail(const std::string& why) const { fail(event_.start_mark.line, why); }

  /// Passes over the value that begins with the present event.
  void skip() {
    int depth = 0;
    while (true) {
      const yaml_event_type_t now = type();
      if (now == YAML_SEQUENCE_START_EVENT || now == YAML_MAPPING_START_EVENT) {
        if (++depth > kMostDepth) fail("more brackets within brackets than any such file has");
      } else if (now == YAML_SEQUENCE_END_EVENT || now == YAML_MAPPING_END_EVENT) {
        --depth;
      }
      if (depth <= 0) return;
      next();
    }
  }

 private:
  [[noreturn]] void fail(size_t line, const std::string& why) const {
    throw InputError(fmt::format("{} line {}: {}", file_, line + 1, why));
  }

  const std::string& file_;
  yaml_parser_t parser_;
  yaml_event_t event_{};
};

/// Reads the map at the top of the document.
class YoloYamlParser {
 public:
  YoloYamlParser(std::string_view text, const std::string& file) : events_(text, file) {}

  /// Nothing where the document is no map with the keys of a data.yaml.
  std::optional<YoloYaml> parse() {
    while (events_.next() == YAML_STREAM_START_EVENT || events_.type() == YAML_DOCUMENT_START_EVENT)
      continue;
    if (events_.type() != YAML_MAPPING_START_EVENT) return std::nullopt;
    while (events_.next() != YAML_MAPPING_END_EVENT) {
      if (events_.type() != YAML_SCALAR_EVENT) events_.fail("a key that is no text");
      const std::string key = events_.text();
      events_.next();
      take(key);
    }
    // The file may tell the number of classes alone.
    if (yaml_.names.empty() && count_ > 0)
      for (int64_t i = 0; i < count_; ++i) yaml_.names[i] = fmt::format("class {}", i);
    if (yaml_.names.empty() || yaml_.splits.empty()) return std::nullopt;
    return std::move(yaml_);
  }

 private:
  /// Takes the value of a key, whose first event is the present one, and ends at its last.
  void take(const std::string& key) {
    if (key == "names") {
      take_names();
    } else if (key == "nc") {
      count_ = parse_digits(scalar()).value_or(0);
      if (count_ > kMostClasses) events_.fail(fmt::format("nc is {}", count_));
    } else if (key == "path") {
      yaml_.path = scalar();
    } else if ((key == "train" || key == "val" || key == "valid" || key == "test") &&
               events_.type() != YAML_MAPPING_START_EVENT) {
      std::vector<std::string> places = texts();
      std::erase(places, "");
      if (!places.empty()) yaml_.splits[key] = std::move(places);
    } else {
      events_.skip();
    }
  }

  /// A text; "" for YAML's null.
  std::string scalar() {
    if (events_.type() == YAML_ALIAS_EVENT) events_.fail("an alias, which is not read here");
    if (events_.type() != YAML_SCALAR_EVENT) events_.fail("a list or map, where a text is read");
    const std::string text = events_.text();
    return text == "null" || text == "~" ? "" : text;
  }

  /// One text, or a list of them.
  std::vector<std::string> texts() {
    if (events_.type() != YAML_SEQUENCE_START_EVENT) return {scalar()};
    std::vector<std::string> all;
    while (events_.next() != YAML_SEQUENCE_END_EVENT) all.push_back(scalar());
    return all;
  }

  /// A list counts from 0; a map tells the numbers, in any order.
  void take_names() {
    if (events_.type() == YAML_SEQUENCE_START_EVENT) {
      for (int64_t i = 0; events_.next() != YAML_SEQUENCE_END_EVENT; ++i) add_name(i);
      return;
    }
    if (events_.type() != YAML_MAPPING_START_EVENT)
      events_.fail("names are a list, or a map from numbers");
    while (events_.next() != YAML_MAPPING_END_EVENT) {
      const std::string key = scalar();
      const std::optional<int64_t> number = parse_digits(key);
      if (!number) events_.fail(fmt::format("'{}' is no number of a class", printable(key)));
      events_.next();
      add_name(*number);
    }
  }

  void add_name(int64_t number) {
    if (static_cast<int64_t>(yaml_.names.size()) >= kMostClasses) events_.fail("too many names");
    if (events_.type() != YAML_SCALAR_EVENT) events_.fail("a name that is no text");
    const auto [known, is_new] = yaml_.names.try_emplace(number, events_.text());
    if (!is_new)
      events_.fail(fmt::format("class {} is both '{}' and '{}'", number, printable(known->second),
                               printable(events_.text())));
  }

  YamlEvents events_;
  YoloYaml yaml_;
  int64_t count_ = 0;
};

}  // namespace

std::optional<YoloYaml> parse_yolo_yaml(std::string_view text, const std::string& file) {
  const auto has = [&](std::string_view key) { return text.find(key) != text.npos; };
  // A cheap look first: a folder of data may hold many files of YAML.
  if (!(has("names") || has("nc")) || !(has("train") || has("val") || has("test")))
    return std::nullopt;
  return YoloYamlParser(text, file).parse();
}

}  // namespace nasnet::boxes
