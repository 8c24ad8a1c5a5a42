#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <iterator>
#include <map>

#include "nasnet/base/archive.h"
#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"
#include "nasnet/exchange/weight_file.h"

// A zip of arrays is read twice: once for the heads, which say what there is, and once for the
// values that are wanted. A head is a dict of Python as text; its three keys are looked for, since
// no more than that is ever written.

namespace nasnet::exchange {
namespace {

/// The head of an array: "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 3, 3, 32), }"
/// behind a mark, a version and its length (NumPy's "NPY format").
struct ArrayHead {
  std::string type;
  bool fortran = false;  ///< the first axis varies fastest
  std::vector<int64_t> shape;
  size_t data = 0;  ///< where the values begin
};

/// Reads the head of one array. Errors name it.
class HeadReader {
 public:
  HeadReader(std::string_view bytes, const std::string& name) : name_(name) {
    if (bytes.size() < 12 || !bytes.starts_with("\x93NUMPY")) fail("is no array of NumPy");
    // Version 1 has room for 64 KiB of head, later ones for more.
    const size_t width = bytes[6] == 1 ? 2 : 4;
    const uint64_t length = little_endian(bytes, 8, width);
    head_.data = 8 + width + length;
    if (length > bytes.size() - 8 - width) fail("is cut off");
    text_ = bytes.substr(8 + width, length);
  }

  ArrayHead read() {
    head_.type = type(value("'descr':"));
    head_.fortran = value("'fortran_order':").starts_with("True");
    std::string_view rest = value("'shape':");
    if (!rest.starts_with("(")) fail("has a damaged shape");
    rest.remove_prefix(1);
    while (!rest.empty() && rest[0] != ')') {
      int64_t edge = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), edge);
      if (error != std::errc() || edge < 0 || head_.shape.size() == kMostDimensions)
        fail("has a damaged shape");
      head_.shape.push_back(edge);
      rest.remove_prefix(end - rest.data());
      while (!rest.empty() && (rest[0] == ',' || rest[0] == ' ')) rest.remove_prefix(1);
    }
    return head_;
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw InputError(fmt::format("{} {}; save it again with numpy.savez", name_, what));
  }

  /// The text after a key, without blanks.
  std::string_view value(std::string_view key) const {
    const size_t at = text_.find(key);
    if (at == std::string_view::npos) fail("has a damaged head");
    std::string_view rest = text_.substr(at + key.size());
    while (rest.starts_with(" ")) rest.remove_prefix(1);
    return rest;
  }

  /// As safetensors names it, else in NumPy's own word, which is refused when it is read.
  static std::string type(std::string_view text) {
    static const std::map<std::string, std::string, std::less<>> types = {
        {"<f8", "F64"}, {"<f4", "F32"}, {"<f2", "F16"}, {"<i8", "I64"},
        {"<i4", "I32"}, {"|i1", "I8"},  {"|u1", "U8"},  {"|b1", "BOOL"}};
    if (text.empty()) return "no number";
    text = text.substr(1, text.find('\'', 1) - 1);
    const auto found = types.find(text);
    return found == types.end() ? std::string(text) : found->second;
  }

  const std::string& name_;
  std::string_view text_;
  ArrayHead head_;
};

/// Values whose first axis varies fastest in the order in which the last does.
std::vector<float> row_major(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  std::vector<float> result(values.size());
  for (int64_t i = 0; i < std::ssize(values); ++i) {
    int64_t rest = i, place = 0;
    for (const int64_t edge : shape) {
      place = place * edge + rest % edge;
      rest /= edge;
    }
    NASNET_CHECK(rest == 0 && place < std::ssize(values),
                 "the shape was checked to hold the values");
    result[place] = values[i];
  }
  return result;
}

/// NumPy's arrays by name: a zip with NAME.npy for each.
class NpzFile final : public WeightFile {
 public:
  explicit NpzFile(const std::string& path) : path_(path) {
    read_arrays([](const std::string&) { return true; },
                [&](const std::string& name, const ArrayHead& head, const std::string&) {
                  tensors_.push_back({name, head.type, head.shape});
                });
  }
  std::string format() const override { return "NumPy npz"; }
  TensorLayout layout() const override { return TensorLayout::kTensorflow; }

  void read(const std::vector<size_t>& wanted, const Take& take) const override {
    std::map<std::string, size_t> indices;
    for (const size_t index : wanted) indices[tensors_[index].name] = index;
    read_arrays([&](const std::string& name) { return indices.contains(name); },
                [&](const std::string& name, const ArrayHead& head, const std::string& content) {
                  const size_t index = indices.at(name);
                  const std::vector<float> values =
                      to_floats(head.type, std::string_view(content).substr(head.data));
                  uint64_t count = 1;
                  // The file may have changed since it was opened, and a shape may take more bytes
                  // than are there.
                  bool whole = head.shape == tensors_[index].shape;
                  for (const int64_t edge : head.shape)
                    whole &= !__builtin_mul_overflow(count, static_cast<uint64_t>(edge), &count);
                  if (!whole || count != values.size())
                    throw InputError(fmt::format("{}: {} is cut off", path_, name));
                  take(index, head.fortran ? row_major(values, head.shape) : values);
                });
  }

 private:
  template <class Wanted, class Array>
  void read_arrays(Wanted wanted, Array array) const {
    const auto name_of = [](const std::string& path) {
      return path.ends_with(".npy") ? path.substr(0, path.size() - 4) : "";
    };
    read_archive(
        path_,
        [&](const ArchiveEntry& entry) {
          const std::string name = name_of(entry.path);
          return !name.empty() && wanted(name);
        },
        [&](const ArchiveEntry& entry, const std::string& content) {
          const std::string name = name_of(entry.path);
          array(name, HeadReader(content, path_ + ": " + name).read(), content);
        },
        kMostUnpacked * std::filesystem::file_size(path_));
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<WeightFile> open_npz(const std::string& path) {
  return std::make_unique<NpzFile>(path);
}

}  // namespace nasnet::exchange
