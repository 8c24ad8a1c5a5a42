#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/base/thread_pool.h"
#include "nasnet/data/survey.h"
#include "nasnet/data/traits.h"
#include "nasnet/doctor/hash.h"

namespace nasnet::doctor {

/// All that is remembered of one image once it has been decoded.
struct Look {
  uint64_t file = 0;     ///< of the file's bytes; equal where these are
  uint64_t content = 0;  ///< of the decoded picture: see data::content_of()
  PerceptualHash hash;
  data::ImageSize size;  ///< upright
  uint8_t orientation = 1;
  bool readable = false;
  bool stored_grey = false, cmyk = false, alpha = false, deep = false, several = false;
  bool grey = false;      ///< all pixels are
  bool flat = false;      ///< nearly one colour: no hash tells such pictures apart
  bool misnamed = false;  ///< the name's end is that of another format
};

/// A small picture: kThumbEdge x kThumbEdge grey values, then kChromaEdge x kChromaEdge of each
/// colour difference (Cb, Cr), as JPEG has them.
inline constexpr int kThumbEdge = 16, kChromaEdge = 4;
inline constexpr int kThumbBytes = kThumbEdge * kThumbEdge + 2 * kChromaEdge * kChromaEdge;
/// Gradients: kGradientCells x kGradientCells places, kGradientBins directions each.
inline constexpr int kGradientCells = 4, kGradientBins = 9;
inline constexpr int kGradientBytes = kGradientCells * kGradientCells * kGradientBins;

/// All images of a survey, each decoded once: about 490 bytes an image.
struct Looks {
  std::vector<Look> looks;
  std::vector<uint8_t> thumbs;             ///< kThumbBytes an image
  std::vector<uint8_t> gradients;          ///< kGradientBytes an image
  std::map<int64_t, std::string> faults;   ///< of unreadable images
  std::map<int64_t, std::string> formats;  ///< of misnamed images, by their content

  int64_t size() const { return std::ssize(looks); }
  const uint8_t* thumb(int64_t image) const { return thumbs.data() + image * kThumbBytes; }
  const uint8_t* gradient(int64_t image) const { return gradients.data() + image * kGradientBytes; }
};

/// Fills in all that comes from the pixels; `thumb` has room for kThumbBytes, `gradients` for
/// kGradientBytes.
void take_pixels(const data::Image& image, Look& look, uint8_t* thumb, uint8_t* gradients);

/// Reads and decodes all images, with progress. Throws Interrupted.
Looks look_at(const data::Survey& survey, ThreadPool& pool);

/// Calls work(i) for each i below `count` in the pool's threads, with progress; `unit` names what
/// is counted. Throws Interrupted.
void for_each_shown(ThreadPool& pool, const char* title, const char* unit, int64_t count,
                    const std::function<void(int64_t)>& work);

}  // namespace nasnet::doctor
