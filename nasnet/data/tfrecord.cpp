#include "nasnet/data/tfrecord.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>

#include "nasnet/base/byte_source.h"
#include "nasnet/base/crc32c.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/names.h"
#include "nasnet/base/protobuf.h"

// A record is its length (8 bytes), the length's checksum (4), the content and its checksum (4),
// all with the least byte first; checksums are masked CRC-32C. The content is an Example: a map
// from names to lists of texts or numbers. Of a million images of 100 kB some kilobytes each are
// read to list them: lengths lead over the images.

namespace nasnet::data {
namespace {

using Extent = TfRecordStore::Extent;

constexpr uint64_t kHead = 12, kTail = 4;
/// Beside an image: a label, a file's name.
constexpr size_t kLargestText = 4096;

/// Messages of Protocol Buffers that are read where they lie.
class FieldReader {
 public:
  FieldReader(const OpenFile& file, std::string name) : file_(file), name_(std::move(name)) {}

  struct Field {
    int number = 0;
    bool is_text = false;
    Extent content;  ///< of a text or a message
    int64_t integer = 0;
  };

  /// Takes the next field off the front of a message.
  Field take(Extent& message) {
    constexpr uint64_t kVarint = 0, kFixed64 = 1, kText = 2, kFixed32 = 5;
    constexpr size_t kLongest = 20;  // two numbers of ten bytes
    const std::string_view bytes =
        peek(message.begin, std::min<uint64_t>(message.size(), kLongest));
    std::string_view rest = bytes;
    const uint64_t tag = take_varint(rest, name_);
    Field field;
    field.number = static_cast<int>(tag >> 3);
    uint64_t length = 0;
    if ((tag & 7) == kText) {
      length = take_varint(rest, name_);
      field.is_text = true;
    } else if ((tag & 7) == kVarint) {
      field.integer = static_cast<int64_t>(take_varint(rest, name_));
    } else if ((tag & 7) == kFixed64 || (tag & 7) == kFixed32) {
      length = (tag & 7) == kFixed64 ? 8 : 4;
    } else {
      throw InputError(name_ + " is damaged: a field is of an unknown type");
    }
    const uint64_t begin = message.begin + (bytes.size() - rest.size());
    if (length > message.end - begin) throw InputError(name_ + " is damaged: a field is cut off");
    field.content = {begin, begin + length};
    message.begin = field.content.end;
    return field;
  }

  std::string text(const Extent& range) {
    return std::string(peek(range.begin, std::min<uint64_t>(range.size(), kLargestText)));
  }

 private:
  /// At most kLargestText bytes; fewer at the file's end.
  std::string_view peek(uint64_t at, uint64_t size) {
    if (at < begin_ || at + size > begin_ + window_.size()) {
      window_.resize(kLargestText);
      window_.resize(file_.read_at(at, window_.data(), window_.size()));
      begin_ = at;
    }
    const std::string_view window = window_;
    return window.substr(std::min<uint64_t>(at - begin_, window.size()), size);
  }

  const OpenFile& file_;
  std::string name_, window_;
  uint64_t begin_ = 0;
};

/// The features of an Example: name -> where its value lies.
std::map<std::string, Extent> features_of(FieldReader& reader, Extent example) {
  std::map<std::string, Extent> features;
  while (example.size() > 0) {
    const auto map = reader.take(example);
    if (map.number != 1 || !map.is_text) continue;
    for (Extent entries = map.content; entries.size() > 0;) {
      const auto entry = reader.take(entries);
      if (entry.number != 1 || !entry.is_text) continue;
      std::string name;
      Extent value;
      for (Extent rest = entry.content; rest.size() > 0;) {
        const auto field = reader.take(rest);
        if (field.number == 1 && field.is_text) name = reader.text(field.content);
        if (field.number == 2 && field.is_text) value = field.content;
      }
      features[name] = value;
    }
  }
  return features;
}

/// The first text of a feature that is a list of them (BytesList is field 1).
std::optional<Extent> first_text(FieldReader& reader, Extent feature) {
  while (feature.size() > 0) {
    const auto list = reader.take(feature);
    if (list.number != 1 || !list.is_text) continue;
    for (Extent values = list.content; values.size() > 0;) {
      const auto value = reader.take(values);
      if (value.number == 1 && value.is_text) return value.content;
    }
  }
  return std::nullopt;
}

/// The first number of a feature that is a list of them (Int64List is field 3), packed or not.
std::optional<int64_t> first_number(FieldReader& reader, Extent feature, const std::string& name) {
  while (feature.size() > 0) {
    const auto list = reader.take(feature);
    if (list.number != 3 || !list.is_text) continue;
    for (Extent values = list.content; values.size() > 0;) {
      const auto value = reader.take(values);
      if (value.number != 1) continue;
      if (!value.is_text) return value.integer;
      const std::string packed = reader.text(value.content);
      std::string_view rest = packed;
      if (!rest.empty()) return static_cast<int64_t>(take_varint(rest, name));
    }
  }
  return std::nullopt;
}

/// The first feature of these names that has a text that is not empty, or "".
std::string text_of(FieldReader& reader, const std::map<std::string, Extent>& features,
                    std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = features.find(name);
    if (found == features.end()) continue;
    if (const auto text = first_text(reader, found->second); text && text->size() > 0)
      return reader.text(*text);
  }
  return "";
}

/// The checksum of a record's length is right.
bool has_right_length(std::string_view head) {
  return masked_crc32c(head.substr(0, 8)) == little_endian(head, 8, 4);
}

}  // namespace

bool has_tfrecord_name(const std::string& path) {
  static const std::regex kNames(R"(.*(\.tfrec(ords?)?|-\d{4,}-of-\d{4,}))", std::regex::icase);
  const std::string name = std::filesystem::path(path).filename().string();
  return name.size() < 256 && std::regex_match(name, kNames);
}

std::string framed_record(std::string_view content) {
  std::string record;
  const auto put = [&](uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) record.push_back(static_cast<char>(value >> (8 * i)));
  };
  put(content.size(), 8);
  put(masked_crc32c(record), 4);
  record.append(content);
  put(masked_crc32c(content), 4);
  return record;
}

std::optional<std::string_view> take_record(std::string_view& bytes) {
  if (bytes.size() < kHead + kTail || !has_right_length(bytes.substr(0, kHead)))
    return std::nullopt;
  const uint64_t length = little_endian(bytes, 0, 8);
  if (length > bytes.size() - kHead - kTail) return std::nullopt;
  const std::string_view content = bytes.substr(kHead, length);
  if (masked_crc32c(content) != little_endian(bytes, kHead + length, kTail)) return std::nullopt;
  bytes.remove_prefix(kHead + length + kTail);
  return content;
}

bool is_tfrecord(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  char head[kHead] = {};
  return stream.read(head, kHead) && has_right_length({head, kHead});
}

uint64_t TfRecordStore::add(const Extent& record, const Extent& image) {
  contents_.push_back({record, image});
  return contents_.size() - 1;
}

std::string TfRecordStore::bytes_of(const Extent& range, const std::string& path) const {
  std::string bytes(range.size(), '\0');
  try {
    if (open_shared(file_, stamp_)->read_at(range.begin, bytes.data(), bytes.size()) ==
        bytes.size())
      return bytes;
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", path, error.what()));
  }
  throw InputError(
      fmt::format("{}: {} ends before the end of this record", path, printable(file_)));
}

std::string TfRecordStore::read(uint64_t key, size_t largest, const std::string& path) const {
  const Content& content = contents_[key];
  if (content.image.size() > largest)
    throw InputError(
        fmt::format("{} is larger than {} bytes, more than such a file may have", path, largest));
  const Extent& record = content.record;
  const std::string bytes = bytes_of({record.begin, record.end + kTail}, path);
  const std::string_view whole = std::string_view(bytes).substr(0, record.size());
  if (masked_crc32c(whole) != little_endian(bytes, record.size(), kTail))
    throw InputError(
        fmt::format("{}: the checksum of this record of {} is wrong; copy or download it again",
                    path, printable(file_)));
  return std::string(whole.substr(content.image.begin - record.begin, content.image.size()));
}

std::string TfRecordStore::beginning(uint64_t key, size_t most, const std::string& path) const {
  const Extent& image = contents_[key].image;
  return bytes_of({image.begin, image.begin + std::min<uint64_t>(image.size(), most)}, path);
}

uint64_t TfRecordStore::size(uint64_t key, const std::string&) const {
  return contents_[key].image.size();
}

void read_tfrecord(const std::string& file, TfRecordStore& store,
                   const std::function<void(const TfExample&)>& take) {
  const OpenFile open(file);
  const uint64_t end = open.stamp().size;
  int64_t number = 0;
  for (uint64_t at = 0; at < end;) {
    check_interrupt("stopped while looking for images");
    const std::string name = fmt::format("record {} of {}", ++number, printable(file));
    std::string head(kHead, '\0');
    if (open.read_at(at, head.data(), kHead) != kHead)
      throw InputError(name + " is cut off; copy or download the file again");
    const uint64_t length = little_endian(head, 0, 8);
    if (!has_right_length(head))
      throw InputError(name + " is damaged: the checksum of its length is wrong");
    if (length > end - at - kHead || end - at - kHead - length < kTail)
      throw InputError(name + " is cut off; copy or download the file again");
    const Extent record{at + kHead, at + kHead + length};
    FieldReader reader(open, name);
    const std::map<std::string, Extent> features = features_of(reader, record);
    TfExample example;
    for (const char* image : {"image/encoded", "image", "jpg", "jpeg", "png"})
      if (const auto found = features.find(image); found != features.end() && !example.key)
        if (const auto bytes = first_text(reader, found->second))
          example.key = store.add(record, *bytes);
    example.filename = text_of(reader, features, {"image/filename", "file_name", "filename"});
    example.label = text_of(
        reader, features,
        {"image/class/synset", "image/class/text", "image/class/label", "label", "cls", "class"});
    for (const char* label : {"image/class/label", "label", "cls", "class"})
      if (const auto found = features.find(label); found != features.end() && example.label.empty())
        if (const auto value = first_number(reader, found->second, name))
          example.label = std::to_string(*value);
    take(example);
    at = record.end + kTail;
  }
}

}  // namespace nasnet::data
