#pragma once

#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/data/batches.h"
#include "nasnet/graph/graph.h"

namespace nasnet::train {

// A network of colour pictures takes grey ones, or the other way round: its first convolution and
// its normalisation are changed so that a grey picture gives what the same picture gave with its
// three equal channels.

/// The normalisation for images of so many channels, 1 or 3: the same, the mean over three, or the
/// one for each of three.
data::Normalization normalization_for(const data::Normalization& of, int channels);

/// Changes the first convolution's weights in `values` (one for each of the graph's parameters, of
/// a network whose images have `of`'s channels) for images normalised by `to`. The weights of three
/// channels are added up, those of one are divided among three; what the channels' means differ by
/// goes into the running mean of the batch norm that follows, which is exact but for the zeros
/// around a picture. Throws InputError for other numbers of channels than 1 and 3.
void adapt_channels(const graph::Graph& graph, const data::Normalization& of,
                    const data::Normalization& to, std::vector<Tensor>& values);

}  // namespace nasnet::train
