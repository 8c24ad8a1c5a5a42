#include "nasnet/data/part_names.h"

#include <algorithm>

#include "nasnet/data/split_names.h"

// Names of folders that hold masks or annotations beside pictures. Without them a set for
// segmentation would load as one of two classes, images and masks.

namespace nasnet::data {

bool is_beside_pictures(const std::string& folder) {
  static const std::set<std::string> kNames = {"annotation",
                                               "annotations",
                                               "depth",
                                               "depths",
                                               "edges",
                                               "ground_truth",
                                               "groundtruth",
                                               "gt",
                                               "label",
                                               "labels",
                                               "mask",
                                               "masks",
                                               "seg",
                                               "segmentation",
                                               "segmentations",
                                               "trimap",
                                               "trimaps",
                                               "output",
                                               "segmentationclass",
                                               "segmentationobject"};
  return kNames.contains(lower_case(folder));
}

bool are_parts_of_a_set(const std::set<std::string>& folders) {
  static const std::set<std::string> kPictures = {"image", "images", "img",   "imgs",  "jpegimages",
                                                  "jpg",   "png",    "input", "photos"};
  // Words such as "images" and "photos" alone may be classes: one folder of additions must be
  // there.
  return std::any_of(folders.begin(), folders.end(), is_beside_pictures) &&
         std::all_of(folders.begin(), folders.end(), [](const std::string& folder) {
           return is_beside_pictures(folder) || kPictures.contains(lower_case(folder));
         });
}

}  // namespace nasnet::data
