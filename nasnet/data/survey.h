#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nasnet/data/arrange_tree.h"
#include "nasnet/data/dataset.h"
#include "nasnet/data/split_names.h"

namespace nasnet::data {

/// One image of a survey: of a file, or of a set that is held in memory.
struct SurveyedImage {
  const ImageFile* file = nullptr;
  int64_t held = -1;           ///< place in its split of the set, where it has no file
  int label = 0;               ///< in Survey::classes
  Split split = Split::kNone;  ///< kNone where the source has no splits
};

/// All images of a source, with none of them looked at: for whoever wants to know what is wrong
/// with it. What load() throws for is told instead, as far as the images can still be found.
struct Survey {
  std::string name, source;
  std::vector<std::string> classes;
  std::vector<SurveyedImage> images;  ///< by path; validation images, too
  std::vector<ClassGap> gaps;
  std::string disorder;  ///< why the images could not be sorted into classes; "" where they were
  std::vector<Unreadable> unreadable;  ///< folders, links and members
  LeftOutKinds ignored;
  std::vector<LeftOutImages> left_out;
  std::vector<std::string> notes;

  ImageTree tree;               ///< the files that `images` point to, none where the set is held
  std::optional<DataSet> held;  ///< of IDX files and CIFAR's binaries
};

/// Lists what load() would load. Throws InputError where nothing is there, or no images are.
Survey survey(const std::string& where);

}  // namespace nasnet::data
