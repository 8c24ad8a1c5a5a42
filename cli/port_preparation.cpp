#include "cli/port_preparation.h"

#include "cli/preparation_flags.h"

namespace nasnet::cli {

data::Preparation port_preparation(const std::string& port) {
  using data::Interpolation, data::Resize;
  // load_img(target_size=...), whose default is the nearest pixel of the whole picture.
  if (port == "Keras")
    return {
        .resize = Resize::kStretch, .interpolation = Interpolation::kNearest, .central_crop = 1};
  // pretrainedmodels.utils.TransformImage: scale 0.875, torchvision's Resize and CenterCrop.
  if (port == "Cadene")
    return {
        .resize = Resize::kCrop, .interpolation = Interpolation::kBilinear, .central_crop = 0.875};
  // timm's default_cfg of nasnetalarge and pnasnet5large: crop_pct 0.911, bicubic. Also of files
  // that may be Cadene's, which timm hands out as its own.
  if (port.find("timm") != std::string::npos) return preparation_of(EvaluationRule::kTimm);
  // TF-slim's inception_preprocessing.preprocess_for_eval(): the centre of both edges, out of
  // shape.
  return preparation_of(EvaluationRule::kSlim);
}

}  // namespace nasnet::cli
