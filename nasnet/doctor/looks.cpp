#include "nasnet/doctor/looks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <numbers>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/content.h"
#include "nasnet/data/image_set.h"
#include "nasnet/data/preparation.h"

// One pass over the pictures: each is decoded, and all that any check wants to know is kept in some
// hundred bytes. Each image writes to places of its own, so that threads change nothing.

namespace nasnet::doctor {
namespace {

constexpr int kPixels = kHashEdge * kHashEdge;
/// Standard deviation of the grey values below which a picture is nearly one colour.
constexpr double kFlat = 1.5;

uint8_t to_byte(float value) {
  return static_cast<uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
}

/// The picture as small planes of grey and colour differences.
struct Planes {
  std::array<float, kPixels> grey{}, blue{}, red{};
};

Planes planes_of(const data::Image& image) {
  const data::Image small =
      data::resize(image, {kHashEdge, kHashEdge}, {.resize = data::Resize::kStretch});
  Planes planes;
  for (int i = 0; i < kPixels; ++i) {
    const float r = small.pixels[3 * i], g = small.pixels[3 * i + 1], b = small.pixels[3 * i + 2];
    // JFIF's.
    planes.grey[i] = 0.299F * r + 0.587F * g + 0.114F * b;
    planes.blue[i] = 128 - 0.168736F * r - 0.331264F * g + 0.5F * b;
    planes.red[i] = 128 + 0.5F * r - 0.418688F * g - 0.081312F * b;
  }
  return planes;
}

/// Means of squares of a plane, `edge` of them along each axis.
void shrink(const std::array<float, kPixels>& plane, int edge, uint8_t* out) {
  const int step = kHashEdge / edge;
  for (int y = 0; y < edge; ++y)
    for (int x = 0; x < edge; ++x) {
      float sum = 0;
      for (int dy = 0; dy < step; ++dy)
        for (int dx = 0; dx < step; ++dx) sum += plane[(y * step + dy) * kHashEdge + x * step + dx];
      *out++ = to_byte(sum / static_cast<float>(step * step));
    }
}

double deviation(const std::array<float, kPixels>& plane) {
  double sum = 0, squares = 0;
  for (const float value : plane) sum += value, squares += double{value} * value;
  const double mean = sum / kPixels;
  return std::sqrt(std::max(0.0, squares / kPixels - mean * mean));
}

/// Histograms of the directions of gradients (Dalal and Triggs 2005), each cell's brought to one
/// length with its neighbours'.
void describe_gradients(const std::array<float, kPixels>& grey, uint8_t* out) {
  constexpr int kStep = kHashEdge / kGradientCells;
  float cells[kGradientCells][kGradientCells][kGradientBins] = {};
  for (int y = 0; y < kHashEdge; ++y)
    for (int x = 0; x < kHashEdge; ++x) {
      const auto at = [&](int row, int column) {
        return grey[std::clamp(row, 0, kHashEdge - 1) * kHashEdge +
                    std::clamp(column, 0, kHashEdge - 1)];
      };
      const float dx = at(y, x + 1) - at(y, x - 1), dy = at(y + 1, x) - at(y - 1, x);
      const float length = std::sqrt(dx * dx + dy * dy);
      if (length == 0) continue;
      float angle = std::atan2(dy, dx) / std::numbers::pi_v<float> * kGradientBins;
      if (angle < 0) angle += kGradientBins;  // directions without a sign
      const int bin = static_cast<int>(angle) % kGradientBins;
      const float share = angle - std::floor(angle);
      auto& cell = cells[y / kStep][x / kStep];
      cell[bin] += length * (1 - share);
      cell[(bin + 1) % kGradientBins] += length * share;
    }
  for (int y = 0; y < kGradientCells; ++y)
    for (int x = 0; x < kGradientCells; ++x) {
      float squares = 1;
      for (int v = std::max(0, y - 1); v <= std::min(kGradientCells - 1, y + 1); ++v)
        for (int u = std::max(0, x - 1); u <= std::min(kGradientCells - 1, x + 1); ++u)
          for (const float value : cells[v][u]) squares += value * value;
      for (const float value : cells[y][x]) *out++ = to_byte(400 * value / std::sqrt(squares));
    }
}

/// A held picture as if it had been decoded.
data::Image held_image(const data::ImageSet& images, int64_t index) {
  data::Image image{images.height, images.width, {}};
  const uint8_t* pixels = images.image(index);
  const auto count = static_cast<int64_t>(images.image_bytes()) / images.channels;
  image.pixels.reserve(3 * count);
  for (int64_t i = 0; i < count; ++i)
    for (int c = 0; c < 3; ++c)
      image.pixels.push_back(pixels[i * images.channels + (images.channels == 3 ? c : 0)]);
  return image;
}

}  // namespace

void take_pixels(const data::Image& image, Look& look, uint8_t* thumb, uint8_t* gradients) {
  look.size = {image.height, image.width};
  look.content = data::content_of(image.pixels.data(), look.size, 3);
  look.grey = data::is_grey(image.pixels.data(), image.pixels.size() / 3);
  const Planes planes = planes_of(image);
  look.flat = deviation(planes.grey) < kFlat;
  look.hash = perceptual_hash(planes.grey.data());
  shrink(planes.grey, kThumbEdge, thumb);
  shrink(planes.blue, kChromaEdge, thumb + kThumbEdge * kThumbEdge);
  shrink(planes.red, kChromaEdge, thumb + kThumbEdge * kThumbEdge + kChromaEdge * kChromaEdge);
  describe_gradients(planes.grey, gradients);
  look.readable = true;
}

void for_each_shown(ThreadPool& pool, const char* title, const char* unit, int64_t count,
                    const std::function<void(int64_t)>& work) {
  Progress progress(title, count, unit);
  // Between two of these the progress is shown, and the user may stop.
  const int64_t block = int64_t{64} * pool.threads();
  for (int64_t first = 0; first < count; first += block) {
    pool.for_each(std::min(block, count - first), [&](int64_t task, int) { work(first + task); });
    check_interrupt("stopped; nothing was changed");
    progress.update(std::min(first + block, count));
  }
}

Looks look_at(const data::Survey& survey, ThreadPool& pool) {
  Looks all;
  const size_t count = survey.images.size();
  all.looks.resize(count);
  all.thumbs.resize(count * kThumbBytes);
  all.gradients.resize(count * kGradientBytes);
  std::mutex mutex;  // guards the maps, whose order does not depend on who comes first
  for_each_shown(pool, "looking at images", "images", std::ssize(all.looks), [&](int64_t i) {
    const data::SurveyedImage& one = survey.images[i];
    Look& look = all.looks[i];
    uint8_t* thumb = all.thumbs.data() + i * kThumbBytes;
    uint8_t* gradients = all.gradients.data() + i * kGradientBytes;
    if (!one.file) {
      const data::ImageSet& held =
          one.split == data::Split::kTest ? survey.held->test : survey.held->train;
      look.stored_grey = held.channels == 1;
      take_pixels(held_image(held, one.held), look, thumb, gradients);
      look.file = look.content;
      return;
    }
    try {
      const std::string bytes = one.file->read();
      const data::PictureTraits traits = data::picture_traits(bytes, one.file->path);
      look.file = data::hash_of_bytes(bytes);
      look.orientation = static_cast<uint8_t>(traits.orientation);
      look.stored_grey = traits.grey;
      look.cmyk = traits.cmyk;
      look.alpha = traits.alpha;
      look.deep = traits.deep;
      look.several = traits.several;
      const std::string named = data::format_of_name(one.file->path);
      look.misnamed = !named.empty() && named != traits.format;
      if (look.misnamed) {
        const std::lock_guard lock(mutex);
        all.formats[i] = traits.format;
      }
      take_pixels(data::decode(bytes, one.file->path), look, thumb, gradients);
    } catch (const OutOfMemory&) {
      throw;
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      all.faults[i] = error.what();
    }
  });
  return all;
}

}  // namespace nasnet::doctor
