#pragma once

#include <optional>

#include "nasnet/base/settings.h"
#include "nasnet/data/preparation.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {

/// Rules by which others measure networks.
enum class EvaluationRule {
  kSlim,    ///< TF-slim's inception_preprocessing.preprocess_for_eval()
  kTimm,    ///< timm's of nasnetalarge and pnasnet5large
  kSquare,  ///< the whole picture, out of shape
};
constexpr EnumNames<EvaluationRule, 3> names_of(EvaluationRule) {
  return {{{EvaluationRule::kSlim, "slim"},
           {EvaluationRule::kTimm, "timm"},
           {EvaluationRule::kSquare, "square"}}};
}
inline data::Preparation preparation_of(EvaluationRule rule) {
  if (rule == EvaluationRule::kSlim)
    return {data::Resize::kStretch, data::Interpolation::kLegacy, 0.875};
  if (rule == EvaluationRule::kTimm)
    return {data::Resize::kCrop, data::Interpolation::kBicubic, 0.911};
  return {data::Resize::kStretch, data::Interpolation::kArea, 1};
}

/// Flags that change a preparation, all of it by a rule, or in parts: what is not given stays as it
/// is.
struct PreparationFlags {
  std::optional<EvaluationRule> evaluate_as;
  std::optional<data::Resize> resize;
  std::optional<data::Interpolation> interpolation;
  std::optional<double> central_crop;

  data::Preparation over(data::Preparation preparation) const {
    if (evaluate_as) preparation = preparation_of(*evaluate_as);
    preparation.resize = resize.value_or(preparation.resize);
    preparation.interpolation = interpolation.value_or(preparation.interpolation);
    preparation.central_crop = central_crop.value_or(preparation.central_crop);
    return preparation;
  }
};

/// Of --image-size: the edge of a square, or 0 for the model's own size.
inline data::ImageSize image_size(const train::ModelInfo& info, int edge) {
  if (edge > 0) return {edge, edge};
  return {info.stack.input.height, info.stack.input.width};
}

template <class Visitor>
void visit_settings(Visitor& v, PreparationFlags& s) {
  data::Preparation known;
  for (const Setting& one : list_settings(known)) {
    if (one.name == "resize") {
      v("evaluate_as", s.evaluate_as,
        "rule by which others measure: TF-slim's, timm's, or the whole picture as a square; the "
        "three flags below change it");
      v("resize", s.resize, one.help);
    }
    if (one.name == "interpolation") v("interpolation", s.interpolation, one.help);
    if (one.name == "central_crop") v("central_crop", s.central_crop, one.help, one.range);
  }
}

}  // namespace nasnet::cli
