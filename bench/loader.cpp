// Processor time of a training image's way from a JPEG to a network's input: a random part of it,
// 224 x 224, mirrored at random, as normalised floats; beside libjpeg-turbo's whole decoding of the
// same files.
//
//   bench_loader [--json] [FOLDER]       medians of interleaved rounds, one thread
//   bench_loader --once FOLDER           images a second of one pass over the files, read each time
//
// FOLDER holds JPEGs; without it they are made (see loader/make_jpegs.h). bench/loader_peers.py
// runs other loaders on the same files.

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// libjpeg's header needs FILE before it.
#include <jpeglib.h>

#include "bench/loader/make_jpegs.h"
#include "bench/processor_time.h"
#include "nasnet/base/file.h"
#include "nasnet/data/augment/augment.h"
#include "nasnet/data/augment/crop.h"
#include "nasnet/data/batches.h"
#include "nasnet/data/image.h"
#include "nasnet/data/normalize.h"
#include "nasnet/data/preparation.h"

using namespace nasnet;
using namespace nasnet::data;
namespace fs = std::filesystem;

namespace {

constexpr int kEdge = 224, kRounds = 9;

/// As libjpeg-turbo's own programs do it.
void decode_whole(const std::string& bytes) {
  jpeg_decompress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_read_header(&info, TRUE);
  jpeg_start_decompress(&info);
  const size_t row = size_t{3} * info.output_width;
  static std::vector<uint8_t> pixels;
  pixels.resize(row * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW line = pixels.data() + row * info.output_scanline;
    jpeg_read_scanlines(&info, &line, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
}

class Way {
 public:
  explicit Way(Interpolation interpolation = Interpolation::kBilinear)
      : interpolation_(interpolation) {}

  Image part(const std::string& bytes, Random& random) const {
    return decode_part(bytes, "a file",
                       [&](ImageSize size) { return draw_resized_crop(size, {}, random); });
  }
  void resize(const Image& image, bool mirrored) {
    resize_part(image,
                {{0, 0, image.height, image.width}, {kEdge, kEdge}, interpolation_, mirrored},
                pixels_.data());
  }
  void to_floats() { normalize(pixels_.data(), kEdge * kEdge, tables_, floats_.data()); }

  void whole_way(const std::string& bytes, Random& random) {
    resize(part(bytes, random), random.below(2) == 1);
    to_floats();
  }

 private:
  Interpolation interpolation_;
  std::vector<std::array<float, 256>> tables_ =
      normalization_tables({{0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}, 3);
  std::vector<uint8_t> pixels_ = std::vector<uint8_t>(kEdge * kEdge * 3);
  std::vector<float> floats_ = std::vector<float>(kEdge * kEdge * 3);
};

std::vector<std::string> jpegs_of(const fs::path& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().extension() == ".jpg")
      paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  return paths;
}

/// Images a second of a pass in which each file is opened and read.
double images_a_second(const std::vector<std::string>& paths) {
  Way way;
  const double begin = bench::seconds(true);
  for (size_t i = 0; i < paths.size(); ++i) {
    Random random(1, i, "bench");
    way.whole_way(read_file(paths[i]), random);
  }
  return static_cast<double>(paths.size()) / (bench::seconds(true) - begin);
}

/// One thing that is measured: milliseconds an image by rounds.
struct Row {
  std::string name;
  std::function<void(const std::string& bytes, Random& random)> run;
  std::vector<double> times = {};

  double median() const { return bench::median(times); }
};

}  // namespace

int main(int argc, char** argv) {
  bool json = false, once = false;
  fs::path folder;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) {
      json = true;
    } else if (std::strcmp(argv[i], "--once") == 0) {
      once = true;
    } else {
      folder = argv[i];
    }
  }
  if (folder.empty()) folder = bench::make_jpegs();
  const std::vector<std::string> paths = jpegs_of(folder);
  if (paths.empty()) {
    fmt::print(stderr, "bench_loader: no .jpg in {}\n", folder.string());
    return 1;
  }
  if (once) {
    images_a_second({paths.begin(), paths.begin() + std::min<size_t>(paths.size(), 32)});
    fmt::print("{:.1f}\n", images_a_second(paths));
    return 0;
  }

  std::vector<std::string> files;
  double size = 0;
  for (size_t i = 0; i < std::min<size_t>(paths.size(), 128); ++i) {
    files.push_back(read_file(paths[i]));
    size += static_cast<double>(files.back().size());
  }
  Way bilinear, bicubic(Interpolation::kBicubic), area(Interpolation::kArea);
  const Image photo = decode(files[0], "a file");
  const auto resized = [&photo](Way& way) {
    return [&](const std::string&, Random&) { way.resize(photo, true); };
  };
  const Image input = data::resize(photo, {kEdge, kEdge});
  const auto changed = [&input](const AugmentSettings& settings) {
    return [&input, settings](const std::string&, Random& random) {
      Image image = input;
      change_pixels(settings, image, random);
    };
  };
  Row rows[] = {
      {"whole decoding (libjpeg-turbo)", [](const std::string& b, Random&) { decode_whole(b); }},
      {"whole way: part, bilinear, floats", [&](auto& b, auto& r) { bilinear.whole_way(b, r); }},
      {"with bicubic", [&](auto& b, auto& r) { bicubic.whole_way(b, r); }},
      {"with area", [&](auto& b, auto& r) { area.whole_way(b, r); }},
      {"decoding a part", [&](auto& b, auto& r) { bilinear.part(b, r); }},
      {"a photograph of 500 px to 224: bilinear", resized(bilinear)},
      {"bicubic", resized(bicubic)},
      {"area", resized(area)},
      {"floats", [&](auto&, auto&) { bilinear.to_floats(); }},
      {"TF-slim's colours", changed({.colour = ColourLaw::kInception})},
      {"TF-slim's colours, full", changed({.colour = ColourLaw::kFull})},
      {"TrivialAugment", changed({.policy = Policy::kTrivial})},
  };
  for (int round = 0; round < kRounds; ++round)
    for (Row& row : rows) {
      const double begin = bench::seconds(true);
      for (size_t i = 0; i < files.size(); ++i) {
        Random random(static_cast<uint64_t>(round), i, "bench");
        row.run(files[i], random);
      }
      row.times.push_back(1e3 * (bench::seconds(true) - begin) / static_cast<double>(files.size()));
    }
  const double decoding = rows[0].median(), way = rows[1].median();
  if (json) {
    fmt::print("{{\"decoding_ms\": {:.4f}, \"way_ms\": {:.4f}, \"ratio\": {:.3f}}}\n", decoding,
               way, way / decoding);
    return 0;
  }
  fmt::print("{} files of {:.0f} kB, milliseconds of a core an image, medians of {} rounds\n",
             files.size(), size / 1e3 / static_cast<double>(files.size()), kRounds);
  for (const Row& row : rows)
    fmt::print("{:42} {:7.3f} {:6.2f}x\n", row.name, row.median(), row.median() / decoding);
  return way <= 1.15 * decoding ? 0 : 1;
}
