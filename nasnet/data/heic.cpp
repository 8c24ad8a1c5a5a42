#include <libheif/heif.h>

#include <memory>

#include "nasnet/data/codec.h"

// HEIC by libheif, from memory, without a copy of the file. Alpha is asked for only where the
// picture has it, as it costs a fourth channel.

namespace nasnet::data {
namespace {

void check(const heif_error& error) {
  if (error.code != heif_error_Ok) throw BadPicture(error.message);
}

/// The main picture of a HEIF file that is coded as HEVC: HEIC, as telephones write it.
class HeicReader {
 public:
  explicit HeicReader(std::string_view bytes) {
    check(heif_context_read_from_memory_without_copy(context_.get(), bytes.data(), bytes.size(),
                                                     nullptr));
    heif_image_handle* handle = nullptr;
    check(heif_context_get_primary_image_handle(context_.get(), &handle));
    handle_.reset(handle);
  }

  /// libheif turns the picture itself; EXIF's orientation has no say beside that (MIAF 7.3.6.7).
  ImageSize size() const {
    return {heif_image_handle_get_height(handle_.get()),
            heif_image_handle_get_width(handle_.get())};
  }

  void describe(PictureTraits& traits) const {
    traits.alpha = heif_image_handle_has_alpha_channel(handle_.get()) != 0;
    traits.deep = heif_image_handle_get_luma_bits_per_pixel(handle_.get()) > 8;
  }

  Image pixels() {
    const bool alpha = heif_image_handle_has_alpha_channel(handle_.get());
    const int channels = alpha ? 4 : 3;
    heif_image* decoded = nullptr;
    check(heif_decode_image(handle_.get(), &decoded, heif_colorspace_RGB,
                            alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                            nullptr));
    const std::unique_ptr<heif_image, void (*)(const heif_image*)> image(decoded,
                                                                         heif_image_release);
    const ImageSize size{heif_image_get_height(decoded, heif_channel_interleaved),
                         heif_image_get_width(decoded, heif_channel_interleaved)};
    int stride = 0;
    const uint8_t* plane =
        heif_image_get_plane_readonly(decoded, heif_channel_interleaved, &stride);
    if (!plane) throw BadPicture("it has no pixels");
    // libheif's rows may be padded.
    const size_t row = int64_t{size.width} * channels;
    std::vector<uint8_t> pixels;
    pixels.reserve(row * size.height);
    for (int y = 0; y < size.height; ++y, plane += stride)
      pixels.insert(pixels.end(), plane, plane + row);
    if (alpha) return lay_on_white(size, pixels.data());
    return {size.height, size.width, std::move(pixels)};
  }

 private:
  std::unique_ptr<heif_context, void (*)(heif_context*)> context_{heif_context_alloc(),
                                                                  heif_context_free};
  std::unique_ptr<const heif_image_handle, void (*)(const heif_image_handle*)> handle_{
      nullptr, heif_image_handle_release};
};

}  // namespace

const Codec kHeic = {
    "HEIC",
    "heic heif hif",
    [](std::string_view bytes) {
      return heif_check_filetype(reinterpret_cast<const uint8_t*>(bytes.data()),
                                 // The brands stand in the first box of the file.
                                 static_cast<int>(std::min<size_t>(bytes.size(), 64))) ==
             heif_filetype_yes_supported;
    },
    [](std::string_view bytes) { return PictureHeader{HeicReader(bytes).size()}; },
    [](std::string_view bytes) { return HeicReader(bytes).pixels(); },
    nullptr,
    [](std::string_view bytes, PictureTraits& traits) { HeicReader(bytes).describe(traits); }};

}  // namespace nasnet::data
