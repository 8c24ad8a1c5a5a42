#include "nasnet/base/protobuf.h"

#include <fmt/format.h>

#include <bit>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/error.h"

// As much of Protocol Buffers as ONNX and TensorFlow need, by hand, so that a damaged
// file ends in a sentence and no library is linked for it. A message that is read is a view:
// nothing is copied.

namespace nasnet {
namespace {

/// 3 and 4 are groups, which ONNX does not have.
enum ProtoWireType : uint64_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

[[noreturn]] void fail_field(const std::string& name, const char* what) {
  throw InputError(fmt::format("{} is damaged: {}", name, what));
}

/// Takes so many bytes off the front. The count comes from the file and is not believed.
std::string_view take_bytes(std::string_view& bytes, uint64_t count, const std::string& name) {
  if (count > bytes.size()) fail_field(name, "a field is cut off");
  const std::string_view result = bytes.substr(0, count);
  bytes.remove_prefix(count);
  return result;
}

}  // namespace

uint64_t take_varint(std::string_view& bytes, const std::string& name) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (bytes.empty()) fail_field(name, "a number is cut off");
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
  fail_field(name, "a number is too long");
}

void ProtoWriter::varint(uint64_t value) {
  for (; value >= 128; value >>= 7) bytes_.push_back(static_cast<char>(value | 128));
  bytes_.push_back(static_cast<char>(value));
}

void ProtoWriter::integer(int field, int64_t value) {
  varint(static_cast<uint64_t>(field) << 3 | kVarint);
  varint(static_cast<uint64_t>(value));
}

void ProtoWriter::real(int field, float value) {
  varint(static_cast<uint64_t>(field) << 3 | kFixed32);
  const auto bits = std::bit_cast<uint32_t>(value);
  for (int i = 0; i < 4; ++i) bytes_.push_back(static_cast<char>(bits >> (8 * i)));
}

void ProtoWriter::real64(int field, double value) {
  varint(static_cast<uint64_t>(field) << 3 | kFixed64);
  const auto bits = std::bit_cast<uint64_t>(value);
  for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(bits >> (8 * i)));
}

void ProtoWriter::text(int field, std::string_view value) {
  varint(static_cast<uint64_t>(field) << 3 | kLength);
  varint(value.size());
  bytes_.append(value);
}

float ProtoField::real() const {
  return std::bit_cast<float>(static_cast<uint32_t>(integer));
}

double ProtoField::real64() const {
  return std::bit_cast<double>(integer);
}

void read_proto(std::string_view message, const std::string& name,
                const std::function<void(const ProtoField&)>& take_field) {
  while (!message.empty()) {
    const uint64_t tag = take_varint(message, name);
    ProtoField field;
    // Numbers of fields have 29 bits.
    if (tag >> 3 == 0 || tag >> 3 > (1u << 29)) fail_field(name, "a field has no number");
    field.number = static_cast<int>(tag >> 3);
    switch (tag & 7) {
      case kVarint:
        field.integer = static_cast<int64_t>(take_varint(message, name));
        break;
      case kFixed64:
        field.integer = static_cast<int64_t>(little_endian(take_bytes(message, 8, name), 0, 8));
        break;
      case kFixed32:
        field.integer = static_cast<int64_t>(little_endian(take_bytes(message, 4, name), 0, 4));
        break;
      case kLength:
        field.text = take_bytes(message, take_varint(message, name), name);
        field.is_text = true;
        break;
      default:
        fail_field(name, "a field is of an unknown type");
    }
    take_field(field);
  }
}

void read_packed(std::string_view bytes, const std::string& name,
                 const std::function<void(int64_t)>& take_number) {
  while (!bytes.empty()) take_number(static_cast<int64_t>(take_varint(bytes, name)));
}

}  // namespace nasnet
