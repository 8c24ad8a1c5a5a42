#include "nasnet/boxes/training_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/hold_out.h"

// Names of splits tell what they are for; a set without such names is divided by its pictures.

namespace nasnet::boxes {
namespace {

constexpr double kTestShare = 0.2;

bool has_objects(const DetectionSplit& split) {
  return std::ranges::any_of(split.images, [](const DetectionImage& image) {
    return std::ranges::any_of(image.objects, &Object::usable);
  });
}

/// The splits of a kind as one, images in their order; "train+extra" is its name.
DetectionSplit joined(const DetectionSet& set, data::Split kind, bool with_objects) {
  DetectionSplit all;
  all.kind = kind;
  for (const DetectionSplit& split : set.splits) {
    if (split.kind != kind || (with_objects && !has_objects(split))) continue;
    all.name += (all.name.empty() ? "" : "+") + split.name;
    all.images.insert(all.images.end(), split.images.begin(), split.images.end());
  }
  return all;
}

/// The first 64 bits of the picture's digest; copies of a picture have the same.
uint64_t content_of(const DetectionImage& image) {
  return std::strtoull(digest(image.file.read(), "sha256").substr(0, 16).c_str(), nullptr, 16);
}

void hold_out(TrainingSplits& splits) {
  std::vector<uint64_t> contents;
  Progress progress("dividing", std::ssize(splits.train.images), "images");
  for (const DetectionImage& image : splits.train.images) {
    check_interrupt();
    contents.push_back(content_of(image));
    progress.update(std::ssize(contents));
  }
  progress.finish();
  const std::vector<bool> is_test =
      data::hold_out(std::vector<int>(contents.size()), contents, kTestShare);
  DetectionSplit train{splits.train.name, splits.train.kind, {}};
  splits.test.name = "held out of " + splits.train.name;
  for (size_t k = 0; k < contents.size(); ++k)
    (is_test[k] ? splits.test : train).images.push_back(std::move(splits.train.images[k]));
  splits.train = std::move(train);
}

}  // namespace

TrainingSplits training_splits(const DetectionSet& set) {
  TrainingSplits splits;
  splits.train = joined(set, data::Split::kTrain, false);
  if (splits.train.images.empty()) splits.train = joined(set, data::Split::kNone, false);
  if (splits.train.images.empty())
    throw InputError(
        fmt::format("{} has no training images; `nasnet data` shows its splits", set.source));
  splits.test = joined(set, data::Split::kTest, true);
  if (splits.test.images.empty()) splits.test = joined(set, data::Split::kValidation, true);
  splits.own_test = !splits.test.images.empty();
  if (!splits.own_test) hold_out(splits);
  if (!has_objects(splits.train))
    throw InputError(
        fmt::format("{}: none of the {} training images has an object that could be learned; "
                    "`nasnet data` lists its problems",
                    set.source, splits.train.images.size()));
  return splits;
}

std::string digest_of(const std::vector<Category>& categories, const DetectionSplit& split) {
  std::string all;
  for (const Category& category : categories)
    all += fmt::format("{} {}\n", category.id, category.name);
  for (const DetectionImage& image : split.images) {
    std::string text = fmt::format("{} {} {} {} {}\n", image.id, image.width, image.height,
                                   image.turn == data::Turn::kUpright, image.path);
    for (const Object& object : image.objects)
      text += fmt::format("{} {} {} {} {} {} {} {}\n", object.label, object.written.x,
                          object.written.y, object.written.width, object.written.height,
                          object.area, object.crowd, object.difficult);
    // An image's own digest, so that the whole text need not be held.
    all += digest(text, "sha256");
  }
  return digest(all, "sha256");
}

}  // namespace nasnet::boxes
