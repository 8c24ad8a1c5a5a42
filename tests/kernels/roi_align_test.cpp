#include "nasnet/kernels/roi_align.h"

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kernel_tests.h"
#include "nasnet/base/file.h"
#include "nasnet/base/safetensors.h"

namespace nasnet::kernels {
namespace {

const std::string kGolden = NASNET_SOURCE_DIR "/../shared/data/detection/roi";

/// An N x C x H x W tensor of a golden file as N maps of H x W pixels of C channels.
struct Maps {
  int channels, height, width;
  std::vector<float> values;

  int64_t size() const { return int64_t{channels} * height * width; }
  Pixels<const float> map(int64_t n) const { return {values.data() + n * size(), channels}; }
  Pixels<float> map(int64_t n) { return {values.data() + n * size(), channels}; }
};

class GoldenRois : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kGolden + ".json"))
      GTEST_SKIP() << "../shared/data/detection is not there";
    bytes = read_file(kGolden + ".safetensors");
    header = parse_safetensors(bytes, bytes.size(), "roi.safetensors");
    all = nlohmann::json::parse(read_file(kGolden + ".json"));
  }
  const TensorEntry& entry(const std::string& name) const {
    for (const TensorEntry& tensor : header.tensors)
      if (tensor.name == name) return tensor;
    throw std::runtime_error("no tensor " + name);
  }
  std::vector<float> floats(const std::string& name) const {
    const TensorEntry& tensor = entry(name);
    std::vector<float> values((tensor.end - tensor.begin) / sizeof(float));
    std::memcpy(values.data(), bytes.data() + header.data_begin + tensor.begin,
                values.size() * sizeof(float));
    return values;
  }
  Maps maps(const std::string& name) const {
    const std::vector<int64_t>& shape = entry(name).shape;
    const std::vector<float> values = floats(name);
    Maps maps{static_cast<int>(shape[1]), static_cast<int>(shape[2]), static_cast<int>(shape[3]),
              std::vector<float>(values.size())};
    const int64_t pixels = shape[2] * shape[3];
    for (int64_t n = 0; n < shape[0]; ++n)
      for (int64_t c = 0; c < shape[1]; ++c)
        for (int64_t p = 0; p < pixels; ++p)
          maps.map(n).from_pixel(p).data[c] =
              values[static_cast<size_t>((n * shape[1] + c) * pixels + p)];
    return maps;
  }
  /// image, x0, y0, x1, y1 each.
  std::vector<std::pair<int64_t, Roi>> rois() const {
    std::vector<std::pair<int64_t, Roi>> list;
    const std::vector<float> boxes = floats("boxes");
    for (size_t k = 0; k < boxes.size(); k += 5)
      list.push_back({static_cast<int64_t>(boxes[k]),
                      {boxes[k + 1], boxes[k + 2], boxes[k + 3], boxes[k + 4]}});
    return list;
  }

  std::string bytes;
  SafetensorsHeader header;
  nlohmann::json all;
};

void expect_near(const std::vector<float>& values, const std::vector<float>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t k = 0; k < values.size(); ++k)
    ASSERT_NEAR(values[k], expected[k], 2e-5 + 1e-5 * std::abs(expected[k])) << "value " << k;
}

RoiAlignShape shape_of(const Maps& map, const Maps& out, float scale) {
  return {.channels = map.channels,
          .height = map.height,
          .width = map.width,
          .out_height = out.height,
          .out_width = out.width,
          .scale_y = scale,
          .scale_x = scale};
}

TEST_F(GoldenRois, AreTorchvisionsBothWays) {
  const Maps map = maps("input");
  for (const auto& row : all["cases"]) {
    const std::string name = row["name"];
    SCOPED_TRACE(name);
    const Maps expected = maps(name + ".output");
    RoiAlignShape shape = shape_of(map, expected, row["spatial_scale"]);
    shape.samples = row["sampling_ratio"];
    shape.aligned = row["aligned"];
    const Maps above = maps("weight_" + name.substr(6));
    const Maps expected_gradient = maps(name + ".grad_input");
    const auto check = [&](auto forward, auto backward) {
      Maps out = expected, gradient = expected_gradient;
      std::fill(gradient.values.begin(), gradient.values.end(), 0.0F);
      int64_t k = 0;
      for (const auto& [image, roi] : rois()) {
        forward(map.map(image), shape, roi, out.map(k));
        backward(above.map(k), shape, roi, gradient.map(image));
        ++k;
      }
      expect_near(out.values, expected.values);
      expect_near(gradient.values, expected_gradient.values);
    };
    check(reference::roi_align<float>, reference::roi_align_gradient<float>);
    for_every_target([&] { check(roi_align, roi_align_gradient); });
  }
}

/// In float64 the sums' order does not show: what is left is the golden's own float32.
TEST_F(GoldenRois, AreTorchvisionsInDouble) {
  const Maps map = maps("input");
  const std::vector<double> wide(map.values.begin(), map.values.end());
  for (const auto& row : all["cases"]) {
    const std::string name = row["name"];
    SCOPED_TRACE(name);
    const Maps expected = maps(name + ".output"), above = maps("weight_" + name.substr(6));
    const Maps expected_gradient = maps(name + ".grad_input");
    RoiAlignShape shape = shape_of(map, expected, row["spatial_scale"]);
    shape.samples = row["sampling_ratio"];
    shape.aligned = row["aligned"];
    std::vector<double> out(expected.values.size()), gradient(map.values.size());
    const std::vector<double> wide_above(above.values.begin(), above.values.end());
    int64_t k = 0;
    for (const auto& [image, roi] : rois()) {
      const int64_t place = k++ * expected.size(), at = image * map.size();
      const RoiOf<double> exact{roi.x0, roi.y0, roi.x1, roi.y1};
      reference::roi_align<double>({wide.data() + at, 3}, shape, exact, {out.data() + place, 3});
      reference::roi_align_gradient<double>({wide_above.data() + place, 3}, shape, exact,
                                            {gradient.data() + at, 3});
    }
    for (size_t i = 0; i < out.size(); ++i)
      ASSERT_NEAR(out[i], expected.values[i], 1e-6 * (1 + std::abs(out[i])));
    for (size_t i = 0; i < gradient.size(); ++i)
      ASSERT_NEAR(gradient[i], expected_gradient.values[i], 1e-6 * (1 + std::abs(gradient[i])));
  }
}

TEST_F(GoldenRois, MaximaAreTorchvisionsBothWays) {
  const Maps map = maps("input"), expected = maps("roi_pool_7x7.output");
  const Maps above = maps("weight_7x7"), expected_gradient = maps("roi_pool_7x7.grad_input");
  const RoiAlignShape shape = shape_of(map, expected, 1.0F / 16);
  Maps out = expected, gradient = expected_gradient;
  std::fill(gradient.values.begin(), gradient.values.end(), 0.0F);
  int64_t k = 0;
  for (const auto& [image, roi] : rois()) {
    reference::roi_pool<float>(map.map(image), shape, roi, out.map(k));
    reference::roi_pool_gradient<float>(std::as_const(above).map(k), map.map(image), shape, roi,
                                        gradient.map(image));
    ++k;
  }
  expect_near(out.values, expected.values);
  expect_near(gradient.values, expected_gradient.values);
}

TEST_F(GoldenRois, CropAndResizeIsTensorFlows) {
  const Maps map = maps("input");
  for (const char* size : {"17x17", "5x3", "1x1"}) {
    SCOPED_TRACE(size);
    const Maps expected = maps(std::string("crop_and_resize_") + size + ".output");
    RoiAlignShape shape = shape_of(map, expected, 0);
    shape.corners = true;
    shape.scale_y = 8.0F / 144;
    shape.scale_x = 12.0F / 208;
    const auto check = [&](auto forward) {
      Maps out = expected;
      for (int64_t k = 0; k < 6; ++k)
        forward(map.map(rois()[static_cast<size_t>(k)].first), shape,
                rois()[static_cast<size_t>(k)].second, out.map(k));
      expect_near(out.values, expected.values);
    };
    check(reference::roi_align<float>);
    for_every_target([&] { check(roi_align); });
  }
}

TEST_F(GoldenRois, LevelsOfAPyramidAreTorchvisions) {
  const std::vector<float> boxes = floats("fpn.boxes");
  const Maps expected = maps("fpn.output");
  Maps out = expected;
  for (size_t k = 0; k < boxes.size() / 4; ++k) {
    const int level = all["fpn"]["box_level"][k];
    const Maps map = maps("fpn.level" + std::to_string(level));
    RoiAlignShape shape = shape_of(map, expected, all["fpn"]["scales"][static_cast<size_t>(level)]);
    shape.aligned = false;
    const float* box = &boxes[4 * k];
    roi_align(map.map(0), shape, {box[0], box[1], box[2], box[3]},
              out.map(static_cast<int64_t>(k)));
  }
  expect_near(out.values, expected.values);
}

TEST(RoiAlign, EveryWidthAgreesWithTheReference) {
  for_every_target([] {
    Random random(3, 0, "rois");
    for (int round = 0; round < 60; ++round) {
      const int channels = 1 + static_cast<int>(random.below(70));
      RoiAlignShape shape{.channels = channels,
                          .height = 1 + static_cast<int>(random.below(12)),
                          .width = 1 + static_cast<int>(random.below(12)),
                          .out_height = 1 + static_cast<int>(random.below(8)),
                          .out_width = 1 + static_cast<int>(random.below(8)),
                          .scale_y = 0.25F,
                          .scale_x = 0.25F,
                          .samples = static_cast<int>(random.below(4)),
                          .aligned = random.below(2) == 0,
                          .corners = random.below(4) == 0};
      // Quarters of pixels: no rounding decides to which side of an edge a sample falls.
      const auto edge = [&] { return static_cast<float>(random.below(300)) / 4 - 12; };
      const Roi roi{edge(), edge(), edge(), edge()};
      const int64_t bins = int64_t{shape.out_height} * shape.out_width;
      TestMap map(int64_t{shape.height} * shape.width, channels, 3, random);
      TestMap out(bins, channels, 2, random), expected = out;
      roi_align(map, shape, roi, out);
      reference::roi_align<float>(map, shape, roi, expected);
      out.expect_near(expected);
      TestMap gradient = map, expected_gradient = map;
      roi_align_gradient(out, shape, roi, gradient);
      reference::roi_align_gradient<float>(out, shape, roi, expected_gradient);
      gradient.expect_near(expected_gradient, 10);
    }
  });
}

TEST(RoiAlign, ReferencesGradientIsThatOfDifferences) {
  Random random(5, 0, "rois");
  for (const bool aligned : {true, false})
    for (const bool corners : {false, true}) {
      const RoiAlignShape shape{.channels = 2,
                                .height = 6,
                                .width = 7,
                                .out_height = 3,
                                .out_width = 4,
                                .scale_y = 0.5F,
                                .scale_x = 0.5F,
                                .aligned = aligned,
                                .corners = corners};
      std::vector<double> map(84), above(24), gradient(84);
      for (double& value : map) value = random.normal();
      for (double& value : above) value = random.normal();
      const RoiOf<double> roi{1.3, -2.2, 9.7, 8.1};
      const auto loss = [&] {
        std::vector<double> out(24);
        reference::roi_align<double>({map.data(), 2}, shape, roi, {out.data(), 2});
        double sum = 0;
        for (size_t k = 0; k < out.size(); ++k) sum += out[k] * above[k];
        return sum;
      };
      reference::roi_align_gradient<double>({above.data(), 2}, shape, roi, {gradient.data(), 2});
      for (size_t k = 0; k < map.size(); ++k) {
        const double before = map[k];
        map[k] = before + 1e-3;
        const double more = loss();
        map[k] = before - 1e-3;
        const double less = loss();
        map[k] = before;
        EXPECT_NEAR(gradient[k], (more - less) / 2e-3, 1e-9);
      }
    }
}

TEST(RoiAlign, BoxesThatAreNoBoxesGiveZeros) {
  RoiAlignShape shape{.channels = 3, .height = 4, .width = 4, .out_height = 2, .out_width = 2};
  const std::vector<float> map(48, 1.0F);
  const float nan = std::nanf(""), far = 1e30F;
  for (const int samples : {2, 0}) {
    shape.samples = samples;
    for (const Roi& roi :
         {Roi{nan, nan, nan, nan}, Roi{far, far, far, far}, Roi{-far, -far, far, far}}) {
      std::vector<float> out(12, 5.0F);
      roi_align({map.data(), 3}, shape, roi, {out.data(), 3});
      EXPECT_EQ(out, std::vector<float>(12, 0.0F));
    }
  }
}

}  // namespace
}  // namespace nasnet::kernels
