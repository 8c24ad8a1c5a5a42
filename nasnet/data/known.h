#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

// Data sets that are known by name, so that load() takes the name in place of a path: mnist,
// fashion-mnist, cifar-10, cifar-100.

/// The user's data folder: $NASNET_DATA, else $XDG_DATA_HOME/nasnet, else ~/.local/share/nasnet.
std::filesystem::path data_folder();

/// True if the name is one of those data sets, which need not be on this machine.
bool is_known(const std::string& name);

/// The file or folder of a data set on this machine, in data_folder() or where the system's
/// packages put it. is_known(name) must be true. Throws InputError where the data set is missing,
/// and says how to get it.
std::string find_known(const std::string& name);

/// The names of the ten classes of a set of IDX files, which hold none: Fashion-MNIST's where the
/// path `name` that they are read from contains "fashion", else MNIST's, "0" to "9".
std::vector<std::string> idx_classes(const std::string& name);

}  // namespace nasnet::data
