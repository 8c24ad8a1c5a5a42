#pragma once

#include <memory>

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
  ~ArchiveTree() override;

  Node root() const override;
  std::vector<Node> entries(const Node& folder) const override;
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
  struct Item;

  void insert(size_t index);
  void become_folder(Item& item);
  const Item& find(const std::string& path) const;
  std::string target_of(const Item& item) const;
  Node resolve(const std::string& folder, const std::string& target) const;
  Node node_of(const std::string& folder, const std::string& name, const Item& item) const;

  MemberList list_;
  std::unique_ptr<Item> root_;
  std::shared_ptr<ArchiveStore> store_;
  std::vector<std::string> replaced_, hidden_by_folders_;
};

}  // namespace nasnet::data
