#pragma once

#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/detect/batch_norms.h"
#include "nasnet/detect/dense_graph.h"
#include "nasnet/graph/graph.h"
#include "nasnet/space/cell.h"

namespace nasnet::detect {

/// The maps that a detector looks at.
enum class Neck {
  kPyramid,  ///< of all strides from the finest to 32, and one of 64
  kSingle,   ///< of stride 16 alone
};
constexpr EnumNames<Neck, 2> names_of(Neck) {
  return {{{Neck::kPyramid, "fpn"}, {Neck::kSingle, "single"}}};
}

/// A genotype stacked as a detector's backbone.
struct BackboneSettings {
  graph::StackSettings stack;  ///< a stack on ImageNet's stem; its input and classes do not matter
  Neck neck = Neck::kPyramid;
  int channels = 256;  ///< of the pyramid
  int finest = 4;      ///< stride of its finest map: 4 or 8
  int anchors_per_place = 3;
  BatchNorm batch_norm = BatchNorm::kLearned;  ///< of the stack's cells; not kAuto
};

/// Strides of the levels of anchors, the finest first.
std::vector<int> level_strides(const BackboneSettings& settings);

/// The whole classifier for canvases of this shape, without auxiliary head: its parameters do not
/// depend on the shape. Throws InputError for a stack of the CIFAR kind, whose maps have strides of
/// 1, 2 and 4.
graph::Graph make_backbone(const space::Genotype& genotype, const BackboneSettings& settings,
                           const graph::Shape& canvas);

/// The dense network for canvases of this shape: the stack's stages up to the last map that is
/// looked at, after their ReLU, under the classifier's names. Throws as make_backbone(), and for a
/// pyramid on a canvas that is no multiple of 32.
DenseGraph make_dense(const space::Genotype& genotype, const BackboneSettings& settings,
                      const graph::Shape& canvas);

}  // namespace nasnet::detect
