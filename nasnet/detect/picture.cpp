#include "nasnet/detect/picture.h"

#include <algorithm>
#include <cmath>

#include "nasnet/data/preparation.h"

// From an encoded image to a batch: decode, resize, normalise, pad; augment.h stands between. Boxes
// go along, in pixels of the picture as it is then. The canvas's right and lower rest is the mean.

namespace nasnet::detect {

using boxes::Box;

data::ImageSize resized(const data::ImageSize& size, const ResizeSettings& settings) {
  const double shorter = std::min(size.height, size.width),
               longer = std::max(size.height, size.width);
  const double scale = std::min(settings.shortest / shorter, settings.longest / longer);
  const auto edge = [&](int pixels) {
    return std::max(static_cast<int>(std::lround(pixels * scale)), 1);
  };
  return {edge(size.height), edge(size.width)};
}

Picture make_picture(const boxes::DetectionImage& image, const ResizeSettings& settings) {
  return make_picture(image.decode(), image.objects, settings);
}

Picture make_picture(const data::Image& decoded, const std::vector<boxes::Object>& objects,
                     const ResizeSettings& settings) {
  Picture picture;
  const data::ImageSize to = resized({decoded.height, decoded.width}, settings);
  data::Preparation preparation;
  preparation.resize = data::Resize::kStretch;
  picture.image = data::resize(decoded, to, preparation);
  // Of whole pixels: edges are rounded, so that both scales may differ a little.
  picture.scale_y = static_cast<double>(to.height) / decoded.height;
  picture.scale_x = static_cast<double>(to.width) / decoded.width;
  const auto x = static_cast<float>(picture.scale_x), y = static_cast<float>(picture.scale_y);
  for (const boxes::Object& object : objects) {
    if (!object.usable) continue;
    const Box box = {object.box.x0 * x, object.box.y0 * y, object.box.x1 * x, object.box.y1 * y};
    // Difficult objects are neither to be found nor background, as what lies in crowds.
    if (object.crowd || object.difficult) {
      picture.target.crowds.push_back(box);
    } else {
      picture.target.objects.push_back(box);
      picture.target.labels.push_back(object.label);
    }
  }
  return picture;
}

data::ImageSize canvas_of(const data::ImageSize& picture) {
  const auto whole = [](int edge) {
    return (edge + kCanvasMultiple - 1) / kCanvasMultiple * kCanvasMultiple;
  };
  return {whole(picture.height), whole(picture.width)};
}

ImageBatch make_batch(const std::vector<const Picture*>& pictures,
                      const data::Normalization& normalization) {
  data::ImageSize canvas;
  ImageBatch batch;
  for (const Picture* picture : pictures) {
    canvas = {std::max(canvas.height, picture->image.height),
              std::max(canvas.width, picture->image.width)};
    batch.content.push_back({picture->image.height, picture->image.width});
  }
  const auto [height, width] = canvas_of(canvas);
  const auto tables = data::normalization_tables(normalization, 3);
  batch.images = Tensor({static_cast<int64_t>(pictures.size()), 3, height, width});
  float* out = batch.images.change().data();
  for (const Picture* picture : pictures) {
    const data::Image& image = picture->image;
    const uint8_t* pixel = image.pixels.data();
    for (int row = 0; row < image.height; ++row) {
      float* to = out + int64_t{3} * row * width;
      for (int column = 0; column < image.width; ++column)
        for (size_t c = 0; c < 3; ++c) *to++ = tables[c][*pixel++];
    }
    out += int64_t{3} * height * width;
  }
  return batch;
}

}  // namespace nasnet::detect
