#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// The user's data folder: $NASNET_DATA, else $XDG_DATA_HOME/nasnet, else ~/.local/share/nasnet.
std::filesystem::path data_folder();

/// Whether load() knows the name.
bool is_known(const std::string& name);

/// Where a known data set lies on this machine. Throws InputError that says how to get it where it
/// is nowhere.
std::string find_known(const std::string& name);

/// Names of the classes of MNIST or Fashion-MNIST, after the path they are read from.
std::vector<std::string> idx_classes(const std::string& name);

}  // namespace nasnet::data
