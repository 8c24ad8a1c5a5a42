#pragma once

#include <string>

#include "nasnet/data/disk_store.h"
#include "nasnet/data/file_tree.h"

namespace nasnet::data {

/// A folder on the disk.
class DiskTree final : public FileTree {
 public:
  explicit DiskTree(std::string folder);
  bool is_disk() const override { return true; }
  Node root() const override;
  void visit(const Node& folder, const std::function<void(const Node&)>& take) const override;
  StoredFile open(const Node& file, size_t largest) override;

 private:
  std::string folder_;
  std::shared_ptr<DiskStore> store_;
};

}  // namespace nasnet::data
