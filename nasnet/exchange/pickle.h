#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nasnet::exchange {

/// A storage that a tensor looks at: raw numbers, kept outside of the pickle.
struct PickledStorage {
  std::string key;
  std::string type;  ///< as safetensors names it
  uint64_t elements = 0;
};

/// A tensor as PyTorch pickles it: a view of a storage, in elements.
struct PickledTensor {
  PickledStorage storage;
  uint64_t offset = 0;
  std::vector<int64_t> shape, stride;
};

struct PickledValue {
  enum class Kind {
    kNone,
    kNumber,  ///< bool and int, in `number`
    kReal,
    kText,    ///< str and bytes
    kList,    ///< list and tuple, in `items`
    kDict,    ///< keys and values in turn in `items`
    kGlobal,  ///< one of the few allowed names, in `text`
    kStorage,
    kTensor,
  };
  Kind kind = Kind::kNone;
  int64_t number = 0;
  double real = 0;
  std::string text;
  std::vector<const PickledValue*> items;
  PickledStorage storage;
  PickledTensor tensor;
};

/// The values of one pickle. They refer to each other, so they live and die together.
struct Pickle {
  std::deque<PickledValue> values;
  const PickledValue* root = nullptr;
  size_t bytes = 0;  ///< length of the pickle, up to and with its STOP
};

/// Runs a pickle on a machine that can build numbers, texts, lists, dicts and tensors, and nothing
/// else: no name is looked up, no code runs. A pickle that names anything but PyTorch's tensor
/// builders, its storage types and OrderedDict is refused with that name. Memory stays within a
/// small multiple of the pickle's length. Throws InputError naming `file`.
Pickle unpickle(std::string_view bytes, const std::string& file);

/// The tensors of a state dict by name: the root, or its entry "state_dict", "model",
/// "model_state_dict" or "params"; entries that are no tensors are left out. Throws InputError
/// where there is none.
std::vector<std::pair<std::string, PickledTensor>> state_dict(const Pickle& pickle,
                                                              const std::string& file);

}  // namespace nasnet::exchange
