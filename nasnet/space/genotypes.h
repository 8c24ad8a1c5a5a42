#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nasnet/space/cell.h"

namespace nasnet::space {

/// The published cells that are known by name, "nasnet-a" first.
std::vector<std::string> genotype_names();

/// Throws InputError with the nearest right name.
Genotype named_genotype(std::string_view name);

/// A known name, or else a JSON file.
Genotype load_genotype(const std::string& name_or_file);

}  // namespace nasnet::space
