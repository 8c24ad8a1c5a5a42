#include "tests/data/pictures.h"

#include "nasnet/data/orientation.h"
#include "nasnet/data/png_text.h"

namespace nasnet::data {
namespace {

using Bytes = std::vector<uint8_t>;

TEST_F(Pictures, AreReadAsPillowReadsThem) {
  run("make_pictures.py");
  expect_as_pillow(100);
}

/// Each is refused in one line, or is whole: where only what follows the pixels is gone.
TEST_F(Pictures, CutOffAnywhereLoseNothingSilently) {
  run("make_pictures.py");
  for (const std::string name :
       {"rgba.png", "deep.png", "q10-sampling2.jpg", "progressive.jpg", "lossy-alpha.webp",
        "lossless.webp", "palette.gif", "transparent.gif", "palette.bmp", "runs-8.bmp",
        "rgb-raw.tif", "grey-tiff_lzw.tif", "bilevel-packbits.tif", "jpeg.tif", "fax.tif",
        "420.avif", "444.heic"}) {
    if (!std::filesystem::exists(path(name))) continue;  // HEIC needs one more package
    const std::string bytes = read(name);
    const Image whole = decode(bytes, name);
    size_t refused = 0;
    for (size_t length = 0; length < bytes.size(); ++length) {
      Image image;
      const bool fails = !refusal([&] { image = decode(bytes.substr(0, length), name); }).empty();
      refused += fails;
      EXPECT_TRUE(fails || image.pixels == whole.pixels) << name << " cut to " << length;
    }
    EXPECT_GE(refused, bytes.size() - 20) << name;
  }
}

/// Six pixels, each of another colour, as EXIF's table of orientations has them.
TEST(Orientation, AllEightStandUpright) {
  const Image stored{2, 3, {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6}};
  const std::vector<std::vector<int>> upright = {
      {1, 2, 3, 4, 5, 6}, {3, 2, 1, 6, 5, 4}, {6, 5, 4, 3, 2, 1}, {4, 5, 6, 1, 2, 3},
      {1, 4, 2, 5, 3, 6}, {4, 1, 5, 2, 6, 3}, {6, 3, 5, 2, 4, 1}, {3, 6, 2, 5, 1, 4}};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Image image = turned(stored, orientation);
    EXPECT_EQ(image.height, orientation < 5 ? 2 : 3);
    EXPECT_EQ(image.width, orientation < 5 ? 3 : 2);
    std::vector<int> values;
    for (size_t i = 0; i < image.pixels.size(); i += 3) values.push_back(image.pixels[i]);
    EXPECT_EQ(values, upright[static_cast<size_t>(orientation) - 1]) << orientation;
  }
}

std::string exif(const std::string& type, const std::string& value) {
  // Big-endian, a directory of two entries at 8: the width, then the orientation.
  return std::string("MM\0\x2a\0\0\0\x08\0\x02", 10) +
         std::string("\x01\0\0\x03\0\0\0\x01\0\x05\0\0", 12) + std::string("\x01\x12", 2) + type +
         std::string("\0\0\0\x01", 4) + value;
}

TEST(Orientation, IsReadOutOfExif) {
  const std::string shorts("\0\x03", 2);
  EXPECT_EQ(exif_orientation(exif(shorts, {"\0\x06\0\0", 4})), 6);
  EXPECT_EQ(exif_orientation("Exif" + std::string(2, '\0') + exif(shorts, {"\0\x08\0\0", 4})), 8);
  EXPECT_EQ(exif_orientation(exif({"\0\x04", 2}, {"\0\0\0\x03", 4})), 3);  // a LONG
  EXPECT_EQ(exif_orientation(
                std::string("II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x05\0\0\0", 22)),
            5);
}

TEST(Orientation, DamageIsUpright) {
  const std::string shorts("\0\x03", 2), good = exif(shorts, {"\0\x06\0\0", 4});
  EXPECT_EQ(exif_orientation(exif(shorts, std::string(4, '\0'))), 1);
  EXPECT_EQ(exif_orientation(exif(shorts, {"\0\x09\0\0", 4})), 1);
  EXPECT_EQ(exif_orientation(exif({"\0\x02", 2}, {"\0\x06\0\0", 4})), 1);  // a text
  for (size_t length = 0; length + 2 < good.size(); ++length)
    EXPECT_EQ(told_orientation(good.substr(0, length), ""), 1) << length;
  EXPECT_EQ(told_orientation("MM" + std::string(2, '\0') + "\x2a" + std::string(4, '\xff'), ""), 1);
}

TEST(Orientation, IsReadOutOfXmpWhereExifHasNone) {
  const std::string shorts("\0\x03", 2), attribute = "<x tiff:Orientation=\"6\"/>";
  EXPECT_EQ(told_orientation("", attribute), 6);
  EXPECT_EQ(told_orientation("", "<tiff:Orientation>8</tiff:Orientation>"), 8);
  EXPECT_EQ(told_orientation(exif(shorts, {"\0\x03\0\0", 4}), attribute), 3);
  EXPECT_EQ(told_orientation(exif(shorts, {"\0\x09\0\0", 4}), attribute), 1);
  for (const char* none : {"", "tiff:Orientation", "tiff:Orientation=\"", "tiff:Orientation=\"9\"",
                           "tiff:Orientation=\"0\"", "tiff:Orientation>x", "tiff:Orientations>6"})
    EXPECT_EQ(told_orientation("", none), 1) << none;
}

TEST(Orientation, IsReadOutOfTextsOfPng) {
  const std::string plain("key\0text", 8);
  EXPECT_EQ(png_text("tEXt", plain, "key"), "text");
  EXPECT_EQ(png_text("tEXt", plain, "ke"), "");
  EXPECT_EQ(png_text("iTXt", std::string("key\0\0\0en\0Key\0text", 17), "key"), "text");
  EXPECT_EQ(png_text("zTXt", std::string("key\0\0no zlib", 12), "key"), "");
  EXPECT_EQ(png_text("eXIf", plain, "key"), "");
  EXPECT_EQ(png_text("iTXt", "key", "key"), "");
  EXPECT_EQ(raw_profile("\nexif\n       3\n4a4B\n 6C\n7"), "JKl");
  EXPECT_EQ(raw_profile("4a4b"), "");
}

/// The file with a chunk behind its header (which is 33 bytes long).
std::string with_chunk(std::string png, const std::string& name, const std::string& content) {
  const std::string body = name + content;
  const auto sum = static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size())));
  const auto length = static_cast<uint32_t>(content.size());
  return png.insert(33, big_endian(length) + body + big_endian(sum));
}

TEST(Png, OrientationIsKnownToPeekAsToDecode) {
  const uint8_t grey[] = {10, 20, 30, 40, 50, 60};
  const std::string plain = png(3, 2, PNG_FORMAT_GRAY, grey);
  const std::string turned = with_chunk(plain, "eXIf", exif({"\0\x03", 2}, {"\0\x06\0\0", 4}));
  EXPECT_EQ(peek_size(plain, "x"), (ImageSize{2, 3}));
  EXPECT_EQ(peek_size(turned, "x"), (ImageSize{3, 2}));
  EXPECT_EQ(decode(turned, "x").pixels[0], 40);
}

/// 16 bits are values like 8 bits are, not linear light: 0x0101 is 1.
TEST(Png, SixteenBitsAreDividedBy257) {
  Bytes grey;
  for (const int value : {0, 128, 129, 257, 32639, 32768, 65406, 65407, 65535})
    grey.insert(grey.end(), {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)});
  // libpng's simple writer takes 16 bits for linear light too: so by hand.
  std::string line(1, '\0');
  line.append(grey.begin(), grey.end());
  Bytes packed(compressBound(line.size()));
  uLongf size = packed.size();
  compress(packed.data(), &size, reinterpret_cast<const Bytef*>(line.data()), line.size());
  std::string file = png(9, 1, PNG_FORMAT_GRAY, grey.data()).substr(0, 33);
  file[24] = 16;
  file.replace(29, 4,
               big_endian(static_cast<uint32_t>(
                   crc32(0, reinterpret_cast<const Bytef*>(file.data() + 12), 17))));
  file += std::string("\0\0\0\0IEND\xae\x42\x60\x82", 12);
  file = with_chunk(file, "IDAT", {packed.begin(), packed.begin() + static_cast<long>(size)});
  for (const std::string& gamma : {std::string(), big_endian(100000), big_endian(45455)}) {
    const Image read = decode(gamma.empty() ? file : with_chunk(file, "gAMA", gamma), "deep.png");
    Bytes values;
    for (size_t i = 0; i < read.pixels.size(); i += 3) values.push_back(read.pixels[i]);
    EXPECT_EQ(values, (Bytes{0, 0, 1, 1, 127, 128, 254, 255, 255}));
  }
}

TEST(Png, HalfTransparentIsHalfWhite) {
  const uint8_t rgba[] = {0, 0, 0, 128, 200, 100, 0, 51, 9, 9, 9, 0, 7, 8, 9, 255};
  // libpng's simple writer stores what it is given.
  EXPECT_EQ(decode(png(4, 1, PNG_FORMAT_RGBA, rgba), "x").pixels,
            (Bytes{127, 127, 127, 244, 224, 204, 255, 255, 255, 7, 8, 9}));
}

TEST(PictureKinds, WhatIsNoneOfThemIsNamed) {
  const auto fault = [](const std::string& bytes) {
    return refusal([&] { decode(bytes, "cat.jpg"); });
  };
  EXPECT_NE(fault("").find("the file is empty"), std::string::npos);
  EXPECT_NE(fault("words").find("it is none of JPEG, PNG"), std::string::npos);
  EXPECT_NE(fault("<!DOCTYPE html><html>").find("web page"), std::string::npos);
  EXPECT_NE(fault("8BPS\0\1").find("Photoshop"), std::string::npos);
  EXPECT_NE(fault(std::string("\0\0\0\x0cJXL \r\n", 10)).find("JPEG XL"), std::string::npos);
  EXPECT_NE(fault("BMW is no bitmap, by its letters").find("it is none of"), std::string::npos);
}

TEST(PictureKinds, AreToldByTheEndsOfNamesFirst) {
  for (const char* name : {"a.jpg", "b.JPEG", "c.png", "d.webp", "e.gif", "f.bmp", "g.tif",
                           "h.TIFF", "i.avif", "j.heic", "k.HEIF", "l.jfif"})
    EXPECT_TRUE(has_image_name(name)) << name;
  for (const char* name : {"a.txt", "jpg", "b.jpg.txt", "c.", "d.svg", "e.jxl"})
    EXPECT_FALSE(has_image_name(name)) << name;
}

}  // namespace
}  // namespace nasnet::data
