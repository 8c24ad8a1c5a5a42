#include "nasnet/data/archive_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <numeric>

#include "nasnet/data/split_path.h"

// An archive is listed first, from its headers, and unpacked, where it must be, after all files
// that are wanted are known. Its folders are ranges of its members in the order of their paths, so
// that a tree of a million takes four bytes each. Links are resolved by names within the tree,
// never by the disk.

namespace nasnet::data {
namespace {

/// As many links may lead from one to the next, as on Linux.
constexpr int kMostLinks = 40;
/// FileId::group of files; of a folder it is the number of its path's parts, and one.
constexpr uint64_t kFiles = UINT64_MAX;

std::string join_path(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

/// By characters, "/" before all others: then what a folder holds stands behind it.
bool is_before(std::string_view a, std::string_view b) {
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (x == a.end() || y == b.end()) return x == a.end() && y != b.end();
  const auto rank = [](char c) { return c == '/' ? -1 : static_cast<unsigned char>(c); };
  return rank(*x) < rank(*y);
}

bool is_below(std::string_view path, std::string_view folder) {
  return folder.empty() ||
         (path.size() > folder.size() && path[folder.size()] == '/' && path.starts_with(folder));
}

/// The first `parts` of a path.
std::string_view beginning_of(std::string_view path, uint64_t parts) {
  size_t end = 0;
  for (uint64_t i = 0; i < parts; ++i) end = path.find('/', i == 0 ? 0 : end + 1);
  return path.substr(0, end);
}

Node faulty(std::string why) {
  Node node;
  node.kind = NodeKind::kFault;
  node.why = std::move(why);
  return node;
}

}  // namespace

ArchiveTree::ArchiveTree(std::string file, MemberList list)
    : list_(std::move(list)), store_(std::make_shared<ArchiveStore>(std::move(file), list_.stamp)) {
  sort_members();
}

void ArchiveTree::sort_members() {
  std::vector<uint32_t> all(list_.members.size());
  std::iota(all.begin(), all.end(), 0);
  std::erase_if(all, [&](uint32_t i) { return list_.members[i].path.empty(); });
  const auto before = [&](uint32_t a, uint32_t b) {
    return is_before(list_.members[a].path, list_.members[b].path);
  };
  // Most archives are written in this order.
  if (!std::is_sorted(all.begin(), all.end(), before))
    std::stable_sort(all.begin(), all.end(), before);
  std::vector<uint32_t> replacing, hidden;
  for (size_t i = 0; i < all.size();) {
    const std::string& path = list_.members[all[i]].path;
    size_t end = i + 1;
    while (end < all.size() && list_.members[all[end]].path == path) ++end;
    const std::vector<uint32_t> named(all.begin() + i, all.begin() + end);
    const auto is_folder = [&](uint32_t m) { return list_.members[m].kind == MemberKind::kFolder; };
    // A file cannot hold others: a name that does is a folder, whatever member had it.
    const auto folder = std::find_if(named.begin(), named.end(), is_folder);
    if (folder != named.end() ||
        (end < all.size() && is_below(list_.members[all[end]].path, path))) {
      std::remove_copy_if(named.begin(), named.end(), std::back_inserter(hidden), is_folder);
      if (folder != named.end()) order_.push_back(*folder);
    } else {
      order_.push_back(last_of(named, replacing));
    }
    i = end;
  }
  // In the archive's order.
  for (auto* indices : {&replacing, &hidden}) {
    std::sort(indices->begin(), indices->end());
    for (const uint32_t i : *indices)
      (indices == &hidden ? hidden_by_folders_ : replaced_).push_back(list_.members[i].path);
  }
}

/// As when they are unpacked the last of a path's members counts; the others are replaced.
uint32_t ArchiveTree::last_of(const std::vector<uint32_t>& members,
                              std::vector<uint32_t>& replacing) const {
  uint32_t last = members[0];
  for (size_t i = 1; i < members.size(); ++i) {
    const Member& member = list_.members[members[i]];
    // A file that was named twice to tar is there again as a link to itself.
    if (member.kind == MemberKind::kHardLink && list_.target_of(members[i]) == member.path)
      continue;
    last = members[i];
    replacing.push_back(last);
  }
  return last;
}

/// Behind the last place of what lies in a folder that begins at `begin`.
size_t ArchiveTree::end_of(size_t begin, std::string_view folder) const {
  const auto end = std::partition_point(order_.begin() + begin, order_.end(), [&](uint32_t i) {
    const std::string_view path = list_.members[i].path;
    return path == folder || is_below(path, folder);
  });
  return end - order_.begin();
}

/// The place of a file, or the first of a folder; order_.size() where nothing has that path.
size_t ArchiveTree::find(std::string_view path) const {
  const auto place = std::lower_bound(order_.begin(), order_.end(), path,
                                      [&](uint32_t i, std::string_view wanted) {
                                        return is_before(list_.members[i].path, wanted);
                                      });
  const size_t found = place - order_.begin();
  const bool is_there =
      found < order_.size() && (path_at(found) == path || is_below(path_at(found), path));
  return is_there ? found : order_.size();
}

/// True if `path`, which find() has found there, is a folder's. It need not be a member: many
/// archives name files alone.
bool ArchiveTree::is_folder(size_t place, std::string_view path) const {
  return path_at(place) != path || list_.members[order_[place]].kind == MemberKind::kFolder;
}

bool ArchiveTree::is_link(size_t place) const {
  const MemberKind kind = list_.members[order_[place]].kind;
  return kind == MemberKind::kSymbolicLink || kind == MemberKind::kHardLink;
}

std::string ArchiveTree::target_at(size_t place) const {
  const bool hard = list_.members[order_[place]].kind == MemberKind::kHardLink;
  return (hard ? "/" : "") + list_.target_of(order_[place]);
}

Node ArchiveTree::resolve(const std::string& folder, const std::string& target) const {
  Parts at = split_path(folder);
  Parts ahead;  // the next part last
  int links = 0;
  const auto follow = [&](const std::string& to) {
    if (to.starts_with('/')) at.clear();
    const Parts parts = split_path(to);
    ahead.insert(ahead.end(), parts.rbegin(), parts.rend());
    return ++links <= kMostLinks;
  };
  follow(target);
  size_t place = 0;
  while (!ahead.empty()) {
    const std::string part = ahead.back();
    ahead.pop_back();
    if (part == "..") {
      if (at.empty()) return faulty("is a link that leads out of the archive");
      at.pop_back();
      continue;
    }
    const std::string path = join_path(fmt::format("{}", fmt::join(at, "/")), part);
    place = find(path);
    if (place == order_.size())
      return faulty(fmt::format("is a link to {}, which the archive lacks", target));
    if (!is_folder(place, path) && is_link(place) && list_.fault_of(order_[place]).empty()) {
      // The target is relative to where the link lies, and that is where the walk is now.
      if (!follow(target_at(place))) return faulty("is a link in a circle");
    } else {
      at.push_back(part);
    }
  }
  if (at.empty()) return root();
  const std::string path = fmt::format("{}", fmt::join(at, "/"));
  place = find(path);
  at.pop_back();
  return node_of(fmt::format("{}", fmt::join(at, "/")), place, path);
}

/// Of `path`, which find() has found there.
Node ArchiveTree::node_of(const std::string& folder, size_t place, std::string_view path) const {
  Node node;
  const size_t index = order_[place];
  const bool is_member = path_at(place) == path;
  if (is_member && !list_.fault_of(index).empty()) {
    node = faulty(list_.fault_of(index));
  } else if (is_folder(place, path)) {
    node.kind = NodeKind::kFolder;
    node.identity = {static_cast<uint64_t>(std::count(path.begin(), path.end(), '/')) + 2, place};
  } else if (is_link(place)) {
    node = resolve(folder, target_at(place));
    // A hard link is the file itself under another name: only symbolic ones count as linked.
    node.linked = list_.members[index].kind == MemberKind::kSymbolicLink;
  } else {
    node.identity = {kFiles, place};
    if (list_.members[index].kind == MemberKind::kOther) {
      node.kind = NodeKind::kOdd;
      node.why = "pipe or device";
    }
  }
  node.name = path.substr(path.rfind('/') + 1);
  return node;
}

Node ArchiveTree::root() const {
  Node node;
  node.kind = NodeKind::kFolder;
  node.identity = {1, 0};
  return node;
}

void ArchiveTree::visit(const Node& folder, const std::function<void(const Node&)>& take) const {
  const uint64_t parts = folder.identity.group - 1;
  const size_t first = folder.identity.number;
  if (first == order_.size()) return;
  const std::string path(beginning_of(path_at(first), parts));
  const size_t end = end_of(first, path), name = parts == 0 ? 0 : path.size() + 1;
  for (const bool linked : {false, true}) {
    if (linked && list_.targets.empty()) continue;
    size_t place = first;
    if (path_at(place) == path) ++place;  // the folder itself
    while (place < end) {
      const std::string_view entry = path_at(place).substr(0, path_at(place).find('/', name));
      const Node node = node_of(path, place, entry);
      if (node.linked == linked) take(node);
      place = is_folder(place, entry) ? end_of(place, entry) : place + 1;
    }
  }
}

StoredFile ArchiveTree::open(const Node& file, size_t largest) {
  return {store_, store_->add(list_, order_[file.identity.number], largest)};
}

void ArchiveTree::unpack() {
  store_->unpack(list_);
}

}  // namespace nasnet::data
