#include "cli/predict_detector.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/boxes_data.h"
#include "cli/unfinished.h"
#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/boxes/draw.h"
#include "nasnet/boxes/write_coco.h"
#include "nasnet/data/write_png.h"
#include "nasnet/detect/predict_boxes.h"

// `nasnet predict` of a detector: the objects in pictures, in their pixels.

namespace nasnet::cli {
namespace {

using detect::DetectorInfo;
using detect::FoundObject;
using detect::PictureObjects;
using nlohmann::ordered_json;

const boxes::Category& category_of(const DetectorInfo& info, const FoundObject& object) {
  return info.categories[static_cast<size_t>(object.label)];
}

void draw(const DetectorInfo& info, const PictureObjects& found, data::Image picture,
          const std::filesystem::path& folder) {
  std::vector<boxes::DrawnBox> drawn;
  for (const FoundObject& object : found.objects)
    drawn.push_back({to_box(object.box), object.label,
                     boxes::scored_text(category_of(info, object).name, object.score)});
  boxes::draw_boxes(drawn, picture);
  std::string name = found.file;
  // One folder for all; pictures of one name in different folders stay apart.
  std::ranges::replace(name, '/', '_');
  write_file(folder / (name + ".png"), data::encode_png(picture));
}

ordered_json to_json(const DetectorInfo& info, const PictureObjects& found) {
  ordered_json objects = ordered_json::array();
  for (const FoundObject& object : found.objects) {
    const boxes::Rectangle& box = object.box;
    objects.push_back({{"class", category_of(info, object).name},
                       {"category_id", category_of(info, object).id},
                       {"score", object.score},
                       {"bbox", {box.x, box.y, box.width, box.height}}});
  }
  ordered_json result = {{"file", found.file}, {"objects", objects}};
  if (!found.fault.empty()) result["error"] = found.fault;
  if (!info.finished) add_state(result, info);
  return result;
}

/// A line a picture, and one each of its objects.
void print_text(const DetectorInfo& info, const PictureObjects& found) {
  const size_t count = found.objects.size();
  fmt::print(
      "{}: {}\n", found.file,
      count == 0 ? "nothing found" : fmt::format("{} object{}", count, count == 1 ? "" : "s"));
  for (const FoundObject& object : found.objects) {
    const boxes::Rectangle& box = object.box;
    fmt::print("  {} {:.1f} % at {:.0f} {:.0f}, {:.0f} x {:.0f}\n",
               printable(category_of(info, object).name), 100 * object.score, box.x, box.y,
               box.width, box.height);
  }
}

void write_results(const DetectorInfo& info, const std::vector<PictureObjects>& all,
                   const std::string& file) {
  std::vector<boxes::Result> results;
  for (size_t n = 0; n < all.size(); ++n)
    for (const FoundObject& object : all[n].objects)
      results.push_back({static_cast<int64_t>(n) + 1, category_of(info, object).id, object.box,
                         object.score, all[n].file});
  boxes::write_results(results, file);
}

}  // namespace

void predict_objects(const std::string& model, const DetectorPrediction& prediction,
                     const data::ImageTree& pictures, bool skip_unreadable,
                     network::Precision precision, const Common& common) {
  demand_processor(common.device);
  DetectorInfo info = detect::load_detector_info(model);
  say_unfinished(info, model);
  info.design.nms_classes = prediction.nms_classes.value_or(info.design.nms_classes);
  const auto detector = detect::load_detector(model, info, prediction.score,
                                              {.precision = precision, .threads = common.threads});
  std::vector<PictureObjects> all =
      detect::predict_boxes(*detector, info, pictures.images, skip_unreadable,
                            [&](const PictureObjects& found, data::Image picture) {
                              if (!common.json) print_text(info, found);
                              if (!prediction.draw.empty())
                                draw(info, found, std::move(picture), prediction.draw);
                            });
  for (const data::Unreadable& file : pictures.unreadable) all.push_back({file.file, {}, file.why});
  size_t unreadable = 0;
  ordered_json list = ordered_json::array();
  for (const PictureObjects& found : all) {
    list.push_back(to_json(info, found));
    if (found.fault.empty()) continue;
    ++unreadable;
    warn("skipped: " + found.fault);
  }
  // A script that looks at the exit status alone must not take this for a success.
  if (unreadable == all.size()) throw InputError("none of the images can be read");
  if (!prediction.results.empty()) write_results(info, all, prediction.results);
  if (common.json)
    fmt::print("{}\n", list.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  else if (!prediction.draw.empty())
    fmt::print("{} picture{} with boxes drawn in {}\n", all.size() - unreadable,
               all.size() - unreadable == 1 ? "" : "s", printable(prediction.draw));
}

}  // namespace nasnet::cli
