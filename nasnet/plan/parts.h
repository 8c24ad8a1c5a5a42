#pragma once

#include "nasnet/plan/plan.h"

namespace nasnet::plan {

// The last parts of make_plan(), once it has all steps and knows where values lie.

/// Puts the steps' works into stages, forward and backward; decides which step is the first to
/// write to a place and which ones add to it, for results and for gradients.
void arrange_stages(const graph::Graph& graph, bool image_gradient, Plan& plan);

/// Chooses cells to be computed again on the way back, at most so many, and puts the stages there
/// that do so.
void add_recomputation(const graph::Graph& graph, int cells, Plan& plan);

/// Gives the buffers their lifetimes and their places in the arena.
void lay_out_memory(const graph::Graph& graph, Plan& plan);

/// Follows a finished plan. Throws InternalError where a work reads what has not been written,
/// overwrites what is still wanted or comes before the stage that it needs, or where buffers
/// overlap. Takes a few milliseconds for the largest networks.
void check_plan(const graph::Graph& graph, const Plan& plan);

}  // namespace nasnet::plan
