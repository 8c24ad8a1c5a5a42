#pragma once

#include <string>

#include "nasnet/base/settings.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

/// How fast batch norms' running statistics follow the batches.
enum class NormMomentum {
  kStack,  ///< as the stack has it, see graph::batch_norm_keep()
  kEpoch,  ///< within an epoch: a step keeps max(1 - 10 / steps an epoch, 0.9) of them
};
constexpr EnumNames<NormMomentum, 2> names_of(NormMomentum) {
  return {{{NormMomentum::kStack, "stack"}, {NormMomentum::kEpoch, "epoch"}}};
}

/// Settings of `nasnet train` that a search's children do not have: a training that begins with
/// another one's weights, and one that is watched on images held out of it.
struct TuneSettings {
  int head_epochs = 0;
  std::string freeze = "none";
  double layer_decay = 1.0;
  NormMomentum norm_momentum = NormMomentum::kStack;
  double hold_out = 0.0;
  int measure_every = 1;
  int patience = 0;
  bool reestimate_norms = false;
  std::string sizes;
  bool operator==(const TuneSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, TuneSettings& s) {
  v.topic("Training on from other weights");
  v("head_epochs", s.head_epochs,
    "first epochs in which the heads alone learn, at the full learning rate; the schedule begins "
    "after them",
    Range{0, 100000});
  v("freeze", s.freeze,
    "layers that keep the weights they begin with: none, the stem, the stem and so many cells, or "
    "all but the heads (trunk)")
      .as("none|stem|trunk|N");
  v("layer_decay", s.layer_decay,
    "ratio of the learning rate from each cell to the one before it, from the heads to the stem",
    Range{0.01, 1});
  v("norm_momentum", s.norm_momentum,
    "share of batch norms' running statistics that a step keeps: the stack's, or 'epoch', "
    "max(1 - 10 / steps an epoch, 0.9), for short trainings");
  v.topic("Images held out");
  v("hold_out", s.hold_out,
    "share of the training images that is held out, by their contents, to measure the accuracy on "
    "while the network is trained; 0 for none",
    Range{0, 0.9});
  v("measure_every", s.measure_every, "epochs from one such measurement to the next",
    Range{1, 100000});
  v("patience", s.patience,
    "end the training once so many epochs have not raised the held-out accuracy; 0 for never",
    Range{0, 100000});
  v("reestimate_norms", s.reestimate_norms,
    "at the end, measure batch norms' statistics anew on training images that are not augmented");
  v.topic("Images that grow");
  v("sizes", s.sizes,
    "edges of the training images and the shares of the epochs up to which they hold, in pixels or "
    "in per cent of the network's own: 128:0.4,160; it is measured and used at its own; empty for "
    "that in all epochs")
      .as("EDGE:SHARE,...,EDGE");
}

/// Pictures of several sizes are made of the pictures themselves, too.
inline bool wants_pictures(const TrainSettings& settings, const TuneSettings& tuning) {
  return wants_pictures(settings) || !tuning.sizes.empty();
}

}  // namespace nasnet::train
