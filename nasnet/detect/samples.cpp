#include "nasnet/detect/samples.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>

#include "nasnet/base/random.h"
#include "nasnet/boxes/match.h"

// Balanced samples of anchors and regions (Ren et al., 2015, section 3.1.2).

namespace nasnet::detect {

using boxes::Box;

boxes::Sample draw_sample(const std::vector<int>& matches, const boxes::SampleSettings& settings,
                          bool first, const graph::Pass& pass, const char* purpose, size_t image) {
  std::optional<Random> random;
  if (!first)
    random.emplace(pass.seed, static_cast<uint64_t>(pass.step),
                   purpose + (" " + std::to_string(image)));
  return boxes::sample(matches, settings, random);
}

std::vector<double> shares_of(const std::vector<size_t>& drawn, bool by_image) {
  const size_t all = std::accumulate(drawn.begin(), drawn.end(), size_t{0});
  std::vector<double> shares;
  for (const size_t count : drawn) {
    const size_t divisor = by_image ? count * drawn.size() : all;
    shares.push_back(1.0 / static_cast<double>(std::max<size_t>(divisor, 1)));
  }
  return shares;
}

RegionSample sample_regions(const std::vector<std::vector<Box>>& proposed,
                            const std::vector<Target>& targets, const DetectorSettings& settings,
                            const graph::Pass& pass) {
  RegionSample sampled;
  std::vector<size_t> drawn;
  for (size_t n = 0; n < proposed.size(); ++n) {
    const Target& target = targets[n];
    std::vector<Box> regions = proposed[n];
    if (settings.regions.with_objects)
      regions.insert(regions.end(), target.objects.begin(), target.objects.end());
    const std::vector<int> matches =
        boxes::match(regions, target.objects, target.crowds, settings.regions.match);
    const boxes::Sample sample =
        draw_sample(matches, settings.regions.sample, settings.first_samples, pass, "regions", n);
    std::vector<int> all = sample.objects;
    all.insert(all.end(), sample.background.begin(), sample.background.end());
    std::sort(all.begin(), all.end());
    drawn.push_back(all.size());
    for (const int index : all) {
      const int object = matches[static_cast<size_t>(index)];
      const bool is_object = object >= 0;
      sampled.regions.push_back({static_cast<int64_t>(n), regions[static_cast<size_t>(index)]});
      sampled.labels.push_back(is_object ? target.labels[static_cast<size_t>(object)] + 1 : 0);
      sampled.objects.push_back(is_object ? target.objects[static_cast<size_t>(object)] : Box{});
    }
  }
  const std::vector<double> shares = shares_of(drawn, settings.mean_by_image);
  for (const Region& region : sampled.regions)
    sampled.shares.push_back(shares[static_cast<size_t>(region.image)]);
  return sampled;
}

}  // namespace nasnet::detect
