#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::train {

/// The contents (see data::content_of()) of the images that a model was trained on, in order, each
/// once. They are stored in the model's folder, 8 bytes an image, so that an evaluation recognises
/// training images in any other data set.
using TrainingImages = std::vector<uint64_t>;

TrainingImages training_images(const data::ImageSet& train);

/// SHA-256: which images were trained on, as the manifest keeps it.
std::string split_digest(const TrainingImages& trained);

void save_training_images(const std::filesystem::path& folder, const TrainingImages& trained);

/// Throws InputError where the file is missing, damaged, or not the one that `split` is the digest
/// of.
TrainingImages load_training_images(const std::filesystem::path& folder, const std::string& split);

/// The images that are not among those trained on.
std::vector<int64_t> unseen_images(const data::ImageSet& images, const TrainingImages& trained);

}  // namespace nasnet::train
