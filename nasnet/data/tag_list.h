#pragma once

#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/data/label_list.h"

namespace nasnet::data {

/// The tags of a tree's pictures as a list of labels, which takes its part with the others. Numbers
/// stand for `names`, those that lie beside the shards, counted from 0 (or 1, where the highest
/// says so), even where a name is a number itself; without names they stay. Throws InputError for a
/// number that has no name.
LabelList list_of_tags(const ImageTree& tree, const std::vector<std::string>& names,
                       const std::string& source);

/// True for _info.json, info.json: beside shards, they may name the classes.
bool is_shard_info(const std::string& path);
/// The names in the order of their numbers, or none. Throws InputError where the file is no JSON.
std::vector<std::string> parse_shard_info(const std::string& text, const std::string& path);

}  // namespace nasnet::data
