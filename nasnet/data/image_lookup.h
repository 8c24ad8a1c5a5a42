#pragma once

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/data/split_names.h"

namespace nasnet::data {

/// Resolves the names in lists to pictures: by paths from the list's folder or from the top, by
/// file names alone, by absolute paths of another machine, by paths without the ending, by ids of
/// another list. Names need only have the same common_form(), in any case.
class ImageLookup {
 public:
  explicit ImageLookup(const std::vector<const ImageFile*>& images);

  /// Lets lists name a picture by `id`, as a list of ids and paths says.
  void add_id(const std::string& id, const ImageFile* file) { by_id_[id] = file; }

  /// All pictures that fit `value` best: none, one, or several that cannot be told apart. `list` is
  /// the path of the list; of pictures in several splits those of `split` fit better.
  std::vector<const ImageFile*> find(const std::string& value, const std::string& list,
                                     Split split) const;

  /// True if a folder above a picture has this name.
  bool is_folder(const std::string& name) const { return folders_.contains(name); }

 private:
  /// The names that a path is made of, in their common form, and without upper case.
  struct Names {
    Parts exact, folded;
  };
  struct Known {
    const ImageFile* file;
    Names names;
  };
  static Names names_of(const Parts& parts);
  std::vector<const ImageFile*> find_path(const Parts& parts, const std::string& list,
                                          Split split) const;

  std::vector<Known> images_;
  std::unordered_map<std::string, std::vector<size_t>> by_name_;  ///< with and without the ending
  std::unordered_map<std::string, const ImageFile*> by_id_;
  std::unordered_set<std::string> folders_;
};

/// The split that a folder above a file names; kNone where none does.
Split split_above(const std::string& path);

}  // namespace nasnet::data
