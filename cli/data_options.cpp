#include "cli/data_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/columns.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"

// The part of all verbs that read data sets: loading by their flags, notes, and tables of classes.

namespace nasnet::cli {

int class_width(const std::vector<std::string>& classes) {
  // Columns: narrow tables keep one look, and one long name does not push the numbers off the
  // screen.
  constexpr int kLeast = 24, kMost = 60;
  int wide = kLeast;
  for (const std::string& name : classes) wide = std::max(wide, display_width(name));
  return std::min(wide, kMost);
}

std::string class_cell(const std::string& name, int width) {
  const bool fits = display_width(name) <= width;
  return padded_right(fits ? name : cut_to_width(name, width - 3) + "...", width);
}

data::DataSet load_data(const DataSettings& settings) {
  if (settings.data.empty())
    throw InputError("--data is missing: name a data set (fashion-mnist), a folder or an archive");
  data::DataSet data = data::load(settings.data, settings.options());
  for (const std::string& note : notes_of(data)) warn(note);
  return data;
}

void say_left_out(const data::LeftOutKinds& others) {
  if (!others.empty()) warn("not read: " + describe_left_out(others));
}

}  // namespace nasnet::cli
