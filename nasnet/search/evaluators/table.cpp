#include "nasnet/search/evaluators/table.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/csv_file.h"

namespace nasnet::search {
namespace {

constexpr int64_t kShortEpochs = 12, kLongEpochs = 200;
constexpr double kValidationImages = 25000;  // of CIFAR-10

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

size_t index_of(const space::Choices& choices) {
  size_t index = 0;
  for (const int choice : choices) index = index * space::Nasbench201Space::kChoices + choice;
  NASNET_CHECK(index < space::Nasbench201Space::kCells, "a checked cell has a row");
  return index;
}

double percent(const CsvFile& csv, size_t row, size_t place) {
  return csv.number(row, place, 100, "of percent, 0 to 100") / 100;
}

double number(const CsvFile& csv, size_t row, size_t place, const Column& column) {
  if (column.accuracy) return percent(csv, row, place);
  return csv.number(row, place, std::numeric_limits<double>::max(), "of at least 0");
}

/// The quantities that are known of a cell without a training.
Measurements counts_of(const TableRow& row, bool with_latency) {
  Measurements counts = {{"parameters", row.parameters},
                         {"multiply_adds", std::round(1e6 * row.mflops)},
                         {"mflops", row.mflops}};
  if (row.jacov) counts["jacov"] = *row.jacov;
  if (with_latency && row.latency_ms) counts["latency_ms"] = *row.latency_ms;
  return counts;
}

class TableCounter : public Counter {
 public:
  explicit TableCounter(std::shared_ptr<const Table> table) : table_(std::move(table)) {}
  std::vector<std::string> quantities() const override {
    std::vector<std::string> names = {"parameters", "multiply_adds", "mflops"};
    if (table_->has_jacov()) names.emplace_back("jacov");
    if (table_->has_latencies()) names.emplace_back("latency_ms");
    return names;
  }
  Measurements count(const space::Choices& choices,
                     const std::vector<std::string>&) const override {
    return counts_of(table_->demand(choices), table_->has_latencies());
  }

 private:
  std::shared_ptr<const Table> table_;
};

/// A data set of the table.
struct DataSetFacts {
  int classes = 10;
  double images = kValidationImages;  ///< that its accuracies are of
};

/// After NAS-Bench-201 (Dong & Yang, ICLR 2020), section 2.3.
DataSetFacts data_set_of(TableReward reward) {
  switch (reward) {
    case TableReward::kCifar100:
    case TableReward::kCifar100Short:
      return {100, 5000};
    case TableReward::kImagenet16:
    case TableReward::kImagenet16Short:
      return {120, 3000};
    default:
      return {};
  }
}

bool is_brief(TableReward reward) {
  return reward == TableReward::kShort || reward == TableReward::kCifar100Short ||
         reward == TableReward::kImagenet16Short;
}

/// The accuracy on the data set of `reward`; none where the table has no such column.
std::optional<double> accuracy_of(const TableRow& row, TableReward reward, bool brief) {
  switch (data_set_of(reward).classes) {
    case 100:
      return brief ? row.valid_cifar100_e12 : row.test_cifar100;
    case 120:
      return brief ? row.valid_imagenet16_e12 : row.test_imagenet16;
    default:
      return brief ? row.valid_e12 : row.valid;
  }
}

/// Of the training of 12 epochs, or of that of 200; the rest is that of both.
Measurements row_measurements(const TableRow& row, double accuracy, double images, bool brief) {
  return {{kAccuracy, accuracy},
          {"epochs", static_cast<double>(brief ? kShortEpochs : kLongEpochs)},
          {"validation_images", images},
          {"test_accuracy", row.test},
          {"test_accuracy_e12", row.test_e12},
          {"test_accuracy_cifar100", row.test_cifar100},
          {"test_accuracy_imagenet16", row.test_imagenet16}};
}

}  // namespace

Table::Table(const std::filesystem::path& file) : rows_(space::Nasbench201Space::kCells) {
  const CsvFile csv(file);
  file_ = csv.file();
  digest_ = csv.digest();
  const auto place_of = [&](const char* name) {
    if (const auto place = csv.find_column(name)) return *place;
    std::vector<std::string> names;
    for (const Column& column : kColumns) names.push_back(column.name);
    throw InputError(fmt::format("{} has no column '{}'; its first line must name arch and {}",
                                 file_, name, fmt::join(names, ", ")));
  };
  const size_t arch = place_of("arch");
  std::vector<size_t> places;
  for (const Column& column : kColumns) places.push_back(place_of(column.name));
  const auto index = csv.find_column("index");
  const auto jacov = csv.find_column("naswot");
  const std::pair<std::optional<size_t>, std::optional<double> TableRow::*> brief[] = {
      {csv.find_column("c100_valid_e12"), &TableRow::valid_cifar100_e12},
      {csv.find_column("in16_valid_e12"), &TableRow::valid_imagenet16_e12}};
  has_jacov_ = jacov.has_value();
  const space::Nasbench201Space space;
  for (size_t i = 0; i < csv.rows(); ++i) {
    space::Choices choices;
    try {
      choices = space.parse(csv.field(i, arch));
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", csv.where(i), error.what()));
    }
    std::optional<TableRow>& row = rows_[index_of(choices)];
    if (row)
      throw InputError(fmt::format("{}: {} is there twice", csv.where(i), csv.field(i, arch)));
    row.emplace();
    if (jacov && !csv.field(i, *jacov).empty()) row->jacov = csv.number(i, *jacov);
    if (index) by_index_.emplace(csv.field(i, *index), index_of(choices));
    for (size_t k = 0; k < places.size(); ++k)
      (*row).*(kColumns[k].value) = number(csv, i, places[k], kColumns[k]);
    for (const auto& [place, value] : brief)
      if (place) (*row).*value = percent(csv, i, *place);
    ++size_;
  }
}

const TableRow* Table::find(const space::Choices& choices) const {
  const auto& row = rows_[index_of(choices)];
  return row ? &*row : nullptr;
}

const TableRow& Table::demand(const space::Choices& choices) const {
  const space::Nasbench201Space space;
  space.check(choices);
  if (const TableRow* row = find(choices)) return *row;
  throw InputError(fmt::format("{} has no row for {}", file_, space.describe(choices)));
}

void Table::add_latencies(const std::filesystem::path& file, const std::string& device) {
  const CsvFile csv(file);
  const auto index = csv.find_column("index");
  const auto column = csv.find_column(device);
  if (!index || !column) {
    std::vector<std::string> devices(csv.header().begin(), csv.header().end());
    std::erase(devices, "index");
    throw InputError(fmt::format("{} has no column '{}'{}", csv.file(), index ? device : "index",
                                 index ? suggestion(device, devices) : ""));
  }
  if (by_index_.empty())
    throw InputError(
        fmt::format("{} has no column 'index', by which {} names its rows", file_, csv.file()));
  for (size_t i = 0; i < csv.rows(); ++i) {
    const auto cell = by_index_.find(csv.field(i, *index));
    if (cell == by_index_.end()) continue;
    rows_[cell->second]->latency_ms =
        csv.number(i, *column, std::numeric_limits<double>::max(), "of milliseconds");
  }
  latency_digest_ = csv.digest();
}

TableEvaluator::TableEvaluator(std::shared_ptr<const Table> table, TableSettings settings)
    : table_(std::move(table)),
      settings_(std::move(settings)),
      counter_(std::make_shared<TableCounter>(table_)) {}

Identity TableEvaluator::identity() const {
  Identity identity = {
      {.name = "data_digest",
       .value = table_->digest(),
       .subject = fmt::format("the table {} (--table)", table_->file()),
       .remedy = "its rows differ: give the right one with --table, or choose another --study"}};
  if (table_->has_latencies())
    identity.push_back({.name = "latency_digest",
                        .value = table_->latency_digest(),
                        .subject = "the table of latencies (--table-latency)",
                        .remedy = "its rows differ: give the right one, or choose another "
                                  "--study"});
  return identity;
}

Measurements TableEvaluator::evaluate(const Task& task, const std::function<void(int64_t)>&) {
  const TableRow& row = table_->demand(task.choices);
  const int64_t epochs = task.schedule > 0 ? task.schedule : task.epochs;
  const bool brief = epochs > 0 ? epochs <= kShortEpochs : is_brief(settings_.reward);
  const auto accuracy = accuracy_of(row, settings_.reward, brief);
  if (!accuracy)
    throw InputError(fmt::format(
        "{} has no column '{}', by which a training of 12 epochs is judged", table_->file(),
        data_set_of(settings_.reward).classes == 100 ? "c100_valid_e12" : "in16_valid_e12"));
  Measurements all = row_measurements(row, *accuracy, data_set_of(settings_.reward).images, brief);
  all.merge(counts_of(row, table_->has_latencies()));
  return all;
}

Measurements TableEvaluator::worthless() const {
  return {{kAccuracy, 1.0 / data_set_of(settings_.reward).classes}};
}

std::vector<std::string> TableEvaluator::measurements() const {
  std::vector<std::string> names = counter_->quantities();
  for (const auto& [name, value] : row_measurements({}, 0, 0, false)) names.push_back(name);
  return names;
}

}  // namespace nasnet::search
