#include "nasnet/search/evaluators/csv_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nasnet/base/archive.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"

namespace nasnet::search {
namespace {

constexpr size_t kLargest = size_t{1} << 28;

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t begin = 0;;) {
    const size_t end = line.find(',', begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return fields;
    begin = end + 1;
  }
}

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace

CsvFile::CsvFile(const std::filesystem::path& file) : file_(file.string()) {
  const std::string text = read_unpacked(file_, kLargest);
  digest_ = nasnet::digest(text, "sha256");
  lines_ = lines_of(text);
  if (lines_.empty()) throw InputError(fmt::format("{} is empty", file_));
  header_ = fields_of(lines_[0]);
  for (size_t i = 1; i < lines_.size(); ++i) {
    rows_.push_back(fields_of(lines_[i]));
    if (rows_.back().size() != header_.size())
      throw InputError(fmt::format("{} has {} fields, the first line names {}", where(i - 1),
                                   rows_.back().size(), header_.size()));
  }
}

std::optional<size_t> CsvFile::find_column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return static_cast<size_t>(found - header_.begin());
}

std::string CsvFile::where(size_t row) const {
  return fmt::format("{}, row {}", file_, row + 1);
}

double CsvFile::number(size_t row, size_t column) const {
  const auto value = finite_number(field(row, column));
  if (value) return *value;
  throw InputError(fmt::format("{}: {} is '{}'; it must be a number", where(row), header_[column],
                               field(row, column).substr(0, 40)));
}

double CsvFile::number(size_t row, size_t column, double most, const std::string& kind) const {
  const auto value = finite_number(field(row, column));
  if (value && *value >= 0 && *value <= most) return *value;
  throw InputError(fmt::format("{}: {} is '{}'; it must be a number {}", where(row),
                               header_[column], field(row, column).substr(0, 40), kind));
}

}  // namespace nasnet::search
