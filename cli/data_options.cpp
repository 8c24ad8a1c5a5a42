#include "cli/data_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"

namespace nasnet::cli {

size_t class_width(const std::vector<std::string>& classes) {
  size_t wide = 24;
  for (const std::string& name : classes) wide = std::max(wide, name.size());
  return wide;
}

data::DataSet load_data(const DataSettings& settings) {
  if (settings.data.empty())
    throw InputError("--data is missing: name a data set (fashion-mnist), a folder or an archive");
  data::DataSet data = data::load(settings.data, settings.options());
  if (!data.unreadable.empty())
    fmt::print(stderr, "nasnet: skipped {} unreadable file{}; the first: {}\n",
               data.unreadable.size(), data.unreadable.size() == 1 ? "" : "s",
               data.unreadable[0].why);
  return data;
}

}  // namespace nasnet::cli
