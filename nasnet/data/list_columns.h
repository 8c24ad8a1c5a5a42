#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/image_lookup.h"
#include "nasnet/data/table_text.h"

namespace nasnet::data {

/// The meaning of a list's columns.
struct ListColumns {
  static constexpr size_t kNone = ~size_t{0};

  size_t first_row = 0;  ///< 1 where a header stands before it
  size_t file = 0;       ///< names pictures
  size_t label = kNone, split = kNone;
  bool first_word = false;  ///< of the label's fields, which go on with boxes
  /// The split that "1" or "true" in column `split` says, and "0" or "false"; kNone where the
  /// column holds names of splits.
  Split if_true = Split::kNone, if_false = Split::kNone;
  std::vector<size_t> one_hot;  ///< a column of 0 and 1 a class; the header has their names
  /// The only other column gives each picture a number of its own, by which other lists call it.
  size_t id = kNone;

  bool has_labels() const { return label != kNone || !one_hot.empty(); }
};

/// Recognises the meaning of the columns: by the header, if there is one, by which names pictures
/// and which names folders, and by the list's own name (train_test_split). `own_split` is the split
/// in the list's name or folder. None where no column names pictures, or where it is a table of
/// boxes.
std::optional<ListColumns> find_columns(const std::vector<TableRow>& rows, const std::string& list,
                                        const ImageLookup& lookup, Split own_split);

/// The field, or "" where the row is shorter.
const std::string& field_of(const TableRow& row, size_t column);

}  // namespace nasnet::data
