#include "nasnet/exchange/pickle_builder.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"

// Values live in a deque and never move, so that they may point to each other, also in circles.
// Every one that is made and every reference to one is counted against the limits in the header.

namespace nasnet::exchange {
namespace {

/// A long text under a short memo key could be copied into any number of names.
constexpr size_t kLongestName = 400;

}  // namespace

void PickleBuilder::fail(std::string_view what) const {
  throw InputError(fmt::format("{} is not a pickle of tensors: {} (at byte {} of the pickle)",
                               file_, what, position));
}

PickledValue* PickleBuilder::make(PickledValue::Kind kind) {
  if (pickle.values.size() >= kMostValues) fail("it has more values than any state dict");
  pickle.values.emplace_back();
  pickle.values.back().kind = kind;
  return &pickle.values.back();
}

PickledValue* PickleBuilder::make_named(PickledValue::Kind kind, std::string name) {
  if (name.size() > kLongestName) fail("a name is too long");
  PickledValue* result = make(kind);
  // Names are kept once; the text of a value only looks at them, or at the pickle.
  result->text = *pickle.names.insert(std::move(name)).first;
  return result;
}

void PickleBuilder::count_references(size_t count) {
  references_ += count;
  if (references_ > kMostReferences) fail("it has more values than any state dict");
}

void PickleBuilder::append(PickledValue* container, const std::vector<const PickledValue*>& items) {
  count_references(items.size());
  container->items.insert(container->items.end(), items.begin(), items.end());
}

}  // namespace nasnet::exchange
