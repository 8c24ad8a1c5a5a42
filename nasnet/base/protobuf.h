#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace nasnet {

// The wire format of Protocol Buffers: fields of a number and a type, one after the other
// (https://protobuf.dev/programming-guides/encoding).

/// Builds a message. Fields that equal their default are written all the same.
class ProtoWriter {
 public:
  void integer(int field, int64_t value);
  void real(int field, float value);
  void real64(int field, double value);
  void text(int field, std::string_view value);
  void message(int field, const ProtoWriter& value) { text(field, value.bytes_); }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  void varint(uint64_t value);
  std::string bytes_;
};

/// One field of a message as it was read.
struct ProtoField {
  int number = 0;
  int64_t integer = 0;    ///< of a varint or a fixed number's bits
  std::string_view text;  ///< of a text, bytes, a message or packed numbers
  bool is_text = false;

  /// The bits of a fixed 32-bit number as a float, of a 64-bit one as a double.
  float real() const;
  double real64() const;
};

/// Takes a number off the front: 7 bits a byte, the lowest first, in ten bytes at most. Throws
/// InputError ("NAME is damaged: ...").
uint64_t take_varint(std::string_view& bytes, const std::string& name);

/// Calls `take` for every field. Throws InputError ("NAME is damaged: ...") where a length or a tag
/// does not fit.
void read_proto(std::string_view message, const std::string& name,
                const std::function<void(const ProtoField&)>& take);

/// The numbers of a packed field of varints.
void read_packed(std::string_view bytes, const std::string& name,
                 const std::function<void(int64_t)>& take);

}  // namespace nasnet
