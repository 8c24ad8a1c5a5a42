#include "nasnet/exchange/pickle.h"

#include <fmt/format.h>

#include <map>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/check.h"
#include "nasnet/exchange/pickle_builder.h"

// The opcodes are those of Python's pickle protocols 2 to 4 (module pickletools).

namespace nasnet::exchange {
namespace {

using Kind = PickledValue::Kind;

/// Python's pickle machine without Python: it builds values and calls nothing. A name of a class
/// becomes an object of that name, so that a hostile file has nothing to run. All sizes, marks and
/// memo entries come from the file, and each is checked before it is used.
class Machine {
 public:
  Machine(std::string_view bytes, const std::string& file) : bytes_(bytes), builder_(file) {}

  Pickle run() {
    while (!step()) {
    }
    if (stack_.size() != 1) fail("it ends with more or less than one value");
    NASNET_CHECK(builder_.position <= bytes_.size(), "nothing is read beyond the end");
    builder_.pickle.root = stack_.back();
    builder_.pickle.bytes = builder_.position;
    return std::move(builder_.pickle);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const { builder_.fail(what); }

  // --- Reading ---

  /// All bytes go through here, and none beyond the end.
  std::string_view take(uint64_t count) {
    if (count > bytes_.size() - builder_.position) fail("it is cut off");
    const std::string_view result = bytes_.substr(builder_.position, count);
    builder_.position += count;
    return result;
  }

  uint64_t number(size_t size) { return little_endian(take(size), 0, size); }

  std::string line() {
    const size_t end = bytes_.find('\n', builder_.position);
    if (end == std::string_view::npos) fail("it is cut off");
    std::string text(take(end - builder_.position));
    ++builder_.position;
    return text;
  }

  // --- The stack ---

  void push(PickledValue* value) {
    builder_.count_references(1);
    stack_.push_back(value);
  }

  /// Values below the last mark belong to a container that is not closed yet.
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

  /// The values since the last mark, in their order.
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
    PickledValue* result = builder_.make(Kind::kNumber);
    result->number = value;
    push(result);
  }

  void push_text(std::string_view text) {
    PickledValue* result = builder_.make(Kind::kText);
    result->text = text;
    push(result);
  }

  void push_list(std::vector<const PickledValue*> items) {
    PickledValue* result = builder_.make(Kind::kList);
    result->items = std::move(items);
    push(result);
  }

  /// A tuple of one to three values, which has no mark.
  void push_last(size_t count) {
    std::vector<const PickledValue*> items(count);
    for (size_t i = count; i-- > 0;) items[i] = pop();
    push_list(std::move(items));
  }

  void push_global(std::string_view module, std::string_view name) {
    push(builder_.make_named(Kind::kGlobal, fmt::format("{}.{}", module, name)));
  }

  /// Keeps the value on top for recall(): how pickles write one object once.
  void memoize(uint64_t index) {
    if (stack_.empty()) fail("it keeps a value that is not there");
    memo_[index] = stack_.back();
    if (memo_.size() > PickleBuilder::kMostValues) fail("it has more values than any state dict");
  }

  void recall(uint64_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) fail("it recalls a value that was not kept");
    push(found->second);
  }

  /// Into the list on top of the stack. Of an object that is one (a deque, a list's subclass) the
  /// items are not kept: nothing is read from it.
  void extend(const std::vector<const PickledValue*>& items) {
    PickledValue* list = top();
    if (list->kind == Kind::kObject) return;
    if (list->kind != Kind::kList) fail("a container is missing");
    builder_.append(list, items);
  }

  void set_items(const std::vector<const PickledValue*>& items) {
    PickledValue* dict = top();
    if (dict->kind != Kind::kDict && dict->kind != Kind::kObject) fail("a container is missing");
    if (items.size() % 2 != 0) fail("a key has no value");
    builder_.append(dict, items);
  }

  // --- The opcodes ---

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
      // MARK, POP, POP_MARK, DUP.
      case '(':
        builder_.count_references(1);
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
      // NONE, NEWTRUE, NEWFALSE, BININT, BININT1, BININT2, LONG1, LONG4.
      case 'N':
        push(builder_.make(Kind::kNone));
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
        push(builder_.make(Kind::kReal));
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
      // EMPTY_LIST, EMPTY_TUPLE and their like: tuples and sets become lists.
      case ']':
      case ')':
      case 0x8f:  // EMPTY_SET
        push_list({});
        return false;
      case '}':
        push(builder_.make(Kind::kDict));
        return false;
      // LIST, TUPLE, DICT: what stands above the mark; TUPLE1 to TUPLE3: the last values.
      case 'l':
      case 't':
      case 0x91:  // FROZENSET
        push_list(pop_mark());
        return false;
      case 'd': {
        const auto items = pop_mark();
        push(builder_.make(Kind::kDict));
        set_items(items);
        return false;
      }
      case 0x85:
      case 0x86:
      case 0x87:
        push_last(opcode - 0x84u);
        return false;
      // APPEND, APPENDS, SETITEM, SETITEMS: into the container below.
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
      case 'b': {  // BUILD
        const PickledValue& state = *pop();
        set_pickled_state(builder_, *top(), state);
        return false;
      }
      case 0x81:  // NEWOBJ: class, arguments
        pop();
        push(pickled_instance(builder_, *pop()));
        return false;
      case 0x92:  // NEWOBJ_EX: class, arguments, arguments by name
        pop();
        pop();
        push(pickled_instance(builder_, *pop()));
        return false;
      // BINPUT, LONG_BINPUT, MEMOIZE, BINGET, LONG_BINGET.
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
      // GLOBAL: two lines of text. The name is kept and never looked up.
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
      // BINPERSID: PyTorch's way to name a storage outside of the pickle.
      case 'Q':
        push(pickled_storage(builder_, *pop()));
        return false;
      case 'R': {  // REDUCE
        const PickledValue& arguments = *pop();
        push(pickled_call(builder_, *pop(), arguments));
        return false;
      }
      default:
        fail(fmt::format("it uses the instruction 0x{:02x}, which tensors do not need", opcode));
    }
  }

  std::string_view bytes_;
  PickleBuilder builder_;
  std::vector<PickledValue*> stack_;
  std::vector<size_t> marks_;
  std::map<uint64_t, PickledValue*> memo_;
};

}  // namespace

Pickle unpickle(std::shared_ptr<const std::string> bytes, const std::string& file, size_t begin) {
  Pickle pickle = Machine(std::string_view(*bytes).substr(begin), file).run();
  pickle.text = std::move(bytes);
  return pickle;
}

Pickle unpickle(std::string bytes, const std::string& file) {
  return unpickle(std::make_shared<const std::string>(std::move(bytes)), file);
}

}  // namespace nasnet::exchange
