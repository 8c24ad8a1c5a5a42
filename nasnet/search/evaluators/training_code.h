#pragma once

#include <string>

namespace nasnet::search {

/// A digest of the sources that children's results depend on.
std::string training_code();

}  // namespace nasnet::search
