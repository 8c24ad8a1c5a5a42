#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "nasnet/space/cell.h"

namespace nasnet::space {

/// A genotype's file is small; anything larger than this is something else.
inline constexpr size_t kLargestGenotypeFile = size_t{1} << 20;

/// The form of genotypes in files, manifests and studies:
///
///     {"schema": "nasnet-genotype", "version": 1, "name": "...",
///      "normal": {"inputs": 2, "blocks": [{"left": 0, "left_op": "sep_conv_5x5", "right": 1,
///                 "right_op": "sep_conv_3x3", "combine": "add"}, ...],
///                 "outputs": [2, 3], "separate_outputs": false},
///      "reduction": {...}}
///
/// `inputs` (2), `outputs` (the states that no block reads), `combine` (add), `separate_outputs`
/// (false) and `name` may be left out.
nlohmann::ordered_json genotype_to_ordered_json(const Genotype& genotype);
nlohmann::json genotype_to_json(const Genotype& genotype);

/// The same as text, one block a line.
std::string format_genotype(const Genotype& genotype);

/// Throws InputError that names the place ("x.json: normal.blocks[2].left_op ...") for an unknown
/// or missing key, a wrong type, an unknown operation, a state that does not exist, another
/// version.
Genotype genotype_from_json(const nlohmann::json& json, const std::string& where);
Genotype parse_genotype(std::string_view text, const std::string& where);

}  // namespace nasnet::space
