#include "cli/data_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"

namespace nasnet::cli {

size_t class_width(const std::vector<std::string>& classes) {
  size_t wide = 24;
  for (const std::string& name : classes) wide = std::max(wide, columns(name));
  return wide;
}

data::DataSet load_data(const DataSettings& settings) {
  if (settings.data.empty())
    throw InputError("--data is missing: name a data set (fashion-mnist), a folder or an archive");
  data::DataSet data = data::load(settings.data, settings.options());
  say_left_out(data);
  return data;
}

void say_left_out(const data::DataSet& data) {
  if (!data.unreadable.empty())
    fmt::print(stderr, "nasnet: skipped {} unreadable file{}; the first: {}\n",
               data.unreadable.size(), data.unreadable.size() == 1 ? "" : "s",
               data.unreadable[0].why);
  say_left_out(data.ignored);
}

void say_left_out(const data::LeftOutKinds& others) {
  if (!others.empty()) fmt::print(stderr, "nasnet: not read: {}\n", describe_left_out(others));
}

void add_left_out(nlohmann::ordered_json& object, const data::DataSet& data) {
  object["ignored"] = nlohmann::ordered_json::object();
  for (const auto& [kind, files] : data.ignored) object["ignored"][kind] = files.count;
  object["unreadable"] = nlohmann::ordered_json::array();
  for (const data::Unreadable& file : data.unreadable)
    object["unreadable"].push_back({{"file", file.file}, {"why", file.why}});
}

}  // namespace nasnet::cli
