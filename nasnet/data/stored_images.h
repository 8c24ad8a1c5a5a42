#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "nasnet/data/image.h"
#include "nasnet/data/image_tree.h"
#include "nasnet/data/preparation.h"

namespace nasnet::data {

/// Pictures that stay in their files: each is decoded whenever it is wanted. Any thread may read
/// any of them.
class StoredImages {
 public:
  /// A picture that cannot be read is an error, or is kept for unreadable(), as `when` says.
  enum class OnFault { kThrow, kSkip };

  /// `source` begins the messages.
  StoredImages(std::string source, Preparation preparation, OnFault when);

  void add(ImageFile file);
  void append(const StoredImages& others);
  /// Those at `indices`, in that order.
  std::shared_ptr<StoredImages> select(const std::vector<int64_t>& indices) const;

  int64_t size() const { return std::ssize(files_); }
  const std::string& path(int64_t index) const { return files_[index].path; }
  const ImageFile& file(int64_t index) const { return files_[index]; }

  /// Decodes a picture and brings it to the size `to`, three bytes a pixel. False where it cannot
  /// be read and such are skipped. Throws InputError that names the file otherwise.
  bool read(int64_t index, ImageSize to, uint8_t* pixels) const;

  /// The same of the part that `choose` takes of the upright picture. The preparation's filter
  /// alone counts, and nothing beside the part takes part in it.
  bool read_part(int64_t index, const ChoosePart& choose, ImageSize to, uint8_t* pixels) const;

  /// Pictures that were wanted and could not be read, in their order.
  std::vector<Unreadable> unreadable() const;

  /// That the list of files takes in memory.
  int64_t bytes() const;

 private:
  /// Does the work for the file; false where that has thrown and such are skipped.
  bool guarded(int64_t index, const std::function<void(const ImageFile&)>& work) const;

  std::string source_;
  Preparation preparation_;
  OnFault when_;
  std::vector<ImageFile> files_;
  mutable std::mutex mutex_;
  mutable std::map<int64_t, std::string> faults_;  ///< by index; guarded by the mutex
};

}  // namespace nasnet::data
