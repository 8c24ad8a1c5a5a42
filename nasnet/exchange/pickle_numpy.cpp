#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nasnet/base/number_types.h"
#include "nasnet/exchange/pickle_builder.h"

// How NumPy pickles arrays: numpy/core/src/multiarray/methods.c (array_reduce, array_setstate) and
// descriptor.c (arraydescr_reduce).

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;
using Arguments = std::vector<const PickledValue*>;

/// "f4" as safetensors names it; other types in NumPy's own word.
std::string number_type(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, const char*>, 13> kTypes = {
      {{"f8", "F64"},
       {"f4", "F32"},
       {"f2", "F16"},
       {"i8", "I64"},
       {"i4", "I32"},
       {"i2", "I16"},
       {"i1", "I8"},
       {"u8", "U64"},
       {"u4", "U32"},
       {"u2", "U16"},
       {"u1", "U8"},
       {"b1", "BOOL"},
       {"c8", "C64"}}};
  for (const auto& [own, type] : kTypes)
    if (name == own) return type;
  return fmt::format("NumPy's {}", name);
}

/// The function's name without its module, where that is NumPy's: "numpy.core.multiarray" until
/// NumPy 1, "numpy._core.multiarray" since 2.
std::string_view numpy_name(std::string_view function) {
  if (!function.starts_with("numpy.")) return "";
  return function.substr(function.rfind('.') + 1);
}

/// Bytes that a text stands for: a code point is one, where it is written as latin1.
uint64_t byte_count(const PickledValue& text) {
  if (!text.latin1) return text.text.size();
  return static_cast<uint64_t>(
      std::count_if(text.text.begin(), text.text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Turns `array` into a tensor on bytes of the pickle itself, where it is one of numbers.
void fill(PickleBuilder& builder, PickledValue& array, std::vector<int64_t> shape,
          const PickledValue& type, bool columns_first, const PickledValue& bytes) {
  if (type.kind != Kind::kNumberType || bytes.kind != Kind::kText) return;  // of something else
  PickledTensor tensor;
  tensor.storage.type = type.text;
  tensor.storage.bytes = bytes.text;
  tensor.storage.latin1 = bytes.latin1;
  uint64_t elements = 1;
  tensor.stride.assign(shape.size(), 0);
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t d = columns_first ? i : shape.size() - 1 - i;
    tensor.stride[d] = static_cast<int64_t>(elements);
    if (__builtin_mul_overflow(elements, static_cast<uint64_t>(shape[d]), &elements))
      builder.fail("an array is larger than any memory");
  }
  tensor.shape = std::move(shape);
  tensor.storage.elements = elements;
  uint64_t size = type_size(tensor.storage.type);
  if (size > 0 && (__builtin_mul_overflow(size, elements, &size) || size != byte_count(bytes)))
    builder.fail("an array has more or fewer bytes than its shape takes");
  array.kind = Kind::kTensor;
  array.tensor = std::make_shared<PickledTensor>(std::move(tensor));
}

}  // namespace

PickledValue* pickled_array(PickleBuilder& builder, const std::string& function,
                            const Arguments& arguments) {
  const std::string_view name = numpy_name(function);
  if (name == "_reconstruct") return builder.make(Kind::kArray);
  if (name == "dtype" && !arguments.empty() && arguments[0]->kind == Kind::kText)
    return builder.make_named(Kind::kNumberType, number_type(arguments[0]->text));
  if (name == "_frombuffer" && arguments.size() == 4) {  // since protocol 5
    PickledValue* array = builder.make(Kind::kArray);
    fill(builder, *array, pickled_shape(builder, *arguments[2]), *arguments[1],
         arguments[3]->text == "F", *arguments[0]);
    return array;
  }
  return nullptr;
}

void set_array_state(PickleBuilder& builder, PickledValue& object, const PickledValue& state) {
  const Arguments& parts = state.items;
  if (object.kind == Kind::kNumberType) {  // (version, byte order, ...)
    // The name becomes one that no reader knows: refused where its values are wanted.
    if (parts.size() > 1 && parts[1]->text == ">")
      object.text =
          builder.make_named(Kind::kText, fmt::format("big-endian {}", object.text))->text;
    return;
  }
  // (version, shape, type, whether the first axis varies fastest, values)
  if (parts.size() != 5) return;
  if (parts[2]->kind == Kind::kNumberType && parts[4]->kind == Kind::kList) {  // of objects
    object.kind = Kind::kList;
    builder.append(&object, parts[4]->items);
    return;
  }
  fill(builder, object, pickled_shape(builder, *parts[1]), *parts[2],
       pickled_whole(builder, *parts[3]) != 0, *parts[4]);
}

}  // namespace nasnet::exchange
