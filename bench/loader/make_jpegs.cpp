#include "bench/loader/make_jpegs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nasnet/base/file.h"
#include "nasnet/base/program.h"
#include "nasnet/base/random.h"
#include "nasnet/data/preparation.h"
#include "nasnet/data/write_jpeg.h"

// Photographs of other sizes are enlarged, given grain so that they compress as photographs of that
// size do, and written at quality 90, 4:2:0. The grain's strength is found by bisection.

namespace nasnet::bench {
namespace {

namespace fs = std::filesystem;
using data::Image;

constexpr int kFiles = 512, kFolders = 20, kEdge = 500;
constexpr double kBytesAPixel = 0.5;

/// Normal numbers, to be taken from any place on.
const std::vector<float>& noise() {
  static const std::vector<float> values = [] {
    std::vector<float> all(1 << 20);
    Random random(1, 0, "grain");
    for (float& value : all) value = static_cast<float>(random.normal());
    return all;
  }();
  return values;
}

Image with_grain(const Image& image, double strength, Random random) {
  Image result = image;
  const size_t begin = random.next();
  const auto at = [&](size_t i) { return noise()[(begin + i) % noise().size()]; };
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const double grain = 0.8 * at(i / 3) + 0.5 * at(7919 * (i % 3 + 1) + i);
    result.pixels[i] =
        static_cast<uint8_t>(std::clamp(image.pixels[i] + strength * grain, 0.0, 255.0));
  }
  return result;
}

/// Enlarged, and of about as many bytes as a photograph of that size.
std::string as_photograph(const Image& source, Random random) {
  const double scale = static_cast<double>(kEdge) / std::max(source.height, source.width);
  const auto edge = [&](int pixels) { return static_cast<int>(std::lround(pixels * scale)); };
  const Image image = data::resize(source, {edge(source.height), edge(source.width)},
                                   {data::Resize::kStretch, data::Interpolation::kBicubic});
  const double wanted = kBytesAPixel * image.height * image.width * (0.6 + 0.8 * random.uniform());
  double low = 0, high = 24;
  std::string bytes;
  for (int i = 0; i < 6; ++i) {
    const double strength = (low + high) / 2;
    bytes = data::encode_jpeg(with_grain(image, strength, random), 90);
    (static_cast<double>(bytes.size()) > wanted ? high : low) = strength;
  }
  return bytes;
}

/// Smooth colours and edges.
Image pattern(Random random) {
  Image image{240, 320, std::vector<uint8_t>(240 * 320 * 3)};
  const double phase = 6 * random.uniform(), wave = 0.02 + 0.1 * random.uniform();
  for (int i = 0; i < std::ssize(image.pixels); ++i) {
    const int x = i / 3 % image.width, y = i / 3 / image.width;
    const double edges = (x / 40 + y / 30) % 2 == 0 ? 30 : -30;
    image.pixels[i] = static_cast<uint8_t>(std::clamp(
        128 + 80 * std::sin(wave * x + phase + i % 3) * std::cos(wave * y) + edges, 0.0, 255.0));
  }
  return image;
}

std::vector<Image> sources(const fs::path& scratch) {
  std::vector<Image> images;
  const fs::path archive = "../shared/data/coco-mini.tar.zst";
  if (fs::exists(archive)) {
    fs::create_directories(scratch);
    run_program({"tar", "-C", scratch.string(), "-xf", archive.string()}, 60);
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(scratch))
      if (entry.path().extension() == ".jpg") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files)
      images.push_back(data::decode(read_file(file), file.string()));
    fs::remove_all(scratch);
  }
  for (uint64_t i = 0; images.size() < 64; ++i) images.push_back(pattern(Random(1, i, "pattern")));
  return images;
}

}  // namespace

fs::path make_jpegs() {
  const fs::path folder = "build/loader-jpegs";
  const fs::path last = folder / fmt::format("c{:02}", (kFiles - 1) % kFolders) /
                        fmt::format("{:04}.jpg", kFiles - 1);
  if (fs::exists(last)) return folder;
  fmt::print(stderr, "making {} JPEGs in {}\n", kFiles, folder.string());
  const std::vector<Image> images = sources(folder / "photographs");
  for (int i = 0; i < kFiles; ++i) {
    const fs::path place = folder / fmt::format("c{:02}", i % kFolders);
    fs::create_directories(place);
    write_file(
        place / fmt::format("{:04}.jpg", i),
        as_photograph(images[i % images.size()], Random(1, static_cast<uint64_t>(i), "jpeg")));
  }
  return folder;
}

}  // namespace nasnet::bench
