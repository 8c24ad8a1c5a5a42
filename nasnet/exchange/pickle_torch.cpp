#include <map>

#include "nasnet/exchange/pickle_builder.h"

// How PyTorch pickles tensors (torch/_utils.py and torch/serialization.py): a storage is named from
// outside the pickle, and a tensor is a function's call on it. Every view is checked here to lie
// within its storage, so that readers need not.

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;
using Arguments = std::vector<const PickledValue*>;

/// Bytes; keys are short numbers.
constexpr size_t kLongestKey = 400;

/// PyTorch's storage classes, and the type that each holds.
std::string storage_type(std::string_view name) {
  static const std::map<std::string_view, const char*> types = {
      {"torch.FloatStorage", "F32"},        {"torch.DoubleStorage", "F64"},
      {"torch.HalfStorage", "F16"},         {"torch.BFloat16Storage", "BF16"},
      {"torch.LongStorage", "I64"},         {"torch.IntStorage", "I32"},
      {"torch.ShortStorage", "I16"},        {"torch.CharStorage", "I8"},
      {"torch.ByteStorage", "U8"},          {"torch.BoolStorage", "BOOL"},
      {"torch.ComplexFloatStorage", "C64"}, {"torch.ComplexDoubleStorage", "C128"},
      {"torch.QInt8Storage", "QI8"},        {"torch.QUInt8Storage", "QU8"},
      {"torch.QInt32Storage", "QI32"},      {"torch.QUInt4x2Storage", "QU4x2"},
      {"torch.QUInt2x4Storage", "QU2x4"},   {"torch.storage.UntypedStorage", "U8"},
      {"torch.UntypedStorage", "U8"}};
  const auto found = types.find(name);
  return found == types.end() ? "" : found->second;
}

/// The type that a tensor on untyped bytes says itself: "torch.float8_e4m3fn".
std::string named_type(std::string_view name) {
  static const std::map<std::string_view, const char*> types = {{"torch.float8_e4m3fn", "F8_E4M3"},
                                                                {"torch.float8_e5m2", "F8_E5M2"},
                                                                {"torch.uint16", "U16"},
                                                                {"torch.uint32", "U32"},
                                                                {"torch.uint64", "U64"}};
  const auto found = types.find(name);
  return found == types.end() ? std::string(name) : found->second;
}

/// A tensor that has no numbers of its own in order: it is kept, so that its name can be refused.
std::string special_type(std::string_view function) {
  static const std::map<std::string_view, const char*> types = {
      {"torch._utils._rebuild_sparse_tensor", "sparse"},
      {"torch._utils._rebuild_sparse_csr_tensor", "sparse"},
      {"torch._utils._rebuild_nested_tensor", "nested"},
      {"torch._utils._rebuild_meta_tensor_no_storage", "meta (without values)"},
      {"torch._utils._rebuild_wrapper_subclass", "a subclass of Tensor"}};
  const auto found = types.find(function);
  return found == types.end() ? "" : found->second;
}

PickledValue* make_tensor(PickleBuilder& builder, PickledTensor tensor) {
  PickledValue* result = builder.make(Kind::kTensor);
  result->tensor = std::make_shared<PickledTensor>(std::move(tensor));
  return result;
}

/// A view: (storage, offset, shape, strides, ...), with the type at the seventh place in v3.
PickledValue* rebuild_view(PickleBuilder& builder, const Arguments& arguments, bool typed) {
  if (arguments.size() < (typed ? 7u : 4u)) builder.fail("a tensor is damaged");
  if (arguments[0]->kind == Kind::kObject && arguments[0]->text == "torch.storage._load_from_bytes")
    builder.fail("it was written with pickle.dump; write it with torch.save");
  if (arguments[0]->kind != Kind::kStorage) builder.fail("a tensor is damaged");
  PickledTensor tensor;
  tensor.storage = arguments[0]->tensor->storage;
  tensor.shape = pickled_shape(builder, *arguments[2]);
  tensor.stride = pickled_shape(builder, *arguments[3]);
  const int64_t offset = pickled_whole(builder, *arguments[1]);
  if (offset < 0 || tensor.shape.size() != tensor.stride.size())
    builder.fail("a tensor is damaged");
  tensor.offset = static_cast<uint64_t>(offset);
  uint64_t elements = 1, last = tensor.offset;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    const auto edge = static_cast<uint64_t>(tensor.shape[i]);
    uint64_t reach = 0;
    if (__builtin_mul_overflow(elements, edge, &elements) ||
        __builtin_mul_overflow(edge > 0 ? edge - 1 : 0, static_cast<uint64_t>(tensor.stride[i]),
                               &reach) ||
        __builtin_add_overflow(last, reach, &last))
      builder.fail("a tensor is larger than any memory");
  }
  // More elements than the storage has would be a small file that asks for a large memory.
  if (elements > tensor.storage.elements || (elements > 0 && last >= tensor.storage.elements))
    builder.fail("a tensor reaches beyond its storage");
  if (typed) tensor.type = named_type(arguments[6]->text);
  return make_tensor(builder, std::move(tensor));
}

/// A parameter is the tensor that it wraps.
PickledValue* copy_of_tensor(PickleBuilder& builder, const Arguments& arguments) {
  if (arguments.empty() || arguments[0]->kind != Kind::kTensor)
    builder.fail("a parameter is damaged");
  PickledValue* copy = builder.make(Kind::kTensor);
  copy->tensor = arguments[0]->tensor;
  return copy;
}

}  // namespace

PickledValue* pickled_storage(PickleBuilder& builder, const PickledValue& id) {
  const Arguments& parts = id.items;
  // ("module", class, its source): how PyTorch before 1.6 saved the class of a whole module.
  if (id.kind == Kind::kList && parts.size() > 1 && parts[0]->text == "module" &&
      parts[1]->kind == Kind::kGlobal)
    return builder.make_named(Kind::kGlobal, std::string(parts[1]->text));
  if (id.kind != Kind::kList || parts.size() < 5 || parts[0]->kind != Kind::kText ||
      parts[0]->text != "storage" || parts[1]->kind != Kind::kGlobal ||
      storage_type(parts[1]->text).empty() || parts[2]->kind != Kind::kText ||
      parts[2]->text.size() > kLongestKey)
    builder.fail("it refers to something other than a tensor's storage");
  if (parts.size() > 5 && parts[5]->kind != Kind::kNone)
    builder.fail("its storages are views of others, as PyTorch before 0.4 saved them");
  const int64_t elements = pickled_whole(builder, *parts[4]);
  if (elements < 0 || elements > int64_t{1} << 40) builder.fail("a storage's size is damaged");
  PickledTensor tensor;
  tensor.storage = {std::string(parts[2]->text), storage_type(parts[1]->text),
                    static_cast<uint64_t>(elements)};
  PickledValue* result = builder.make(Kind::kStorage);
  result->tensor = std::make_shared<PickledTensor>(std::move(tensor));
  return result;
}

PickledValue* pickled_tensor(PickleBuilder& builder, const std::string& function,
                             const Arguments& arguments) {
  if (function == "torch._utils._rebuild_tensor" || function == "torch._utils._rebuild_tensor_v2" ||
      function == "torch._utils._rebuild_qtensor")
    return rebuild_view(builder, arguments, false);
  if (function == "torch._utils._rebuild_tensor_v3") return rebuild_view(builder, arguments, true);
  // The last: of tensors that lay on a device without storages of its own, from NumPy's array.
  if (function == "torch._utils._rebuild_parameter" ||
      function == "torch._utils._rebuild_parameter_with_state" ||
      function == "torch._utils._rebuild_device_tensor_from_numpy")
    return copy_of_tensor(builder, arguments);
  const std::string special = special_type(function);
  if (special.empty()) return nullptr;
  PickledTensor tensor;
  tensor.type = special;
  return make_tensor(builder, std::move(tensor));
}

}  // namespace nasnet::exchange
