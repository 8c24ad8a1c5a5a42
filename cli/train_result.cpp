#include "cli/train_result.h"

#include <fmt/format.h>

#include "cli/suggest.h"
#include "nasnet/base/names.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/shell.h"
#include "nasnet/data/notes.h"
#include "nasnet/search/study/statistics.h"
#include "nasnet/train/held_out.h"

namespace nasnet::cli {

nlohmann::ordered_json training_result(const train::ModelInfo& info, const std::string& folder,
                                       const data::DataSet& data) {
  const int64_t best = train::best_epoch(info.state.history);
  nlohmann::ordered_json result = {
      {"model", printable(folder)},      {"genotype", info.genotype.name},
      {"epochs", info.state.epoch},      {"train_loss", nullptr},
      {"test_accuracy", nullptr},        {"test_loss", nullptr},
      {"test_images", info.test_images}, {"test_images_left_out", info.test_left_out}};
  if (!info.state.history.empty()) result["train_loss"] = info.state.history.back().loss;
  if (best > 0) {
    result["best_epoch"] = best;
    result["held_out_accuracy"] = *info.state.history[best - 1].held_out;
  }
  if (info.test_accuracy) result["test_accuracy"] = *info.test_accuracy;
  if (info.test_loss) result["test_loss"] = *info.test_loss;
  add_left_out(result, data);
  return result;
}

void print_training_result(const train::ModelInfo& info, const std::string& folder,
                           const data::DataSet& data) {
  const int64_t best = train::best_epoch(info.state.history);
  if (best > 0)
    fmt::print("held-out accuracy {:.2f} % after epoch {}, whose weights are the model\n",
               100 * *info.state.history[best - 1].held_out, best);
  if (info.test_accuracy) {
    const auto correct =
        static_cast<int64_t>(*info.test_accuracy * static_cast<double>(info.test_images) + 0.5);
    const search::Interval interval = search::wilson_interval(correct, info.test_images);
    fmt::print(
        "test accuracy {:.2f} % (95 % interval {:.2f} to {:.2f} %, {} images, final "
        "training)\n",
        100 * *info.test_accuracy, 100 * interval.low, 100 * interval.high, info.test_images);
  } else {
    fmt::print("no test accuracy: there is no test image that is no training image, too\n");
  }
  if (info.test_left_out > 0)
    fmt::print("test images that equal training images, left out: {}\n", info.test_left_out);
  // Of images that are held it was said at the beginning.
  if (const auto unreadable = data::all_unreadable(data); data.train.stored && !unreadable.empty())
    fmt::print("images that could not be read: {}; the first: {}\n", unreadable.size(),
               unreadable[0].why);
  fmt::print("model in {}\nnext: {} IMAGE...\n", printable(folder),
             suggested_command({"predict", as_argument(folder)}));
}

void print_epoch(const train::EpochRecord& record) {
  std::string line = fmt::format("epoch {:>3}: ", record.epoch);
  if (record.image_size > 0) line += fmt::format("{0}x{0} pixels, ", record.image_size);
  line += fmt::format("training loss {:.4f}, training accuracy {:.2f} %", record.loss,
                      100 * record.accuracy);
  if (record.held_out) line += fmt::format(", held-out accuracy {:.2f} %", 100 * *record.held_out);
  print_line(line);
}

std::string named_folder(const std::string& beginning, const space::Genotype& genotype) {
  std::string name = beginning + (genotype.name.empty() ? "cell" : genotype.name);
  for (char& c : name)
    if (c == '/' || c == ' ') c = '-';
  return name;
}

}  // namespace nasnet::cli
