#pragma once

#include <nasnet/genotype.h>
#include <nasnet/network.h>

#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::api {

// The public values as the core's own, and back. The core's may grow; the public ones stay.

/// Checked: throws InputError where it is no genotype.
space::Genotype to_core(const Genotype& genotype);
Genotype to_public(const space::Genotype& genotype);

/// Throws InputError for an unknown kind.
graph::StackSettings to_core(const Stack& stack);
Stack to_public(const graph::StackSettings& settings);

}  // namespace nasnet::api
