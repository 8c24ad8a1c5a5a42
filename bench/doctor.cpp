// Time of `nasnet doctor`'s parts on a data set, and how many copies it finds: each picture of a
// sample is changed as people change pictures, and looked for.
//
//   bench_doctor [DATA] [--threads N]     DATA: any that `nasnet data` reads; default fashion-mnist

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>

#include "bench/processor_time.h"
#include "nasnet/base/processors.h"
#include "nasnet/data/preparation.h"
#include "nasnet/data/write_jpeg.h"
#include "nasnet/doctor/near_pairs.h"
#include "nasnet/doctor/suspects.h"

using namespace nasnet;
using data::Image;

namespace {

constexpr int64_t kSample = 500;

Image scaled(const Image& image, double share) {
  const auto edge = [&](int value) { return std::max(8, static_cast<int>(share * value)); };
  return data::resize(
      image, {edge(image.height), edge(image.width)},
      {.resize = data::Resize::kStretch, .interpolation = data::Interpolation::kBicubic});
}

Image recoded(const Image& image, int quality) {
  return data::decode(data::encode_jpeg(image, quality), "copy");
}

Image lit(const Image& image, double factor) {
  Image copy = image;
  for (uint8_t& value : copy.pixels) value = static_cast<uint8_t>(std::min(255.0, factor * value));
  return copy;
}

Image cropped(const Image& image, double share) {
  const int down = std::max(1, static_cast<int>(share * image.height));
  const int across = std::max(1, static_cast<int>(share * image.width));
  Image copy{image.height - 2 * down, image.width - 2 * across, {}};
  for (int y = down; y < image.height - down; ++y)
    copy.pixels.insert(copy.pixels.end(),
                       image.pixels.begin() + 3 * (int64_t{y} * image.width + across),
                       image.pixels.begin() + 3 * (int64_t{y + 1} * image.width - across));
  return copy;
}

struct Change {
  const char* name;
  std::function<Image(const Image&)> make;
};

const Change kChanges[] = {
    {"half the size", [](const Image& image) { return scaled(image, 0.5); }},
    {"twice the size", [](const Image& image) { return scaled(image, 2); }},
    {"JPEG, quality 75", [](const Image& image) { return recoded(image, 75); }},
    {"JPEG, quality 30", [](const Image& image) { return recoded(image, 30); }},
    {"brightness 1.2", [](const Image& image) { return lit(image, 1.2); }},
    {"brightness 0.7", [](const Image& image) { return lit(image, 0.7); }},
    {"2 % cut off each side", [](const Image& image) { return cropped(image, 0.02); }},
    {"4 % cut off each side", [](const Image& image) { return cropped(image, 0.04); }},
};

/// Decoded again, as looks forget the pictures.
Image read_image(const data::Survey& survey, int64_t i) {
  const data::SurveyedImage& one = survey.images[i];
  if (one.file) return data::decode(one.file->read(), one.file->path);
  const data::ImageSet& held =
      one.split == data::Split::kTest ? survey.held->test : survey.held->train;
  Image image{held.height, held.width, {}};
  for (int64_t p = 0; p < int64_t{held.height} * held.width; ++p)
    for (int c = 0; c < 3; ++c)
      image.pixels.push_back(
          held.image(one.held)[p * held.channels + (held.channels == 3 ? c : 0)]);
  return image;
}

void put(const Image& image, int64_t place, doctor::Looks& looks) {
  looks.looks[place] = {};
  doctor::take_pixels(image, looks.looks[place], looks.thumbs.data() + place * doctor::kThumbBytes,
                      looks.gradients.data() + place * doctor::kGradientBytes);
}

/// Copies of a sample beside the whole set: those that are found beside their originals.
void measure_recall(const data::Survey& survey, const doctor::Looks& whole, const Change& change,
                    ThreadPool& pool) {
  const int64_t images = whole.size(), step = std::max<int64_t>(1, images / kSample);
  doctor::Looks looks = whole;
  std::vector<int64_t> originals;
  for (int64_t i = 0; i < images; i += step)
    if (whole.looks[i].readable && !whole.looks[i].flat) originals.push_back(i);
  const auto count = std::ssize(originals);
  looks.looks.resize(images + count);
  looks.thumbs.resize((images + count) * doctor::kThumbBytes);
  looks.gradients.resize((images + count) * doctor::kGradientBytes);
  std::vector<int> distances;
  int64_t within = 0, equal = 0, found = 0;
  for (int64_t k = 0; k < count; ++k) {
    put(change.make(read_image(survey, originals[k])), images + k, looks);
    const doctor::Look &a = looks.looks[originals[k]], &b = looks.looks[images + k];
    distances.push_back(std::popcount(a.hash.upright ^ b.hash.upright));
    within += distances.back() <= doctor::kHashRadius;
    equal += a.content == b.content;
  }
  const doctor::NearPairs near = doctor::find_near_pairs(looks, false, pool);
  for (int64_t k = 0; k < count; ++k)
    found += std::ranges::any_of(near.pairs, [&](const doctor::NearPair& pair) {
      return pair.a == originals[k] && pair.b == images + k;
    });
  std::sort(distances.begin(), distances.end());
  const double all = static_cast<double>(std::max<int64_t>(1, count - equal)) / 100;
  fmt::print("{:<24} {:>6} {:>8.1f} % {:>8} bits\n", change.name, count - equal,
             static_cast<double>(found) / all, distances[distances.size() / 2]);
}

template <class Work>
auto timed(const char* name, int64_t images, const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  const double processor = bench::process_seconds();
  auto result = work();
  const double share = 1e5 / static_cast<double>(images);
  fmt::print(
      "{:<24} {:>8.1f} s {:>8.1f} core-s\n", name,
      share * std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
      share * (bench::process_seconds() - processor));
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  std::string where = "fashion-mnist";
  int threads = usable_cores();
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--threads") == 0 && i + 1 < argc)
      threads = std::max(1, std::atoi(argv[++i]));
    else
      where = argv[i];
  const data::Survey survey = data::survey(where);
  const int64_t images = std::ssize(survey.images);
  ThreadPool pool(threads);
  fmt::print("{}: {} images; seconds for 100,000, {} threads\n", where, images, threads);
  const doctor::Looks looks =
      timed("reading and decoding", images, [&] { return doctor::look_at(survey, pool); });
  const doctor::NearPairs near =
      timed("near copies", images, [&] { return doctor::find_near_pairs(looks, false, pool); });
  const doctor::Examined set{survey, looks};
  const doctor::Suspects suspects =
      timed("labels", images, [&] { return doctor::find_suspects(set, near, pool); });
  fmt::print("\n{} near pairs, {} suspects, {} of {} labels predicted\n\n", near.pairs.size(),
             suspects.suspects.size(), suspects.right, suspects.images);
  fmt::print("{:<24} {:>6} {:>10} {:>13}\n", "copies", "number", "found", "apart");
  for (const Change& change : kChanges) measure_recall(survey, looks, change, pool);
}
