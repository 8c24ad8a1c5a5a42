#pragma GCC optimize("O3", "fp-contract=off", "no-math-errno", "no-trapping-math")

#include "nasnet/search/strategies/product-inl.h"

#ifdef NASNET_WIDE_MATH

namespace nasnet::search {

void multiply_add_wide(const Product& s, const float* a, const float* b, float* c) {
  multiply_add_any(s, a, b, c);
}

}  // namespace nasnet::search

#endif
