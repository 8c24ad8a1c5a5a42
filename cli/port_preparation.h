#pragma once

#include <string>

#include "nasnet/data/preparation.h"

namespace nasnet::cli {

/// How the port (as exchange::Recognised names it) prepares pictures. All scale pixels to [-1, 1].
data::Preparation port_preparation(const std::string& port);

}  // namespace nasnet::cli
