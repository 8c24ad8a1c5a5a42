#pragma once

#include <vector>

#include "nasnet/plan/plan.h"
#include "nasnet/plan/readers.h"

namespace nasnet::plan {

/// A new buffer of the plan's: its number.
int add_buffer(Plan& plan, const graph::Shape& shape);

/// Gives values their places in new buffers of the plan. Says by operator whether it is a batch
/// norm that is held: see Convolution::held.
std::vector<bool> place_values(const Readers& readers, Plan& plan);

/// A term that nothing else reads is written where the sum lies.
bool is_direct_term(const Readers& readers, int term, int sum);

}  // namespace nasnet::plan
