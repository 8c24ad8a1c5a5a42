#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/image_lookup.h"
#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// A row of a list: a picture with its label and split.
struct ListedImage {
  const ImageFile* file;
  std::string label;           ///< as listed_name() has it; "" where there is none
  Split split = Split::kNone;  ///< of its column, else of the list's name (train.csv)
  size_t line = 0;
};

/// A list of pictures with their labels, their splits or both.
struct LabelList {
  std::string path;
  bool has_labels = false;
  bool guessed = false;  ///< see ListText
  std::vector<ListedImage> images;
  int64_t missing = 0;  ///< rows whose picture is not there
  std::string first_missing;
};

/// Reads a text or table beside the pictures; nothing where it is no such list. It is one where a
/// column names pictures of the data set and another is called label, class, category or the like,
/// is the only other one, names folders, or where columns of 0 and 1 stand for classes; or where
/// one column names pictures and the list is called after a split or has a column of splits. Its
/// first row may be a header. Throws InputError for a split that is none, and for names that fit
/// several pictures.
std::optional<LabelList> read_label_list(const ImageFile& list, const ImageLookup& lookup);

/// Gives the lookup the ids of a list of ids and pictures ("17 sparrow/17.jpg"), which other lists
/// use. False where it is no such list.
bool read_ids(const ImageFile& list, ImageLookup& lookup);

}  // namespace nasnet::data
