#include <tiffio.h>

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"

// TIFF by libtiff's own RGBA reader, which knows all packings and colour models; what it does with
// alpha is undone or finished here, and numbers of bits that it does not take are refused before.

namespace nasnet::data {
namespace {

/// No single block that libtiff asks for may be larger: what a picture of the most pixels takes.
constexpr tmsize_t kMostMemory = tmsize_t{1} << 30;

/// A file in memory, as libtiff sees it.
struct TiffFile {
  std::string_view bytes;
  uint64_t position = 0;
  char message[256] = "";
};

/// Fewer bytes than asked for are the end, which libtiff takes for a fault.
tmsize_t read_bytes(thandle_t handle, void* out, tmsize_t count) {
  auto& file = *static_cast<TiffFile*>(handle);
  if (file.position >= file.bytes.size()) return 0;
  const size_t given =
      std::min(static_cast<size_t>(count), file.bytes.size() - static_cast<size_t>(file.position));
  std::memcpy(out, file.bytes.data() + file.position, given);
  file.position += given;
  return static_cast<tmsize_t>(given);
}

toff_t seek(thandle_t handle, toff_t offset, int from) {
  auto& file = *static_cast<TiffFile*>(handle);
  file.position = offset + (from == SEEK_CUR   ? file.position
                            : from == SEEK_END ? file.bytes.size()
                                               : 0);
  return file.position;
}

/// libtiff would print its errors; they are kept for the exception.
int remember(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto& file = *static_cast<TiffFile*>(user);
  if (file.message[0] == '\0')  // the first is the cause
    std::vsnprintf(file.message, sizeof file.message, format, arguments);
  return 1;
}

/// The first picture of a TIFF.
class TiffReader {
 public:
  explicit TiffReader(std::string_view bytes) {
    file_.bytes = bytes;
    const std::unique_ptr<TIFFOpenOptions, void (*)(TIFFOpenOptions*)> options(
        TIFFOpenOptionsAlloc(), TIFFOpenOptionsFree);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMostMemory);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), remember, &file_);
    TIFFOpenOptionsSetWarningHandlerExtR(
        options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
    // "m": no mapping into memory, it is there already.
    tiff_.reset(TIFFClientOpenExt(
        "", "rm", &file_, read_bytes, [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; },
        seek, [](thandle_t) { return 0; },
        [](thandle_t handle) -> toff_t { return static_cast<TiffFile*>(handle)->bytes.size(); },
        nullptr, nullptr, options.get()));
    if (!tiff_) fail();
  }

  PictureHeader header() {
    uint32_t height = 0, width = 0;
    TIFFGetField(tiff_.get(), TIFFTAG_IMAGELENGTH, &height);
    TIFFGetField(tiff_.get(), TIFFTAG_IMAGEWIDTH, &width);
    uint16_t orientation = 1;
    uint32_t size = 0;
    const void* xmp = nullptr;
    // TIFF's own tag goes before XMP's.
    if (!TIFFGetField(tiff_.get(), TIFFTAG_ORIENTATION, &orientation) &&
        TIFFGetField(tiff_.get(), TIFFTAG_XMLPACKET, &size, &xmp))
      orientation = static_cast<uint16_t>(xmp_orientation({static_cast<const char*>(xmp), size}));
    const auto edge = [](uint32_t value) { return static_cast<int>(std::min(value, 1u << 30)); };
    return {{edge(height), edge(width)}, orientation >= 1 && orientation <= 8 ? orientation : 1};
  }

  /// The reader is at the second page then.
  void describe(PictureTraits& traits) {
    uint16_t bits = 1, samples = 1, colours = PHOTOMETRIC_MINISBLACK;
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetField(tiff_.get(), TIFFTAG_PHOTOMETRIC, &colours);
    traits.grey = colours == PHOTOMETRIC_MINISBLACK || colours == PHOTOMETRIC_MINISWHITE;
    traits.cmyk = colours == PHOTOMETRIC_SEPARATED && samples >= 4;
    traits.alpha = find_alpha() != Alpha::kNone;
    traits.deep = bits > 8;
    traits.several = TIFFReadDirectory(tiff_.get()) == 1;
  }

  Image pixels() {
    const ImageSize size = header().size;
    RgbaImage rgba;
    char why[1024] = "";
    check_bits();
    if (!TIFFRGBAImageOK(tiff_.get(), why) ||
        !TIFFRGBAImageBegin(&rgba.image, tiff_.get(), /*stop=*/1, why))
      throw BadPicture(why);
    rgba.begun = true;
    rgba.image.req_orientation = rgba.image.orientation;  // the rows as they are stored
    std::vector<uint32_t> raster(int64_t{size.height} * size.width);
    if (!TIFFRGBAImageGet(&rgba.image, raster.data(), rgba.image.width, rgba.image.height)) fail();
    Image image{size.height, size.width, {}};
    image.pixels.resize(raster.size() * 3);
    const Alpha alpha = find_alpha();
    uint8_t* out = image.pixels.data();
    for (const uint32_t pixel : raster)
      for (const uint32_t colour : {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)})
        *out++ = alpha == Alpha::kNone ? static_cast<uint8_t>(colour)
                 : alpha == Alpha::kApart
                     ? on_white(static_cast<int>(colour), static_cast<int>(TIFFGetA(pixel)))
                     : static_cast<uint8_t>(std::min(colour + 255 - TIFFGetA(pixel), 255u));
    return image;
  }

 private:
  enum class Alpha {
    kNone,        ///< a fourth sample that is not said to be alpha, as well
    kApart,       ///< colours as they are
    kMultiplied,  ///< colours multiplied by it
  };
  /// How libtiff gives a pixel: it multiplies colours, but leaves grey as it is stored, and it
  /// takes a sample of no meaning for alpha.
  Alpha find_alpha() const {
    uint16_t count = 0, samples = 1;
    const uint16_t* kinds = nullptr;
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_EXTRASAMPLES, &count, &kinds);
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_SAMPLESPERPIXEL, &samples);
    if (count == 0 || kinds[0] == EXTRASAMPLE_UNSPECIFIED) return Alpha::kNone;
    const bool grey = samples - count == 1;
    return grey && kinds[0] == EXTRASAMPLE_UNASSALPHA ? Alpha::kApart : Alpha::kMultiplied;
  }

  /// Refuses by name the samples that docs/data.md lists as not read.
  void check_bits() const {
    uint16_t bits = 1, format = SAMPLEFORMAT_UINT;
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_BITSPERSAMPLE, &bits);
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_SAMPLEFORMAT, &format);
    const bool whole = format != SAMPLEFORMAT_IEEEFP && format != SAMPLEFORMAT_COMPLEXIEEEFP;
    if (!whole || (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16))
      throw BadPicture("it has " + std::string(whole ? "" : "floating-point ") + "samples of " +
                       std::to_string(bits) + " bits; whole numbers of 1, 2, 4, 8 and 16 are read");
  }

  struct RgbaImage {
    TIFFRGBAImage image{};
    bool begun = false;
    ~RgbaImage() {
      if (begun) TIFFRGBAImageEnd(&image);
    }
  };

  [[noreturn]] void fail() const {
    throw BadPicture(file_.message[0] != '\0' ? file_.message : "it is damaged");
  }

  TiffFile file_;
  std::unique_ptr<TIFF, void (*)(TIFF*)> tiff_{nullptr, TIFFClose};
};

}  // namespace

const Codec kTiff = {
    "TIFF",
    "tif tiff",
    [](std::string_view bytes) {
      for (const char* magic : {"II*", "II+", "MM"})
        if (begins_with(bytes, magic))
          return magic[0] == 'I' || begins_with(bytes.substr(2), {"\0*", 2}) ||
                 begins_with(bytes.substr(2), {"\0+", 2});
      return false;
    },
    [](std::string_view bytes) { return TiffReader(bytes).header(); },
    [](std::string_view bytes) { return TiffReader(bytes).pixels(); },
    nullptr,
    [](std::string_view bytes, PictureTraits& traits) { TiffReader(bytes).describe(traits); }};

}  // namespace nasnet::data
