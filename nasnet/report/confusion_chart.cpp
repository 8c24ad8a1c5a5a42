#include "nasnet/report/confusion_chart.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <numeric>

#include "nasnet/base/names.h"
#include "nasnet/base/text.h"
#include "nasnet/report/classes_by_objects.h"
#include "nasnet/report/drawing.h"
#include "nasnet/report/svg.h"

// A matrix of cells that get smaller the more classes there are, so that no text meets another.

namespace nasnet::report {
namespace {

constexpr size_t kMostRows = 100;  // of classes
constexpr int kLongestName = 28;   // columns
constexpr double kAround = 20;     // pixels around the figure
constexpr double kGap = 8;         // between names and cells
constexpr double kSmallestNumber = 8;

using Rgb = std::array<int, 3>;
constexpr Rgb kRightColour = {0x00, 0x72, 0xb2}, kWrongColour = {0xd5, 0x5e, 0x00};

/// From white (0) to the colour (1).
std::string shade(const Rgb& colour, double share) {
  std::string text = "#";
  for (const int part : colour)
    text += fmt::format("{:02x}", static_cast<int>(std::lround(255 + share * (part - 255))));
  return text;
}

/// The matrix as it is shown: classes in rows of their own, or together in the one before the last.
struct Table {
  std::vector<std::string> names;  // without background and missed
  std::vector<std::vector<int64_t>> counts;

  size_t side() const { return counts.size(); }
  size_t last() const { return side() - 1; }
  std::string row_name(size_t row) const { return row == last() ? "background" : names[row]; }
  std::string column_name(size_t column) const {
    return column == last() ? "missed" : names[column];
  }
};

Table make_table(const boxes::Truth& truth, const boxes::Confusion& confusion) {
  const size_t classes = truth.names.size();
  Table table;
  std::vector<size_t> row_of(classes);
  if (classes <= kMostRows) {
    std::iota(row_of.begin(), row_of.end(), size_t{0});
    table.names = truth.names;
  } else {
    const std::vector<int> ranked = classes_by_objects(truth);
    for (size_t rank = 0; rank < classes; ++rank)
      row_of[static_cast<size_t>(ranked[rank])] = std::min(rank, kMostRows - 1);
    for (size_t rank = 0; rank + 1 < kMostRows; ++rank)
      table.names.push_back(truth.names[static_cast<size_t>(ranked[rank])]);
    table.names.push_back(fmt::format("{} others", classes - kMostRows + 1));
  }
  for (std::string& name : table.names) name = shortened(printable(name), kLongestName);
  const size_t side = table.names.size() + 1;
  table.counts.assign(side, std::vector<int64_t>(side));
  const auto place = [&](int index) {
    return index == boxes::kNoClass ? side - 1 : row_of[static_cast<size_t>(index)];
  };
  for (const auto& [pair, count] : confusion.counts)
    table.counts[place(pair.first)][place(pair.second)] += count;
  return table;
}

class Matrix {
 public:
  explicit Matrix(Table table) : table_(std::move(table)) {
    const size_t side = table_.side();
    cell_ = side <= 14 ? 52 : side <= 30 ? 36 : 14;
    font_ = std::min(14.0, cell_ - 3);
    double widest = text_width("background", font_);
    for (const std::string& name : table_.names) widest = std::max(widest, text_width(name, font_));
    upright_ = widest > cell_ - 4;
    left_ = kAround + 24 + widest + kGap;
    top_ = 82 + (upright_ ? widest : font_) + kGap;
  }

  std::string draw() {
    const double edge = cell_ * static_cast<double>(table_.side());
    const std::string title = "Objects and the classes that they were found as";
    const std::string rule =
        fmt::format("IoU from {} and score from {} on; shades: share of the row",
                    boxes::kConfusionIou, boxes::kConfusionScore);
    const double width =
        std::max(left_ + edge, kAround + std::max(text_width(title, 18), text_width(rule, 13))) +
        kAround;
    drawing_.text(kAround, 30, 18, "start", title, " font-weight='bold'");
    drawing_.text(kAround, 50, 13, "start", rule);
    drawing_.text(left_ + edge / 2, 76, 14, "middle", "found");
    drawing_.upward_text(kAround + 12, top_ + edge / 2, 14, "middle", "annotated");
    for (size_t row = 0; row < table_.side(); ++row) draw_row(row);
    drawing_.add(
        "<rect class='matrix' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='none' "
        "stroke='#444444'/>",
        left_, top_, edge, edge);
    return drawing_.finish(title, width, top_ + edge + kAround);
  }

 private:
  double at(size_t place) const { return cell_ * static_cast<double>(place); }

  /// Its name, that of the column with the same number, and the cells.
  void draw_row(size_t row) {
    const double middle = (static_cast<double>(row) + 0.5) * cell_ + 0.35 * font_;
    drawing_.text(left_ - kGap, top_ + middle, font_, "end", table_.row_name(row));
    if (upright_)
      drawing_.upward_text(left_ + middle, top_ - kGap, font_, "start", table_.column_name(row));
    else
      drawing_.text(left_ + at(row) + cell_ / 2, top_ - kGap, font_, "middle",
                    table_.column_name(row));
    const std::vector<int64_t>& counts = table_.counts[row];
    const int64_t all = std::accumulate(counts.begin(), counts.end(), int64_t{0});
    for (size_t column = 0; column < counts.size(); ++column)
      draw_cell(row, column, counts[column], all);
  }

  void draw_cell(size_t row, size_t column, int64_t count, int64_t of_row) {
    const double share = of_row == 0 ? 0 : static_cast<double>(count) / static_cast<double>(of_row);
    const double x = left_ + at(column), y = top_ + at(row);
    const std::string number = thousands(count);
    // Where neither something is nor something was found there is nothing to count.
    const bool is_void = row == table_.last() && column == table_.last();
    drawing_.add(
        "<rect class='cell' x='{:.1f}' y='{:.1f}' width='{:.1f}' height='{:.1f}' fill='{}' "
        "stroke='#dddddd' stroke-width='0.5'><title>{} - {}: {} ({:.1f} %)</title></rect>",
        x, y, cell_, cell_,
        is_void ? "#eeeeee" : shade(row == column ? kRightColour : kWrongColour, share),
        escape_xml(table_.row_name(row)), escape_xml(table_.column_name(column)), number,
        100 * share);
    if (count == 0) return;
    const double size = std::min(13.0, (cell_ - 4) / text_width(number, 1));
    if (size < kSmallestNumber || cell_ < 2 * kSmallestNumber) return;
    drawing_.text(x + cell_ / 2, y + cell_ / 2 + 0.35 * size, std::floor(size), "middle", number,
                  share > 0.5 ? " fill='#ffffff'" : "");
  }

  const Table table_;
  Drawing drawing_;
  double cell_ = 0, font_ = 0, left_ = 0, top_ = 0;  // pixels
  bool upright_ = false;                             // names of columns
};

}  // namespace

std::string draw_confusion(const boxes::Truth& truth, const boxes::Confusion& confusion) {
  return Matrix(make_table(truth, confusion)).draw();
}

}  // namespace nasnet::report
