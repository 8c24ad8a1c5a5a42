#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/base/archive_members.h"
#include "nasnet/data/archive_store.h"
#include "nasnet/data/file_tree.h"

namespace nasnet::data {

/// The members of an archive as files in folders, with its symbolic and hard links followed within
/// it.
class ArchiveTree final : public FileTree {
 public:
  /// `list` is that of list_members(file).
  ArchiveTree(std::string file, MemberList list);

  Node root() const override;
  void visit(const Node& folder, const std::function<void(const Node&)>& take) const override;
  StoredFile open(const Node& file, size_t largest) override;

  /// To be called when all files are opened, before any is read.
  void unpack();

  /// Why the list of members ends before the archive does, or "".
  const std::string& fault() const { return list_.fault; }
  /// Files that a later member of the same name replaces.
  const std::vector<std::string>& replaced() const { return replaced_; }
  /// Files and links that have the name of a folder: they cannot be reached.
  const std::vector<std::string>& hidden_by_folders() const { return hidden_by_folders_; }

 private:
  void sort_members();
  uint32_t last_of(const std::vector<uint32_t>& members, std::vector<uint32_t>& replacing) const;
  std::string_view path_at(size_t place) const { return list_.members[order_[place]].path; }
  size_t end_of(size_t begin, std::string_view folder) const;
  size_t find(std::string_view path) const;
  bool is_folder(size_t place, std::string_view path) const;
  bool is_link(size_t place) const;
  std::string target_at(size_t place) const;
  Node resolve(const std::string& folder, const std::string& target) const;
  Node node_of(const std::string& folder, size_t place, std::string_view path) const;

  MemberList list_;
  std::vector<uint32_t> order_;  // the members that count, by path
  std::shared_ptr<ArchiveStore> store_;
  std::vector<std::string> replaced_, hidden_by_folders_;
};

}  // namespace nasnet::data
