#pragma once

#include <cstdint>
#include <deque>
#include <memory>
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
    kList,    ///< list, tuple and set, in `items`
    kDict,    ///< keys and values in turn in `items`
    kGlobal,  ///< a name in `text`: of a class or function, never looked up
    kObject,  ///< of the class `text`; its attributes, as of a dict, in `items`
    kStorage,
    kTensor,
  };
  Kind kind = Kind::kNone;
  int64_t number = 0;
  std::string text;
  std::vector<const PickledValue*> items;
  std::shared_ptr<const PickledTensor> tensor;  ///< of kTensor; of kStorage only its storage
};

/// The values of one pickle. They refer to each other, so they live and die together.
struct Pickle {
  std::deque<PickledValue> values;
  const PickledValue* root = nullptr;
  size_t bytes = 0;  ///< length of the pickle, up to and with its STOP
};

/// Runs a pickle on a machine that can build numbers, texts, lists, dicts and tensors, and nothing
/// else: no name is looked up, no code runs. PyTorch's tensor builders, its storage types and
/// OrderedDict are understood; whatever else a pickle names or would call (an argparse.Namespace, a
/// NumPy scalar, a date) becomes an object that holds the attributes that it was given and does
/// nothing. Memory stays within a small multiple of the pickle's length. Throws InputError naming
/// `file`.
Pickle unpickle(std::string_view bytes, const std::string& file);

/// Every tensor of a pickle by its path: dict keys, list positions and attributes joined with dots,
/// as "state_dict.conv0.conv.weight". The dicts in which a module keeps its parts ("_modules",
/// "_parameters", "_buffers") are no part of the path, so that a whole pickled module has the
/// names of its state dict. What stands under two paths is given once.
std::vector<std::pair<std::string, PickledTensor>> tensors_of(const Pickle& pickle,
                                                              const std::string& file);

}  // namespace nasnet::exchange
