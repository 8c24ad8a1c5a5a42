#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "nasnet/base/random.h"
#include "nasnet/search/evaluators/child.h"
#include "nasnet/space/search_space.h"
#include "tests/train/toy_data.h"

namespace nasnet::search {

/// A candidate of the space drawn at random, the same for the same number.
inline space::Choices random_choices(const space::SearchSpace& space, uint64_t number) {
  space::Choices choices;
  Random random(17, number, "child test");
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return choices;
}

/// Children of a space of two blocks on images of 12 x 12 pixels: a training takes a moment.
struct SmallChildren {
  std::shared_ptr<const data::DataSet> data =
      std::make_shared<data::DataSet>(train::toy_data(160, 16));
  space::NasnetSpace space{{.blocks = 2}};
  ChildSettings settings = small();

  static ChildSettings small() {
    ChildSettings settings = {
        .cells = 1, .filters = 4, .train_images = 64, .validation_images = 64};
    settings.training.epochs = 4;
    settings.training.batch = 16;
    return settings;
  }
  std::unique_ptr<Evaluator> evaluator() const {
    return make_child_evaluator(data, std::make_shared<space::NasnetSpace>(space), settings, 1,
                                network::DeviceChoice::kCpu);
  }
  Task task(int64_t number, int64_t epochs = 0) const {
    return {.seed = 1,
            .arm = "search",
            .number = number,
            .choices = random_choices(space, static_cast<uint64_t>(number)),
            .epochs = epochs};
  }
};

/// A folder of its own for the test that runs.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace nasnet::search
