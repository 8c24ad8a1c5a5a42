#pragma once

#include "nasnet/exchange/import.h"

namespace nasnet::exchange {

/// Throws the InputError of a file whose tensors are no network's, saying what they seem to be
/// instead, and what to do.
[[noreturn]] void refuse_strangers(const WeightFile& file, const ImportHints& hints);

}  // namespace nasnet::exchange
