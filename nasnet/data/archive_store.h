#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/archive_members.h"
#include "nasnet/base/spool.h"
#include "nasnet/data/file_store.h"

namespace nasnet::data {

/// Members of one archive. Those that lie in its file as they are, and those of a zip, are read
/// there; others are unpacked into a temporary file.
class ArchiveStore final : public FileStore {
 public:
  ArchiveStore(std::string file, const FileStamp& stamp) : file_(std::move(file)), stamp_(stamp) {}

  /// Adds the member of this index in the archive's list, of which at most so many bytes will be
  /// read, and returns its key.
  uint64_t add(const MemberList& list, size_t index, size_t largest);
  /// To be called once, when all are added: unpacks those that must be, in one pass.
  void unpack(const MemberList& list);

  std::string read(uint64_t key, size_t largest, const std::string& path) const override;
  std::string beginning(uint64_t key, size_t most, const std::string& path) const override;
  uint64_t size(uint64_t key, const std::string& path) const override;

 private:
  /// Where a member lies in the archive, or in the temporary file.
  struct Content {
    uint64_t offset : 63;
    uint64_t is_unpacked : 1;
    uint64_t size;
  };
  /// How a zip keeps a member, beside that.
  struct Zipped {
    uint64_t packed = 0;
    uint32_t crc = 0;
    uint16_t method = 0;
  };
  /// A member that must be unpacked.
  struct Packed {
    uint64_t key = 0;
    size_t largest = 0;
    std::string fault = "has not been read";
  };
  /// Throws InputError where it could not be unpacked.
  const Content& content_of(uint64_t key) const;
  ZipPlace zip_place(uint64_t key) const;
  /// The archive. Throws InputError that begins with `path` where it has changed.
  std::shared_ptr<const OpenFile> open(const std::string& path) const;
  std::string bytes_of(const Content& content, size_t size, const std::string& path) const;

  std::string file_;
  FileStamp stamp_;
  std::vector<Content> contents_;
  std::vector<Zipped> zipped_;              // of all contents, or none
  std::map<size_t, Packed> packed_;         // by the member's index
  std::map<uint64_t, std::string> faults_;  // by key
  std::unique_ptr<Spool> spool_;
};

}  // namespace nasnet::data
