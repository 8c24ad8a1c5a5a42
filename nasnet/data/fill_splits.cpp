#include "nasnet/data/fill_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/base/error.h"
#include "nasnet/data/decode_all.h"
#include "nasnet/data/hold_out.h"
#include "nasnet/data/stored_images.h"

// Decoded pictures become the two splits: unreadable ones go first, since they must not be held out
// as test images; then the test split is chosen, then pixels are moved into place.

namespace nasnet::data {
namespace {

/// Counts the images' sizes, the commonest first.
std::vector<std::pair<std::string, int64_t>> count_sizes(const std::vector<ReadImage>& images) {
  std::map<ImageSize, int64_t> sizes;
  for (const ReadImage& image : images)
    if (image.original.height > 0) ++sizes[image.original];
  std::vector<std::pair<std::string, int64_t>> counted;
  for (const auto& [size, count] : sizes)
    counted.emplace_back(fmt::format("{}x{}", size.width, size.height), count);
  std::stable_sort(counted.begin(), counted.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return counted;
}

}  // namespace

void fill_splits(const std::vector<Placed>& placed, const DataOptions& options, DataSet& data) {
  std::map<std::string, int> label_of;
  for (size_t k = 0; k < data.classes.size(); ++k) label_of[data.classes[k]] = static_cast<int>(k);
  std::vector<const ImageFile*> files;
  for (const Placed& image : placed) files.push_back(image.file);
  ReadImages read;
  const bool hold = can_be_held(files, options, read);
  read = hold ? decode_all(files, options, data.source)
              : look_at_all(files, options, data.source, std::move(read));
  data.original_sizes = count_sizes(read.images);

  std::vector<size_t> readable;
  std::vector<int> labels;
  std::vector<uint64_t> contents;
  std::vector<bool> test;
  for (size_t i = 0; i < placed.size(); ++i) {
    if (!read.images[i].fault.empty()) {
      data.unreadable.push_back({files[i]->path, read.images[i].fault});
      continue;
    }
    readable.push_back(i);
    labels.push_back(label_of.at(placed[i].label));
    contents.push_back(read.images[i].content);
    test.push_back(placed[i].split == Split::kTest);
  }
  if (!data.own_test_split) test = hold_out(labels, contents, options.test_share);

  std::shared_ptr<StoredImages> stored[2];
  for (ImageSet* set : {&data.train, &data.test}) {
    set->height = read.size.height;
    set->width = read.size.width;
    set->channels = 3;
    if (hold) continue;
    set->stored = stored[set == &data.test] = std::make_shared<StoredImages>(
        data.source, options.preparation,
        options.skip_unreadable ? StoredImages::OnFault::kSkip : StoredImages::OnFault::kThrow);
  }
  std::vector<int64_t> left(data.classes.size(), 0);
  for (size_t k = 0; k < readable.size(); ++k) {
    ImageSet& set = test[k] ? data.test : data.train;
    set.labels.push_back(labels[k]);
    set.contents.push_back(contents[k]);
    if (!test[k]) ++left[labels[k]];
    std::vector<uint8_t>& pixels = read.images[readable[k]].pixels;
    set.pixels.insert(set.pixels.end(), pixels.begin(), pixels.end());
    // Given back at once, or all pictures would be in memory twice.
    pixels = {};
    if (!hold) stored[test[k]]->add(*files[readable[k]]);
  }
  // Where a model is measured, its classes need no training images here.
  for (size_t k = 0; k < left.size(); ++k)
    if (left[k] == 0 && options.classes.empty())
      throw InputError(fmt::format("{}: class '{}' has no readable training images", data.source,
                                   data.classes[k]));
}

}  // namespace nasnet::data
