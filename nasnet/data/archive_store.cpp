#include "nasnet/data/archive_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/base/zip_member.h"

// A plain tar is its own index, and a zip has one: no byte of them is read before it is wanted.
// Another archive can only be read from its beginning, and is, once, after all files that are
// wanted are known.

namespace nasnet::data {

uint64_t ArchiveStore::add(const MemberList& list, size_t index, size_t largest) {
  if (!list.zipped.empty()) {
    const ZipPlace& place = list.zipped[index];
    contents_.push_back({place.header, 0, place.size});
    zipped_.push_back({place.packed, place.crc, place.method});
    return contents_.size() - 1;
  }
  const Member& member = list.members[index];
  if (member.place.is_known()) {
    contents_.push_back({member.place.offset, 0, member.place.size});
    return contents_.size() - 1;
  }
  // A file that several names lead to is unpacked once, at the most generous limit.
  const auto [packed, is_new] = packed_.try_emplace(index);
  if (is_new) {
    packed->second.key = contents_.size();
    contents_.push_back({0, 1, 0});
  }
  packed->second.largest = std::max(packed->second.largest, largest);
  return packed->second.key;
}

void ArchiveStore::unpack(const MemberList& list) {
  if (packed_.empty()) return;
  spool_ = std::make_unique<Spool>();
  std::vector<size_t> largest(list.members.size(), 0);
  for (const auto& [index, packed] : packed_) {
    largest[index] = packed.largest;
    faults_[packed.key] = packed.fault;
  }
  read_members(file_, list, largest, [&](size_t index, const MemberContent& content) {
    const uint64_t key = packed_.at(index).key;
    const Spool::Place place = spool_->put(content.bytes);
    contents_[key] = {place.offset, 1, place.size};
    faults_.erase(key);
    if (!content.fault.empty()) faults_[key] = content.fault;
  });
  packed_.clear();
}

const ArchiveStore::Content& ArchiveStore::content_of(uint64_t key) const {
  if (!faults_.empty())
    if (const auto fault = faults_.find(key); fault != faults_.end())
      throw InputError(fault->second);
  return contents_[key];
}

ZipPlace ArchiveStore::zip_place(uint64_t key) const {
  const Zipped& zipped = zipped_[key];
  return {contents_[key].offset, zipped.packed, contents_[key].size, zipped.crc, zipped.method};
}

std::shared_ptr<const OpenFile> ArchiveStore::open(const std::string& path) const {
  try {
    return open_shared(file_, stamp_);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", path, error.what()));
  }
}

std::string ArchiveStore::bytes_of(const Content& content, size_t size,
                                   const std::string& path) const {
  if (content.is_unpacked) return spool_->get({content.offset, size});
  std::string bytes(size, '\0');
  if (open(path)->read_at(content.offset, bytes.data(), size) == size) return bytes;
  throw InputError(
      fmt::format("{}: {} ends before the end of this member; copy or download it again", path,
                  printable(file_)));
}

std::string ArchiveStore::read(uint64_t key, size_t largest, const std::string& path) const {
  const Content& content = content_of(key);
  if (!zipped_.empty()) return read_zip_member(*open(path), zip_place(key), largest, {file_, path});
  if (content.size > largest)
    throw InputError(
        fmt::format("{} is larger than {} bytes, more than such a file may have", path, largest));
  return bytes_of(content, content.size, path);
}

std::string ArchiveStore::beginning(uint64_t key, size_t most, const std::string& path) const {
  const Content& content = content_of(key);
  if (!zipped_.empty()) return read_zip_beginning(*open(path), zip_place(key), most, {file_, path});
  return bytes_of(content, std::min<uint64_t>(content.size, most), path);
}

uint64_t ArchiveStore::size(uint64_t key, const std::string&) const {
  return content_of(key).size;
}

}  // namespace nasnet::data
