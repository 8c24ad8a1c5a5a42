#include "nasnet/data/archive_store.h"

#include <algorithm>

#include "nasnet/base/error.h"

// An archive is unpacked once, in one pass, after all files that are wanted are known: the packed
// ones can only be read from the beginning.

namespace nasnet::data {

void ArchiveStore::want(size_t index, size_t largest) {
  size_t& most = largest_[index];
  most = std::max(most, largest);
}

void ArchiveStore::read_members(const std::string& file, const MemberList& list) {
  std::vector<size_t> largest(list.members.size(), 0);
  for (const auto& [index, most] : largest_) {
    largest[index] = most;
    contents_[index];  // the readers, of many threads, only look
  }
  nasnet::read_members(file, list, largest, [&](size_t index, const MemberContent& content) {
    contents_[index] = {spool_.put(content.bytes), content.fault};
  });
}

const ArchiveStore::Content& ArchiveStore::content_of(uint64_t key) const {
  const Content& content = contents_.at(key);
  if (!content.fault.empty()) throw InputError(content.fault);
  return content;
}

std::string ArchiveStore::read(uint64_t key, size_t, const std::string&) const {
  return spool_.get(content_of(key).place);
}

std::string ArchiveStore::beginning(uint64_t key, size_t most, const std::string&) const {
  const Spool::Place place = content_of(key).place;
  return spool_.get({place.offset, std::min(place.size, most)});
}

uint64_t ArchiveStore::size(uint64_t key, const std::string&) const {
  return content_of(key).place.size;
}

}  // namespace nasnet::data
