#include "nasnet/boxes/look_at_pictures.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/data/for_all.h"
#include "nasnet/data/orientation.h"

// The size and orientation of each picture, from its header alone: nothing is decoded yet. Here it
// is decided how a picture is turned (docs/detection.md, "Orientation"), as boxes are meaningless
// in one that lies otherwise.

namespace nasnet::boxes {
namespace {

using data::ImageSize;

/// Bytes in which nearly all JPEGs have their header, also behind a small picture within EXIF.
constexpr size_t kBeginning = size_t{1} << 16;

/// The header of a picture, of which the whole file is read only where the beginning does not do.
/// Throws InputError where the picture cannot be read.
data::PictureHeader header_of(const data::ImageFile& file) {
  const std::string beginning = file.read_beginning(kBeginning);
  if (beginning.size() < kBeginning) return data::peek_header(beginning, file.path);
  // Other kinds may tell their orientation at the end, and are read whole.
  if (beginning.starts_with("\xff\xd8")) {
    try {
      return data::peek_header(beginning, file.path);
    } catch (const InputError&) {  // it is longer
    }
  }
  return data::peek_header(file.read(), file.path);
}

/// Why an image cannot be used; an empty sentence where it can.
struct Fault {
  ProblemKind kind = ProblemKind::kWrongSize;
  std::string sentence;
};

/// Checks one picture against its annotation, and settles the image's size and turn.
Fault look_at(DetectionImage& image) {
  data::PictureHeader header;
  try {
    header = header_of(image.file);
  } catch (const Error& error) {
    return {ProblemKind::kUnreadablePicture, error.what()};
  }
  // The stored size comes first: where it is the annotated one, the boxes lie in the picture as
  // it is stored, whatever its tag says.
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
  // Faults by image, and told in the images' order afterwards: threads end in any order.
  std::vector<DetectionImage*> images;
  for (DetectionSplit& split : set.splits)
    for (DetectionImage& image : split.images) images.push_back(&image);
  std::vector<Fault> faults(images.size());
  data::for_all("looking at images", images.size(),
                [&](size_t i) { faults[i] = look_at(*images[i]); });
  for (const Fault& fault : faults)
    if (!fault.sentence.empty()) set.problems.add(fault.kind, fault.sentence);
  if (!skip) return;
  // erase_if goes through the images in the order in which they were listed above.
  size_t i = 0;
  for (DetectionSplit& split : set.splits)
    std::erase_if(split.images,
                  [&](const DetectionImage&) { return !faults[i++].sentence.empty(); });
}

}  // namespace nasnet::boxes
