#include "nasnet/data/class_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/text.h"
#include "nasnet/data/list_text.h"
#include "nasnet/data/split_names.h"

// A list of classes gives their order, and so the numbers of the logits. Its form is told by all
// lines together: indices count only where every line has one.

namespace nasnet::data {
namespace {

/// A line of the list; without `index` where it begins with no number and separator.
struct Row {
  std::optional<int64_t> index;
  std::string name;
};

/// Without the pair of quotes around it.
std::string unquote(std::string text) {
  if (text.size() >= 2 && text.front() == text.back() && (text[0] == '"' || text[0] == '\''))
    text = text.substr(1, text.size() - 2);
  return text;
}

/// "3 horse", "3: horse", "3. horse": a number, what parts it, and a name.
Row parse_row(const std::string& line) {
  constexpr std::string_view kSeparators = " \t,;:";
  int64_t index = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), index);
  size_t digits = end - line.data();
  if (std::string_view(line).substr(digits).starts_with(". ")) ++digits;
  if (error == std::errc() && digits < line.size() &&
      kSeparators.find(line[digits]) != std::string_view::npos) {
    const size_t name = line.find_first_not_of(kSeparators, digits);
    if (name != std::string::npos) return {index, unquote(line.substr(name))};
  }
  return {std::nullopt, unquote(line)};
}

}  // namespace

std::vector<std::string> parse_class_list(const std::string& text, const std::string& file) {
  std::vector<std::string> lines;
  std::vector<Row> rows;
  for (const std::string& line : lines_of(text)) {
    const std::string stripped(strip_blanks(line));
    if (stripped.empty()) continue;
    lines.push_back(stripped);
    rows.push_back(parse_row(stripped));
  }
  const bool indexed = !rows.empty() && std::all_of(rows.begin(), rows.end(),
                                                    [](const Row& row) { return row.index; });
  std::vector<std::string> names;
  std::set<std::string> seen;
  if (indexed) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return *a.index < *b.index; });
    // A gap would give all classes behind it other numbers than the list means.
    const int64_t first = *rows[0].index;
    for (size_t i = 0; i < rows.size(); ++i)
      if (*rows[i].index != first + static_cast<int64_t>(i) || first < 0 || first > 1)
        throw InputError(fmt::format(
            "{}: class {} ('{}') is not where it should be; indices go up by one from 0 or 1", file,
            *rows[i].index, rows[i].name));
  } else {
    // Some lines only begin with a number: it belongs to the name.
    for (size_t k = 0; k < rows.size(); ++k) rows[k].name = unquote(lines[k]);
  }
  for (const Row& row : rows) {
    names.push_back(listed_name(row.name));
    if (!seen.insert(names.back()).second)
      throw InputError(fmt::format("{} names the class '{}' twice", file, names.back()));
  }
  return names;
}

void order_numbers(std::vector<std::string>& names) {
  // A single name that is no number, and the order of text stays.
  const bool numbers = std::all_of(names.begin(), names.end(), [](const std::string& name) {
    return parse_digits(name).has_value();
  });
  if (numbers)
    std::stable_sort(names.begin(), names.end(), [](const std::string& a, const std::string& b) {
      return parse_digits(a) < parse_digits(b);
    });
}

bool is_class_list(const std::string& path) {
  static const std::set<std::string> kNames = {"classes.txt",    "class_names.txt",
                                               "classnames.txt", "class_list.txt",
                                               "categories.txt", "label_names.txt"};
  return kNames.contains(lower_case(std::filesystem::path(path).filename().string()));
}

std::vector<std::string> order_classes(const std::set<std::string>& names,
                                       const std::vector<std::string>& listed,
                                       const std::string& file) {
  if (listed.empty()) return {names.begin(), names.end()};
  const std::set<std::string> expected(listed.begin(), listed.end());
  if (expected == names) return listed;
  std::vector<std::string> unlisted, missing;
  std::set_difference(names.begin(), names.end(), expected.begin(), expected.end(),
                      std::back_inserter(unlisted));
  std::set_difference(expected.begin(), expected.end(), names.begin(), names.end(),
                      std::back_inserter(missing));
  const auto some = [](std::vector<std::string>& all) {
    const size_t count = all.size();
    if (count > 5) all.resize(5);
    return fmt::format("{}{}", fmt::join(all, ", "),
                       count > 5 ? fmt::format(" and {} more", count - 5) : "");
  };
  std::string what;
  if (!unlisted.empty()) what += fmt::format(" does not name {}", some(unlisted));
  if (!missing.empty())
    what += fmt::format("{} names {}, of which there are no training images",
                        what.empty() ? "" : " and", some(missing));
  throw InputError(fmt::format("{}{}; mend it, or remove it", file, what));
}

}  // namespace nasnet::data
