#include "nasnet/data/image.h"

#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "nasnet/base/error.h"

namespace nasnet::data {
namespace {

/// Larger pictures are decompression bombs rather than photographs.
constexpr int64_t kMostPixels = 178'000'000;

[[noreturn]] void fail(const std::string& file, const std::string& what) {
  std::string line = what;
  std::replace(line.begin(), line.end(), '\n', ' ');
  throw InputError(fmt::format("{} cannot be read as an image: {}", file, line));
}

void check_size(int width, int height, const std::string& file) {
  if (width <= 0 || height <= 0 || int64_t{width} * height > kMostPixels)
    fail(file, fmt::format("it claims {} x {} pixels, at most {} million are read", width, height,
                           kMostPixels / 1'000'000));
}

bool is_png(std::string_view bytes) {
  return bytes.size() >= 8 && std::memcmp(bytes.data(), "\x89PNG\r\n\x1a\n", 8) == 0;
}

bool is_jpeg(std::string_view bytes) {
  return bytes.size() >= 3 && std::memcmp(bytes.data(), "\xff\xd8\xff", 3) == 0;
}

using Decompressor = std::unique_ptr<void, int (*)(tjhandle)>;

struct JpegHeader {
  int width = 0, height = 0, subsampling = 0, colour = 0;
};

JpegHeader read_jpeg_header(tjhandle handle, std::string_view bytes, const std::string& file) {
  JpegHeader header;
  if (tjDecompressHeader3(handle, reinterpret_cast<const unsigned char*>(bytes.data()),
                          bytes.size(), &header.width, &header.height, &header.subsampling,
                          &header.colour) != 0)
    fail(file, tjGetErrorStr2(handle));
  check_size(header.width, header.height, file);
  return header;
}

/// Adobe's CMYK is stored inverted: channel times black gives the colour.
void cmyk_to_rgb(const std::vector<uint8_t>& cmyk, std::vector<uint8_t>& rgb) {
  for (size_t i = 0; i < cmyk.size() / 4; ++i)
    for (size_t c = 0; c < 3; ++c)
      rgb[3 * i + c] = static_cast<uint8_t>(cmyk[4 * i + c] * cmyk[4 * i + 3] / 255);
}

Image decode_jpeg(std::string_view bytes, const std::string& file) {
  const Decompressor handle(tjInitDecompress(), tjDestroy);
  if (!handle) throw SystemError("the JPEG decoder could not be started; is there memory left?");
  const JpegHeader header = read_jpeg_header(handle.get(), bytes, file);
  const bool cmyk = header.colour == TJCS_CMYK || header.colour == TJCS_YCCK;
  Image image{header.height, header.width, {}};
  const size_t pixels = static_cast<size_t>(image.width) * image.height;
  image.pixels.resize(pixels * 3);
  std::vector<uint8_t> four(cmyk ? pixels * 4 : 0);
  const int status =
      tjDecompress2(handle.get(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), cmyk ? four.data() : image.pixels.data(), image.width, 0,
                    image.height, cmyk ? TJPF_CMYK : TJPF_RGB, TJFLAG_ACCURATEDCT);
  if (status != 0) {
    // Stray bytes between segments are common and harmless; all else means lost pixels.
    const std::string what = tjGetErrorStr2(handle.get());
    const bool harmless = tjGetErrorCode(handle.get()) == TJERR_WARNING &&
                          what.find("extraneous bytes") != std::string::npos;
    if (!harmless) fail(file, what + " (truncated or corrupt JPEG)");
  }
  if (cmyk) cmyk_to_rgb(four, image.pixels);
  return image;
}

/// libpng's simplified reader, freed whatever happens.
struct PngReader {
  png_image image{};
  PngReader(std::string_view bytes, const std::string& file) {
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
      fail(file, fmt::format("{} (truncated or corrupt PNG)", image.message));
    check_size(static_cast<int>(std::min<png_uint_32>(image.width, 1 << 30)),
               static_cast<int>(std::min<png_uint_32>(image.height, 1 << 30)), file);
  }
  ~PngReader() { png_image_free(&image); }
};

Image decode_png(std::string_view bytes, const std::string& file) {
  PngReader reader(bytes, file);
  reader.image.format = PNG_FORMAT_RGB;
  Image image{static_cast<int>(reader.image.height), static_cast<int>(reader.image.width), {}};
  image.pixels.resize(PNG_IMAGE_SIZE(reader.image));
  const png_color white = {255, 255, 255};
  if (!png_image_finish_read(&reader.image, &white, image.pixels.data(), 0, nullptr))
    fail(file, fmt::format("{} (truncated or corrupt PNG)", reader.image.message));
  return image;
}

}  // namespace

bool has_image_name(std::string_view file) {
  const size_t dot = file.rfind('.');
  if (dot == std::string_view::npos) return false;
  std::string end(file.substr(dot));
  std::transform(end.begin(), end.end(), end.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return end == ".jpg" || end == ".jpeg" || end == ".png";
}

Image decode(std::string_view bytes, const std::string& file) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes, file);
  if (is_png(bytes)) return decode_png(bytes, file);
  fail(file, bytes.empty() ? "the file is empty" : "it is neither JPEG nor PNG");
}

ImageSize peek_size(std::string_view bytes, const std::string& file) {
  if (is_jpeg(bytes)) {
    const Decompressor handle(tjInitDecompress(), tjDestroy);
    const JpegHeader header = read_jpeg_header(handle.get(), bytes, file);
    return {header.height, header.width};
  }
  if (is_png(bytes)) {
    const PngReader reader(bytes, file);
    return {static_cast<int>(reader.image.height), static_cast<int>(reader.image.width)};
  }
  fail(file, bytes.empty() ? "the file is empty" : "it is neither JPEG nor PNG");
}

}  // namespace nasnet::data
