#include "nasnet/dashboard/pareto.h"

#include <algorithm>
#include <tuple>

namespace nasnet::dashboard {

std::vector<size_t> pareto_front(std::vector<Judged> points) {
  std::ranges::stable_sort(points, [](const Judged& a, const Judged& b) {
    return std::tie(b.x, b.y) < std::tie(a.x, a.y);
  });
  std::vector<size_t> front;
  double highest = 0;
  for (const Judged& one : points) {
    if (!front.empty() && one.y <= highest) continue;
    highest = one.y;
    front.push_back(one.row);
  }
  return front;
}

}  // namespace nasnet::dashboard
