#include "nasnet/data/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <sstream>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/data/codec.h"
#include "nasnet/data/orientation.h"

// The way into the codecs: the kind is told by the content, the size is judged from the header
// before any pixel is decoded, and faults get the file's name. What a file claims about itself is
// not believed: the decoded size must be the header's.

namespace nasnet::data {
namespace {

/// Larger pictures are decompression bombs rather than photographs.
constexpr int64_t kMostPixels = 178'000'000;

/// AVIF before HEIC: both are HEIF, and some files call themselves by both names.
constexpr const Codec* kCodecs[] = {&kJpeg, &kPng, &kWebp, &kGif, &kBmp, &kTiff, &kAvif, &kHeic};

/// Kinds of files that people take for pictures, told by how they begin.
struct Stranger {
  std::string_view begin;
  const char* name;
};
using namespace std::string_view_literals;
constexpr Stranger kStrangers[] = {
    {"\xff\x0a"sv, "JPEG XL"},
    {"\0\0\0\x0cJXL "sv, "JPEG XL"},
    {"\0\0\0\x0cjP  "sv, "JPEG 2000"},
    {"\xff\x4f\xff\x51"sv, "JPEG 2000"},
    {"8BPS"sv, "Photoshop"},
    {"%PDF"sv, "PDF"},
    {"%!PS"sv, "PostScript"},
    {"\0\0\1\0"sv, "Windows icon"},
    {"gimp xcf"sv, "GIMP"},
    {"qoif"sv, "QOI"},
    {"\x76\x2f\x31\x01"sv, "OpenEXR"},
    {"#?RADIANCE"sv, "Radiance HDR"},
    {"DDS "sv, "DirectDraw"},
    {"P1"sv, "PNM"},
    {"P2"sv, "PNM"},
    {"P3"sv, "PNM"},
    {"P4"sv, "PNM"},
    {"P5"sv, "PNM"},
    {"P6"sv, "PNM"},
    {"P7"sv, "PNM"},
    {"<svg"sv, "SVG"},
    {"<?xml"sv, "XML"},
    {"<!DOCTYPE"sv, "web page"},
    {"<!doctype"sv, "web page"},
    {"<html"sv, "web page"},
    {"version https://git-lfs"sv, "pointer of Git LFS (git lfs pull fetches the file itself)"},
};

/// Messages of libraries may hold line ends; ours are one line.
[[noreturn]] void fail(const std::string& file, std::string what) {
  std::replace_if(
      what.begin(), what.end(), [](unsigned char c) { return c < 32; }, ' ');
  throw InputError(fmt::format("{} cannot be read as an image: {}", file, what));
}

/// Throws InputError that names the kind where it is a known one that is not read.
const Codec& codec_of(std::string_view bytes, const std::string& file) {
  for (const Codec* codec : kCodecs)
    if (codec->recognises(bytes)) return *codec;
  if (bytes.empty()) fail(file, "the file is empty");
  for (const Stranger& stranger : kStrangers)
    if (begins_with(bytes, stranger.begin))
      fail(file, fmt::format("it is a {}, not one of {}", stranger.name, picture_kinds()));
  fail(file, fmt::format("it is none of {}", picture_kinds()));
}

/// The whole picture as stored.
Image decode_stored(const Codec& codec, const PictureHeader& header, std::string_view bytes) {
  Image image = codec.decode(bytes);
  if (ImageSize{image.height, image.width} != header.size)
    throw BadPicture(fmt::format("its header claims {} x {} pixels, it has {} x {}",
                                 header.size.width, header.size.height, image.width, image.height));
  return image;
}

Image cut(const Image& image, const Rect& part) {
  Image out{part.height, part.width, {}};
  out.pixels.reserve(int64_t{part.height} * part.width * 3);
  for (int y = part.top; y < part.top + part.height; ++y) {
    const uint8_t* row = image.pixels.data() + 3 * (int64_t{y} * image.width + part.left);
    out.pixels.insert(out.pixels.end(), row, row + 3 * int64_t{part.width});
  }
  return out;
}

/// Calls work(codec, header) on what is not too large, and gives faults the file's name.
template <class Work>
auto with_header(std::string_view bytes, const std::string& file, const Work& work) {
  const Codec& codec = codec_of(bytes, file);
  try {
    const PictureHeader header = codec.peek(bytes);
    const auto [height, width] = header.size;
    if (width <= 0 || height <= 0 || int64_t{width} * height > kMostPixels)
      fail(file, fmt::format("it claims {} x {} pixels, at most {} million are read", width, height,
                             kMostPixels / 1'000'000));
    return work(codec, header);
  } catch (const BadPicture& bad) {
    fail(file, fmt::format("{} (a truncated, corrupt or unusual {})", bad.what(), codec.name));
  }
}

}  // namespace

Image lay_on_white(ImageSize size, const uint8_t* rgba) {
  Image image{size.height, size.width, {}};
  image.pixels.resize(int64_t{size.height} * size.width * 3);
  for (uint8_t* out = image.pixels.data(); out != image.pixels.data() + image.pixels.size();
       out += 3, rgba += 4)
    for (int c = 0; c < 3; ++c) out[c] = on_white(rgba[c], rgba[3]);
  return image;
}

std::string picture_kinds() {
  std::string kinds;
  for (const Codec* codec : kCodecs) {
    if (codec != kCodecs[0]) kinds += codec == *std::rbegin(kCodecs) ? " and " : ", ";
    kinds += codec->name;
  }
  return kinds;
}

std::string format_of_name(std::string_view file) {
  const size_t dot = file.rfind('.');
  if (dot == std::string_view::npos) return "";
  std::string end(file.substr(dot + 1));
  std::transform(end.begin(), end.end(), end.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static const std::map<std::string, std::string> kEnds = [] {
    std::map<std::string, std::string> ends;
    for (const Codec* codec : kCodecs) {
      std::istringstream words(codec->ends);
      for (std::string word; words >> word;) ends.emplace(word, codec->name);
    }
    return ends;
  }();
  const auto found = kEnds.find(end);
  return found == kEnds.end() ? "" : found->second;
}

bool has_image_name(std::string_view file) {
  return !format_of_name(file).empty();
}

Image decode(std::string_view bytes, const std::string& file, Turn turn) {
  return with_header(bytes, file, [&](const Codec& codec, const PictureHeader& header) {
    Image image = decode_stored(codec, header, bytes);
    return turn == Turn::kAsStored ? image : turned(std::move(image), header.orientation);
  });
}

Image decode_part(std::string_view bytes, const std::string& file, const ChoosePart& choose) {
  return with_header(bytes, file, [&](const Codec& codec, const PictureHeader& header) {
    const ImageSize size = turned(header.size, header.orientation);
    const Rect part = choose(size);
    NASNET_CHECK(part.top >= 0 && part.left >= 0 && part.height > 0 && part.width > 0 &&
                     part.height <= size.height - part.top && part.width <= size.width - part.left,
                 "a part lies inside of its picture");
    const Rect stored = stored_part(part, header.size, header.orientation);
    return turned(codec.decode_part ? codec.decode_part(bytes, stored)
                                    : cut(decode_stored(codec, header, bytes), stored),
                  header.orientation);
  });
}

ImageSize peek_size(std::string_view bytes, const std::string& file) {
  const PictureHeader header = peek_header(bytes, file);
  return turned(header.size, header.orientation);
}

PictureHeader peek_header(std::string_view bytes, const std::string& file) {
  return with_header(bytes, file, [](const Codec&, const PictureHeader& header) { return header; });
}

PictureTraits picture_traits(std::string_view bytes, const std::string& file) {
  return with_header(bytes, file, [&](const Codec& codec, const PictureHeader& header) {
    PictureTraits traits{
        .format = codec.name, .size = header.size, .orientation = header.orientation};
    if (codec.describe) codec.describe(bytes, traits);
    return traits;
  });
}

}  // namespace nasnet::data
