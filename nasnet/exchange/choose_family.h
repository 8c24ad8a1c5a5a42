#pragma once

#include <string>
#include <vector>

#include "nasnet/exchange/candidate.h"

namespace nasnet::exchange {

/// The one of the file's sets of the candidate's tensors that `weights` means (as
/// ImportHints::weights), with running statistics; what was chosen of several, and where statistics
/// come from, is added to the notes. Throws InputError where none or several are meant, or where
/// the file has an average that cannot be read and nobody asked for the raw weights.
Family choose_family(const WeightFile& file, const Candidate& candidate, const std::string& weights,
                     std::vector<std::string>& notes);

}  // namespace nasnet::exchange
