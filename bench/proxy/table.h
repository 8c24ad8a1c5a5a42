#pragma once

#include <string>
#include <vector>

#include "bench/proxy/results.h"

namespace nasnet::bench {

/// How each proxy of the results ranks the cells that the long training has ranked, the best first:
/// Spearman's rho and Kendall's tau with 95 % intervals, and core-seconds a child.
std::string format_table(const std::vector<Result>& results, const std::string& data);

}  // namespace nasnet::bench
