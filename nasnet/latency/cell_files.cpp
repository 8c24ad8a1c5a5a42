#include "nasnet/latency/cell_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/data/table_text.h"
#include "nasnet/latency/cells.h"
#include "nasnet/latency/measure_table.h"

namespace nasnet::latency {
namespace {

namespace fs = std::filesystem;
using nlohmann::json, nlohmann::ordered_json;

constexpr const char* kCellsSchema = "nasnet-latency-cells-1";
constexpr size_t kLargestFile = size_t{16} << 20;

std::string choices_text(const space::Choices& choices) {
  return fmt::format("{}", fmt::join(choices, " "));
}

CellFiles read_description(const fs::path& file) {
  if (!fs::exists(file))
    throw InputError(
        fmt::format("{} is not there; leave the table in the folder that --write-cells wrote",
                    printable(file.string())));
  const auto damaged = [&](const std::string& why) {
    return InputError(fmt::format("{}: {}; write the folder again with --write-cells",
                                  printable(file.string()), why));
  };
  const json object = json::parse(read_file(file, kLargestFile), nullptr, false);
  if (!object.is_object() || object.value("schema", json()) != kCellsSchema)
    throw damaged("it does not describe cells");
  CellFiles files{.of = circumstances_from_json(object, printable(file.string()))};
  try {
    files.seed = object.at("seed").get<uint64_t>();
    for (const json& cell : object.at("cells"))
      files.cells.push_back({.name = cell.at("name").get<std::string>(),
                             .choices = cell.at("choices").get<space::Choices>(),
                             .held_out = cell.at("held_out").get<bool>()});
  } catch (const json::exception&) {
    throw damaged("its cells are damaged");
  }
  const auto space = make_space(files.of.space, file.string());
  for (const MeasuredCell& cell : files.cells) space->check(cell.choices);
  return files;
}

/// Reads the rows of the table.
class Rows {
 public:
  Rows(const std::string& file, const std::vector<data::TableRow>& rows)
      : file_(printable(file)), rows_(rows) {
    if (rows_.empty()) throw InputError(fmt::format("{}: it is empty", file_));
    name_ = column("name");
    ms_ = column("ms");
    const auto choices = std::ranges::find(rows_[0].fields, "choices");
    if (choices != rows_[0].fields.end())
      choices_ = static_cast<int>(choices - rows_[0].fields.begin());
  }

  /// The cells that have a row, with their times.
  std::vector<MeasuredCell> take(const std::vector<MeasuredCell>& cells) const {
    std::map<std::string, const data::TableRow*> by_name;
    for (size_t i = 1; i < rows_.size(); ++i) {
      const data::TableRow& row = rows_[i];
      const std::string name = field(row, name_);
      if (std::ranges::find(cells, name, &MeasuredCell::name) == cells.end())
        refuse(row, fmt::format("unknown cell '{}'", printable(name)));
      const auto [known, is_new] = by_name.emplace(name, &row);
      if (!is_new)
        refuse(row, fmt::format("cell '{}' stands in line {} already", printable(name),
                                known->second->line));
    }
    std::vector<MeasuredCell> measured;
    for (const MeasuredCell& cell : cells) {
      const auto found = by_name.find(cell.name);
      if (found == by_name.end()) continue;
      const data::TableRow& row = *found->second;
      const std::string choices = choices_ < 0 ? "" : field(row, choices_);
      if (!choices.empty() && choices != choices_text(cell.choices))
        refuse(row, fmt::format("the choices are not those of '{}'", cell.name));
      measured.push_back(cell);
      measured.back().ms = time(row);
    }
    return measured;
  }

 private:
  int column(const std::string& name) const {
    const std::vector<std::string>& head = rows_[0].fields;
    const auto found = std::ranges::find(head, name);
    if (found == head.end())
      throw InputError(fmt::format("{}: the first line names no column '{}'", file_, name));
    return static_cast<int>(found - head.begin());
  }

  static std::string field(const data::TableRow& row, int column) {
    return column < std::ssize(row.fields) ? row.fields[column] : "";
  }

  double time(const data::TableRow& row) const {
    const std::string text = field(row, ms_);
    if (text.empty()) refuse(row, "ms is missing; fill it in, or remove the row");
    double ms = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, ms);
    if (error != std::errc() || stop != end || !std::isfinite(ms))
      refuse(row, fmt::format("ms is no number: '{}'", printable(text)));
    constexpr double kLargest = 1e9;
    if (!(ms > 0)) refuse(row, "ms is not above zero");
    if (ms > kLargest) refuse(row, "ms is too large");
    return ms;
  }

  [[noreturn]] void refuse(const data::TableRow& row, const std::string& why) const {
    throw InputError(fmt::format("{}, line {}: {}", file_, row.line, why));
  }

  std::string file_;
  const std::vector<data::TableRow>& rows_;
  int name_ = 0, ms_ = 0, choices_ = -1;
};

}  // namespace

void write_cell_files(const std::string& folder, const CellFiles& files,
                      const std::function<void(int, int)>& tell) {
  const fs::path path = folder;
  for (const std::string name : {"cells.json", "cells.csv"})
    if (fs::exists(path / name))
      throw InputError(fmt::format("{} is there already; choose another folder",
                                   printable((path / name).string())));
  const auto space = make_space(files.of.space, "--space");
  ordered_json description = {{"schema", kCellsSchema}};
  description.update(circumstances_to_json(files.of));
  description["seed"] = files.seed;
  std::string table = "name,choices,ms\n";
  int done = 0;
  for (const MeasuredCell& cell : files.cells) {
    check_interrupt("stopped; the same command writes all of it");
    write_file(path / (cell.name + ".onnx"),
               onnx_of(network_of(*space, cell.choices, files.of.stack)));
    description["cells"].push_back(
        {{"name", cell.name}, {"choices", cell.choices}, {"held_out", cell.held_out}});
    table += fmt::format("{},{},\n", cell.name, choices_text(cell.choices));
    tell(++done, static_cast<int>(files.cells.size()));
  }
  // They say that the folder is whole.
  write_file(path / "cells.json", description.dump(1) + "\n");
  write_file(path / "cells.csv", table);
}

CellFiles read_cell_files(const std::string& csv) {
  const std::string text = read_file(csv, kLargestFile);
  CellFiles files = read_description(fs::path(csv).parent_path() / "cells.json");
  const std::vector<data::TableRow> rows = data::read_table(text);
  files.cells = Rows(csv, rows).take(files.cells);
  return files;
}

}  // namespace nasnet::latency
