#include "nasnet/exchange/pickle.h"

#include <fmt/format.h>

#include <bit>
#include <map>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"

// The opcodes are those of Python's pickle protocols 2 to 4 (module pickletools).

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;

constexpr size_t kMostDimensions = 16;
/// A state dict of NASNet-A large has 50,000 values. A byte of a hostile pickle could make a value
/// of hundreds, so both are counted.
constexpr size_t kMostValues = 500'000;
constexpr size_t kMostReferences = 4'000'000;

/// PyTorch's storage classes and the type that each holds.
const std::map<std::string, std::string>& storage_types() {
  static const std::map<std::string, std::string> types = {
      {"torch.FloatStorage", "F32"}, {"torch.DoubleStorage", "F64"},
      {"torch.HalfStorage", "F16"},  {"torch.BFloat16Storage", "BF16"},
      {"torch.LongStorage", "I64"},  {"torch.IntStorage", "I32"},
      {"torch.ShortStorage", "I16"}, {"torch.CharStorage", "I8"},
      {"torch.ByteStorage", "U8"},   {"torch.BoolStorage", "BOOL"}};
  return types;
}

bool builds_tensor(const std::string& name) {
  return name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor";
}

bool is_allowed(const std::string& name) {
  return builds_tensor(name) || name == "torch._utils._rebuild_parameter" ||
         name == "collections.OrderedDict" || storage_types().count(name);
}

class Machine {
 public:
  Machine(std::string_view bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  Pickle run() {
    while (!step()) {
    }
    if (stack_.size() != 1) fail("it ends with more or less than one value");
    pickle_.root = stack_.back();
    pickle_.bytes = position_;
    return std::move(pickle_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{} is not a pickle of tensors: {} (at byte {} of the pickle)",
                                 file_, what, position_));
  }

  // --- reading
  // ------------------------------------------------------------------------------------

  std::string_view take(uint64_t count) {
    if (count > bytes_.size() - position_) fail("it is cut off");
    const std::string_view result = bytes_.substr(position_, count);
    position_ += count;
    return result;
  }

  uint64_t number(size_t size) { return little_endian(take(size), 0, size); }

  std::string line() {
    const size_t end = bytes_.find('\n', position_);
    if (end == std::string_view::npos) fail("it is cut off");
    std::string text(take(end - position_));
    ++position_;
    return text;
  }

  // --- the stack
  // ----------------------------------------------------------------------------------

  PickledValue* make(Kind kind) {
    if (pickle_.values.size() >= kMostValues) fail("it has more values than any state dict");
    pickle_.values.emplace_back();
    pickle_.values.back().kind = kind;
    return &pickle_.values.back();
  }

  void push(PickledValue* value) {
    count_references(1);
    stack_.push_back(value);
  }

  void count_references(size_t count) {
    references_ += count;
    if (references_ > kMostReferences) fail("it has more values than any state dict");
  }

  PickledValue* pop() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() >= stack_.size()))
      fail("it takes a value that is not there");
    PickledValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }

  PickledValue* top(Kind kind) {
    if (stack_.empty() || stack_.back()->kind != kind) fail("a container is missing");
    return stack_.back();
  }

  std::vector<const PickledValue*> pop_mark() {
    if (marks_.empty()) fail("it takes a mark that is not there");
    const size_t mark = marks_.back();
    marks_.pop_back();
    if (mark > stack_.size()) fail("a mark is damaged");
    std::vector<const PickledValue*> items(stack_.begin() + static_cast<std::ptrdiff_t>(mark),
                                           stack_.end());
    stack_.resize(mark);
    return items;
  }

  void push_number(int64_t value) {
    PickledValue* result = make(Kind::kNumber);
    result->number = value;
    push(result);
  }

  void push_text(std::string_view text) {
    PickledValue* result = make(Kind::kText);
    result->text = text;
    push(result);
  }

  void push_list(std::vector<const PickledValue*> items) {
    PickledValue* result = make(Kind::kList);
    result->items = std::move(items);
    push(result);
  }

  void push_last(size_t count) {
    std::vector<const PickledValue*> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_list(std::move(items));
  }

  void push_global(const std::string& module, const std::string& name) {
    const std::string full = module + "." + name;
    if (!is_allowed(full))
      fail(fmt::format("it names '{}', which tensors do not need, and is refused",
                       full.substr(0, 80)));
    PickledValue* result = make(Kind::kGlobal);
    result->text = full;
    push(result);
  }

  void memoize(uint64_t index) {
    if (stack_.empty()) fail("it keeps a value that is not there");
    memo_[index] = stack_.back();
  }

  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("it recalls a value that was not kept");
    push(found->second);
  }

  void append(PickledValue* container, const std::vector<const PickledValue*>& items) {
    count_references(items.size());
    container->items.insert(container->items.end(), items.begin(), items.end());
  }

  void set_items(PickledValue* dict, const std::vector<const PickledValue*>& items) {
    if (items.size() % 2 != 0) fail("a key has no value");
    append(dict, items);
  }

  // --- PyTorch's objects
  // --------------------------------------------------------------------------

  int64_t whole(const PickledValue& value) const {
    if (value.kind != Kind::kNumber) fail("a number is missing");
    return value.number;
  }

  std::vector<int64_t> numbers(const PickledValue& list) const {
    if (list.kind != Kind::kList || list.items.size() > kMostDimensions)
      fail("a tensor's shape is damaged");
    std::vector<int64_t> result;
    for (const PickledValue* item : list.items) {
      result.push_back(whole(*item));
      if (result.back() < 0 || result.back() > int64_t{1} << 40)
        fail("a tensor's shape is damaged");
    }
    return result;
  }

  /// ("storage", class, key, device, elements): what a tensor's storage is saved as.
  void push_persistent() {
    const PickledValue& id = *pop();
    if (id.kind != Kind::kList || id.items.size() < 5 || id.items[0]->kind != Kind::kText ||
        id.items[0]->text != "storage" || id.items[1]->kind != Kind::kGlobal ||
        !storage_types().count(id.items[1]->text) || id.items[2]->kind != Kind::kText)
      fail("it refers to something other than a tensor's storage");
    if (id.items.size() > 5 && id.items[5]->kind != Kind::kNone)
      fail("its storages are views of others, as PyTorch before 0.4 saved them");
    const int64_t elements = whole(*id.items[4]);
    if (elements < 0 || elements > int64_t{1} << 40) fail("a storage's size is damaged");
    PickledValue* result = make(Kind::kStorage);
    result->storage = {id.items[2]->text, storage_types().at(id.items[1]->text),
                       static_cast<uint64_t>(elements)};
    push(result);
  }

  void reduce() {
    const PickledValue& arguments = *pop();
    const PickledValue& function = *pop();
    if (function.kind != Kind::kGlobal || arguments.kind != Kind::kList)
      fail("it calls something that is no function");
    if (function.text == "collections.OrderedDict") {
      PickledValue* dict = make(Kind::kDict);
      if (!arguments.items.empty()) {  // a list of pairs
        for (const PickledValue* pair : arguments.items[0]->items) {
          if (pair->kind != Kind::kList || pair->items.size() != 2) fail("a dict is damaged");
          append(dict, pair->items);
        }
      }
      push(dict);
    } else if (function.text == "torch._utils._rebuild_parameter") {
      if (arguments.items.empty() || arguments.items[0]->kind != Kind::kTensor)
        fail("a parameter is damaged");
      PickledValue* copy = make(Kind::kTensor);
      copy->tensor = arguments.items[0]->tensor;
      push(copy);
    } else if (builds_tensor(function.text)) {
      rebuild_tensor(arguments.items);
    } else {
      fail("it calls something that is no function");
    }
  }

  void rebuild_tensor(const std::vector<const PickledValue*>& arguments) {
    if (arguments.size() < 4 || arguments[0]->kind != Kind::kStorage) fail("a tensor is damaged");
    PickledValue* result = make(Kind::kTensor);
    PickledTensor& tensor = result->tensor;
    tensor.storage = arguments[0]->storage;
    tensor.shape = numbers(*arguments[2]);
    tensor.stride = numbers(*arguments[3]);
    const int64_t offset = whole(*arguments[1]);
    if (offset < 0 || tensor.shape.size() != tensor.stride.size()) fail("a tensor is damaged");
    tensor.offset = static_cast<uint64_t>(offset);
    uint64_t elements = 1, last = tensor.offset;
    for (size_t i = 0; i < tensor.shape.size(); ++i) {
      const auto edge = static_cast<uint64_t>(tensor.shape[i]);
      uint64_t reach = 0;
      if (__builtin_mul_overflow(elements, edge, &elements) ||
          __builtin_mul_overflow(edge > 0 ? edge - 1 : 0, static_cast<uint64_t>(tensor.stride[i]),
                                 &reach) ||
          __builtin_add_overflow(last, reach, &last))
        fail("a tensor is larger than any memory");
    }
    // More elements than the storage has would be a small file that asks for a large memory.
    if (elements > tensor.storage.elements || (elements > 0 && last >= tensor.storage.elements))
      fail("a tensor reaches beyond its storage");
    push(result);
  }

  // --- the opcodes
  // --------------------------------------------------------------------------------

  void push_integer(std::string_view digits) {
    if (digits.size() > 8) {
      push_number(0);  // PyTorch's magic number; nothing that is used is as long
      return;
    }
    uint64_t value = little_endian(digits, 0, digits.size());
    if (!digits.empty() && digits.size() < 8 && (digits.back() & 0x80))
      value |= ~uint64_t{0} << (8 * digits.size());
    push_number(static_cast<int64_t>(value));
  }

  /// Returns true after STOP.
  bool step() {
    const auto opcode = static_cast<unsigned char>(take(1)[0]);
    switch (opcode) {
      case 0x80:  // PROTO
        if (number(1) > 5) fail("its protocol is newer than any known");
        return false;
      case 0x95:  // FRAME
        take(8);
        return false;
      case '.':
        return true;
      case '(':
        marks_.push_back(stack_.size());
        return false;
      case '0':
        pop();
        return false;
      case '1':
        pop_mark();
        return false;
      case '2':
        if (stack_.empty()) fail("it takes a value that is not there");
        push(stack_.back());
        return false;
      case 'N':
        push(make(Kind::kNone));
        return false;
      case 0x88:
      case 0x89:
        push_number(opcode == 0x88);
        return false;
      case 'J':
        push_number(static_cast<int32_t>(number(4)));
        return false;
      case 'K':
        push_number(static_cast<int64_t>(number(1)));
        return false;
      case 'M':
        push_number(static_cast<int64_t>(number(2)));
        return false;
      case 0x8a:
        push_integer(take(number(1)));
        return false;
      case 0x8b:
        push_integer(take(number(4)));
        return false;
      case 'G': {  // BINFLOAT, big-endian
        uint64_t bits = 0;
        for (const char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
        PickledValue* result = make(Kind::kReal);
        result->real = std::bit_cast<double>(bits);
        push(result);
        return false;
      }
      case 'X':  // BINUNICODE
      case 'T':  // BINSTRING
      case 'B':  // BINBYTES
        push_text(take(number(4)));
        return false;
      case 'U':   // SHORT_BINSTRING
      case 'C':   // SHORT_BINBYTES
      case 0x8c:  // SHORT_BINUNICODE
        push_text(take(number(1)));
        return false;
      case 0x8d:  // BINUNICODE8
      case 0x8e:  // BINBYTES8
        push_text(take(number(8)));
        return false;
      case ']':
        push_list({});
        return false;
      case ')':
        push_list({});
        return false;
      case '}':
        push(make(Kind::kDict));
        return false;
      case 'l':
      case 't':
        push_list(pop_mark());
        return false;
      case 'd': {
        const auto items = pop_mark();
        PickledValue* dict = make(Kind::kDict);
        set_items(dict, items);
        push(dict);
        return false;
      }
      case 0x85:
      case 0x86:
      case 0x87:
        push_last(opcode - 0x84u);
        return false;
      case 'a': {
        const PickledValue* item = pop();
        append(top(Kind::kList), {item});
        return false;
      }
      case 'e': {
        const auto items = pop_mark();
        append(top(Kind::kList), items);
        return false;
      }
      case 's': {
        const PickledValue* value = pop();
        const PickledValue* key = pop();
        set_items(top(Kind::kDict), {key, value});
        return false;
      }
      case 'u': {
        const auto items = pop_mark();
        set_items(top(Kind::kDict), items);
        return false;
      }
      case 'b':  // BUILD: the attributes of a state dict, such as the versions of its modules
        pop();
        top(Kind::kDict);
        return false;
      case 'q':
        memoize(number(1));
        return false;
      case 'r':
        memoize(number(4));
        return false;
      case 0x94:
        memoize(memo_.size());
        return false;
      case 'h':
        recall(number(1));
        return false;
      case 'j':
        recall(number(4));
        return false;
      case 'c': {
        const std::string module = line();
        push_global(module, line());
        return false;
      }
      case 0x93: {  // STACK_GLOBAL
        const PickledValue& name = *pop();
        const PickledValue& module = *pop();
        if (name.kind != Kind::kText || module.kind != Kind::kText) fail("a name is missing");
        push_global(module.text, name.text);
        return false;
      }
      case 'Q':
        push_persistent();
        return false;
      case 'R':
        reduce();
        return false;
      default:
        fail(fmt::format("it uses the instruction 0x{:02x}, which tensors do not need", opcode));
    }
  }

  std::string_view bytes_;
  const std::string& file_;
  size_t position_ = 0, references_ = 0;
  std::vector<PickledValue*> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, PickledValue*> memo_;
  Pickle pickle_;
};

const PickledValue* entry(const PickledValue& dict, std::string_view key) {
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2)
    if (dict.items[i]->kind == Kind::kText && dict.items[i]->text == key) return dict.items[i + 1];
  return nullptr;
}

std::vector<std::pair<std::string, PickledTensor>> tensors_of(const PickledValue& dict) {
  std::vector<std::pair<std::string, PickledTensor>> tensors;
  for (size_t i = 0; i + 1 < dict.items.size(); i += 2)
    if (dict.items[i]->kind == Kind::kText && dict.items[i + 1]->kind == Kind::kTensor)
      tensors.emplace_back(dict.items[i]->text, dict.items[i + 1]->tensor);
  return tensors;
}

}  // namespace

Pickle unpickle(std::string_view bytes, const std::string& file) {
  return Machine(bytes, file).run();
}

std::vector<std::pair<std::string, PickledTensor>> state_dict(const Pickle& pickle,
                                                              const std::string& file) {
  if (pickle.root->kind == Kind::kDict) {
    for (const char* key : {"state_dict", "model", "model_state_dict", "params"}) {
      const PickledValue* inner = entry(*pickle.root, key);
      if (inner && inner->kind == Kind::kDict) return tensors_of(*inner);
    }
    auto tensors = tensors_of(*pickle.root);
    if (!tensors.empty()) return tensors;
  }
  throw InputError(
      fmt::format("{} holds no state dict; save one with "
                  "torch.save(model.state_dict(), FILE)",
                  file));
}

}  // namespace nasnet::exchange
