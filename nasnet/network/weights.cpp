// Tensors in files. All faults of a file are named at once, and nothing is copied before the whole
// file has been found to fit.

#include "nasnet/network/weights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"

namespace nasnet::network {
namespace {

/// The fault of the file's tensor for this target, whose shape `value` has, or "".
std::string read(const SafetensorsFile& file, const std::string& name, Tensor& value) {
  const TensorEntry* entry = file.find(name);
  if (!entry) return fmt::format("{} is missing", name);
  if (entry->shape != value.shape())
    return fmt::format("{} has shape [{}], not [{}]", name, fmt::join(entry->shape, ", "),
                       fmt::join(value.shape(), ", "));
  if (!is_floating(entry->dtype))
    return fmt::format("{} is of type {}, which is not read", name, entry->dtype);
  const std::vector<float> numbers = to_floats(entry->dtype, file.bytes(*entry));
  if (!all_finite(numbers)) return fmt::format("{} holds values that are not finite", name);
  value.set_row_major(numbers);
  return "";
}

}  // namespace

void write_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::map<std::string, std::string>& metadata) {
  std::vector<TensorEntry> entries;
  for (const NamedTensor& named : tensors)
    entries.push_back({named.name, "F32", named.tensor->shape()});
  SafetensorsWriter writer(path, std::move(entries), metadata);
  for (size_t i = 0; i < tensors.size(); ++i) {
    writer.write(i, bytes_of(tensors[i].tensor->row_major()));
  }
  writer.commit();
}

std::vector<Tensor> read_tensors(const std::filesystem::path& path,
                                 const std::vector<NamedTensor>& wanted) {
  const SafetensorsFile file(path);
  std::vector<std::string> faults;
  std::set<std::string> names;
  std::vector<Tensor> values;
  for (const NamedTensor& one : wanted) {
    names.insert(one.name);
    values.emplace_back(one.tensor->shape());
    const std::string fault = read(file, one.name, values.back());
    if (!fault.empty()) faults.push_back(fault);
  }
  for (const TensorEntry& entry : file.header().tensors)
    if (!names.contains(entry.name)) faults.push_back(fmt::format("{} is not wanted", entry.name));
  if (!faults.empty())
    throw InputError(fmt::format("{} does not fit the network, nothing was loaded: {}",
                                 path.string(), fmt::join(faults, "; ")));
  return values;
}

}  // namespace nasnet::network
