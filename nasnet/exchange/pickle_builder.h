#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nasnet/exchange/pickle.h"

namespace nasnet::exchange {

/// A pickle that is being read: makes its values, and counts them, so that a hostile one cannot
/// fill the memory.
class PickleBuilder {
 public:
  /// A checkpoint of NASNet-A large with its optimizer and an average has 300,000 values. A byte of
  /// a hostile pickle could make a value of a hundred, so both are counted.
  static constexpr size_t kMostValues = 1'000'000;
  static constexpr size_t kMostReferences = 8'000'000;

  explicit PickleBuilder(std::string file) : file_(std::move(file)) {}

  /// Throws the InputError of a pickle that is not understood, naming file and position.
  [[noreturn]] void fail(std::string_view what) const;
  PickledValue* make(PickledValue::Kind kind);
  /// A value with a name of its own: a global, or an object of the class so called.
  PickledValue* make_named(PickledValue::Kind kind, std::string name);
  void append(PickledValue* container, const std::vector<const PickledValue*>& items);
  void count_references(size_t count);

  Pickle pickle;
  size_t position = 0;  ///< of the next instruction

 private:
  std::string file_;
  size_t references_ = 0;
};

// --- Functions and classes that are understood ---

/// The value of `function(*arguments)` for the builders of PyTorch and NumPy and OrderedDict; of
/// everything else an object that does nothing.
PickledValue* pickled_call(PickleBuilder& builder, const PickledValue& function,
                           const PickledValue& arguments);
/// A new instance of a class: of a dict's kind, or an object.
PickledValue* pickled_instance(PickleBuilder& builder, const PickledValue& type);
/// An object's attributes, a dict or, with slots, a pair of dicts; an array's values.
void set_pickled_state(PickleBuilder& builder, PickledValue& object, const PickledValue& state);

/// ("storage", class, key, device, elements): what a tensor's storage is saved as.
PickledValue* pickled_storage(PickleBuilder& builder, const PickledValue& id);
/// The tensor that a function of PyTorch builds; nullptr where it is none of them.
PickledValue* pickled_tensor(PickleBuilder& builder, const std::string& function,
                             const std::vector<const PickledValue*>& arguments);
/// The array or number type that a function of NumPy builds; nullptr where it is none of them.
PickledValue* pickled_array(PickleBuilder& builder, const std::string& function,
                            const std::vector<const PickledValue*>& arguments);
/// Takes an array's or a number type's state; `object` comes from pickled_array().
void set_array_state(PickleBuilder& builder, PickledValue& object, const PickledValue& state);

int64_t pickled_whole(const PickleBuilder& builder, const PickledValue& value);
/// A shape or strides: at most 16 numbers from 0 to 2^40.
std::vector<int64_t> pickled_shape(const PickleBuilder& builder, const PickledValue& list);

}  // namespace nasnet::exchange
