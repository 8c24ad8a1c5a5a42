#include "nasnet/search/evaluators/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nasnet/base/archive.h"
#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"

namespace nasnet::search {
namespace {

constexpr size_t kLargest = size_t{1} << 28;
constexpr int64_t kShortEpochs = 12, kLongEpochs = 200;
constexpr double kValidationImages = 25000;

/// A column, where its number goes, and whether it is an accuracy in percent.
struct Column {
  const char* name;
  double TableRow::*value;
  bool accuracy;
};
constexpr Column kColumns[] = {
    {"c10v_valid", &TableRow::valid, true},        {"c10v_valid_e12", &TableRow::valid_e12, true},
    {"c10_test", &TableRow::test, true},           {"c10_test_e12", &TableRow::test_e12, true},
    {"c100_test", &TableRow::test_cifar100, true}, {"in16_test", &TableRow::test_imagenet16, true},
    {"params", &TableRow::parameters, false},      {"mflops", &TableRow::mflops, false},
};

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t begin = 0;;) {
    const size_t end = line.find(',', begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return fields;
    begin = end + 1;
  }
}

size_t index_of(const space::Choices& choices) {
  size_t index = 0;
  for (const int choice : choices) index = index * space::Nasbench201Space::kChoices + choice;
  NASNET_CHECK(index < space::Nasbench201Space::kCells, "a checked cell has a row");
  return index;
}

double number(std::string_view text, const Column& column, const std::string& where) {
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = error == std::errc() && stop == text.data() + text.size() &&
                    std::isfinite(value) && value >= 0 && (!column.accuracy || value <= 100);
  if (!good)
    throw InputError(fmt::format("{}: {} is '{}'; it must be a number {}", where, column.name,
                                 text.substr(0, 40),
                                 column.accuracy ? "of percent, 0 to 100" : "of at least 0"));
  return column.accuracy ? value / 100 : value;
}

/// Of the training of 12 epochs, or of that of 200; the rest is that of both.
Measurements row_measurements(const TableRow& row, bool brief) {
  return {{kAccuracy, brief ? row.valid_e12 : row.valid},
          {"epochs", static_cast<double>(brief ? kShortEpochs : kLongEpochs)},
          {"validation_images", kValidationImages},
          {"test_accuracy", row.test},
          {"test_accuracy_e12", row.test_e12},
          {"test_accuracy_cifar100", row.test_cifar100},
          {"test_accuracy_imagenet16", row.test_imagenet16},
          {"parameters", row.parameters},
          {"mflops", row.mflops}};
}

}  // namespace

Table::Table(const std::filesystem::path& file)
    : file_(file.string()), rows_(space::Nasbench201Space::kCells) {
  const std::string text = read_unpacked(file_, kLargest);
  digest_ = nasnet::digest(text, "sha256");
  const std::vector<std::string> lines = lines_of(text);
  if (lines.empty()) throw InputError(fmt::format("{} is empty", file_));
  const std::vector<std::string_view> header = fields_of(lines[0]);
  const auto find_column = [&](const char* name) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end())
      throw InputError(fmt::format("{} has no column '{}'; its first line must name arch and {}",
                                   file_, name, [] {
                                     std::vector<std::string> names;
                                     for (const Column& c : kColumns) names.push_back(c.name);
                                     return fmt::format("{}", fmt::join(names, ", "));
                                   }()));
    return found - header.begin();
  };
  const auto arch = find_column("arch");
  std::vector<std::ptrdiff_t> places;
  for (const Column& column : kColumns) places.push_back(find_column(column.name));
  const space::Nasbench201Space space;
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::string where = fmt::format("{}, row {}", file_, i);
    const std::vector<std::string_view> fields = fields_of(lines[i]);
    if (fields.size() != header.size())
      throw InputError(fmt::format("{} has {} fields, the first line names {}", where,
                                   fields.size(), header.size()));
    space::Choices choices;
    try {
      choices = space.parse(fields[arch]);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", where, error.what()));
    }
    std::optional<TableRow>& row = rows_[index_of(choices)];
    if (row) throw InputError(fmt::format("{}: {} is there twice", where, fields[arch]));
    row.emplace();
    for (size_t k = 0; k < places.size(); ++k)
      (*row).*(kColumns[k].value) = number(fields[places[k]], kColumns[k], where);
    ++size_;
  }
}

const TableRow* Table::find(const space::Choices& choices) const {
  const auto& row = rows_[index_of(choices)];
  return row ? &*row : nullptr;
}

TableEvaluator::TableEvaluator(std::shared_ptr<const Table> table, TableSettings settings)
    : table_(std::move(table)), settings_(std::move(settings)) {}

Identity TableEvaluator::identity() const {
  return {{.name = "data_digest",
           .value = table_->digest(),
           .subject = fmt::format("the table {} (--table)", table_->file()),
           .remedy = "its rows differ: give the right one with --table, or choose another "
                     "--study"}};
}

Measurements TableEvaluator::evaluate(const Task& task, const std::function<void(int64_t)>&) {
  space_.check(task.choices);
  const TableRow* row = table_->find(task.choices);
  if (row == nullptr)
    throw InputError(
        fmt::format("{} has no row for {}", table_->file(), space_.describe(task.choices)));
  const int64_t epochs = task.schedule > 0 ? task.schedule : task.epochs;
  const bool brief = epochs > 0 ? epochs <= kShortEpochs : settings_.reward == TableReward::kShort;
  return row_measurements(*row, brief);
}

std::vector<std::string> TableEvaluator::measurements() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : row_measurements({}, false)) names.push_back(name);
  return names;
}

}  // namespace nasnet::search
