#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nasnet::exchange {

/// Numbers that a tensor looks at: of PyTorch outside of the pickle, of NumPy in it.
struct PickledStorage {
  std::string key;   ///< of PyTorch; "" where the numbers are in `bytes`
  std::string type;  ///< as safetensors names it
  uint64_t elements = 0;
  std::string_view bytes;  ///< of the pickle
  bool latin1 = false;     ///< each byte is a code point of UTF-8 there, as protocol 2 has it
};

/// A tensor: a view of a storage, in elements.
struct PickledTensor {
  PickledStorage storage;
  std::string type;  ///< where it is not the storage's, or why there are no numbers to be read
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
    kTensor,      ///< PyTorch's tensor or NumPy's array
    kArray,       ///< an array that has not been given its values
    kNumberType,  ///< of NumPy, `text` as safetensors names it
  };
  Kind kind = Kind::kNone;
  bool latin1 = false;  ///< of kText: bytes as in PickledStorage
  int64_t number = 0;
  std::string_view text;  ///< of the pickle
  std::vector<const PickledValue*> items;
  std::shared_ptr<const PickledTensor> tensor;  ///< of kTensor; of kStorage only its storage
};

/// The values of one pickle. They refer to each other, so they live and die together.
struct Pickle {
  std::deque<PickledValue> values;
  const PickledValue* root = nullptr;
  size_t bytes = 0;                         ///< length of the pickle, up to and with its STOP
  std::shared_ptr<const std::string> text;  ///< that the values refer to
  std::set<std::string, std::less<>> names;
};

/// Runs a pickle on a machine that can build numbers, texts, lists, dicts and tensors, and nothing
/// else: no name is looked up, no code runs. PyTorch's tensor builders, its storage types and
/// OrderedDict are understood; whatever else a pickle names or would call (an argparse.Namespace, a
/// NumPy scalar, a date) becomes an object that holds the attributes that it was given and does
/// nothing. NumPy's arrays are tensors whose numbers lie in the pickle. Time and memory are linear
/// in the pickle's length. Throws InputError naming `file`.
Pickle unpickle(std::shared_ptr<const std::string> bytes, const std::string& file,
                size_t begin = 0);
Pickle unpickle(std::string bytes, const std::string& file);

/// Every tensor of a pickle by its path: dict keys, list positions and attributes joined with dots,
/// as "state_dict.conv0.conv.weight". The dicts in which a module keeps its parts ("_modules",
/// "_parameters", "_buffers") are no part of the path, so that a whole pickled module has the
/// names of its state dict. What stands under two paths is given once.
std::vector<std::pair<std::string, PickledTensor>> tensors_of(const Pickle& pickle,
                                                              const std::string& file);

}  // namespace nasnet::exchange
