#pragma once

#include <filesystem>

#include "nasnet/data/file_tree.h"

namespace nasnet::data {

/// A folder on the disk.
class DiskTree final : public FileTree {
 public:
  explicit DiskTree(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Node root() const override;
  std::vector<Node> entries(const Node& folder) const override;
  std::function<std::string()> reader(const Node& file, size_t largest) const override;
  std::function<std::string(size_t)> beginning(const Node& file) const override;

 private:
  std::filesystem::path folder_;
};

}  // namespace nasnet::data
