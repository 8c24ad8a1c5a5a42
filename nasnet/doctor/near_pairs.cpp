#include "nasnet/doctor/near_pairs.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <functional>

#include "nasnet/doctor/align.h"

namespace nasnet::doctor {

namespace {

constexpr int kParts = 4, kPartBits = 16;
constexpr size_t kKeys = size_t{1} << kPartBits;
constexpr double kLeastLikeness = 0.975;
/// Of pictures of which one may be a part of the other, and once it lies on the other.
constexpr double kPartLikeness = 0.7, kLeastAligned = 0.985;
/// So many are aligned with an image, which takes a hundred times as long as comparing them.
constexpr int64_t kMostAligned = 16;
/// In a crowd.
constexpr double kCrowdLikeness = 0.985, kCrowdDetail = 0.975;
/// A crowd: more than so many that are so alike.
constexpr int kCrowd = 4;
constexpr double kLike = 0.95;
/// Differences of colours, of 255, at which pictures are not of one scene.
constexpr int kMostColour = 12;
/// An image is compared with at most so many of those that share a part with it: a crowd of a
/// million that are all alike would take a million times a million.
constexpr int64_t kMostCompared = 2'000'000;

uint32_t part_of(uint64_t hash, int part) {
  return static_cast<uint32_t>(hash >> (kPartBits * part)) & (kKeys - 1);
}

/// All changes of a part in at most two bits.
std::vector<uint32_t> make_changes() {
  std::vector<uint32_t> changes = {0};
  for (int i = 0; i < kPartBits; ++i) changes.push_back(1u << i);
  for (int i = 0; i < kPartBits; ++i)
    for (int j = i + 1; j < kPartBits; ++j) changes.push_back(1u << i | 1u << j);
  return changes;
}

/// Images by one part of their hashes: those of a key lie beside each other, in their order.
struct PartIndex {
  std::vector<uint32_t> begins;  ///< kKeys + 1
  std::vector<uint32_t> places;  ///< in the list of candidates
  std::vector<uint64_t> hashes;  ///< beside them, so that a bucket is read in one go
};

PartIndex make_index(const std::vector<uint64_t>& hashes, int part) {
  PartIndex index;
  index.begins.assign(kKeys + 1, 0);
  for (const uint64_t hash : hashes) ++index.begins[part_of(hash, part) + 1];
  for (size_t key = 0; key < kKeys; ++key) index.begins[key + 1] += index.begins[key];
  std::vector<uint32_t> next(index.begins.begin(), index.begins.end() - 1);
  index.places.resize(hashes.size());
  index.hashes.resize(hashes.size());
  for (size_t i = 0; i < hashes.size(); ++i) {
    const uint32_t at = next[part_of(hashes[i], part)]++;
    index.places[at] = static_cast<uint32_t>(i);
    index.hashes[at] = hashes[i];
  }
  return index;
}

/// One that stands for all images of the same content.
std::vector<int64_t> distinct_images(const Looks& looks) {
  std::vector<int64_t> images;
  for (int64_t i = 0; i < looks.size(); ++i)
    if (looks.looks[i].readable && !looks.looks[i].flat) images.push_back(i);
  std::stable_sort(images.begin(), images.end(), [&](int64_t a, int64_t b) {
    return looks.looks[a].content < looks.looks[b].content;
  });
  images.erase(std::unique(images.begin(), images.end(),
                           [&](int64_t a, int64_t b) {
                             return looks.looks[a].content == looks.looks[b].content;
                           }),
               images.end());
  std::sort(images.begin(), images.end());
  return images;
}

/// Pearson's, of whole numbers.
struct Correlation {
  int64_t count = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  void add(int64_t x, int64_t y) {
    ++count;
    a += x, b += y, aa += x * x, bb += y * y, ab += x * y;
  }
  /// -1 where one of them is constant.
  double value() const {
    const auto variance = static_cast<double>(count * aa - a * a);
    const auto other = static_cast<double>(count * bb - b * b);
    if (variance <= 0 || other <= 0) return -1;
    return static_cast<double>(count * ab - a * b) / std::sqrt(variance * other);
  }
};

class PairFinder {
 public:
  PairFinder(const Looks& looks, std::vector<int64_t> images)
      : looks_(looks), images_(std::move(images)), changes_(make_changes()) {
    for (const int64_t image : images_) hashes_.push_back(looks.looks[image].hash.upright);
    for (int part = 0; part < kParts; ++part) indexes_[part] = make_index(hashes_, part);
  }

  struct Found {
    std::vector<NearPair> pairs;   ///< with later images, by their order
    std::vector<uint8_t> certain;  ///< beside them: also in a crowd
    std::vector<NearPair> parts;   ///< that may be parts of each other
    int like = 0;                  ///< images of any place that are like it
    bool complete = true;
  };

  Found find(size_t place, bool mirrored) const {
    const int64_t image = images_[place];
    const uint64_t hash =
        mirrored ? looks_.looks[image].hash.mirrored : looks_.looks[image].hash.upright;
    Found found;
    int64_t compared = 0;
    for (int part = 0; part < kParts && found.complete; ++part) {
      const PartIndex& index = indexes_[part];
      for (const uint32_t change : changes_) {
        const uint32_t key = part_of(hash, part) ^ change;
        const uint32_t begin = index.begins[key], end = index.begins[key + 1];
        for (uint32_t at = begin; at < end; ++at) {
          const uint64_t differing = hash ^ index.hashes[at];
          if (std::popcount(differing) > kHashRadius) continue;
          if (index.places[at] != place && !was_found(differing, part))
            compare(image, images_[index.places[at]], mirrored, found);
        }
        compared += end - begin;
      }
      found.complete = compared <= kMostCompared;
    }
    if (found.like <= kCrowd)
      align(image, mirrored, found);
    else
      found.parts = {};
    return found;
  }

  int64_t size() const { return std::ssize(images_); }

 private:
  /// By an earlier part.
  static bool was_found(uint64_t differing, int part) {
    for (int earlier = 0; earlier < part; ++earlier)
      if (std::popcount(part_of(differing, earlier)) <= 2) return true;
    return false;
  }

  void compare(int64_t image, int64_t other, bool mirrored, Found& found) const {
    const uint8_t *thumb = looks_.thumb(image), *others = looks_.thumb(other);
    const double alike = likeness(thumb, others, mirrored);
    found.like += alike >= kLike;
    if (alike < kPartLikeness || other < image) return;
    if (alike < kLeastLikeness) {
      // Those of a crowd are not aligned, and need not be kept.
      if (found.like <= kCrowd) found.parts.push_back({image, other, mirrored, alike});
    } else if (std::ssize(found.pairs) < kMostPartners) {
      found.pairs.push_back({image, other, mirrored, alike});
      found.certain.push_back(alike >= kCrowdLikeness &&
                              likeness_of_detail(thumb, others, mirrored) >= kCrowdDetail);
    }
  }

  /// Looks for parts of pictures among the pairs that are most alike.
  void align(int64_t image, bool mirrored, Found& found) const {
    std::ranges::stable_sort(found.parts, std::greater(), &NearPair::likeness);
    if (std::ssize(found.parts) > kMostAligned) found.parts.resize(kMostAligned);
    for (NearPair& pair : found.parts) {
      pair.likeness = aligned_likeness(looks_.thumb(image), looks_.thumb(pair.b), mirrored);
      if (pair.likeness < kLeastAligned) continue;
      found.pairs.push_back(pair);
      found.certain.push_back(0);
    }
    found.parts = {};
  }

  const Looks& looks_;
  std::vector<int64_t> images_;
  std::vector<uint32_t> changes_;
  std::vector<uint64_t> hashes_;
  std::array<PartIndex, kParts> indexes_;
};

}  // namespace

double likeness(const uint8_t* thumb, const uint8_t* other, bool mirrored) {
  constexpr int kGrey = kThumbEdge * kThumbEdge, kColours = kChromaEdge * kChromaEdge;
  int64_t colour = 0;
  for (int plane = 0; plane < 2; ++plane)
    for (int y = 0; y < kChromaEdge; ++y)
      for (int x = 0; x < kChromaEdge; ++x) {
        const int row = kGrey + plane * kColours + y * kChromaEdge;
        colour += std::abs(thumb[row + x] - other[row + (mirrored ? kChromaEdge - 1 - x : x)]);
      }
  if (colour > int64_t{kMostColour} * 2 * kColours) return -1;
  Correlation correlation;
  for (int y = 0; y < kThumbEdge; ++y)
    for (int x = 0; x < kThumbEdge; ++x)
      correlation.add(thumb[y * kThumbEdge + x],
                      other[y * kThumbEdge + (mirrored ? kThumbEdge - 1 - x : x)]);
  return correlation.value();
}

double likeness_of_detail(const uint8_t* thumb, const uint8_t* other, bool mirrored) {
  const auto detail = [](const uint8_t* at) {
    return 4 * at[0] - at[-1] - at[1] - at[-kThumbEdge] - at[kThumbEdge];
  };
  Correlation correlation;
  for (int y = 1; y < kThumbEdge - 1; ++y)
    for (int x = 1; x < kThumbEdge - 1; ++x)
      correlation.add(detail(thumb + y * kThumbEdge + x),
                      detail(other + y * kThumbEdge + (mirrored ? kThumbEdge - 1 - x : x)));
  return correlation.value();
}

NearPairs find_near_pairs(const Looks& looks, bool mirrored, ThreadPool& pool) {
  const std::vector<int64_t> images = distinct_images(looks);
  const PairFinder finder(looks, images);
  std::vector<PairFinder::Found> found(images.size()), mirrors(mirrored ? images.size() : 0);
  for_each_shown(pool, "comparing images", "images", std::ssize(images), [&](int64_t i) {
    found[i] = finder.find(i, false);
    if (mirrored) mirrors[i] = finder.find(i, true);
  });
  std::vector<uint8_t> crowded(looks.looks.size());
  for (size_t i = 0; i < images.size(); ++i) crowded[images[i]] = found[i].like > kCrowd;
  NearPairs all;
  for (size_t i = 0; i < images.size(); ++i) {
    std::vector<NearPair> kept;
    for (const auto* some : {&found, &mirrors}) {
      if (some->empty()) continue;
      const PairFinder::Found& one = (*some)[i];
      all.complete = all.complete && one.complete;
      for (size_t k = 0; k < one.pairs.size(); ++k) {
        const NearPair& pair = one.pairs[k];
        const bool crowd = crowded[pair.a] != 0 || crowded[pair.b] != 0;
        const bool known = std::ranges::find(kept, pair.b, &NearPair::b) != kept.end();
        if (!known && (!crowd || one.certain[k] != 0)) kept.push_back(pair);
      }
    }
    std::ranges::sort(kept, {}, &NearPair::b);
    all.pairs.insert(all.pairs.end(), kept.begin(), kept.end());
  }
  return all;
}

}  // namespace nasnet::doctor
