#include "nasnet/detect/picture_source.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/for_all.h"

namespace nasnet::detect {

int64_t PictureSource::bytes() const {
  int64_t bytes = 0;
  for (int64_t k = 0; k < count; ++k) {
    const data::ImageSize one = size(k);
    bytes += int64_t{3} * one.height * one.width;
  }
  return bytes;
}

PictureSource decoding_pictures(const boxes::DetectionSplit& split, const ResizeSettings& resize) {
  // Shared by the functions, which outlive the split.
  auto images = std::make_shared<const std::vector<boxes::DetectionImage>>(split.images);
  const auto image = [images](int64_t k) -> const boxes::DetectionImage& {
    return images->at(static_cast<size_t>(k));
  };
  return {.count = std::ssize(*images),
          .picture = [image, resize](int64_t k) { return make_picture(image(k), resize); },
          .size =
              [image, resize](int64_t k) {
                return resized({image(k).height, image(k).width}, resize);
              },
          .name = [image](int64_t k) { return image(k).path; }};
}

PictureSource keep_pictures(PictureSource source, int64_t most_bytes) {
  if (source.bytes() > most_bytes) return source;
  auto kept = std::make_shared<std::vector<Picture>>(static_cast<size_t>(source.count));
  data::for_all("reading images", kept->size(),
                [&](size_t k) { (*kept)[k] = source.picture(static_cast<int64_t>(k)); });
  source.picture = [kept](int64_t k) { return kept->at(static_cast<size_t>(k)); };
  return source;
}

data::Normalization measure_colours(const PictureSource& source, int64_t most) {
  const int64_t count = std::min(most, source.count);
  std::vector<data::Image> images;
  Progress progress("measuring colours", count, "images");
  for (int64_t k = 0; k < count; ++k) {
    check_interrupt();
    images.push_back(source.picture(k * source.count / count).image);
    progress.update(k + 1);
  }
  progress.finish();
  return data::measure_normalization(images);
}

}  // namespace nasnet::detect
