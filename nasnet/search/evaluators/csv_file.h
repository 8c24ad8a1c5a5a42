#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nasnet::search {

/// A file of comma-separated values whose first line names the columns, packed with zstd, gzip or
/// xz, or not. Fields have no quotes.
class CsvFile {
 public:
  /// Throws InputError naming the file and the row: an empty file, a row of another length.
  explicit CsvFile(const std::filesystem::path& file);
  CsvFile(const CsvFile&) = delete;  // fields point into it

  const std::string& file() const { return file_; }
  /// SHA-256 of the unpacked text.
  const std::string& digest() const { return digest_; }
  const std::vector<std::string_view>& header() const { return header_; }
  size_t rows() const { return rows_.size(); }
  std::string_view field(size_t row, size_t column) const { return rows_[row][column]; }
  std::optional<size_t> find_column(std::string_view name) const;
  /// "FILE, row 3": rows are counted from 1, below the first line.
  std::string where(size_t row) const;
  /// A finite number. Throws InputError naming row and column.
  double number(size_t row, size_t column) const;
  /// The same, of at least 0 and at most `most`; `kind` says what it must be ("of percent, 0 to
  /// 100").
  double number(size_t row, size_t column, double most, const std::string& kind) const;

 private:
  std::string file_, digest_;
  std::vector<std::string> lines_;
  std::vector<std::string_view> header_;
  std::vector<std::vector<std::string_view>> rows_;
};

}  // namespace nasnet::search
