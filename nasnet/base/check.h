#pragma once

/// Throws InternalError where `condition`, an invariant that nasnet itself must keep, does not
/// hold. A literal may follow that says the invariant in words. For wrong input throw InputError
/// instead.
///
///     NASNET_CHECK(offset >= 0, "every buffer has a place in the arena");
#define NASNET_CHECK(condition, ...)                                        \
  do {                                                                      \
    if (!(condition)) [[unlikely]]                                          \
      ::nasnet::fail_check(#condition, "" __VA_ARGS__, __FILE__, __LINE__); \
  } while (false)

// In builds without optimisation and under sanitizers.
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NASNET_COSTLY_CHECKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NASNET_COSTLY_CHECKS 1
#endif
#endif
#ifndef NASNET_COSTLY_CHECKS
#define NASNET_COSTLY_CHECKS 0
#endif

/// The same for invariants that are costly to check: in a loop over pixels, or quadratic. Checked
/// only in builds for finding faults (debug, sanitizers, fuzzing), elsewhere not even computed.
#define NASNET_DCHECK(condition, ...)                                         \
  do {                                                                        \
    if constexpr (NASNET_COSTLY_CHECKS) NASNET_CHECK(condition, __VA_ARGS__); \
  } while (false)

namespace nasnet {

/// Throws the InternalError of a check that failed. `invariant` may be empty.
[[noreturn]] void fail_check(const char* condition, const char* invariant, const char* file,
                             int line);

}  // namespace nasnet
