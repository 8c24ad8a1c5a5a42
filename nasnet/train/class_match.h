#pragma once

#include <string>
#include <vector>

namespace nasnet::train {

/// For each of the new classes the one of `known` (its number) that is the same, or -1: of the same
/// name; else of the same name in another case, form (data::common_form()) or with other separators
/// ("golden_retriever", "Golden Retriever"); else of the same WordNet synset, with which both names
/// begin ("n02099601", "n02099601 golden retriever"). Where several of `known` are the same in one
/// of the latter ways, none is.
std::vector<int> match_classes(const std::vector<std::string>& classes,
                               const std::vector<std::string>& known);

}  // namespace nasnet::train
