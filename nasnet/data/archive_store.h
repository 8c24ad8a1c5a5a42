#pragma once

#include <map>
#include <string>
#include <vector>

#include "nasnet/base/archive_members.h"
#include "nasnet/base/spool.h"
#include "nasnet/data/file_store.h"

namespace nasnet::data {

/// The members of one archive, by their indices in its list, unpacked into a temporary file.
class ArchiveStore final : public FileStore {
 public:
  /// Has a member read, of at most so many bytes; of several calls the largest counts.
  void want(size_t index, size_t largest);
  /// Reads all members that are wanted, in one pass over the archive.
  void read_members(const std::string& file, const MemberList& list);

  std::string read(uint64_t key, size_t largest, const std::string& path) const override;
  std::string beginning(uint64_t key, size_t most, const std::string& path) const override;
  uint64_t size(uint64_t key, const std::string& path) const override;

 private:
  struct Content {
    Spool::Place place;
    std::string fault = "has not been read";
  };
  const Content& content_of(uint64_t key) const;

  Spool spool_;
  std::map<size_t, size_t> largest_;  // bytes that a member may have, by its index
  std::map<size_t, Content> contents_;
};

}  // namespace nasnet::data
