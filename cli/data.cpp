#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/bench_data.h"
#include "cli/data_options.h"
#include "cli/detection_data.h"
#include "cli/pack_data.h"
#include "cli/program.h"
#include "cli/verb.h"
#include "nasnet/base/error.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/data/placed.h"

// `nasnet data`: looks at a data set without training on it. A set of boxes and a set of images of
// classes are told apart by what lies there. All faults are listed before the verb fails, so that
// they can be mended in one go.

namespace nasnet::cli {
namespace {

using nlohmann::ordered_json;

struct Data {
  std::string where, source;
  bool download = false;
  std::string mirror;
  DataSettings settings;
  boxes::BoxSettings boxes;
  DrawSettings drawing;
  PackFlags pack;
  BenchFlags bench;
};

template <class Visitor>
void visit_settings(Visitor& v, Data& s) {
  visit_settings(v, s.settings);
  visit_settings(v, s.boxes);
  visit_settings(v, s.drawing);
  v.topic("Download");
  v("download", s.download, "fetch cifar-10 or cifar-100 from its official site first");
  v("mirror", s.mirror, "fetch from this address instead").as("URL");
  visit_settings(v, s.pack);
  visit_settings(v, s.bench);
}

/// Images of each class, by label.
std::vector<int64_t> count_classes(const data::ImageSet& images, size_t classes) {
  std::vector<int64_t> counts(classes, 0);
  for (const int label : images.labels) ++counts[label];
  return counts;
}

/// Without an argument: the names that `--data` takes, and where each was found.
void list_known(bool json) {
  ordered_json list = ordered_json::array();
  for (const data::KnownDataSet& known : data::known_data_sets()) {
    list.push_back(
        {{"name", known.name}, {"description", known.description}, {"found", known.found}});
    if (!json)
      fmt::print("{:<14} {}\n{:<14} {}\n", known.name, known.description, "",
                 known.found.empty() ? "not on this machine" : known.found);
  }
  if (json) fmt::print("{}\n", list.dump());
}

void print_json(const data::DataSet& data) {
  const auto train = count_classes(data.train, data.classes.size());
  const auto test = count_classes(data.test, data.classes.size());
  ordered_json result = {{"name", data.name},
                         {"source", data.source},
                         {"digest", data.digest()},
                         {"train_images", data.train.size()},
                         {"test_images", data.test.size()},
                         {"own_test_split", data.own_test_split},
                         {"height", data.train.height},
                         {"width", data.train.width},
                         {"channels", data.train.channels},
                         {"classes", ordered_json::array()},
                         {"original_sizes", ordered_json::object()}};
  for (size_t k = 0; k < data.classes.size(); ++k)
    result["classes"].push_back(
        {{"name", data.classes[k]}, {"train", train[k]}, {"test", test[k]}});
  for (const auto& [size, count] : data.original_sizes) result["original_sizes"][size] = count;
  add_left_out(result, data);
  fmt::print("{}\n", result.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

void print_text(const data::DataSet& data) {
  const auto train = count_classes(data.train, data.classes.size());
  const auto test = count_classes(data.test, data.classes.size());
  fmt::print("{} ({})\n{} training and {} test images{}, {} x {} pixels, {} channel{}\n", data.name,
             data.source, data.train.size(), data.test.size(),
             data.own_test_split ? "" : " (held out of the training images)", data.train.width,
             data.train.height, data.train.channels, data.train.channels == 1 ? "" : "s");
  if (data.original_sizes.size() > 1) {
    fmt::print("sizes before resizing:");
    constexpr size_t kMost = 8;
    for (size_t i = 0; i < std::min(kMost, data.original_sizes.size()); ++i)
      fmt::print(" {} ({})", data.original_sizes[i].first, data.original_sizes[i].second);
    if (data.original_sizes.size() > kMost)
      fmt::print(" and {} more", data.original_sizes.size() - kMost);
    fmt::print("\n");
  }
  const int wide = class_width(data.classes);
  fmt::print("\n{:<{}} {:>9} {:>9}\n", "class", wide, "train", "test");
  for (size_t k = 0; k < data.classes.size(); ++k)
    fmt::print("{} {:>9} {:>9}\n", class_cell(data.classes[k], wide), train[k], test[k]);
  if (!data.ignored.empty()) {
    fmt::print("\nfiles that are no {} by their names, not read:", data::picture_kinds());
    for (const auto& [kind, files] : data.ignored)
      fmt::print(" {} ({}{})", kind, files.count,
                 kind.starts_with('.') ? "" : fmt::format(": {}", files.first));
    fmt::print("\n");
  }
  if (!data.unreadable.empty()) fmt::print("\nunreadable files: {}\n", data.unreadable.size());
  for (const data::Unreadable& file : data.unreadable) fmt::print("  {}\n", file.why);
  if (!data.left_out.empty() || !data.notes.empty()) fmt::print("\n");
  for (const data::LeftOutImages& some : data.left_out)
    fmt::print("{} {}\n", data::count_images(some.images), some.why);
  for (const std::string& note : data.notes) fmt::print("{}\n", note);
  fmt::print("\ndigest {}\n", data.digest());
}

void run(Data& data, const Common& common) {
  // A folder that is called "pack" or "bench" stands alone.
  if (!data.source.empty()) {
    if (data.where == "bench") return bench_data(data.source, data.bench, data.settings, common);
    if (data.where != "pack")
      throw InputError(
          fmt::format("{} and {}: one data set at a time; `nasnet data pack PATH --out "
                      "SHARDS` packs one, `nasnet data bench PATH` measures one",
                      data.where, data.source));
    return pack_data(data.source, data.pack, data.settings.skip_unreadable, common.json);
  }
  if (!data.pack.out.empty())
    throw InputError("--out wants a data set to pack: `nasnet data pack PATH --out SHARDS`");
  // The path may come as --data as well, as other verbs have it.
  if (data.where.empty()) data.where = data.settings.data;
  if (data.where.empty()) {
    if (data.download) throw InputError("--download wants a name, cifar-10 or cifar-100");
    list_known(common.json);
    return;
  }
  if (data.download) {
    const std::string path = data::download(data.where, data.mirror).string();
    if (!common.json) fmt::print("{}\n\n", path);
  }
  if (const auto boxes = boxes::find_detection_set(
          data.where, {.boxes = data.boxes, .skip_unreadable = data.settings.skip_unreadable})) {
    print_detection_set(*boxes, common.json);
    // The report comes before an error's line, though one is buffered and the other is not.
    std::fflush(stdout);
    const int64_t drawn = draw_detection_set(*boxes, data.drawing);
    if (drawn > 0 && !common.json)
      fmt::print("\n{} picture{} with boxes drawn in {}\n", drawn, drawn == 1 ? "" : "s",
                 data.drawing.draw);
    if (const int64_t errors = boxes->problems.errors();
        errors > 0 && !data.settings.skip_unreadable)
      throw InputError(fmt::format(
          "{}: {} error{}, listed above; mend them, or leave them out with --skip-unreadable",
          data.where, errors, errors == 1 ? "" : "s"));
    return;
  }
  // All unreadable files are listed, not the first alone.
  data::DataOptions options = data.settings.options();
  options.skip_unreadable = true;
  const data::DataSet set = data::load(data.where, options);
  (common.json ? print_json : print_text)(set);
  std::fflush(stdout);
  if (!set.unreadable.empty() && !data.settings.skip_unreadable)
    throw InputError(
        fmt::format("{}: {} unreadable file{}, listed above; remove such files, or leave them out "
                    "with --skip-unreadable",
                    data.where, set.unreadable.size(), set.unreadable.size() == 1 ? "" : "s"));
}

}  // namespace

void add_data(Program& program) {
  Options& options = program.add("data", "List, check and describe data sets; download CIFAR");
  const auto data = std::make_shared<Data>();
  options.optional_argument(
      "where", data->where,
      "a known name, a folder, an archive, shards (train-{000..146}.tar), or a file of boxes "
      "(COCO's JSON, YOLO's data.yaml); without it, the known names are listed");
  options.optional_argument("source", data->source,
                            "behind the word `pack` or `bench`: a folder or an archive of images, "
                            "to be written as shards (plain tars in WebDataset's form), or to be "
                            "measured");
  options.add(*data);
  options.example("nasnet data", "the known data sets, and where they were found");
  options.example("nasnet data my-images", "classes, sizes, and files that cannot be read");
  options.example("nasnet data my-boxes --draw seen",
                  "boxes, their problems, and pictures of them");
  options.example("nasnet data pack my-images --out my-shards",
                  "a million files as some large ones, quicker on networks and disks");
  options.example("nasnet data bench my-images", "the cost of reading and decoding them here");
  options.example("nasnet data cifar-10 --download");
  options.run([data](const Common& common) { run(*data, common); });
}

}  // namespace nasnet::cli
