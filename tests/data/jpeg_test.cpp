// JPEGs as libjpeg can write them, but no common program does.
#include <functional>

#include "tests/data/pictures.h"

namespace nasnet::data {
namespace {

using Change = std::function<void(jpeg_compress_struct&)>;

/// A picture without symmetry; `change` sets what is particular before it is compressed. `stored`
/// is the colour space of the file, of which the pixels are `given`.
std::string jpeg(J_COLOR_SPACE given, J_COLOR_SPACE stored, const Change& change = {},
                 int width = 45, int height = 31) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = given == JCS_CMYK ? 4 : given == JCS_GRAYSCALE ? 1 : 3;
  info.in_color_space = given;
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, stored);
  jpeg_set_quality(&info, 92, TRUE);
  if (change) change(info);
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row(static_cast<size_t>(width) * info.input_components);
  uint8_t* line = row.data();
  for (int y = 0; y < height; ++y) {
    for (size_t i = 0; i < row.size(); ++i)
      row[i] = static_cast<uint8_t>(128 + 100 * std::sin(0.07 * static_cast<double>(i) + 0.2 * y) +
                                    (y > 9 && i % 50 < 20 ? 20 : -20));
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string out(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return out;
}

/// Samples of the three components across and down, as "2x2 1x1 1x1".
Change sampled(const std::array<std::array<int, 2>, 3>& factors) {
  return [=](jpeg_compress_struct& info) {
    for (size_t i = 0; i < 3; ++i) {
      info.comp_info[i].h_samp_factor = factors[i][0];
      info.comp_info[i].v_samp_factor = factors[i][1];
    }
  };
}

std::string with_byte(std::string bytes, const std::string& behind, size_t offset, char value) {
  const size_t at = bytes.find(behind);
  EXPECT_NE(at, std::string::npos);
  bytes[at + offset] = value;
  return bytes;
}

const std::string kScan("\xff\xda", 2);
/// Of a scan's header with three components: length, components, their tables, Ss, Se, AhAl.
constexpr size_t kSe = 2 + 2 + 1 + 6 + 1;

using Jpeg = Pictures;

TEST_F(Jpeg, OfEverySamplingThatPillowReads) {
  Files files;
  int number = 0;
  for (const auto& luma : std::vector<std::array<int, 2>>{
           {1, 1}, {2, 1}, {1, 2}, {2, 2}, {3, 1}, {1, 3}, {4, 1}, {1, 4}, {4, 2}, {2, 4}, {3, 2}})
    files["luma-" + std::to_string(luma[0]) + "x" + std::to_string(luma[1]) + ".jpg"] =
        jpeg(JCS_RGB, JCS_YCbCr, sampled({luma, {{1, 1}}, {{1, 1}}}));
  for (const auto& mixed :
       std::vector<std::array<std::array<int, 2>, 3>>{{{{2, 2}, {2, 1}, {1, 1}}},
                                                      {{{2, 2}, {1, 2}, {2, 1}}},
                                                      {{{1, 1}, {2, 2}, {2, 2}}},
                                                      {{{4, 1}, {2, 1}, {1, 1}}},
                                                      {{{2, 1}, {1, 2}, {1, 1}}},
                                                      {{{2, 1}, {2, 1}, {2, 1}}},
                                                      {{{3, 1}, {1, 1}, {3, 1}}}})
    files["mixed-" + std::to_string(number++) + ".jpg"] = jpeg(JCS_RGB, JCS_YCbCr, sampled(mixed));
  write(files);
  expect_as_pillow(files.size());
  EXPECT_NO_THROW(decode(files["luma-3x1.jpg"], "x"));
}

TEST_F(Jpeg, OfEveryColourSpaceAndCoding) {
  const Change progressive = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); };
  const Change arithmetic = [](jpeg_compress_struct& info) { info.arith_code = TRUE; };
  const Change no_adobe = [](jpeg_compress_struct& info) { info.write_Adobe_marker = FALSE; };
  const Change restarts = [](jpeg_compress_struct& info) { info.restart_interval = 1; };
  write({{"grey.jpg", jpeg(JCS_GRAYSCALE, JCS_GRAYSCALE)},
         {"rgb.jpg", jpeg(JCS_RGB, JCS_RGB)},
         {"cmyk.jpg", jpeg(JCS_CMYK, JCS_CMYK)},
         {"cmyk-no-marker.jpg", jpeg(JCS_CMYK, JCS_CMYK, no_adobe)},
         {"ycck.jpg", jpeg(JCS_CMYK, JCS_YCCK)},
         {"ycck-no-marker.jpg", jpeg(JCS_CMYK, JCS_YCCK, no_adobe)},
         {"progressive.jpg", jpeg(JCS_RGB, JCS_YCbCr, progressive)},
         {"progressive-ycck.jpg", jpeg(JCS_CMYK, JCS_YCCK, progressive)},
         {"arithmetic.jpg", jpeg(JCS_RGB, JCS_YCbCr, arithmetic)},
         {"restarts.jpg", jpeg(JCS_RGB, JCS_YCbCr, restarts)}});
  expect_as_pillow(10);
}

/// Faults that libjpeg warns of, and every viewer shows.
TEST_F(Jpeg, WithHarmlessFaultsIsReadWhole) {
  const std::string good = jpeg(JCS_RGB, JCS_YCbCr);
  std::string stray = good;
  stray.insert(stray.find(kScan), "stray bytes");
  const Files faulty = {{"se-0.jpg", with_byte(good, kScan, kSe, 0)},
                        {"jfif-2.jpg", with_byte(good, "JFIF", 5, 2)},
                        {"stray.jpg", stray},
                        {"tail.jpg", good + std::string(100, 'x')}};
  for (const auto& [name, bytes] : faulty)
    EXPECT_EQ(decode(bytes, name).pixels, decode(good, "good").pixels) << name;
  write(faulty);
  expect_as_pillow(faulty.size());
}

TEST(JpegFaults, AreNamed) {
  const std::string good = jpeg(JCS_RGB, JCS_YCbCr);
  const auto fault = [](const std::string& bytes) {
    return refusal([&] { decode(bytes, "a.jpg"); });
  };
  const std::string frame("\xff\xc0", 2);
  EXPECT_NE(fault(with_byte(good, frame, 4, 12)).find("precision 12"), std::string::npos)
      << fault(with_byte(good, frame, 4, 12));
  EXPECT_NE(fault(with_byte(good, frame, 1, '\xc3')).find("SOF type 0xc3"), std::string::npos);
  EXPECT_NE(fault(with_byte(good, frame, 6, 0)).find("a.jpg"), std::string::npos);  // 0 lines
  std::string large = good;
  large.replace(good.find(frame) + 5, 4, "\xea\x60\xea\x60");
  EXPECT_NE(fault(large).find("60000 x 60000 pixels"), std::string::npos) << fault(large);
  for (size_t length = 0; length < good.size(); ++length)
    EXPECT_NE(fault(good.substr(0, length)), "") << length << " of " << good.size();
}

/// A small file that asks for the same large picture to be gone through thousands of times.
TEST(JpegFaults, ScansWithoutEndAreRefused) {
  std::string bomb = jpeg(JCS_GRAYSCALE, JCS_GRAYSCALE,
                          [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); });
  const size_t first = bomb.find(kScan);  // the DC values: they can be given again and again
  const std::string scan = bomb.substr(first, bomb.find("\xff\xc4", first) - first);
  std::string many;
  for (int i = 0; i < 5000; ++i) many += scan;
  bomb.insert(first, many);
  EXPECT_NE(refusal([&] { decode(bomb, "bomb.jpg"); }).find("more than 100 scans"),
            std::string::npos);
}

}  // namespace
}  // namespace nasnet::data
