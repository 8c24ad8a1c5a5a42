#include "nasnet/exchange/pickle.h"

#include <fmt/format.h>

#include <map>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"

// The opcodes are those of Python's pickle protocols 2 to 4 (module pickletools).

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;

constexpr size_t kMostDimensions = 16;
/// A checkpoint of NASNet-A large with its optimizer and an average has 300,000 values. A byte of a
/// hostile pickle could make a value of a hundred, so both are counted.
constexpr size_t kMostValues = 1'000'000;
constexpr size_t kMostReferences = 8'000'000;
/// A long text under a short memo key could be copied into any number of names.
constexpr size_t kLongestName = 400;

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

bool builds_parameter(const std::string& name) {
  return name == "torch._utils._rebuild_parameter" ||
         name == "torch._utils._rebuild_parameter_with_state";
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

  PickledValue* top() {
    if (stack_.empty() || (!marks_.empty() && marks_.back() >= stack_.size()))
      fail("a container is missing");
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
    if (module.size() + name.size() > kLongestName) fail("a name is too long");
    PickledValue* result = make(Kind::kGlobal);
    result->text = module.empty() ? name : module + "." + name;
    push(result);
  }

  /// The inert value that a call of an unknown name, or an instance of an unknown class, becomes.
  PickledValue* push_object(const PickledValue& maker) {
    PickledValue* result = make(Kind::kObject);
    if (maker.kind == Kind::kGlobal) result->text = maker.text;
    push(result);
    return result;
  }

  void memoize(uint64_t index) {
    if (stack_.empty()) fail("it keeps a value that is not there");
    memo_[index] = stack_.back();
    if (memo_.size() > kMostValues) fail("it has more values than any state dict");
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

  /// Into the list on top of the stack. Of an object that is one (a deque, a list's subclass) the
  /// items are not kept: nothing is read from it.
  void extend(const std::vector<const PickledValue*>& items) {
    PickledValue* list = top();
    if (list->kind == Kind::kObject) return;
    if (list->kind != Kind::kList) fail("a container is missing");
    append(list, items);
  }

  void set_items(const std::vector<const PickledValue*>& items) {
    PickledValue* dict = top();
    if (dict->kind != Kind::kDict && dict->kind != Kind::kObject) fail("a container is missing");
    if (items.size() % 2 != 0) fail("a key has no value");
    append(dict, items);
  }

  /// BUILD: an object's attributes, a dict or, with slots, a pair of dicts. Those of a state dict
  /// (the versions of its modules) are no tensors and not kept.
  void build() {
    const PickledValue& state = *pop();
    PickledValue* object = top();
    if (object->kind != Kind::kObject) return;
    if (state.kind == Kind::kDict) append(object, state.items);
    if (state.kind == Kind::kList && state.items.size() == 2)
      for (const PickledValue* part : state.items)
        if (part->kind == Kind::kDict) append(object, part->items);
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
    // ("module", class, its source): how PyTorch before 1.6 saved the class of a whole module.
    if (id.kind == Kind::kList && id.items.size() > 1 && id.items[0]->text == "module" &&
        id.items[1]->kind == Kind::kGlobal) {
      push_global("", id.items[1]->text);
      return;
    }
    if (id.kind != Kind::kList || id.items.size() < 5 || id.items[0]->kind != Kind::kText ||
        id.items[0]->text != "storage" || id.items[1]->kind != Kind::kGlobal ||
        !storage_types().count(id.items[1]->text) || id.items[2]->kind != Kind::kText ||
        id.items[2]->text.size() > kLongestName)
      fail("it refers to something other than a tensor's storage");
    if (id.items.size() > 5 && id.items[5]->kind != Kind::kNone)
      fail("its storages are views of others, as PyTorch before 0.4 saved them");
    const int64_t elements = whole(*id.items[4]);
    if (elements < 0 || elements > int64_t{1} << 40) fail("a storage's size is damaged");
    PickledTensor tensor;
    tensor.storage = {id.items[2]->text, storage_types().at(id.items[1]->text),
                      static_cast<uint64_t>(elements)};
    PickledValue* result = make(Kind::kStorage);
    result->tensor = std::make_shared<PickledTensor>(std::move(tensor));
    push(result);
  }

  void reduce() {
    const PickledValue& arguments = *pop();
    call(*pop(), arguments);
  }

  void call(const PickledValue& function, const PickledValue& arguments) {
    const std::string& name = function.text;
    if (function.kind != Kind::kGlobal || arguments.kind != Kind::kList) {
      push_object(function);
    } else if (name == "collections.OrderedDict") {
      push_ordered(arguments);
    } else if (builds_parameter(name)) {
      if (arguments.items.empty() || arguments.items[0]->kind != Kind::kTensor)
        fail("a parameter is damaged");
      PickledValue* copy = make(Kind::kTensor);
      copy->tensor = arguments.items[0]->tensor;
      push(copy);
    } else if (builds_tensor(name)) {
      rebuild_tensor(arguments.items);
    } else if (name == "torch._tensor._rebuild_from_type_v2" && arguments.items.size() >= 3 &&
               !rebuilds_from_type(*arguments.items[0])) {
      call(*arguments.items[0], *arguments.items[2]);  // a tensor's subclass: (builder, type, ...)
    } else {
      push_object(function);
    }
  }

  /// An instance of a class: of a dict's kind, or an object.
  void push_new(const PickledValue& type) {
    if (type.kind == Kind::kGlobal && type.text == "collections.OrderedDict") {
      push(make(Kind::kDict));
    } else {
      push_object(type);
    }
  }

  static bool rebuilds_from_type(const PickledValue& builder) {
    return builder.text == "torch._tensor._rebuild_from_type_v2";  // would call itself for ever
  }

  void push_ordered(const PickledValue& arguments) {
    PickledValue* dict = make(Kind::kDict);
    if (!arguments.items.empty()) {  // a list of pairs
      for (const PickledValue* pair : arguments.items[0]->items) {
        if (pair->kind != Kind::kList || pair->items.size() != 2) fail("a dict is damaged");
        append(dict, pair->items);
      }
    }
    push(dict);
  }

  void rebuild_tensor(const std::vector<const PickledValue*>& arguments) {
    if (arguments.size() < 4 || arguments[0]->kind != Kind::kStorage) fail("a tensor is damaged");
    PickledTensor tensor;
    tensor.storage = arguments[0]->tensor->storage;
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
    PickledValue* result = make(Kind::kTensor);
    result->tensor = std::make_shared<PickledTensor>(std::move(tensor));
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
      case 'G':  // BINFLOAT
        take(8);
        push(make(Kind::kReal));
        return false;
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
      case 0x96:  // BYTEARRAY8
        push_text(take(number(8)));
        return false;
      case ']':
      case ')':
      case 0x8f:  // EMPTY_SET
        push_list({});
        return false;
      case '}':
        push(make(Kind::kDict));
        return false;
      case 'l':
      case 't':
      case 0x91:  // FROZENSET
        push_list(pop_mark());
        return false;
      case 'd': {
        const auto items = pop_mark();
        push(make(Kind::kDict));
        set_items(items);
        return false;
      }
      case 0x85:
      case 0x86:
      case 0x87:
        push_last(opcode - 0x84u);
        return false;
      case 'a':
        extend({pop()});
        return false;
      case 'e':
      case 0x90:  // ADDITEMS, of a set
        extend(pop_mark());
        return false;
      case 's': {
        const PickledValue* value = pop();
        const PickledValue* key = pop();
        set_items({key, value});
        return false;
      }
      case 'u':
        set_items(pop_mark());
        return false;
      case 'b':
        build();
        return false;
      case 0x81:  // NEWOBJ: class, arguments
        pop();
        push_new(*pop());
        return false;
      case 0x92:  // NEWOBJ_EX: class, arguments, arguments by name
        pop();
        pop();
        push_new(*pop());
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

}  // namespace

Pickle unpickle(std::string_view bytes, const std::string& file) {
  return Machine(bytes, file).run();
}

}  // namespace nasnet::exchange
