#pragma once

#include <optional>

#include "nasnet/base/settings.h"
#include "nasnet/data/preparation.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {

/// Flags that change a preparation in parts: what is not given stays as it is.
struct PreparationFlags {
  std::optional<data::Resize> resize;
  std::optional<data::Interpolation> interpolation;
  std::optional<double> central_crop;

  data::Preparation over(data::Preparation preparation) const {
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
    if (one.name == "resize") v("resize", s.resize, one.help);
    if (one.name == "interpolation") v("interpolation", s.interpolation, one.help);
    if (one.name == "central_crop") v("central_crop", s.central_crop, one.help, one.range);
  }
}

}  // namespace nasnet::cli
