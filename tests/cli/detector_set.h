#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "nasnet/base/safetensors.h"
#include "nasnet/data/write_png.h"
#include "tests/cli/program.h"

namespace nasnet::test {

/// Dark squares ("stone") and light ones ("egg") on grey pictures of 96 x 64, in COCO's form; the
/// last picture is empty.
inline void write_boxes(const std::filesystem::path& set, const std::string& split, int images) {
  nlohmann::json file = {
      {"images", nlohmann::json::array()},
      {"categories", {{{"id", 7}, {"name", "stone"}}, {{"id", 0}, {"name", "egg"}}}},
      {"annotations", nlohmann::json::array()}};
  for (int id = 0; id < images; ++id) {
    data::Image picture{64, 96, std::vector<uint8_t>(64 * 96 * 3, 120)};
    const std::string name = split + std::to_string(id) + ".png";
    file["images"].push_back({{"id", id}, {"file_name", name}, {"width", 96}, {"height", 64}});
    for (int k = 0; k < 2 && id + 1 < images; ++k) {
      const int edge = 16 + 2 * (id % 5), x = 4 + 44 * k + id % 7, y = 4 + (5 * id) % 24;
      for (int row = y; row < y + edge; ++row)
        std::fill_n(picture.pixels.begin() + 3 * (96 * row + x), 3 * edge, k == 0 ? 20 : 240);
      file["annotations"].push_back({{"id", file["annotations"].size()},
                                     {"image_id", id},
                                     {"category_id", k == 0 ? 7 : 0},
                                     {"bbox", {x, y, edge, edge}}});
    }
    write_text(set / ("images/" + name), data::encode_png(picture));
  }
  write_text(set / ("annotations/" + split + ".json"), file.dump());
}

/// A set of such pictures, and a detector trained on it through the verbs.
class DetectorSet : public testing::Test {
 protected:
  DetectorSet() {
    write_split("train", 10);
    write_split("val", 4);
  }

  void write_split(const std::string& split, int images) const {
    write_boxes(folder_ / "set", split, images);
  }

  /// A training of seconds; further words change it.
  std::vector<std::string> train(const std::string& out, std::vector<std::string> more = {},
                                 int epochs = 3) const {
    std::vector<std::string> words = {"train",
                                      "nasnet-a",
                                      "--data",
                                      "set",
                                      "--out",
                                      out,
                                      "--shortest",
                                      "64",
                                      "--longest",
                                      "96",
                                      "--filters",
                                      "4",
                                      "--epochs",
                                      std::to_string(epochs),
                                      "--batch",
                                      "4",
                                      "--head-width",
                                      "16",
                                      "--proposals",
                                      "20",
                                      "--pyramid-channels",
                                      "8"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  Outcome run(const std::vector<std::string>& words) const { return nasnet(words, folder_.path()); }

  /// The step of the last save; -1 before the first.
  int64_t step_of(const std::string& model) const {
    if (!std::filesystem::exists(folder_ / (model + "/manifest.json"))) return -1;
    return nlohmann::json::parse(read_text(folder_ / (model + "/manifest.json")))["state"]["step"];
  }

  /// The tensors of a model's weights, by name.
  std::map<std::string, std::vector<float>> weights(const std::string& model) const {
    const nlohmann::json manifest =
        nlohmann::json::parse(read_text(folder_ / (model + "/manifest.json")));
    const SafetensorsFile file(folder_ / (model + "/" + manifest["weights"].get<std::string>()));
    std::map<std::string, std::vector<float>> tensors;
    for (const TensorEntry& entry : file.header().tensors) {
      const std::string bytes(file.bytes(entry));
      std::vector<float>& values = tensors[entry.name];
      values.resize(bytes.size() / sizeof(float));
      std::memcpy(values.data(), bytes.data(), bytes.size());
    }
    return tensors;
  }

  Folder folder_;
};

}  // namespace nasnet::test
