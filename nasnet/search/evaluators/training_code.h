#pragma once

#include <string>

namespace nasnet::search {

/// A digest of the sources that children's results depend on, made when the program is built: the
/// trainings of two builds with one digest are equal bit for bit on equal machines.
std::string training_code();
/// The same of the sources that the results of children that are detectors depend on.
std::string detector_code();

}  // namespace nasnet::search
