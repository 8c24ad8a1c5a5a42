#include "nasnet/detect/regions.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nasnet/base/file.h"
#include "nasnet/base/random.h"
#include "nasnet/base/safetensors.h"

namespace nasnet::detect {
namespace {

/// A network that gives maps of these sizes, each half as large as the one before, from `stride`.
DenseGraph maps_of(const std::vector<graph::Shape>& shapes, int stride) {
  DenseGraph dense;
  for (const graph::Shape& shape : shapes) {
    dense.outputs.push_back(static_cast<int>(dense.graph.operators.size()));
    dense.graph.operators.emplace_back().output = shape;
    dense.strides.push_back(stride);
    stride *= 2;
  }
  dense.maps = static_cast<int>(shapes.size());
  return dense;
}

const std::string kGoldenRegions = NASNET_SOURCE_DIR "/../shared/data/detection/roi";

TEST(Regions, AreCutOutOfTorchvisionsLevels) {
  if (!std::filesystem::exists(kGoldenRegions + ".json"))
    GTEST_SKIP() << "../shared/data/detection is not there";
  const std::string bytes = read_file(kGoldenRegions + ".safetensors");
  const SafetensorsHeader header = parse_safetensors(bytes, bytes.size(), "roi");
  const auto tensor = [&](const std::string& name) {
    for (const TensorEntry& entry : header.tensors) {
      if (entry.name != "fpn." + name) continue;
      std::vector<float> values((entry.end - entry.begin) / sizeof(float));
      std::memcpy(values.data(), bytes.data() + header.data_begin + entry.begin,
                  values.size() * sizeof(float));
      Tensor result(entry.shape);
      result.set_row_major(values);
      return result;
    }
    throw std::runtime_error("no tensor " + name);
  };
  const auto expected_levels =
      nlohmann::json::parse(read_file(kGoldenRegions + ".json"))["fpn"]["box_level"]
          .get<std::vector<int>>();
  std::vector<Tensor> maps;
  std::vector<graph::Shape> shapes;
  for (const char* name : {"level0", "level1", "level2", "level3"}) {
    maps.push_back(tensor(name));
    shapes.push_back({static_cast<int>(maps.back().extent(2)),
                      static_cast<int>(maps.back().extent(3)),
                      static_cast<int>(maps.back().extent(1))});
  }
  RegionSettings settings;
  settings.aligned = false;
  ThreadPool threads(1);
  const RegionCutter cutter(settings, maps_of(shapes, 4), threads);
  std::vector<Region> regions;
  const std::vector<float> boxes = tensor("boxes").row_major();
  for (size_t k = 0; k < boxes.size(); k += 4)
    regions.push_back({0, {boxes[k], boxes[k + 1], boxes[k + 2], boxes[k + 3]}});
  ASSERT_EQ(regions.size(), 17U);
  const Tensor expected = tensor("output");
  Tensor rows({17, 2, 7, 7});  // channels innermost, as the rows are
  cutter.cut(maps, regions, rows.change().data());
  for (size_t k = 0; k < regions.size(); ++k)
    EXPECT_EQ(cutter.level_of(regions[k].box), expected_levels[k]) << k;
  for (size_t k = 0; k < rows.values().size(); ++k)
    ASSERT_NEAR(rows.values()[k], expected.values()[k],
                2e-5 + 1e-5 * std::abs(expected.values()[k]));
}

/// Regions overlap, so that their gradients meet in the same pixels.
TEST(Regions, HaveTheSameBitsOnAnyNumberOfThreads) {
  const std::vector<graph::Shape> shapes = {{24, 32, 40}, {12, 16, 40}};
  Random random(2, 0, "regions");
  const auto filled = [&](std::vector<int64_t> shape) {
    Tensor tensor(std::move(shape));
    for (float& value : tensor.change()) value = static_cast<float>(random.normal());
    return tensor;
  };
  std::vector<Tensor> maps;
  for (const graph::Shape& shape : shapes)
    maps.push_back(filled({2, shape.channels, shape.height, shape.width}));
  std::vector<Region> regions;
  for (int64_t k = 0; k < 60; ++k) {
    const auto x = static_cast<float>(random.uniform() * 200),
               y = static_cast<float>(random.uniform() * 150);
    const auto edge = static_cast<float>(8 + random.uniform() * 120);
    regions.push_back({k % 2, {x, y, x + edge, y + edge / 2}});
  }
  const Tensor above = filled({60, 40, 7, 7});
  const auto both_ways = [&](int count) {
    RegionSettings settings;
    settings.canonical_edge = 64;
    ThreadPool threads(count);
    const RegionCutter cutter(settings, maps_of(shapes, 8), threads);
    std::vector<std::vector<float>> results(1);
    results[0].resize(above.values().size());
    cutter.cut(maps, regions, results[0].data());
    std::vector<Tensor> gradients;
    for (const Tensor& map : maps) gradients.emplace_back(map.shape());
    cutter.add_gradients(above.data(), regions, gradients);
    for (const Tensor& gradient : gradients) results.push_back(gradient.row_major());
    return results;
  };
  const auto one = both_ways(1);
  EXPECT_EQ(both_ways(2), one);
  EXPECT_EQ(both_ways(5), one);
}

}  // namespace
}  // namespace nasnet::detect
