#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/data_options.h"
#include "nasnet/data/dataset.h"
#include "nasnet/train/model.h"

namespace nasnet::cli {

/// The images that a model is measured on.
struct TestImages {
  data::DataSet data;
  std::vector<int64_t> measured;  ///< of data.test
  /// Those of data.test that the model was trained on; nothing where that is not known.
  std::optional<int64_t> trained;
  /// Are these the pictures of the data set that the model was trained on? None if not known.
  std::optional<bool> same_data;
  std::vector<std::string> notes;  ///< lines that the reader of the result must know
};

/// Loads the data set as the model takes it; without --data the one that it was trained on. All
/// images are test images where it has no split of its own. Those that the model was trained on are
/// left out unless `count_trained` says otherwise. Throws InputError where the model cannot be
/// measured on the data set.
TestImages load_test_images(const std::filesystem::path& model, const train::ModelInfo& info,
                            DataSettings settings, bool count_trained);

}  // namespace nasnet::cli
