#include "nasnet/boxes/detection_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

// Steps that the readers of all three forms share: settle() for each object as it is read, when the
// size of its image is known, and finish() once at the end, when all splits are there.

namespace nasnet::boxes {
namespace {

/// Pixels that a box may reach over an edge untold: conversions round.
constexpr double kRounding = 0.5;

}  // namespace

std::vector<std::string> names_of(const std::vector<Category>& categories) {
  std::vector<std::string> names;
  for (const Category& category : categories) names.push_back(category.name);
  return names;
}

data::Image DetectionImage::decode() const {
  return data::decode(file.read(), file.path, turn);
}

void finish(const BoxSettings& settings, DetectionSet& set) {
  const auto rank = [](const DetectionSplit& split) {
    return split.kind == data::Split::kTrain        ? 0
           : split.kind == data::Split::kNone       ? 1
           : split.kind == data::Split::kValidation ? 2
                                                    : 3;
  };
  std::stable_sort(set.splits.begin(), set.splits.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  // Counted after empty images are gone; objects of all splits count, as a class may lie in one.
  std::vector<bool> used(set.categories.size(), false);
  for (DetectionSplit& split : set.splits) {
    if (settings.drop_empty)
      std::erase_if(split.images,
                    [](const DetectionImage& image) { return image.objects.empty(); });
    for (const DetectionImage& image : split.images)
      for (const Object& object : image.objects) used[object.label] = true;
  }
  // Two ids may share a name in COCO's form; merging them would change the ids of results.
  std::map<std::string, int64_t> ids;
  for (size_t label = 0; label < used.size(); ++label) {
    const auto& [id, name] = set.categories[label];
    if (!used[label])
      set.problems.add(ProblemKind::kUnusedCategory, fmt::format("{} (id {})", name, id));
    const auto [first, is_new] = ids.try_emplace(name, id);
    if (!is_new)
      set.problems.add(ProblemKind::kRepeatedName,
                       fmt::format("'{}' is the name of ids {} and {}", name, first->second, id));
  }
}

void settle(Object& object, const DetectionImage& image, Problems& problems,
            const std::function<std::string()>& where) {
  const Rectangle& r = object.written;
  object.box = clip(to_box(r), static_cast<float>(image.width), static_cast<float>(image.height));
  object.usable = object.box.width() > 0 && object.box.height() > 0;
  const auto tell = [&](ProblemKind kind) {
    problems.add(kind,
                 fmt::format("{}: x {:g} to {:g}, y {:g} to {:g}, in an image of {} x {}", where(),
                             r.x, r.x + r.width, r.y, r.y + r.height, image.width, image.height));
  };
  // One sentence an object, the most telling first: a swapped box lacks area inside, too.
  if (r.width < 0 || r.height < 0) return tell(ProblemKind::kSwapped);
  if (r.width == 0 || r.height == 0) return tell(ProblemKind::kNoSize);
  if (!object.usable) return tell(ProblemKind::kOutside);
  if (r.x < -kRounding || r.y < -kRounding || r.x + r.width > image.width + kRounding ||
      r.y + r.height > image.height + kRounding)
    tell(ProblemKind::kClipped);
}

}  // namespace nasnet::boxes
