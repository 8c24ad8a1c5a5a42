#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>

// libjpeg's headers need FILE before them.
#include <jerror.h>
#include <jpeglib.h>

#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"

namespace nasnet::data {
namespace {

/// A hundred passes over the picture: files in the wild have up to a dozen, bombs have thousands.
constexpr int kMostScans = 100;

/// Warnings of libjpeg that cost no pixel. All others say that it made some up, out of data that
/// are damaged or end too soon.
bool is_harmless(int warning) {
  switch (warning) {
    case JWRN_EXTRANEOUS_DATA:    // stray bytes before a marker
    case JWRN_TOO_MUCH_DATA:      // and behind the last pixels
    case JWRN_JFIF_MAJOR:         // JFIF 2.01
    case JWRN_NOT_SEQUENTIAL:     // Se = 0 in a scan's header
    case JWRN_BOGUS_PROGRESSION:  // scans that repeat each other
    case JWRN_ADOBE_XFORM:
      return true;
    default:
      return false;
  }
}

/// libjpeg, which leaves by longjmp where something is wrong: so each step runs in a frame that
/// holds nothing to be destroyed.
class JpegReader {
 public:
  explicit JpegReader(std::string_view bytes) {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = fail;
    errors_.emit_message = [](j_common_ptr info, int level) {
      if (level < 0 && !is_harmless(info->err->msg_code)) fail(info);
    };
    errors_.output_message = [](j_common_ptr) {};
    progress_.progress_monitor = [](j_common_ptr info) {
      auto* reader = static_cast<JpegReader*>(info->client_data);
      if (reader->info_.input_scan_number <= kMostScans) return;
      std::snprintf(reader->message_, sizeof reader->message_, "it has more than %d scans",
                    kMostScans);
      std::longjmp(reader->jump_, 1);
    };
    step([&] {
      jpeg_create_decompress(&info_);
      info_.progress = &progress_;
      jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
      jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xffff);
      jpeg_read_header(&info_, TRUE);
    });
  }
  PictureHeader header() const {
    PictureHeader header{
        {static_cast<int>(info_.image_height), static_cast<int>(info_.image_width)}};
    constexpr std::string_view kExif("Exif\0\0", 6), kXmp("http://ns.adobe.com/xap/1.0/\0", 29);
    std::string_view exif, xmp;
    for (const jpeg_marker_struct* marker = info_.marker_list; marker; marker = marker->next) {
      const std::string_view content(reinterpret_cast<const char*>(marker->data),
                                     marker->data_length);
      if (exif.empty() && begins_with(content, kExif)) exif = content;
      if (begins_with(content, kXmp)) xmp = content;  // of several the last, as in Pillow
    }
    header.orientation = told_orientation(exif, xmp);
    return header;
  }

  void describe(PictureTraits& traits) const {
    traits.grey = info_.num_components == 1;
    traits.cmyk = info_.num_components == 4;
    traits.deep = info_.data_precision > 8;
  }

  Rect whole() const {
    return {0, 0, static_cast<int>(info_.image_height), static_cast<int>(info_.image_width)};
  }

  /// Only what the part needs is decoded: rows above it are skipped behind the entropy decoder, and
  /// those below are not reached.
  Image pixels(const Rect& part) {
    const int stored = info_.num_components;
    if (stored != 1 && stored != 3 && stored != 4)
      throw BadPicture("it is a JPEG of " + std::to_string(stored) +
                       " components; grey, colour and CMYK are read");
    info_.out_color_space = stored == 4 ? JCS_CMYK : JCS_RGB;
    const int components = stored == 4 ? 4 : 3;
    Image image{part.height, part.width, {}};
    const int64_t row = int64_t{part.width} * 3;
    image.pixels.resize(row * part.height);
    std::vector<uint8_t> decoded(int64_t{components} * info_.image_width);
    step([&] {
      jpeg_start_decompress(&info_);
      const int first = is_smoothed() ? 0 : narrow(part);
      const bool direct = components == 3 && static_cast<int>(info_.output_width) == part.width;
      uint8_t* out = image.pixels.data();
      const auto bottom = static_cast<JDIMENSION>(part.top + part.height);
      while (info_.output_scanline < bottom) {
        const bool above = static_cast<int>(info_.output_scanline) < part.top;
        JSAMPROW line = direct && !above ? out : decoded.data();
        jpeg_read_scanlines(&info_, &line, 1);
        if (above) continue;
        const uint8_t* from = line + int64_t{components} * (part.left - first);
        if (stored == 4)
          cmyk_to_rgb(from, part.width, out);
        else if (!direct)
          std::memcpy(out, from, row);
        out += row;
      }
      if (info_.output_scanline == info_.output_height) jpeg_finish_decompress(&info_);
    });
    return image;
  }

 private:
  template <class Step>
  void step(const Step& work) {
    if (setjmp(jump_) != 0) throw BadPicture(message_);
    work();
  }

  /// Has the columns around the part decoded from its first row on. Returns the first of them:
  /// whole blocks are decoded, and one column more on each side, since chroma is upsampled with its
  /// neighbours' help.
  int narrow(const Rect& part) {
    constexpr int kLeast = 8;  // of a line of one or two samples chroma, libjpeg repeats them
    const auto all = static_cast<int>(info_.output_width);
    const int begin = std::max(std::min(part.left - 1, all - kLeast), 0);
    const int end = std::min(std::max(part.left + part.width + 1, begin + kLeast), all);
    auto first = static_cast<JDIMENSION>(begin), width = static_cast<JDIMENSION>(end - begin);
    if (width < info_.output_width) jpeg_crop_scanline(&info_, &first, &width);
    if (part.top > 0) jpeg_skip_scanlines(&info_, static_cast<JDIMENSION>(part.top));
    return static_cast<int>(first);
  }

  /// True where scans that a progressive picture lacks may be made up for with the blocks around
  /// each block: a part lacks those.
  bool is_smoothed() const {
    if (!info_.coef_bits) return false;
    const int* const begin = info_.coef_bits[0];
    return std::any_of(begin, begin + int64_t{DCTSIZE2} * info_.num_components,
                       [](int unknown_bits) { return unknown_bits != 0; });
  }

  [[noreturn]] static void fail(j_common_ptr info) {
    auto* reader = static_cast<JpegReader*>(info->client_data);
    info->err->format_message(info, reader->message_);
    std::longjmp(reader->jump_, 1);
  }

  /// CMYK is stored inverted, as Adobe does it, whether its marker is there or not; so Pillow and
  /// browsers read it.
  static void cmyk_to_rgb(const uint8_t* cmyk, int width, uint8_t* rgb) {
    for (int x = 0; x < width; ++x, cmyk += 4)
      for (int c = 0; c < 3; ++c) *rgb++ = static_cast<uint8_t>((cmyk[c] * cmyk[3] + 127) / 255);
  }

  /// Freed also where the constructor throws.
  struct Info : jpeg_decompress_struct {
    Info() : jpeg_decompress_struct{} {}
    ~Info() { jpeg_destroy_decompress(this); }
  };
  Info info_;
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_;
  char message_[JMSG_LENGTH_MAX] = "";
};

}  // namespace

const Codec kJpeg = {
    "JPEG",
    "jpg jpeg jpe jfif",
    [](std::string_view bytes) { return begins_with(bytes, "\xff\xd8\xff"); },
    [](std::string_view bytes) { return JpegReader(bytes).header(); },
    [](std::string_view bytes) {
      JpegReader reader(bytes);
      return reader.pixels(reader.whole());
    },
    [](std::string_view bytes, const Rect& part) { return JpegReader(bytes).pixels(part); },
    [](std::string_view bytes, PictureTraits& traits) { JpegReader(bytes).describe(traits); }};

}  // namespace nasnet::data
