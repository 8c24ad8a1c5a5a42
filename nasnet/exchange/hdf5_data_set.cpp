#include "nasnet/exchange/hdf5_data_set.h"

#include <fmt/format.h>

#include "nasnet/base/check.h"
#include "nasnet/base/number_types.h"
#include "nasnet/exchange/weight_file.h"

// A data set is described by messages of its object header: shape, type, filters, layout. A type or
// a layout that is not read becomes words in place of the type, which are an error only where the
// values are wanted: other data sets of the file are still good.

namespace nasnet::exchange {
namespace {

/// As many as HDF5 itself allows.
constexpr size_t kMostFilters = 32;

/// Section numbers are those of the specification (see hdf5.cpp).
class DataSetReader {
 public:
  explicit DataSetReader(const Hdf5Bytes& file) : file_(file) {}

  Hdf5DataSet read(const std::string& path, const std::vector<Hdf5Message>& header) const {
    Hdf5DataSet result;
    result.path = path;
    result.shape = shape(find(header, Hdf5Type::kDataSpace)->data, path);
    if (const Hdf5Message* type = find(header, Hdf5Type::kDataType)) {
      result.type = number_type(type->data);
      // Keras keeps bfloat16, which HDF5 does not have, as opaque words with a note.
      if (result.type == "opaque 2" && file_.text_attribute(header, "dtype") == "bfloat16")
        result.type = "BF16";
    }
    if (const Hdf5Message* filters = find(header, Hdf5Type::kFilters))
      read_filters(filters->data, result);
    locate(*find(header, Hdf5Type::kLayout), result);
    NASNET_CHECK(!result.chunks || result.chunks->shape.size() == result.shape.size(),
                 "chunks have the dimensions of their data set");
    const uint64_t wanted = bytes(result);
    if (wanted > 0 && result.size > 0 && wanted != result.size)
      fail(fmt::format("{} has {} bytes, but its shape takes {}", path, result.size, wanted));
    if (result.size > 0 &&
        (result.offset > file_.size() || result.size > file_.size() - result.offset))
      fail(fmt::format("the values of {} lie beyond its end; it is cut off", path));
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { file_.fail(what); }
  uint64_t number(std::string_view data, size_t offset, size_t size) const {
    return file_.number(data, offset, size);
  }

  /// Filter pipeline message (IV.A.2.l).
  void read_filters(const std::string& data, Hdf5DataSet& result) const {
    const uint64_t version = number(data, 0, 1), count = number(data, 1, 1);
    if (version < 1 || version > 2 || count > kMostFilters)
      fail(fmt::format("the filters of {} are damaged", result.path));
    size_t position = version == 1 ? 8 : 2;
    for (uint64_t i = 0; i < count; ++i) {
      Hdf5Filter filter;
      filter.id = number(data, position, 2);
      position += 2;
      size_t name = 0;
      // Filters of the library itself have no names in version 2.
      if (version == 1 || filter.id >= 256) {
        name = number(data, position, 2);
        position += 2;
      }
      const uint64_t values = number(data, position + 2, 2);
      position += 4 + (version == 1 ? (name + 7) / 8 * 8 : name);
      for (uint64_t k = 0; k < values; ++k, position += 4)
        filter.values.push_back(static_cast<uint32_t>(number(data, position, 4)));
      if (version == 1 && values % 2 == 1) position += 4;
      if (const std::string unknown = unknown_filter(filter); !unknown.empty())
        result.type = "compressed by " + unknown;
      result.filters.push_back(std::move(filter));
    }
  }

  /// Data space message (IV.A.2.b).
  std::vector<int64_t> shape(const std::string& data, const std::string& path) const {
    const uint64_t version = number(data, 0, 1), rank = number(data, 1, 1);
    if (version < 1 || version > 2 || rank > kMostDimensions)
      fail(fmt::format("the shape of {} is damaged", path));
    std::vector<int64_t> edges;
    for (uint64_t i = 0; i < rank; ++i) {
      const uint64_t edge = number(data, (version == 1 ? 8 : 4) + i * 8, 8);
      // Damage, by one edge alone; bytes() checks their product.
      if (edge > uint64_t{1} << 40) fail(fmt::format("the shape of {} is damaged", path));
      edges.push_back(static_cast<int64_t>(edge));
    }
    return edges;
  }

  /// Data type message (IV.A.2.d): IEEE floats and whole numbers, little-endian; others in words.
  std::string number_type(const std::string& data) const {
    const uint64_t kind = number(data, 0, 1) & 15, bits = number(data, 1, 3);
    const uint64_t size = number(data, 4, 4);
    if (kind == 5) return fmt::format("opaque {}", size);
    if (kind > 1) return "no number";
    // Bit 0 is the byte order, bit 3 of a whole number its sign.
    if (bits & 1) return "big-endian";
    if (kind == 0)
      return size <= 8 ? fmt::format("{}{}", bits & 8 ? "I" : "U", size * 8) : "a long integer";
    const uint64_t precision = number(data, 10, 2), exponent = number(data, 13, 1);
    const uint64_t mantissa = number(data, 15, 1);
    const bool whole = size * 8 == precision && 1 + exponent + mantissa == precision;
    if (whole && size == 8 && exponent == 11) return "F64";
    if (whole && size == 4 && exponent == 8) return "F32";
    if (whole && size == 2 && exponent == 5) return "F16";
    if (whole && size == 2 && exponent == 8) return "BF16";
    return "an unusual float";
  }

  /// Data layout message (IV.A.2.i): where the values lie.
  void locate(const Hdf5Message& message, Hdf5DataSet& result) const {
    const std::string& data = message.data;
    const uint64_t version = number(data, 0, 1);
    if (version < 1 || version > 4) fail("a data set's layout is of an unknown version");
    const bool old = version < 3;
    const uint64_t rank = old ? number(data, 1, 1) : 0;
    const uint64_t kind = number(data, old ? 2 : 1, 1);
    if (kind == 0) {  // compact: within the header
      const size_t at = old ? 8 + rank * 4 : 2;
      result.size = number(data, at, old ? 4 : 2);
      result.offset = file_.place(message.offset + at + (old ? 4 : 2));
    } else if (kind == 1) {
      const uint64_t address = number(data, old ? 8 : 2, 8);
      // Never written: no values are stored.
      if (address == kHdf5Nowhere) return;
      result.offset = file_.place(address);
      result.size = old ? bytes(result) : number(data, 10, 8);
    } else if (kind == 2 && version < 4) {
      read_chunk_shape(data, old, result);
    } else {  // only a fault where somebody wants it
      result.type = kind == 2 ? "chunked as libver='latest' does" : "a virtual data set";
    }
  }

  /// Bytes that the data set's shape takes.
  uint64_t bytes(const Hdf5DataSet& set) const {
    uint64_t bytes = type_size(set.type);
    for (const int64_t edge : set.shape)
      if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(edge), &bytes))
        fail(fmt::format("{} is too large", set.path));
    return bytes;
  }

  void read_chunk_shape(const std::string& data, bool old, Hdf5DataSet& result) const {
    const uint64_t rank = number(data, old ? 1 : 2, 1);  // and one more for the number's bytes
    if (rank != result.shape.size() + 1)
      fail(fmt::format("the chunks of {} are damaged", result.path));
    Hdf5Chunks chunks;
    chunks.index = number(data, old ? 8 : 3, 8);
    for (uint64_t d = 0; d + 1 < rank; ++d)
      chunks.shape.push_back(static_cast<int64_t>(number(data, (old ? 16 : 11) + d * 4, 4)));
    result.chunks = std::move(chunks);
  }

  const Hdf5Bytes& file_;
};

}  // namespace

Hdf5DataSet read_data_set(const Hdf5Bytes& file, const std::string& path,
                          const std::vector<Hdf5Message>& header) {
  return DataSetReader(file).read(path, header);
}

}  // namespace nasnet::exchange
