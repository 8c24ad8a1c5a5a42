// Asks Highway which of its targets a kernel would take now.

#include "nasnet/kernels/target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/kernels/target.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nasnet::kernels::HWY_NAMESPACE {
namespace {

const char* Name() {
  return hwy::TargetName(HWY_TARGET);
}

}  // namespace
}  // namespace nasnet::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::kernels {

HWY_EXPORT(Name);

std::string vector_target() {
  return HWY_DYNAMIC_DISPATCH(Name)();
}

}  // namespace nasnet::kernels
#endif
