#include "nasnet/detect/predict_boxes.h"

#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/read_picture.h"

// Pictures to boxes, one at a time, as the evaluation does it.

namespace nasnet::detect {

std::vector<PictureObjects> predict_boxes(
    Detector& detector, const DetectorInfo& info, const std::vector<data::ImageFile>& files,
    bool skip_unreadable, const std::function<void(const PictureObjects&, data::Image)>& each) {
  std::vector<PictureObjects> all;
  Progress progress("detecting", static_cast<int64_t>(files.size()), "images");
  for (const data::ImageFile& file : files) {
    check_interrupt("stopped while detecting");
    PictureObjects& one = all.emplace_back();
    one.file = file.path;
    if (auto image = data::read_picture(file, skip_unreadable, one.fault)) {
      one.objects = find_objects(detector, make_picture(*image, {}, resize_of(info.design)),
                                 info.normalization);
      each(one, std::move(*image));
    }
    progress.update(std::ssize(all));
  }
  progress.finish();
  return all;
}

}  // namespace nasnet::detect
