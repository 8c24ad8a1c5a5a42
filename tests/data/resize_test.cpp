#include <nlohmann/json.hpp>

#include "nasnet/base/random.h"
#include "nasnet/data/preparation.h"
#include "nasnet/data/tap_sums.h"
#include "tests/data/with_pillow.h"
#include "tests/kernels/kernel_tests.h"

namespace nasnet::data {
namespace {

using Bytes = std::vector<uint8_t>;

/// Calls `test` with every way to resize, with each interpolation.
template <class Test>
void for_all_ways(const Test& test) {
  for (const auto& [how, how_name] : names_of(Resize{}))
    for (const auto& [interpolation, name] : names_of(Interpolation{})) {
      SCOPED_TRACE(std::string(how_name) + " " + name);
      test(Preparation{.resize = how, .interpolation = interpolation});
    }
}

TEST(Resize, KeepsConstantsWhateverTheWay) {
  const Image flat{30, 50, Bytes(30 * 50 * 3, 77)};
  for_all_ways([&](const Preparation& way) {
    if (way.resize == Resize::kPad) return;
    for (const int edge : {1, 7, 32, 91})
      for (const uint8_t value : resize(flat, {edge, edge}, way).pixels)
        ASSERT_EQ(value, 77) << edge;
  });
}

TEST(Resize, AreaAveragesWhatIsCovered) {
  const uint8_t square[] = {0, 100, 100, 200};
  EXPECT_EQ(resize_bytes(square, {2, 2}, 1, {1, 1}), (Bytes{100}));
  EXPECT_EQ(resize_bytes(square, {2, 2}, 1, {2, 2}), (Bytes{0, 100, 100, 200}));
  // Growing interpolates between the pixels' centres.
  const uint8_t two[] = {0, 100};
  EXPECT_EQ(resize_bytes(two, {1, 2}, 1, {2, 4}), (Bytes{0, 25, 75, 100, 0, 25, 75, 100}));
}

TEST(Resize, CropStretchAndPadOfAWidePicture) {
  const uint8_t wide[] = {9, 50, 60, 9, 9, 70, 80, 9};
  EXPECT_EQ(resize_bytes(wide, {2, 4}, 1, {2, 2}, {Resize::kCrop}), (Bytes{50, 60, 70, 80}));
  const uint8_t halves[] = {10, 20, 30, 50};
  EXPECT_EQ(resize_bytes(halves, {1, 4}, 1, {2, 2}, {Resize::kStretch}), (Bytes{15, 40, 15, 40}));
  EXPECT_EQ(resize_bytes(halves, {1, 4}, 1, {3, 2}, {Resize::kPad}), (Bytes{0, 0, 15, 40, 0, 0}));
  const Image tall{4, 1, {1, 2, 3, 1, 2, 3, 7, 8, 9, 7, 8, 9}};
  EXPECT_EQ(resize(tall, {2, 3}, {Resize::kPad}).pixels,
            (Bytes{0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0, 0, 7, 8, 9, 0, 0, 0}));
}

TEST(Resize, TheCentralShareIsWhatIsLookedAt) {
  Bytes frame(8 * 8, 255);
  for (int y = 2; y < 6; ++y) std::fill_n(frame.begin() + 8 * y + 2, 4, uint8_t{40});
  for (const Resize how : {Resize::kCrop, Resize::kStretch})
    EXPECT_EQ(resize_bytes(frame.data(), {8, 8}, 1, {2, 2}, {.resize = how, .central_crop = 0.5}),
              Bytes(4, 40));
}

/// The weights of the filters on one edge, as a pen and paper have them.
TEST(Resize, FiltersOnOneEdge) {
  const uint8_t edge[] = {0, 0, 0, 0, 255, 255, 255, 255};
  const auto to = [&](int width, Interpolation filter) {
    return resize_bytes(edge, {1, 8}, 1, {1, width}, {Resize::kStretch, filter});
  };
  EXPECT_EQ(to(4, Interpolation::kNearest), (Bytes{0, 0, 255, 255}));
  // Weights 1 3 3 1 of 8, without the one beyond the border at the ends.
  EXPECT_EQ(to(4, Interpolation::kBilinear), (Bytes{0, 32, 223, 255}));
  // Overshoot is cut to the range of a byte.
  EXPECT_EQ(to(4, Interpolation::kBicubic), (Bytes{0, 17, 238, 255}));
}

TEST(Resize, OneLongEdgeOverflowsNothing) {
  const Image line{200000, 1, Bytes(600000, 5)};
  for_all_ways([&](Preparation way) {
    way.central_crop = 0.05;
    EXPECT_EQ(resize(line, {64, 64}, way).pixels.size(), 64u * 64 * 3);
  });
}

/// A mirrored part is the mirrored picture of the part, whatever lies around it.
TEST(Resize, APartIsThatOfACutPicture) {
  Image image{37, 53, Bytes(37 * 53 * 3)};
  Random random(1, 2, "pixels");
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random.below(256));
  const Rect part = {5, 7, 31, 40};
  Image cut{part.height, part.width, {}};
  for (int y = 0; y < part.height; ++y) {
    const auto row = image.pixels.begin() + ((part.top + y) * 53 + part.left) * 3;
    cut.pixels.insert(cut.pixels.end(), row, row + part.width * 3);
  }
  for (const auto& [interpolation, name] : names_of(Interpolation{}))
    for (const ImageSize to : {ImageSize{31, 40}, {16, 16}, {50, 61}, {1, 3}}) {
      Bytes out(to.height * to.width * 3);
      resize_part(image, {part, to, interpolation}, out.data());
      EXPECT_EQ(out, resize(cut, to, {Resize::kStretch, interpolation}).pixels) << name;
      resize_part(image, {part, to, interpolation, true}, out.data());
      Bytes back;
      for (int y = 0; y < to.height; ++y)
        for (int x = to.width - 1; x >= 0; --x)
          back.insert(back.end(), &out[(y * to.width + x) * 3], &out[(y * to.width + x) * 3] + 3);
      EXPECT_EQ(back, resize(cut, to, {Resize::kStretch, interpolation}).pixels) << name;
    }
}

/// Noise of many sizes, in both kinds of sums.
void expect_plain_loops_bytes() {
  Random random(3, 4, "sizes");
  const auto any = [&](int most) { return 1 + static_cast<int>(random.below(most)); };
  for (int turn = 0; turn < 300; ++turn) {
    const int height = any(40), width = any(90), rows = any(30), columns = any(70);
    const int64_t row = 3 * width + kRowPadding;
    Bytes pixels(row * height);
    for (uint8_t& value : pixels) value = static_cast<uint8_t>(random.below(256));
    const Axis down{height, 0, 1.0 * height, rows, 0, rows},
        across{width, 0, 1.0 * width, columns, 0, columns, turn % 2 == 1};
    const auto filter = turn % 3 == 0 ? Interpolation::kBicubic : Interpolation::kBilinear;
    const auto fixed = fixed_taps(across, filter);
    const int64_t out_row = 3 * columns + kRowPadding;
    Bytes ours(out_row * height), plain = ours;
    resample_across(pixels.data(), row, height, fixed, ours.data(), out_row);
    reference::resample_across(pixels.data(), row, height, fixed, 3, plain.data(), out_row);
    for (int y = 0; y < height; ++y)
      ASSERT_TRUE(
          std::equal(&plain[y * out_row], &plain[y * out_row + 3 * columns], &ours[y * out_row]))
          << turn;
    const auto vertical = fixed_taps(down, filter);
    const bool absent = vertical.first[0] + 2 * vertical.taps > height;
    Bytes line(3 * width), plain_line = line;
    resample_down(pixels.data(), row, vertical.of(0), vertical.taps, absent, 3 * width,
                  line.data());
    reference::resample_down(pixels.data(), row, vertical.of(0), vertical.taps, absent, 3 * width,
                             plain_line.data());
    ASSERT_EQ(line, plain_line) << turn;

    const auto areas = float_taps(down, Interpolation::kArea);
    std::vector<float> sums(row), plain_sums(row);
    average_down(pixels.data(), row, areas.of(0), areas.taps, 3 * width, sums.data());
    reference::average_down(pixels.data(), row, areas.of(0), areas.taps, 3 * width,
                            plain_sums.data());
    ASSERT_EQ(sums, plain_sums);
    const auto wide = float_taps(across, Interpolation::kArea);
    average_across(sums.data(), wide, ours.data());
    reference::average_across(sums.data(), wide, 3, plain.data());
    ASSERT_TRUE(std::equal(&plain[0], &plain[3 * columns], &ours[0])) << turn;
  }
}

TEST(Resize, VectorsOfEveryWidthGiveThePlainLoopsBytes) {
  kernels::for_every_target(expect_plain_loops_bytes);
}

TEST_F(WithPillow, ResizesToTheSameBytes) {
  run("pillow_resizes.py");
  const auto cases = nlohmann::json::parse(read("cases.json"));
  EXPECT_GT(cases.size(), 500u);
  for (size_t i = 0; i < cases.size(); ++i) {
    const auto& one = cases[i];
    const std::string source = read(std::to_string(i) + ".in");
    const Image image{one["from"][1], one["from"][0], Bytes(source.begin(), source.end())};
    Preparation preparation;
    for (const char* name : {"resize", "interpolation", "central_crop"})
      settings_from_json(preparation, {{name, one[name]}}, "cases.json");
    const Bytes result = resize(image, {one["to"][1], one["to"][0]}, preparation).pixels;
    ASSERT_TRUE(std::string(result.begin(), result.end()) == read(std::to_string(i) + ".out"))
        << one.dump();
  }
}

}  // namespace
}  // namespace nasnet::data
