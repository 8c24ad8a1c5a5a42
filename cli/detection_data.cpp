#include "cli/detection_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/data_options.h"
#include "nasnet/base/columns.h"
#include "nasnet/base/file.h"
#include "nasnet/base/text.h"
#include "nasnet/boxes/count_boxes.h"
#include "nasnet/boxes/draw.h"
#include "nasnet/data/for_all.h"
#include "nasnet/data/write_png.h"

// `nasnet data` for sets of images with boxes: counts, problems, and pictures with the boxes drawn
// in, which show at a glance what a table cannot, as boxes that are shifted or swapped.

namespace nasnet::cli {
namespace {

using boxes::BoxCounts;
using boxes::SetCounts;
using nlohmann::ordered_json;

/// So many sentences of one kind of problem are printed; JSON has more.
constexpr size_t kMostSentences = 3;
/// So many splits have a column in the table of classes.
constexpr size_t kMostColumns = 4;

/// The keys that the whole set, each split and each class have alike.
ordered_json to_json(const BoxCounts& counts) {
  return {{"images", counts.images},       {"boxes", counts.boxes},       {"crowds", counts.crowds},
          {"difficult", counts.difficult}, {"unusable", counts.unusable}, {"small", counts.small},
          {"medium", counts.medium},       {"large", counts.large}};
}

/// Image sizes, the most frequent first.
std::vector<std::pair<data::ImageSize, int64_t>> by_number(const SetCounts& counts) {
  std::vector<std::pair<data::ImageSize, int64_t>> sizes(counts.sizes.begin(), counts.sizes.end());
  std::stable_sort(sizes.begin(), sizes.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return sizes;
}

void print_boxes_json(const boxes::DetectionSet& set, const SetCounts& counts) {
  ordered_json result = {{"name", set.name}, {"source", set.source}, {"form", set.form}};
  result.update(to_json(counts.all));
  result["empty_images"] = counts.all.empty;
  result["splits"] = ordered_json::array();
  for (size_t s = 0; s < set.splits.size(); ++s) {
    ordered_json split = {{"name", set.splits[s].name}};
    split.update(to_json(counts.splits[s]));
    split["empty_images"] = counts.splits[s].empty;
    result["splits"].push_back(std::move(split));
  }
  result["classes"] = ordered_json::array();
  for (size_t label = 0; label < set.categories.size(); ++label) {
    ordered_json category = {
        {"name", set.categories[label].name}, {"id", set.categories[label].id}, {"label", label}};
    category.update(to_json(counts.of_class(label)));
    category["splits"] = ordered_json::object();
    for (size_t s = 0; s < set.splits.size(); ++s)
      category["splits"][set.splits[s].name] = to_json(counts.classes[s][label]);
    result["classes"].push_back(std::move(category));
  }
  result["image_sizes"] = ordered_json::object();
  for (const auto& [size, count] : by_number(counts))
    result["image_sizes"][fmt::format("{}x{}", size.width, size.height)] = count;
  result["problems"] = ordered_json::array();
  for (const auto& [kind, found] : set.problems.found())
    result["problems"].push_back({{"kind", text_of(kind).name},
                                  {"error", text_of(kind).error},
                                  {"count", found.count},
                                  {"summary", text_of(kind).summary},
                                  {"first", found.sentences}});
  result["ignored"] = ordered_json::object();
  for (const auto& [kind, files] : set.ignored) result["ignored"][kind] = files.count;
  result["notes"] = set.notes;
  fmt::print("{}\n", result.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

void print_splits(const boxes::DetectionSet& set, const SetCounts& counts) {
  fmt::print("\n{:<24} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "split", "images", "empty", "boxes",
             "crowds", "difficult");
  for (size_t s = 0; s < set.splits.size(); ++s) {
    const BoxCounts& split = counts.splits[s];
    fmt::print("{} {:>9} {:>9} {:>9} {:>9} {:>9}\n", class_cell(set.splits[s].name, 24),
               split.images, split.empty, split.boxes, split.crowds, split.difficult);
  }
}

void print_classes(const boxes::DetectionSet& set, const SetCounts& counts) {
  const std::vector<std::string> names = names_of(set.categories);
  const int wide = class_width(names);
  // More splits than fit get no columns at all: some of them would look like all.
  const size_t columns = set.splits.size() <= kMostColumns ? set.splits.size() : 0;
  fmt::print("\n{:<{}} {:>9}", "boxes of class", wide, "all");
  for (size_t s = 0; s < columns; ++s)
    fmt::print(" {}", padded_left(cut_to_width(set.splits[s].name, 9), 9));
  fmt::print(" {:>9} {:>9} {:>9}\n", "small", "medium", "large");
  for (size_t label = 0; label < names.size(); ++label) {
    const BoxCounts all = counts.of_class(label);
    fmt::print("{} {:>9}", class_cell(names[label], wide), all.boxes);
    for (size_t s = 0; s < columns; ++s) fmt::print(" {:>9}", counts.classes[s][label].boxes);
    fmt::print(" {:>9} {:>9} {:>9}\n", all.small, all.medium, all.large);
  }
}

void print_problems(const boxes::DetectionSet& set) {
  for (const auto& [kind, found] : set.problems.found()) {
    fmt::print("\n{} {}\n", thousands(found.count), text_of(kind).summary);
    for (size_t i = 0; i < std::min(kMostSentences, found.sentences.size()); ++i)
      fmt::print("  {}\n", found.sentences[i]);
    if (found.count > static_cast<int64_t>(kMostSentences))
      fmt::print("  and {} more\n", thousands(found.count - static_cast<int64_t>(kMostSentences)));
  }
}

void print_boxes_text(const boxes::DetectionSet& set, const SetCounts& counts) {
  fmt::print("{} ({})\n{}: {} images with {} boxes of {} classes\n", set.name, set.source, set.form,
             thousands(counts.all.images), thousands(counts.all.boxes), set.categories.size());
  print_splits(set, counts);
  print_classes(set, counts);
  fmt::print("\nimage sizes:");
  constexpr size_t kMost = 8;
  const auto sizes = by_number(counts);
  for (size_t i = 0; i < std::min(kMost, sizes.size()); ++i)
    fmt::print(" {}x{} ({})", sizes[i].first.width, sizes[i].first.height, sizes[i].second);
  if (sizes.size() > kMost) fmt::print(" and {} more", sizes.size() - kMost);
  fmt::print("\n");
  print_problems(set);
  if (!set.ignored.empty()) fmt::print("\nnot read: {}\n", describe_left_out(set.ignored));
  for (const std::string& note : set.notes) fmt::print("\n{}\n", note);
}

}  // namespace

int64_t draw_detection_set(const boxes::DetectionSet& set, const DrawSettings& settings) {
  if (settings.draw.empty()) return 0;
  std::vector<std::pair<const boxes::DetectionImage*, std::filesystem::path>> pictures;
  for (const boxes::DetectionSplit& split : set.splits) {
    const auto all = static_cast<int64_t>(split.images.size());
    const int64_t count =
        settings.draw_count == 0 ? all : std::min<int64_t>(all, settings.draw_count);
    for (int64_t i = 0; i < count; ++i) {
      // Spread over the split: neighbours in a list may be of one scene.
      const boxes::DetectionImage& image = split.images[i * all / count];
      std::string name = image.file.path;
      // One folder a split; images of one name in different folders stay apart.
      std::replace(name.begin(), name.end(), '/', '_');
      pictures.emplace_back(&image,
                            std::filesystem::path(settings.draw) / split.name / (name + ".png"));
    }
  }
  data::for_all("drawing", pictures.size(), [&](size_t i) {
    const auto& [image, path] = pictures[i];
    data::Image picture = image->decode();
    boxes::draw_boxes(annotated_boxes(*image, set.categories), picture);
    write_file(path, data::encode_png(picture));
  });
  return static_cast<int64_t>(pictures.size());
}

void print_detection_set(const boxes::DetectionSet& set, bool json) {
  (json ? print_boxes_json : print_boxes_text)(set, count_boxes(set));
}

}  // namespace nasnet::cli
