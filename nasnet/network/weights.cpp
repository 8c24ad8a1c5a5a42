#include "nasnet/network/weights.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/network/network.h"

namespace nasnet::network {
namespace {

struct Type {
  const char* name;
  c10::ScalarType type;
};

constexpr Type kTypes[] = {{"F32", c10::kFloat},     {"F64", c10::kDouble}, {"F16", c10::kHalf},
                           {"BF16", c10::kBFloat16}, {"I64", c10::kLong},   {"U8", c10::kByte}};

std::string type_name(c10::ScalarType type) {
  for (const Type& known : kTypes)
    if (known.type == type) return known.name;
  throw Error("a tensor of this type cannot be written to a safetensors file");
}

/// The entry's values as a tensor that borrows the file's bytes.
at::Tensor view(const SafetensorsFile& file, const TensorEntry& entry) {
  for (const Type& known : kTypes) {
    if (entry.dtype != known.name) continue;
    auto* bytes = const_cast<char*>(file.bytes(entry).data());
    return at::from_blob(bytes, entry.shape, at::TensorOptions(known.type)).clone();
  }
  return {};
}

/// The fault of the file's tensor for this target, or "".
std::string mismatch(const SafetensorsFile& file, const NamedTensor& target, at::Tensor& value) {
  const TensorEntry* entry = file.find(target.name);
  if (!entry) return fmt::format("{} is missing", target.name);
  if (entry->shape != target.tensor.sizes().vec())
    return fmt::format("{} has shape [{}], not [{}]", target.name, fmt::join(entry->shape, ", "),
                       fmt::join(target.tensor.sizes(), ", "));
  value = view(file, *entry);
  if (!value.defined())
    return fmt::format("{} is of type {}, which is not read", target.name, entry->dtype);
  if (value.is_floating_point() && !at::isfinite(value).all().item<bool>())
    return fmt::format("{} holds values that are not finite", target.name);
  return "";
}

}  // namespace

std::vector<NamedTensor> named_tensors(const Network& network) {
  std::vector<NamedTensor> named;
  for (size_t i = 0; i < network.tensors().size(); ++i)
    named.push_back({network.graph().parameters[i].name, network.tensors()[i].detach()});
  return named;
}

void write_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& tensors,
                   const std::map<std::string, std::string>& metadata) {
  std::vector<at::Tensor> held;  // keeps the row-major copies alive
  std::vector<TensorBytes> entries;
  for (const NamedTensor& named : tensors) {
    held.push_back(named.tensor.to(c10::kCPU).contiguous());
    const at::Tensor& tensor = held.back();
    entries.push_back({named.name,
                       type_name(tensor.scalar_type()),
                       tensor.sizes().vec(),
                       {static_cast<const char*>(tensor.data_ptr()), tensor.nbytes()}});
  }
  write_safetensors(path, entries, metadata);
}

void read_tensors(const std::filesystem::path& path, const std::vector<NamedTensor>& targets) {
  const SafetensorsFile file(path);
  std::vector<std::string> faults;
  std::set<std::string> wanted;
  std::vector<at::Tensor> values(targets.size());
  for (size_t i = 0; i < targets.size(); ++i) {
    wanted.insert(targets[i].name);
    const std::string fault = mismatch(file, targets[i], values[i]);
    if (!fault.empty()) faults.push_back(fault);
  }
  for (const TensorEntry& entry : file.header().tensors)
    if (!wanted.count(entry.name)) faults.push_back(fmt::format("{} is not wanted", entry.name));
  if (!faults.empty())
    throw InputError(fmt::format("{} does not fit the network, nothing was loaded: {}",
                                 path.string(), fmt::join(faults, "; ")));
  for (size_t i = 0; i < targets.size(); ++i) {
    at::Tensor target = targets[i].tensor.detach();
    target.copy_(values[i]);
  }
}

}  // namespace nasnet::network
