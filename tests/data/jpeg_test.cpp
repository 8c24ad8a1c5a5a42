// JPEGs as libjpeg can write them, but no common program does.
#include "tests/data/make_jpeg.h"
#include "tests/data/pictures.h"

namespace nasnet::data {
namespace {

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
  const JpegChange progressive = [](jpeg_compress_struct& info) { jpeg_simple_progression(&info); };
  const JpegChange arithmetic = [](jpeg_compress_struct& info) { info.arith_code = TRUE; };
  const JpegChange no_adobe = [](jpeg_compress_struct& info) { info.write_Adobe_marker = FALSE; };
  const JpegChange restarts = [](jpeg_compress_struct& info) { info.restart_interval = 1; };
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
