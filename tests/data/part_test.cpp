// Parts of pictures: the same bytes as those of the whole.
#include <fmt/format.h>

#include "nasnet/base/random.h"
#include "nasnet/data/image.h"
#include "tests/data/make_jpeg.h"
#include "tests/data/pictures.h"

namespace nasnet::data {
namespace {

/// Any place and size inside; each edge is often the picture's.
Rect any_part(ImageSize size, Random& random) {
  const auto range = [&](int edge) {
    int first = static_cast<int>(random.below(static_cast<uint32_t>(edge)));
    int count = 1 + static_cast<int>(random.below(static_cast<uint32_t>(edge - first)));
    if (random.below(4) == 0) count = edge - first;
    if (random.below(4) == 0) first = 0;
    return std::pair(first, count);
  };
  const auto [top, height] = range(size.height);
  const auto [left, width] = range(size.width);
  return {top, left, height, width};
}

/// A JPEG that says by EXIF how to turn it.
std::string with_orientation(std::string bytes, int orientation) {
  using namespace std::string_literals;
  bytes.insert(2, "\xff\xe1\0\x22"s +
                      "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s +
                      static_cast<char>(orientation) + "\0\0\0\0\0\0"s);
  return bytes;
}

std::vector<uint8_t> cut_out(const Image& whole, const Rect& part) {
  std::vector<uint8_t> bytes;
  for (int y = part.top; y < part.top + part.height; ++y) {
    const auto row = whole.pixels.begin() + 3 * (int64_t{y} * whole.width + part.left);
    bytes.insert(bytes.end(), row, row + 3 * int64_t{part.width});
  }
  return bytes;
}

void expect_same_parts(const std::string& bytes, const std::string& name, int parts) {
  const Image whole = decode(bytes, name);
  Random random(1, hash64(name), "parts");
  for (int i = 0; i < parts; ++i) {
    Rect part;
    const Image image = decode_part(bytes, name, [&](ImageSize size) {
      EXPECT_EQ(size, (ImageSize{whole.height, whole.width})) << name;
      return part = any_part(size, random);
    });
    ASSERT_TRUE(image.height == part.height && image.width == part.width &&
                image.pixels == cut_out(whole, part))
        << fmt::format("{}: {} x {} at row {}, column {}", name, part.width, part.height, part.top,
                       part.left);
  }
}

TEST(DecodePart, EqualsThatPartOfTheWholeJpeg) {
  const JpegChange progressive = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); };
  const JpegChange restarts = [](jpeg_compress_struct& info) { info.restart_interval = 2; };
  const JpegChange sampled_grey = [](jpeg_compress_struct& info) {
    info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 2;
  };
  const auto luma = [](int across, int down) {
    return sampled({{{across, down}, {1, 1}, {1, 1}}});
  };
  struct Kind {
    const char* name;
    J_COLOR_SPACE given, stored;
    JpegChange change;
  };
  const std::vector<Kind> kinds = {
      {"4:2:0", JCS_RGB, JCS_YCbCr, luma(2, 2)},
      {"4:2:2", JCS_RGB, JCS_YCbCr, luma(2, 1)},
      {"4:4:0", JCS_RGB, JCS_YCbCr, luma(1, 2)},
      {"4:4:4", JCS_RGB, JCS_YCbCr, luma(1, 1)},
      {"4:1:1", JCS_RGB, JCS_YCbCr, luma(4, 1)},
      {"chroma finer", JCS_RGB, JCS_YCbCr, sampled({{{1, 1}, {2, 2}, {2, 1}}})},
      {"RGB", JCS_RGB, JCS_RGB, {}},
      {"grey", JCS_GRAYSCALE, JCS_GRAYSCALE, {}},
      {"grey, sampled", JCS_GRAYSCALE, JCS_GRAYSCALE, sampled_grey},
      {"progressive", JCS_RGB, JCS_YCbCr, progressive},
      {"progressive grey", JCS_GRAYSCALE, JCS_GRAYSCALE, progressive},
      {"CMYK", JCS_CMYK, JCS_CMYK, {}},
      {"YCCK", JCS_CMYK, JCS_YCCK, {}},
      {"progressive YCCK", JCS_CMYK, JCS_YCCK, progressive},
      {"restarts", JCS_RGB, JCS_YCbCr, restarts},
  };
  int orientation = 1;
  for (const Kind& kind : kinds)
    for (const ImageSize size :
         {ImageSize{97, 131}, {64, 80}, {48, 33}, {15, 200}, {7, 5}, {1, 1}, {3, 17}, {120, 16}}) {
      const std::string bytes = with_orientation(
          jpeg(kind.given, kind.stored, kind.change, size.width, size.height), orientation);
      expect_same_parts(bytes,
                        fmt::format("{} {} x {}, orientation {}", kind.name, size.width,
                                    size.height, orientation),
                        20);
      orientation = orientation % 8 + 1;
    }
}

/// Finer scans that are missing are made up for with the blocks around.
TEST(DecodePart, EqualsThatPartOfAProgressiveJpegThatEndsEarly) {
  const std::string whole = jpeg(
      JCS_RGB, JCS_YCbCr, [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); }, 90,
      70);
  size_t scan = whole.find("\xff\xda");
  for (int scans = 1; scans < 5; ++scans) {
    scan = whole.find("\xff\xda", scan + 2);
    expect_same_parts(whole.substr(0, scan) + "\xff\xd9", fmt::format("{} scans", scans), 40);
  }
}

TEST_F(Pictures, OfEveryKindGiveTheSameParts) {
  run("make_pictures.py");
  int read_ones = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string name = entry.path().filename().string();
    const std::string bytes = read(name);
    if (!has_image_name(name) || !refusal([&] { decode(bytes, name); }).empty()) continue;
    expect_same_parts(bytes, name, 4);
    ++read_ones;
  }
  EXPECT_GT(read_ones, 100);
}

TEST(DecodePart, HasTheFaultsOfTheWholeDownToItsLastRow) {
  const std::string good = jpeg(JCS_RGB, JCS_YCbCr, {}, 160, 160);
  const std::string half = good.substr(0, good.size() * 6 / 10);
  const auto rows = [&](int top, int height) {
    return [=](ImageSize size) { return Rect{top, 3, height, size.width - 9}; };
  };
  EXPECT_EQ(decode_part(half, "a.jpg", rows(10, 30)).pixels,
            decode_part(good, "a.jpg", rows(10, 30)).pixels);
  EXPECT_NE(refusal([&] { decode_part(half, "a.jpg", rows(10, 150)); }).find("a.jpg"),
            std::string::npos);
  // Those above the part, too, which are not shown.
  EXPECT_NE(refusal([&] { decode_part(half, "a.jpg", rows(155, 2)); }), "");
  EXPECT_NE(refusal([&] { decode_part("", "a.jpg", rows(0, 1)); }), "");
}

TEST(DecodePart, OutsideOfThePictureIsAMistakeOfTheCaller) {
  const std::string good = jpeg(JCS_RGB, JCS_YCbCr);
  for (const Rect part : {Rect{0, 0, 0, 5}, {-1, 0, 5, 5}, {0, 40, 5, 6}, {30, 0, 2, 1}})
    EXPECT_THROW(decode_part(good, "a.jpg", [&](ImageSize) { return part; }), InternalError);
}

}  // namespace
}  // namespace nasnet::data
