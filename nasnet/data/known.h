#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

/// The user's data folder: $NASNET_DATA, else $XDG_DATA_HOME/nasnet, else ~/.local/share/nasnet.
std::filesystem::path data_folder();

/// True if load() knows the name.
bool is_known(const std::string& name);

/// The path of a known data set on this machine. Where it is missing, throws InputError that says
/// how to get it.
std::string find_known(const std::string& name);

/// Names of the classes of MNIST or Fashion-MNIST, after the path they are read from.
std::vector<std::string> idx_classes(const std::string& name);

}  // namespace nasnet::data
