#include "nasnet/data/disk_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"

// All locations lie in one string, where a million of them take some 30 bytes each: a file's key is
// the place of its record there, which is the place of its folder, and its name. Files come folder
// by folder, so that the last folder is the only one to look for.

namespace nasnet::data {

uint64_t DiskStore::add(std::string_view location) {
  const size_t slash = location.rfind('/');
  const size_t name = slash == std::string_view::npos ? 0 : slash + 1;
  const std::string_view folder = location.substr(0, name);
  if (folder_ == std::string::npos || folder != names_.c_str() + folder_) {
    folder_ = names_.size();
    names_.append(folder).push_back('\0');
  }
  const uint64_t key = names_.size(), place = folder_;
  names_.append(reinterpret_cast<const char*>(&place), sizeof(place));
  names_.append(location.substr(name)).push_back('\0');
  return key;
}

std::string DiskStore::location_of(uint64_t key) const {
  uint64_t folder = 0;
  std::memcpy(&folder, names_.data() + key, sizeof(folder));
  return std::string(names_.c_str() + folder) + (names_.c_str() + key + sizeof(folder));
}

std::string DiskStore::read(uint64_t key, size_t largest, const std::string&) const {
  return read_file(location_of(key), largest);
}

std::string DiskStore::beginning(uint64_t key, size_t most, const std::string&) const {
  const std::string location = location_of(key);
  std::ifstream stream(location, std::ios::binary | std::ios::ate);
  if (!stream)
    throw SystemError(fmt::format("cannot read {}: {}", printable(location), std::strerror(errno)));
  std::string bytes(std::min<size_t>(most, stream.tellg()), '\0');
  stream.seekg(0);
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(stream.gcount());
  return bytes;
}

uint64_t DiskStore::size(uint64_t key, const std::string&) const {
  const std::string location = location_of(key);
  std::error_code error;
  const uintmax_t size = std::filesystem::file_size(location, error);
  if (error)
    throw SystemError(fmt::format("cannot read {}: {}", printable(location), error.message()));
  return size;
}

}  // namespace nasnet::data
