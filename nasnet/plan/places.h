#pragma once

// Places of values: the buffers of a plan, before anything is known of when they are used.

#include <vector>

#include "nasnet/plan/plan.h"
#include "nasnet/plan/readers.h"

namespace nasnet::plan {

/// Adds a buffer to the plan and returns its number.
int add_buffer(Plan& plan, const graph::Shape& shape);

/// Assigns places in new buffers of the plan to all values. Returns, by operator, true for batch
/// norms that are held (Convolution::held).
std::vector<bool> place_values(const Readers& readers, Plan& plan);

/// True for a term that only the sum reads: it is written to the sum's place.
bool is_direct_term(const Readers& readers, int term, int sum);

}  // namespace nasnet::plan
