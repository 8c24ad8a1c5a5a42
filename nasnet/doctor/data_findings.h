#pragma once

#include <string>
#include <vector>

#include "nasnet/data/survey.h"
#include "nasnet/doctor/finding.h"
#include "nasnet/doctor/looks.h"
#include "nasnet/doctor/near_pairs.h"

namespace nasnet::doctor {

/// A data set whose images have been looked at.
struct Examined {
  const data::Survey& survey;
  const Looks& looks;
  bool has_classes = true;  ///< false for boxes, and where images could not be sorted into classes

  /// "train/cat/1.jpg"; "test image 17" of a set that has no files.
  std::string name(int64_t image) const;
  const std::string& class_of(int64_t image) const;
  Finding finding(std::string name, Severity severity, int64_t count, std::string text,
                  std::string remedy) const;
};

/// "1 image is", "3 images are": of a number, in front of what they are.
std::string images_are(int64_t count);
/// "1 image has", "3 images have".
std::string images_have(int64_t count);

/// How the source is laid out, and which files are lost: unreadable ones, those in no class.
void find_lost(const Examined& set, std::vector<Finding>& findings);
/// How pictures are stored: names, turns, colours, alpha, bits, frames, sizes, shapes.
void find_oddities(const Examined& set, Diagnosis& diagnosis);
/// Gaps, balance, and the number of images.
void find_imbalance(const Examined& set, Diagnosis& diagnosis);
/// Equal images, and near copies, by what they spoil: the measurement, the labels, or nothing much.
void find_copies(const Examined& set, const NearPairs& near, Diagnosis& diagnosis);

}  // namespace nasnet::doctor
