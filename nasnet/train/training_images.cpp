// Contents of the images that a model has been trained on, so that an evaluation can leave them
// out.

#include "nasnet/train/training_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/safetensors.h"

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTensor = "contents";

fs::path file_in(const fs::path& folder) {
  return folder / "training-images.safetensors";
}

}  // namespace

TrainingImages training_images(const data::ImageSet& train) {
  TrainingImages trained = train.contents;
  std::sort(trained.begin(), trained.end());
  trained.erase(std::unique(trained.begin(), trained.end()), trained.end());
  return trained;
}

std::string split_digest(const TrainingImages& trained) {
  return digest(bytes_of(trained), "sha256");
}

void save_training_images(const fs::path& folder, const TrainingImages& trained) {
  write_safetensors(file_in(folder),
                    {{kTensor, "I64", {static_cast<int64_t>(trained.size())}, bytes_of(trained)}});
}

TrainingImages load_training_images(const fs::path& folder, const std::string& split) {
  const fs::path path = file_in(folder);
  const std::string advice =
      "it tells which images were trained on; copy the whole model folder, or measure on all "
      "images with --count-trained";
  if (!fs::exists(path)) throw InputError(fmt::format("{} is missing: {}", path.string(), advice));
  const SafetensorsFile file(path);
  const TensorEntry* entry = file.find(kTensor);
  TrainingImages trained;
  if (entry && entry->dtype == "I64") {
    const std::string_view bytes = file.bytes(*entry);
    trained.resize(bytes.size() / sizeof(trained[0]));
    std::memcpy(trained.data(), bytes.data(), bytes.size());
  }
  if (split_digest(trained) != split)
    throw InputError(
        fmt::format("{} is not the file that the manifest names: {}", path.string(), advice));
  return trained;
}

std::vector<int64_t> unseen_images(const data::ImageSet& images, const TrainingImages& trained) {
  std::vector<int64_t> unseen;
  for (int64_t i = 0; i < images.size(); ++i) {
    const size_t place = static_cast<size_t>(i);
    const bool seen = place < images.contents.size() &&
                      std::binary_search(trained.begin(), trained.end(), images.contents[place]);
    if (!seen) unseen.push_back(i);
  }
  return unseen;
}

}  // namespace nasnet::train
