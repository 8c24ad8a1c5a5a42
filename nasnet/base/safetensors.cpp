#include "nasnet/base/safetensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"

// The safetensors format: eight bytes with the header's length (little-endian), the header as JSON,
// then the tensors' bytes. A file may come from anywhere: length, nesting, shapes and ranges are
// checked before they are believed, so that no header can ask for memory that its file does not
// fill.

namespace nasnet {
namespace {

using nlohmann::json;

/// The format's own limit for the header; a longer one is not worth allocating.
constexpr uint64_t kLongestHeader = 100'000'000;
/// More than any network's weights have; bounds what a hostile header costs.
constexpr size_t kMostDimensions = 16;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  throw InputError(fmt::format("{} is not a whole safetensors file: {}", file, what));
}

/// Of at least eight bytes.
uint64_t header_length(std::string_view bytes) {
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  return length;
}

/// Nesting deeper than a header's three levels is refused before the parser recurses.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > 8) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

uint64_t unsigned_number(const json& value, const std::string& file, const std::string& place) {
  if (!value.is_number_unsigned()) fail(file, place + " must be a whole number");
  return value.get<uint64_t>();
}

TensorEntry parse_entry(const std::string& name, const json& value, const std::string& file) {
  const auto member = [&](const char* key) -> const json& {
    if (!value.is_object() || !value.contains(key))
      fail(file, fmt::format("tensor {} has no {}", name, key));
    return value.at(key);
  };
  TensorEntry entry;
  entry.name = name;
  const json& dtype = member("dtype");
  if (!dtype.is_string() || safetensors_type_size(dtype) == 0)
    fail(file, fmt::format("tensor {} is of an unknown type {}", name, dtype.dump(-1, ' ', true)));
  entry.dtype = dtype;
  const json& shape = member("shape");
  if (!shape.is_array() || shape.size() > kMostDimensions)
    fail(file, fmt::format("the shape of tensor {} must be a list of at most {} numbers", name,
                           kMostDimensions));
  uint64_t bytes = safetensors_type_size(entry.dtype);
  for (const json& edge : shape) {
    const uint64_t size = unsigned_number(edge, file, fmt::format("the shape of tensor {}", name));
    // The product is looked at extent by extent: it may wrap around to a number that fits.
    if (size > (uint64_t{1} << 48) || __builtin_mul_overflow(bytes, size, &bytes))
      fail(file, fmt::format("tensor {} is too large", name));
    entry.shape.push_back(static_cast<int64_t>(size));
  }
  const json& offsets = member("data_offsets");
  if (!offsets.is_array() || offsets.size() != 2)
    fail(file, fmt::format("the data_offsets of tensor {} must be two numbers", name));
  entry.begin = unsigned_number(offsets[0], file, fmt::format("an offset of tensor {}", name));
  entry.end = unsigned_number(offsets[1], file, fmt::format("an offset of tensor {}", name));
  if (entry.end < entry.begin || entry.end - entry.begin != bytes)
    fail(file, fmt::format("tensor {} lies at bytes {} to {}, but its shape takes {} bytes", name,
                           entry.begin, entry.end, bytes));
  return entry;
}

/// The tensors must fill the data section, in any order, without overlap or hole.
void check_layout(const SafetensorsHeader& header, uint64_t file_size, const std::string& file) {
  uint64_t position = 0;
  for (const TensorEntry& entry : header.tensors) {
    if (entry.begin != position)
      fail(file, fmt::format("tensor {} begins at byte {} where {} was expected", entry.name,
                             entry.begin, position));
    position = entry.end;
  }
  const uint64_t data = file_size - header.data_begin;
  if (position != data)
    fail(file, fmt::format("its tensors take {} bytes but it holds {}", position, data));
}

}  // namespace

uint64_t safetensors_type_size(const std::string& type) {
  static const std::map<std::string, uint64_t> sizes = {
      {"F64", 8},  {"I64", 8},  {"U64", 8},     {"F32", 4},     {"I32", 4},    {"U32", 4},
      {"F16", 2},  {"BF16", 2}, {"I16", 2},     {"U16", 2},     {"I8", 1},     {"U8", 1},
      {"BOOL", 1}, {"C64", 8},  {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1}};
  const auto found = sizes.find(type);
  return found == sizes.end() ? 0 : found->second;
}

SafetensorsHeader parse_safetensors(std::string_view bytes, uint64_t file_size,
                                    const std::string& file) {
  if (bytes.size() < 8 || file_size < 8) fail(file, "it ends within the first 8 bytes");
  const uint64_t length = header_length(bytes);
  if (length > kLongestHeader)
    fail(file, fmt::format("its header claims {} bytes, more than the format allows", length));
  if (length > file_size - 8 || length > bytes.size() - 8)
    fail(file, fmt::format("its header claims {} bytes, but the file has {}", length, file_size));
  const std::string_view text = bytes.substr(8, length);
  if (too_deep(text)) fail(file, "its header is nested too deep");
  std::set<std::string> names;
  bool repeated = false;
  // The parser keeps the last of two equal keys, where other readers may keep the first.
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth == 1 && event == json::parse_event_t::key)
      repeated |= !names.insert(parsed.get<std::string>()).second;
    return true;
  };
  const json document = json::parse(text, watch, /*allow_exceptions=*/false);
  if (!document.is_object()) fail(file, "its header is not a JSON object");
  if (repeated) fail(file, "its header names a tensor twice");

  SafetensorsHeader header;
  header.data_begin = 8 + length;
  for (const auto& [name, value] : document.items()) {
    // The format reserves this one name for texts that are no tensor.
    if (name != "__metadata__") {
      header.tensors.push_back(parse_entry(name, value, file));
      continue;
    }
    if (!value.is_object()) fail(file, "its __metadata__ must be an object");
    for (const auto& [key, text_value] : value.items()) {
      if (!text_value.is_string()) fail(file, "its __metadata__ must hold texts only");
      header.metadata[key] = text_value;
    }
  }
  // By offset, so that check_layout() sees each hole and overlap between neighbours.
  std::sort(header.tensors.begin(), header.tensors.end(),
            [](const TensorEntry& a, const TensorEntry& b) {
              return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
            });
  check_layout(header, file_size, file);
  return header;
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::vector<TensorEntry> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path), tensors_(std::move(tensors)) {
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  if (!metadata.empty()) document["__metadata__"] = metadata;
  uint64_t position = 0;
  for (TensorEntry& tensor : tensors_) {
    uint64_t size = safetensors_type_size(tensor.dtype);
    for (const int64_t edge : tensor.shape) size *= static_cast<uint64_t>(edge);
    tensor.begin = position;
    tensor.end = position += size;
    document[tensor.name] = {{"dtype", tensor.dtype},
                             {"shape", tensor.shape},
                             {"data_offsets", {tensor.begin, tensor.end}}};
  }
  std::string header = document.dump();
  // Padding with spaces is part of the format; readers may map the data where it is aligned.
  header.append((64 - (8 + header.size()) % 64) % 64, ' ');
  data_begin_ = 8 + header.size();
  char length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
  file_.write(length, sizeof length);
  file_.write(header);
}

void SafetensorsWriter::write(size_t index, std::string_view bytes) {
  const TensorEntry& tensor = tensors_.at(index);
  // Another size would overwrite a neighbour.
  if (bytes.size() != tensor.end - tensor.begin)
    throw Error(fmt::format("tensor {} takes {} bytes, not {}", tensor.name,
                            tensor.end - tensor.begin, bytes.size()));
  file_.write_at(data_begin_ + tensor.begin, bytes.data(), bytes.size());
}

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorBytes>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<TensorEntry> entries;
  for (const TensorBytes& tensor : tensors)
    entries.push_back({tensor.name, tensor.dtype, tensor.shape});
  SafetensorsWriter writer(path, std::move(entries), metadata);
  for (size_t i = 0; i < tensors.size(); ++i) writer.write(i, tensors[i].bytes);
  writer.commit();
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path)
    : content_(read_file(path)),
      header_(parse_safetensors(content_, content_.size(), path.string())) {}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  for (const TensorEntry& entry : header_.tensors)
    if (entry.name == name) return &entry;
  return nullptr;
}

std::string_view SafetensorsFile::bytes(const TensorEntry& entry) const {
  return std::string_view(content_).substr(header_.data_begin + entry.begin,
                                           entry.end - entry.begin);
}

}  // namespace nasnet
