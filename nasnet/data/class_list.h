#pragma once

#include <set>
#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"

namespace nasnet::data {

/// The names of a list of classes as listed_name() has them, in its order: a name a line, or an
/// index and a name ("0 cat", "1,dog", "2: horse"; from 0 or 1, in any order). `text` is that of
/// decode_list(). Throws InputError that names `file` for a name or an index that occurs twice, and
/// for indices that leave one out.
std::vector<std::string> parse_class_list(const std::string& text, const std::string& file);

/// True if the file's name is that of a list of classes: classes.txt, class_names.txt and the like.
bool is_class_list(const std::string& path);

/// The classes in the order of the list, or sorted without one. Throws InputError that says what
/// differs where the list in `file` and the classes of the images disagree.
std::vector<std::string> order_classes(const std::set<std::string>& names,
                                       const std::vector<std::string>& listed,
                                       const std::string& file);

/// Names that are all numbers stand in the order of the numbers: 2 before 10.
void order_numbers(std::vector<std::string>& names);

}  // namespace nasnet::data
