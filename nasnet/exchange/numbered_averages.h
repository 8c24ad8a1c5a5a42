#pragma once

#include <vector>

#include "nasnet/exchange/families.h"

namespace nasnet::exchange {

/// Adds the averages that have no names but the numbers of their parameters, as torch_ema and
/// diffusers ("ema.shadow_params.17") and optimizers that average ("optimizer_states.0.ema.17")
/// keep them: in the order of a module's parameters, which is that of the raw weights in the file.
/// An average is added where it has as many tensors as the raw weights have parameters, and each
/// the same shape; there are no running statistics among them.
void add_numbered_averages(const WeightFile& file, std::vector<Family>& families);

}  // namespace nasnet::exchange
