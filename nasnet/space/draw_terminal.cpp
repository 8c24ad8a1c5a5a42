#include <fmt/format.h>

#include <algorithm>

#include "nasnet/space/draw.h"

// Cells as text for a terminal: two lines a block, its halves joined by a bracket, the two cells
// side by side within 80 columns. States are named and not connected by lines, which would cross.

namespace nasnet::space {
namespace {

constexpr int kColumn = 38;  // of one cell: two stand side by side

/// The signs that lines are drawn with: in Unicode, or ASCII for terminals without it.
struct Strokes {
  const char *line, *upper, *lower, *arrow, *mark;
};
constexpr Strokes kUnicode = {"─", "┬", "┘", "▶", "●"};
constexpr Strokes kAscii = {"-", "+", "'", ">", "*"};

/// Columns: characters of UTF-8, of which all here are one column wide.
int width(const std::string& text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string padded(std::string text, int columns, const std::string& with = " ") {
  for (int i = width(text); i < columns; ++i) text += with;
  return text;
}

/// At most six columns, as the bracket leaves room for.
const char* short_label(Combine combine) {
  switch (combine) {
    case Combine::kAdd:
      return "add";
    case Combine::kConcat:
      return "concat";
    case Combine::kLayerNormAdd:
      return "add+LN";
    case Combine::kInstanceNormAdd:
      return "add+IN";
  }
  return "";
}

/// "h" and "p" as the last line of the drawing explains them, or the state's number.
std::string state_name(const Cell& cell, int state) {
  if (state >= cell.inputs) return std::to_string(state);
  if (cell.inputs == 2) return state == 0 ? "h" : "p";
  return fmt::format("h{}", state);
}

/// One cell, as lines of different lengths.
class Drawing {
 public:
  Drawing(const Cell& cell, const Strokes& strokes) : cell_(cell), strokes_(strokes) {}

  std::vector<std::string> lines(const std::string& title) const {
    std::vector<std::string> lines = {title, ""};
    for (size_t i = 0; i < cell_.blocks.size(); ++i) {
      const Block& block = cell_.blocks[i];
      const int state = cell_.inputs + static_cast<int>(i);
      const std::string joined = padded(short_label(block.combine), 6);
      lines.push_back(fmt::format("{}{}{} {} {}{} {}{}", half(block.left, block.left_op),
                                  strokes_.upper, strokes_.line, joined, strokes_.line,
                                  strokes_.arrow, state, is_output(state) ? mark() : ""));
      lines.push_back(half(block.right, block.right_op) + strokes_.lower);
    }
    lines.push_back("");
    std::string output = fmt::format("{} {}", strokes_.mark,
                                     cell_.separate_outputs ? "passed on singly:" : "concat of");
    for (const int out : cell_.outputs) output += " " + state_name(cell_, out);
    lines.push_back(output);
    return lines;
  }

 private:
  bool is_output(int state) const {
    return std::find(cell_.outputs.begin(), cell_.outputs.end(), state) != cell_.outputs.end();
  }
  std::string mark() const { return fmt::format(" {}", strokes_.mark); }
  /// Half of a block up to its bracket, padded with the line, so that brackets stand in one column.
  std::string half(int state, Operation operation) const {
    const std::string text =
        fmt::format("{:>2} {} {} ", state_name(cell_, state), strokes_.line, info(operation).label);
    return padded(text, 19, strokes_.line);
  }

  const Cell& cell_;
  const Strokes& strokes_;
};

}  // namespace

std::string draw_terminal(const Genotype& genotype, bool ascii) {
  const Strokes& strokes = ascii ? kAscii : kUnicode;
  std::vector<std::string> left = Drawing(genotype.normal, strokes).lines("  Normal cell");
  std::vector<std::string> right = Drawing(genotype.reduction, strokes).lines("  Reduction cell");
  const size_t rows = std::max(left.size(), right.size());
  left.resize(rows);
  right.resize(rows);
  std::string text;
  for (size_t i = 0; i < rows; ++i) {
    std::string line = padded(left[i], kColumn) + "  " + right[i];
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  const std::string inputs = genotype.normal.inputs == 2
                                 ? "h: the cell before, p: the one before that"
                                 : "h0, h1, ...: outputs of the cell before";
  return text + fmt::format("\n({}; numbers: results of blocks)\n", inputs);
}

}  // namespace nasnet::space
