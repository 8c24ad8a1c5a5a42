#include "nasnet/data/archive_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/data/split_path.h"

// An archive is listed first, from its headers, and unpacked, where it must be, after all files
// that are wanted are known. Links are resolved by names within the tree, never by the disk.

namespace nasnet::data {
namespace {

/// As many links may lead from one to the next, as on Linux.
constexpr int kMostLinks = 40;

std::string join_path(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

Node faulty(std::string why) {
  Node node;
  node.kind = NodeKind::kFault;
  node.why = std::move(why);
  return node;
}

}  // namespace

/// A name in a folder. A folder need not be a member: many archives name files alone. Of most items
/// there are a million, which are files.
struct ArchiveTree::Item {
  using Children = std::map<std::string_view, Item>;  ///< by parts of members' paths
  const Member* member = nullptr;      ///< nullptr: a folder that only its content tells of
  std::unique_ptr<Children> children;  ///< nullptr: none

  Item& child(std::string_view name) {
    if (!children) children = std::make_unique<Children>();
    return (*children)[name];
  }
  const Item* find(std::string_view name) const {
    if (!children) return nullptr;
    const auto found = children->find(name);
    return found == children->end() ? nullptr : &found->second;
  }

  bool is_folder() const { return !member || member->kind == MemberKind::kFolder; }
  bool is_link() const {
    return member &&
           (member->kind == MemberKind::kSymbolicLink || member->kind == MemberKind::kHardLink);
  }
};

ArchiveTree::ArchiveTree(std::string file, MemberList list)
    : list_(std::move(list)),
      root_(std::make_unique<Item>()),
      store_(std::make_shared<ArchiveStore>(std::move(file), list_.stamp)) {
  for (size_t i = 0; i < list_.members.size(); ++i) insert(i);
}

ArchiveTree::~ArchiveTree() = default;

void ArchiveTree::become_folder(Item& item) {
  if (item.is_folder()) return;
  hidden_by_folders_.push_back(item.member->path);
  item.member = nullptr;
}

void ArchiveTree::insert(size_t index) {
  const Member& member = list_.members[index];
  Item* item = root_.get();
  if (member.path.empty()) return;
  // list_members() has tidied the paths; the list stays, and so do the views.
  std::vector<std::string_view> parts;
  for (std::string_view rest = member.path;;) {
    const size_t slash = rest.find('/');
    parts.push_back(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  // A file cannot hold others: a name that does is a folder, whatever member had it.
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    item = &item->child(parts[i]);
    become_folder(*item);
  }
  const bool is_new = !item->find(parts.back());
  item = &item->child(parts.back());
  if (is_new) {
    item->member = &member;
  } else if (member.kind == MemberKind::kFolder) {
    become_folder(*item);
  } else if (item->is_folder()) {
    hidden_by_folders_.push_back(member.path);
  } else if (member.kind != MemberKind::kHardLink || member.target != member.path) {
    // As when they are unpacked: the later member counts.
    // A file that was named twice to tar is there again as a link to itself.
    replaced_.push_back(member.path);
    item->member = &member;
  }
}

const ArchiveTree::Item& ArchiveTree::find(const std::string& path) const {
  const Item* item = root_.get();
  for (const std::string& part : split_path(path)) item = item->find(part);
  return *item;
}

std::string ArchiveTree::target_of(const Item& item) const {
  const bool hard = item.member->kind == MemberKind::kHardLink;
  return (hard ? "/" : "") + item.member->target;
}

Node ArchiveTree::resolve(const std::string& folder, const std::string& target) const {
  // `items` holds the folders from the root to `at`, so that ".." finds the one above.
  Parts at = split_path(folder);
  std::vector<const Item*> items = {root_.get()};
  for (const std::string& part : at) items.push_back(items.back()->find(part));
  Parts ahead;  // the next part last
  int links = 0;
  const auto follow = [&](const std::string& to) {
    if (to.starts_with('/')) {
      at.clear();
      items.resize(1);
    }
    const Parts parts = split_path(to);
    ahead.insert(ahead.end(), parts.rbegin(), parts.rend());
    return ++links <= kMostLinks;
  };
  follow(target);
  while (!ahead.empty()) {
    const std::string part = ahead.back();
    ahead.pop_back();
    if (part == "..") {
      if (at.empty()) return faulty("is a link that leads out of the archive");
      at.pop_back();
      items.pop_back();
      continue;
    }
    const Item* found = items.back()->find(part);
    if (!found) return faulty(fmt::format("is a link to {}, which the archive lacks", target));
    if (found->is_link() && found->member->fault.empty()) {
      // The target is relative to where the link lies, and that is where the walk is now.
      if (!follow(target_of(*found))) return faulty("is a link in a circle");
    } else {
      at.push_back(part);
      items.push_back(found);
    }
  }
  std::string parent;
  for (size_t i = 0; i + 1 < at.size(); ++i) parent = join_path(parent, at[i]);
  return at.empty() ? root() : node_of(parent, at.back(), *items.back());
}

Node ArchiveTree::node_of(const std::string& folder, const std::string& name,
                          const Item& item) const {
  Node node;
  if (item.member && !item.member->fault.empty()) {
    node = faulty(item.member->fault);
  } else if (item.is_link()) {
    node = resolve(folder, target_of(item));
    // A hard link is the file itself under another name: only symbolic ones count as linked.
    node.linked = item.member->kind == MemberKind::kSymbolicLink;
  } else {
    node.location = node.identity = join_path(folder, name);
    if (item.is_folder()) {
      node.kind = NodeKind::kFolder;
    } else if (item.member->kind == MemberKind::kOther) {
      node.kind = NodeKind::kOdd;
      node.why = "pipe or device";
    }
  }
  node.name = name;
  return node;
}

Node ArchiveTree::root() const {
  Node node;
  node.kind = NodeKind::kFolder;
  return node;
}

std::vector<Node> ArchiveTree::entries(const Node& folder) const {
  std::vector<Node> nodes;
  const Item& at = find(folder.location);
  if (!at.children) return nodes;
  for (const auto& [name, item] : *at.children)
    nodes.push_back(node_of(folder.location, std::string(name), item));
  return nodes;
}

StoredFile ArchiveTree::open(const Node& file, size_t largest) {
  const Member* member = find(file.location).member;
  return {store_, store_->add(*member, member - list_.members.data(), largest)};
}

void ArchiveTree::unpack() {
  store_->unpack(list_);
}

}  // namespace nasnet::data
