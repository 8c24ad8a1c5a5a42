#include <avif/avif.h>

#include <memory>

#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"

namespace nasnet::data {
namespace {

/// The EXIF orientation that AVIF's turn (anticlockwise, in quarters) and mirror, which come in
/// this order, amount to.
int container_orientation(const avifImage& image) {
  const int turns = image.transformFlags & AVIF_TRANSFORM_IROT ? image.irot.angle & 3 : 0;
  constexpr int kTurned[] = {1, 8, 3, 6};
  if (!(image.transformFlags & AVIF_TRANSFORM_IMIR)) return kTurned[turns];
#if AVIF_VERSION >= 1000000
  const bool sides = image.imir.axis == 1;
#else
  const bool sides = image.imir.mode == 1;
#endif
  constexpr int kSidesSwapped[] = {2, 7, 4, 5}, kTopSwapped[] = {4, 5, 2, 7};
  return sides ? kSidesSwapped[turns] : kTopSwapped[turns];
}

/// EXIF's own orientation has no say beside the container's (MIAF 7.3.6.7); XMP's has, as in
/// Pillow, where neither of them turns the picture.
int orientation_of(const avifImage& image) {
  const auto text = [](const avifRWData& data) {
    return std::string_view(reinterpret_cast<const char*>(data.data), data.size);
  };
  const int container = container_orientation(image);
  const bool told = container != 1 || exif_orientation(text(image.exif));
  return told ? container : xmp_orientation(text(image.xmp));
}

/// The first picture of an AVIF.
class AvifReader {
 public:
  explicit AvifReader(std::string_view bytes) {
    if (!decoder_) throw BadPicture("there is no memory for it");
    decoder_->maxThreads = 1;  // pictures are decoded side by side
    // Writers differ in these; what they leave out is not needed.
    decoder_->strictFlags &= ~(AVIF_STRICT_CLAP_VALID | AVIF_STRICT_PIXI_REQUIRED);
    check(avifDecoderSetIOMemory(decoder_.get(), reinterpret_cast<const uint8_t*>(bytes.data()),
                                 bytes.size()));
    check(avifDecoderParse(decoder_.get()));
  }

  PictureHeader header() const {
    const avifImage& image = *decoder_->image;
    return {{static_cast<int>(image.height), static_cast<int>(image.width)}, orientation_of(image)};
  }

  void describe(PictureTraits& traits) const {
    traits.grey = decoder_->image->yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
    traits.alpha = decoder_->alphaPresent == AVIF_TRUE;
    traits.deep = decoder_->image->depth > 8;
    traits.several = decoder_->imageCount > 1;
  }

  Image pixels() {
    check(avifDecoderNextImage(decoder_.get()));
    const avifImage& image = *decoder_->image;
    const ImageSize size{static_cast<int>(image.height), static_cast<int>(image.width)};
    avifRGBImage rgb;
    avifRGBImageSetDefaults(&rgb, &image);
    rgb.depth = 8;
    rgb.format = AVIF_RGB_FORMAT_RGBA;
    std::vector<uint8_t> rgba(int64_t{size.height} * size.width * 4);
    rgb.pixels = rgba.data();
    rgb.rowBytes = image.width * 4;
    check(avifImageYUVToRGB(&image, &rgb));
    return lay_on_white(size, rgba.data());
  }

 private:
  static void check(avifResult result) {
    if (result != AVIF_RESULT_OK) throw BadPicture(avifResultToString(result));
  }
  std::unique_ptr<avifDecoder, void (*)(avifDecoder*)> decoder_{avifDecoderCreate(),
                                                                avifDecoderDestroy};
};

}  // namespace

const Codec kAvif = {
    "AVIF",
    "avif",
    [](std::string_view bytes) {
      const avifROData data{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
      return avifPeekCompatibleFileType(&data) == AVIF_TRUE;
    },
    [](std::string_view bytes) { return AvifReader(bytes).header(); },
    [](std::string_view bytes) { return AvifReader(bytes).pixels(); },
    nullptr,
    [](std::string_view bytes, PictureTraits& traits) { AvifReader(bytes).describe(traits); }};

}  // namespace nasnet::data
