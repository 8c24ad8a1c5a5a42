#include "nasnet/boxes/look_at_pictures.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/data/for_all.h"
#include "nasnet/data/orientation.h"

namespace nasnet::boxes {
namespace {

using data::ImageSize;

/// Bytes in which nearly all JPEGs have their header, also behind a small picture within EXIF.
constexpr size_t kBeginning = size_t{1} << 16;

data::PictureHeader header_of(const data::ImageFile& file) {
  const std::string beginning = file.read_beginning(kBeginning);
  if (beginning.size() < kBeginning) return data::peek_header(beginning, file.path);
  if (beginning.starts_with("\xff\xd8")) {
    try {
      return data::peek_header(beginning, file.path);
    } catch (const InputError&) {  // it is longer
    }
  }
  return data::peek_header(file.read(), file.path);
}

struct Fault {
  ProblemKind kind = ProblemKind::kWrongSize;
  std::string sentence;
};

Fault look_at(DetectionImage& image) {
  data::PictureHeader header;
  try {
    header = header_of(image.file);
  } catch (const Error& error) {
    return {ProblemKind::kUnreadablePicture, error.what()};
  }
  const ImageSize annotated{image.height, image.width};
  const ImageSize upright = data::turned(header.size, header.orientation);
  if (annotated == header.size) {
    image.turn = data::Turn::kAsStored;
  } else if (annotated == ImageSize{}) {
    image.height = upright.height;
    image.width = upright.width;
  } else if (annotated != upright) {
    return {ProblemKind::kWrongSize,
            fmt::format("image {} has {} x {} pixels, its annotation says {} x {}", image.file.path,
                        upright.width, upright.height, image.width, image.height)};
  }
  return {};
}

}  // namespace

void look_at_pictures(DetectionSet& set, bool skip) {
  std::vector<DetectionImage*> images;
  for (DetectionSplit& split : set.splits)
    for (DetectionImage& image : split.images) images.push_back(&image);
  std::vector<Fault> faults(images.size());
  data::for_all("looking at images", images.size(),
                [&](size_t i) { faults[i] = look_at(*images[i]); });
  for (const Fault& fault : faults)
    if (!fault.sentence.empty()) set.problems.add(fault.kind, fault.sentence);
  if (!skip) return;
  size_t i = 0;
  for (DetectionSplit& split : set.splits)
    std::erase_if(split.images,
                  [&](const DetectionImage&) { return !faults[i++].sentence.empty(); });
}

}  // namespace nasnet::boxes
