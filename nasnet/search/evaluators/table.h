#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/base/settings.h"
#include "nasnet/search/evaluators/evaluator.h"
#include "nasnet/space/nasbench201.h"

namespace nasnet::search {

/// The record that NAS-Bench-201 has of one cell. Accuracies are shares in [0, 1].
struct TableRow {
  double valid = 0;      ///< CIFAR-10, trained on half the training images for 200 epochs,
                         ///< on the other half (column c10v_valid)
  double valid_e12 = 0;  ///< the same after a training of 12 epochs (c10v_valid_e12)
  double test = 0;       ///< CIFAR-10's test images, trained on all training images (c10_test)
  double test_e12 = 0;   ///< the same after 12 epochs (c10_test_e12)
  double test_cifar100 = 0, test_imagenet16 = 0;  ///< 200 epochs (c100_test, in16_test)
  /// On validation images after 12 epochs, where the table has them (c100_valid_e12,
  /// in16_valid_e12).
  std::optional<double> valid_cifar100_e12, valid_imagenet16_e12;
  double parameters = 0, mflops = 0;
  /// The correlation of input Jacobians: the table's column is called naswot, which it is not. None
  /// of cells without signal.
  std::optional<double> jacov;
  std::optional<double> latency_ms;  ///< see Table::add_latencies()
};

/// The cells' rows, by the number that the six choices make in base 5. A table may lack cells.
class Table {
 public:
  /// Reads a CSV file, packed with zstd, gzip or xz or not, whose first line names its columns;
  /// only those above and `arch` are needed. Throws InputError naming the file and the row: a
  /// missing column, a row of another length, a cell that is none or is there twice, a number that
  /// is none or an accuracy outside [0, 100] percent.
  explicit Table(const std::filesystem::path& file);

  /// Gives cells the latency that they have on a device: a column of a second CSV file, whose
  /// column `index` names rows by the table's own column `index`. Cells without a row have none.
  /// Throws InputError naming the file: an unknown device, a number that is none.
  void add_latencies(const std::filesystem::path& file, const std::string& device);
  /// True for tables with the column naswot.
  bool has_jacov() const { return has_jacov_; }
  bool has_latencies() const { return !latency_digest_.empty(); }
  /// SHA-256 of the unpacked file of latencies; "" without.
  const std::string& latency_digest() const { return latency_digest_; }

  /// nullptr where the table lacks the cell.
  const TableRow* find(const space::Choices& choices) const;
  /// Throws InputError naming the cell where it is none of the space, or the table lacks it.
  const TableRow& demand(const space::Choices& choices) const;
  size_t size() const { return size_; }
  const std::string& file() const { return file_; }
  /// SHA-256 of the unpacked text: what a study's data digest may be.
  const std::string& digest() const { return digest_; }

 private:
  std::string file_, digest_, latency_digest_;
  std::vector<std::optional<TableRow>> rows_;
  std::map<std::string, size_t, std::less<>> by_index_;  // places in rows_
  size_t size_ = 0;
  bool has_jacov_ = false;
};

/// The column that is the accuracy. Those of CIFAR-10 and of 12 epochs are of validation images;
/// the table has none of the other data sets' after 200 epochs.
enum class TableReward { kLong, kShort, kCifar100, kCifar100Short, kImagenet16, kImagenet16Short };
constexpr EnumNames<TableReward, 6> names_of(TableReward) {
  return {{{TableReward::kLong, "c10v_valid"},
           {TableReward::kShort, "c10v_valid_e12"},
           {TableReward::kCifar100, "c100_test"},
           {TableReward::kCifar100Short, "c100_valid_e12"},
           {TableReward::kImagenet16, "in16_test"},
           {TableReward::kImagenet16Short, "in16_valid_e12"}}};
}

struct TableSettings {
  std::string table;
  TableReward reward = TableReward::kLong;
  std::string latency, device = "gold_6226";
  bool operator==(const TableSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, TableSettings& s) {
  v.topic("Table");
  v("table", s.table,
    "file with the results of all cells of nasbench201 (.csv, .csv.zst), which are looked up "
    "there")
      .as("FILE")
      .lies_somewhere();
  v("table_reward", s.reward,
    "the column that is the accuracy: of CIFAR-10, CIFAR-100 or ImageNet16-120, after 200 epochs "
    "or after 12");
  v("table_latency", s.latency,
    "file with the milliseconds of the cells, a column a device (.csv, .csv.zst); they are the "
    "quantity latency_ms")
      .as("FILE")
      .lies_somewhere();
  v("table_device", s.device, "its column").as("NAME");
}

/// Looks candidates of Nasbench201Space up. The task's schedule or its budget of epochs decides the
/// column of the settings' data set: 1 to 12 the 12-epoch one, more the 200-epoch one; without them
/// the settings do.
/// Measurements: "accuracy", "epochs" (12 or 200), "test_accuracy", "test_accuracy_cifar100",
/// "test_accuracy_imagenet16" (200 epochs), "test_accuracy_e12", "validation_images" (of the
/// accuracy's data set: 25,000, 5,000, 3,000),
/// "parameters", "multiply_adds", "mflops" (millions), and "jacov" and "latency_ms" where the
/// table has them; these five are its counter's quantities. A cell that the table lacks throws
/// InputError naming the file and the cell: that trial fails, no other does.
class TableEvaluator : public Evaluator {
 public:
  TableEvaluator(std::shared_ptr<const Table> table, TableSettings settings);
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) override;
  std::vector<std::string> measurements() const override;
  std::shared_ptr<const Counter> counter() const override { return counter_; }
  /// The accuracy of one class of 10, 100 or 120.
  Measurements worthless() const override;
  /// The table's digest. It is named as an image set's, as versions before 0.3 did.
  Identity identity() const override;

 private:
  std::shared_ptr<const Table> table_;
  TableSettings settings_;
  std::shared_ptr<const Counter> counter_;
};

}  // namespace nasnet::search
