#include "nasnet/search/store/database.h"

#include "nasnet/base/check.h"

namespace nasnet::search {

const Database::Value& Database::Result::at(size_t row, size_t column) const {
  NASNET_CHECK(row < rows.size() && column < rows[row].size(), "only selected columns are read");
  return rows[row][column];
}

int64_t Database::Result::integer(size_t row, size_t column) const {
  const Value& value = at(row, column);
  if (const auto* number = std::get_if<int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<double>(&value)) return static_cast<int64_t>(*number);
  return 0;
}

double Database::Result::real(size_t row, size_t column) const {
  const Value& value = at(row, column);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<int64_t>(&value)) return static_cast<double>(*number);
  return 0;
}

const std::string& Database::Result::text(size_t row, size_t column) const {
  static const std::string none;
  const Value& value = at(row, column);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* bytes = std::get_if<Bytes>(&value)) return bytes->data;
  return none;
}

}  // namespace nasnet::search
