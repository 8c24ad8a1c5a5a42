#pragma once

#include "nasnet/plan/plan.h"

namespace nasnet::plan {

// The last parts of make_plan(), once it has all steps and knows where values lie.

/// Puts the steps' works into stages, both ways; decides who is the first to write to a place, who
/// adds to it and whose gradient is the first.
void arrange_stages(const graph::Graph& graph, bool image_gradient, Plan& plan);

/// Gives the buffers their lifetimes and their places in the arena.
void lay_out_memory(const graph::Graph& graph, Plan& plan);

}  // namespace nasnet::plan
