#include "nasnet/data/folder_tops.h"

// Folders that say nothing of classes are taken off the paths: those that hold everything, and the
// only one within a split. What is left at the top is what folder_layout.cpp judges.

namespace nasnet::data {
namespace {

/// The only folder in each of the splits, where all have the same.
std::string shared_inner(const Tops& tops) {
  Names inside;
  size_t splits = 0;
  for (const auto& [name, top] : tops) {
    if (top.split == Split::kNone || top.nested == 0) continue;
    ++splits;
    inside.insert(top.inside.begin(), top.inside.end());
  }
  return splits > 1 && inside.size() == 1 ? *inside.begin() : "";
}

/// Takes the only folder below the split `name` off its paths, again and again while the next one
/// is alone, too. Stops where no class folders would be left below.
void strip_inner_of(const std::string& name, const std::string& shared, FolderTree& tree,
                    Top& top) {
  while (top.inside.size() == 1 && top.direct == 0) {
    const std::string inner = *top.inside.begin();
    Names deeper;
    for (const FolderPicture& picture : tree.pictures)
      if (picture.parts[0] == name && picture.parts.size() > 3) deeper.insert(picture.parts[2]);
    // A folder with pictures in it but no folders may be a class: it stays.
    if (deeper.empty() || !(inner == shared || says_nothing(inner, name))) return;
    top = {top.split, 0, 0, deeper};
    for (FolderPicture& picture : tree.pictures) {
      if (picture.parts[0] != name || picture.parts.size() < 3) continue;
      picture.parts.erase(picture.parts.begin() + 1);
      ++(picture.parts.size() == 2 ? top.direct : top.nested);
    }
    const auto is_inside = [&](const Parts& folder) {
      return folder.size() > 1 && folder[0] == name && folder[1] == inner;
    };
    std::erase_if(tree.folders,
                  [&](const Parts& folder) { return folder.size() == 2 && is_inside(folder); });
    for (Parts& folder : tree.folders)
      if (is_inside(folder)) folder.erase(folder.begin() + 1);
  }
}

}  // namespace

bool says_nothing(const std::string& inner, const std::string& split) {
  return lower_case(inner) == lower_case(split) || split_named("train " + inner) == Split::kTrain ||
         split_named(inner) != Split::kNone;
}

void strip_wrapping(FolderTree& tree) {
  // Each round takes one level; a level of pictures alone is that of the classes and stays.
  for (;;) {
    Names tops;
    bool deep = false;
    for (const FolderPicture& picture : tree.pictures) {
      if (picture.parts.size() >= 2) tops.insert(picture.parts[0]);
      deep = deep || picture.parts.size() >= 3;
    }
    if (tops.size() != 1 || !deep) return;
    for (FolderPicture& picture : tree.pictures)
      if (picture.parts.size() >= 2) picture.parts.erase(picture.parts.begin());
    std::erase_if(tree.folders, [&](const Parts& folder) {
      return folder.size() < 2 || folder[0] != *tops.begin();
    });
    for (Parts& folder : tree.folders) folder.erase(folder.begin());
  }
}

std::map<std::string, int64_t> take_unlabelled(FolderTree& tree) {
  std::map<std::string, int64_t> taken;
  const auto is_unlabelled = [](const Parts& parts) {
    return names_unlabelled(parts[0]) && split_named(parts[0]) == Split::kNone;
  };
  bool others = false;
  for (const FolderPicture& picture : tree.pictures)
    others = others || (picture.parts.size() >= 2 && !is_unlabelled(picture.parts));
  if (!others) return taken;
  std::erase_if(tree.pictures, [&](const FolderPicture& picture) {
    const bool out = picture.parts.size() >= 2 && is_unlabelled(picture.parts);
    if (out) ++taken[picture.parts[0]];
    return out;
  });
  std::erase_if(tree.folders, is_unlabelled);
  return taken;
}

Tops find_tops(const FolderTree& tree) {
  Names names;
  for (const FolderPicture& picture : tree.pictures)
    if (picture.parts.size() >= 2) names.insert(picture.parts[0]);
  Tops tops;
  for (const std::string& name : names) tops[name].split = split_among(name, names);
  for (const FolderPicture& picture : tree.pictures) {
    if (picture.parts.size() < 2) continue;
    Top& top = tops[picture.parts[0]];
    ++(picture.parts.size() == 2 ? top.direct : top.nested);
    if (picture.parts.size() > 2) top.inside.insert(picture.parts[1]);
  }
  return tops;
}

void strip_inner(FolderTree& tree, Tops& tops) {
  const std::string shared = shared_inner(tops);
  for (auto& [name, top] : tops)
    if (top.split != Split::kNone) strip_inner_of(name, shared, tree, top);
}

}  // namespace nasnet::data
