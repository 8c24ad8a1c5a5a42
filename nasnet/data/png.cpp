#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>

#include "nasnet/base/byte_source.h"
#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"
#include "nasnet/data/png_text.h"

namespace nasnet::data {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);

/// The orientation by EXIF (its own chunk, or ImageMagick's text) or XMP, which may stand before or
/// after the pixels.
int orientation_of(std::string_view bytes) {
  constexpr size_t kFrame = 12;  // length, name and checksum
  std::string_view exif;
  std::string profile, xmp;
  for (size_t at = kSignature.size(); at + kFrame <= bytes.size();) {
    const size_t length = big_endian(bytes, at, 4);
    if (length > bytes.size() - at - kFrame) break;
    const std::string_view name = bytes.substr(at + 4, 4), content = bytes.substr(at + 8, length);
    if (name == "eXIf" && exif.empty()) exif = content;
    if (profile.empty()) profile = raw_profile(png_text(name, content, "Raw profile type exif"));
    if (xmp.empty()) xmp = png_text(name, content, "XML:com.adobe.xmp");
    at += kFrame + length;
  }
  return told_orientation(exif.empty() ? profile : exif, xmp);
}

/// APNG's chunk, which stands before the pixels; libpng knows nothing of it.
bool is_animated(std::string_view bytes) {
  constexpr size_t kFrame = 12;
  for (size_t at = kSignature.size(); at + kFrame <= bytes.size();) {
    const size_t length = big_endian(bytes, at, 4);
    const std::string_view name = bytes.substr(at + 4, 4);
    if (name == "acTL") return true;
    if (name == "IDAT" || length > bytes.size() - at - kFrame) return false;
    at += kFrame + length;
  }
  return false;
}

/// libpng, which leaves by longjmp where something is wrong: so each step runs in a frame that
/// holds nothing to be destroyed.
class PngReader {
 public:
  explicit PngReader(std::string_view bytes) : bytes_(bytes) {
    reader_.png = png_create_read_struct(
        PNG_LIBPNG_VER_STRING, this,
        [](png_structp png, png_const_charp what) {
          auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
          std::snprintf(self->message_, sizeof self->message_, "%s", what);
          std::longjmp(self->jump_, 1);
        },
        [](png_structp, png_const_charp) {});
    if (!reader_.png) throw BadPicture("there is no memory for it");
    step([&] {
      reader_.info = png_create_info_struct(reader_.png);
      // The size is judged elsewhere; profiles and texts are of no use here.
      png_set_user_limits(reader_.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_keep_unknown_chunks(reader_.png, PNG_HANDLE_CHUNK_NEVER, kUnused, 5);
      png_set_read_fn(reader_.png, this, [](png_structp png, png_bytep out, size_t count) {
        auto& rest = static_cast<PngReader*>(png_get_io_ptr(png))->bytes_;
        if (count > rest.size()) png_error(png, "it ends too soon");
        std::memcpy(out, rest.data(), count);
        rest.remove_prefix(count);
      });
      png_read_info(reader_.png, reader_.info);
    });
  }

  ImageSize size() const {
    const auto edge = [](png_uint_32 value) {
      return static_cast<int>(std::min<png_uint_32>(value, 1 << 30));
    };
    return {edge(png_get_image_height(reader_.png, reader_.info)),
            edge(png_get_image_width(reader_.png, reader_.info))};
  }

  void describe(PictureTraits& traits) const {
    const int type = png_get_color_type(reader_.png, reader_.info);
    traits.grey = (type & (PNG_COLOR_MASK_COLOR | PNG_COLOR_MASK_PALETTE)) == 0;
    traits.alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 ||
                   png_get_valid(reader_.png, reader_.info, PNG_INFO_tRNS) != 0;
    traits.deep = png_get_bit_depth(reader_.png, reader_.info) > 8;
  }

  Image pixels() {
    Image image{size().height, size().width, {}};
    std::vector<uint8_t> buffer;
    std::vector<uint8_t*> rows(image.height);
    size_t row = 0;
    step([&] {
      // Values as they are stored: gAMA, sRGB, cHRM and iCCP change nothing, as in Pillow.
      png_set_expand(reader_.png);    // palettes, 1, 2 and 4 bits, transparent colours
      png_set_scale_16(reader_.png);  // value / 257, rounded
      png_set_gray_to_rgb(reader_.png);
      png_set_interlace_handling(reader_.png);
      png_read_update_info(reader_.png, reader_.info);
      row = png_get_rowbytes(reader_.png, reader_.info);
    });
    buffer.resize(row * rows.size());
    for (size_t y = 0; y < rows.size(); ++y) rows[y] = buffer.data() + y * row;
    step([&] { png_read_image(reader_.png, rows.data()); });
    check_end();
    const bool alpha = row == size_t{4} * image.width;
    if (alpha) return lay_on_white({image.height, image.width}, buffer.data());
    image.pixels = std::move(buffer);
    return image;
  }

 private:
  /// The checksum of the last pixels. A file that is cut off only behind them loses nothing.
  void check_end() {
    try {
      step([&] { png_read_end(reader_.png, nullptr); });
    } catch (const BadPicture&) {
      if (std::strcmp(message_, "it ends too soon") != 0) throw;
    }
  }

  template <class Step>
  void step(const Step& work) {
    if (setjmp(jump_) != 0) throw BadPicture(message_);
    work();
  }

  static constexpr png_byte kUnused[] = "iCCP\0iTXt\0tEXt\0zTXt\0sPLT";

  /// Freed also where the constructor throws.
  struct Reader {
    png_structp png = nullptr;
    png_infop info = nullptr;
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  };
  Reader reader_;
  std::string_view bytes_;
  std::jmp_buf jump_;
  char message_[128] = "";
};

}  // namespace

const Codec kPng = {"PNG",
                    "png apng",
                    [](std::string_view bytes) { return begins_with(bytes, kSignature); },
                    [](std::string_view bytes) {
                      return PictureHeader{PngReader(bytes).size(), orientation_of(bytes)};
                    },
                    [](std::string_view bytes) { return PngReader(bytes).pixels(); },
                    nullptr,
                    [](std::string_view bytes, PictureTraits& traits) {
                      PngReader(bytes).describe(traits);
                      traits.several = is_animated(bytes);
                    }};

}  // namespace nasnet::data
