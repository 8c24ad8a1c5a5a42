#pragma once

#include <vector>

namespace nasnet {

/// The rank of each value, 0 for the least; ties have their mean rank.
std::vector<double> ranks(const std::vector<double>& values);

/// Kendall's tau-b and Spearman's rho: do two measures of the same things rank them alike? 0 where
/// one of them is constant. Ties have their mean rank.
double kendall(const std::vector<double>& x, const std::vector<double>& y);
double spearman(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace nasnet
