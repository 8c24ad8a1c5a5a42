#include "nasnet/latency/latency_table.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"

namespace nasnet::latency {
namespace {

/// The parts of a stack, or of a table's circumstances, that are compared, in words.
using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(const graph::StackSettings& stack) {
  return {{"stack", to_text(stack.stack)},
          {"cells", std::to_string(stack.cells)},
          {"filters", std::to_string(stack.filters)},
          {"classes", std::to_string(stack.classes)},
          {"images",
           fmt::format("{}x{}x{}", stack.input.height, stack.input.width, stack.input.channels)},
          {"pooling", to_text(stack.pooling)}};
}

Fields fields_of(const Circumstances& of) {
  Fields fields = {{"target", to_text(of.target)},
                   {"device", printable(of.device)},
                   {"threads", std::to_string(of.threads)},
                   {"batch", std::to_string(of.batch)}};
  for (auto& field : fields_of(of.stack)) fields.push_back(std::move(field));
  fields.emplace_back("space", of.space.dump(-1, ' ', true));
  return fields;
}

/// "filters 32, not 16, cells 6, not 2": theirs, and mine.
std::string differences(const Fields& mine, const Fields& theirs) {
  std::string text;
  for (size_t i = 0; i < mine.size(); ++i)
    if (mine[i].second != theirs[i].second)
      text += fmt::format("{}{} {}, not {}", text.empty() ? "" : "; ", theirs[i].first,
                          theirs[i].second, mine[i].second);
  return text;
}

}  // namespace

double LatencyTable::predict(const graph::Graph& graph) const {
  const Features features = count_features(graph);
  double ms = 0;
  for (size_t k = 0; k < features.size(); ++k) ms += features[k] * coefficients[k];
  return ms;
}

void demand_stack(const LatencyTable& table, const graph::StackSettings& stack,
                  const std::string& where) {
  const std::string differs = differences(fields_of(stack), fields_of(table.of.stack));
  if (!differs.empty())
    throw InputError(fmt::format(
        "{}: the latencies are of another stack ({}); measure this one with `nasnet latency`",
        printable(where), differs));
}

void demand_same(const Circumstances& mine, const Circumstances& theirs, const std::string& where) {
  const std::string differs = differences(fields_of(mine), fields_of(theirs));
  if (!differs.empty())
    throw InputError(
        fmt::format("{}: its times are of something else ({}); give the same, or another file",
                    printable(where), differs));
}

LatencyTable read_latency_table(const std::string& path) {
  // A thousand cells take half a megabyte.
  constexpr size_t kLargest = size_t{16} << 20;
  return parse_latency_table(read_file(path, kLargest), path);
}

}  // namespace nasnet::latency
