#include "nasnet/exchange/pickle_builder.h"

#include "nasnet/exchange/weight_file.h"

// The calls of a pickle, by the function's name alone. Nothing is imported or run: a handful of
// names that build tensors, arrays and dicts are understood, and all others give an inert object.

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;

constexpr std::string_view kOrderedDict = "collections.OrderedDict";
constexpr std::string_view kFromType = "torch._tensor._rebuild_from_type_v2";

/// The inert value that a call of an unknown name, or an instance of an unknown class, becomes.
PickledValue* make_object(PickleBuilder& builder, const PickledValue& maker) {
  return builder.make_named(Kind::kObject,
                            maker.kind == Kind::kGlobal ? std::string(maker.text) : std::string());
}

/// An OrderedDict, which protocol 2 writes with its items as an argument, or empty.
PickledValue* make_ordered(PickleBuilder& builder, const PickledValue& arguments) {
  PickledValue* dict = builder.make(Kind::kDict);
  if (!arguments.items.empty()) {  // a list of pairs
    for (const PickledValue* pair : arguments.items[0]->items) {
      if (pair->kind != Kind::kList || pair->items.size() != 2) builder.fail("a dict is damaged");
      builder.append(dict, pair->items);
    }
  }
  return dict;
}

/// How protocol 2 writes bytes: as text of code points below 256, to be encoded.
PickledValue* make_bytes(PickleBuilder& builder,
                         const std::vector<const PickledValue*>& arguments) {
  if (arguments.size() != 2 || arguments[0]->kind != Kind::kText || arguments[1]->text != "latin1")
    return nullptr;
  PickledValue* bytes = builder.make(Kind::kText);
  bytes->text = arguments[0]->text;
  bytes->latin1 = true;
  return bytes;
}

}  // namespace

PickledValue* pickled_call(PickleBuilder& builder, const PickledValue& function,
                           const PickledValue& arguments) {
  if (function.kind != Kind::kGlobal || arguments.kind != Kind::kList)
    return make_object(builder, function);
  const std::string name(function.text);
  if (name == kOrderedDict) return make_ordered(builder, arguments);
  if (name == kFromType && arguments.items.size() >= 3 && arguments.items[0]->text != kFromType)
    // a tensor's subclass: (builder, type, ...); within itself it would call itself for ever
    return pickled_call(builder, *arguments.items[0], *arguments.items[2]);
  PickledValue* result = name == "_codecs.encode" ? make_bytes(builder, arguments.items) : nullptr;
  if (!result) result = pickled_tensor(builder, name, arguments.items);
  if (!result) result = pickled_array(builder, name, arguments.items);
  return result ? result : make_object(builder, function);
}

PickledValue* pickled_instance(PickleBuilder& builder, const PickledValue& type) {
  if (type.kind == Kind::kGlobal && type.text == kOrderedDict) return builder.make(Kind::kDict);
  return make_object(builder, type);
}

void set_pickled_state(PickleBuilder& builder, PickledValue& object, const PickledValue& state) {
  if (object.kind == Kind::kArray || object.kind == Kind::kNumberType)
    return set_array_state(builder, object, state);
  // That of a state dict (the versions of its modules) holds no tensors and is not kept.
  if (object.kind != Kind::kObject) return;
  if (state.kind == Kind::kDict) builder.append(&object, state.items);
  if (state.kind == Kind::kList && state.items.size() == 2)
    for (const PickledValue* part : state.items)
      if (part->kind == Kind::kDict) builder.append(&object, part->items);
}

int64_t pickled_whole(const PickleBuilder& builder, const PickledValue& value) {
  if (value.kind != Kind::kNumber) builder.fail("a number is missing");
  return value.number;
}

std::vector<int64_t> pickled_shape(const PickleBuilder& builder, const PickledValue& list) {
  if (list.kind != Kind::kList || list.items.size() > kMostDimensions)
    builder.fail("a tensor's shape is damaged");
  std::vector<int64_t> result;
  for (const PickledValue* item : list.items) {
    result.push_back(pickled_whole(builder, *item));
    if (result.back() < 0 || result.back() > int64_t{1} << 40)
      builder.fail("a tensor's shape is damaged");
  }
  return result;
}

}  // namespace nasnet::exchange
