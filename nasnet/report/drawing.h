#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "nasnet/report/labels.h"

namespace nasnet::report {

/// Collects the elements of an SVG. Coordinates are pixels, rounded to tenths: the same drawing
/// gives the same text.
class Drawing {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }
  /// `x`: of the text's start, middle or end, as `anchor` says; `y`: of its base line. `more`:
  /// further attributes, with a blank before them.
  void text(double x, double y, double size, const char* anchor, const std::string& what,
            const std::string& more = "");
  /// The same, turned about its position to be read from below.
  void upward_text(double x, double y, double size, const char* anchor, const std::string& what);
  void line(const Position& a, const Position& b, const std::string& colour, double width,
            const std::string& more = "");
  /// A line through all of the points.
  void path(const std::vector<Position>& points, const std::string& colour, double width,
            const std::string& more = "");

  /// The whole picture, on white, a text that needs no other file.
  std::string finish(const std::string& title, double width, double height) const;

 private:
  std::string text_;
};

}  // namespace nasnet::report
